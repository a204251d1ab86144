import Incidents
import Journal
import JSON
import Model
import Routing
import Time
import Views

/// Example responses in the document, produced by the real rules and writers from a short story.
enum Example {
    /// By the component that each one is an example of.
    static let all: [(Component, JSONValue)] = {
        let told = story()
        guard let incident = told.incident, let entry = told.entries.first(where: { $0.kind == Note.kind }),
            let update = told.entries.first(where: { $0.kind == UpdatePublished.kind })
        else { preconditionFailure("the entries of the examples do not fold") }
        return [
            (.incident, object { $0.members(of: incident, for: .unrestricted) }),
            (.entry, object { try $0.members(of: entry, for: .unrestricted) }),
            (.statusUpdate, object { try $0.members(ofUpdate: update, for: .unrestricted) }),
            (
                .deadlines,
                object {
                    $0.cadenceMembers(of: incident)
                    $0.member("next_nag_at", incident.nextNagAt?.rfc3339)
                    $0.member("closing_due_at", incident.closing?.dueAt.rfc3339)
                    $0.name("nags")
                    $0.nags([], [])
                    $0.name("deadlines")
                    $0.deadlines(of: incident)
                }
            ),
        ]
    }()

    private static func object(_ members: (inout JSONWriter) throws -> Void) -> JSONValue {
        var writer = JSONWriter()
        writer.beginObject()
        do {
            try members(&writer)
            writer.endObject()
            return try JSONReader.read(writer.bytes, limits: .stored)
        } catch {
            preconditionFailure("an example cannot be shown: \(error)")
        }
    }

    /// An incident is declared, someone posts a note, and the first status update is published.
    private static func story() -> (incident: Incident?, entries: [StoredEntry]) {
        let start = Timestamp(milliseconds: 1_768_471_380_000)
        var details = Declared.Details(title: "People cannot sign in")
        details.impact = "Many users cannot sign in"
        details.channel = "slack:C9"
        details.labels = ["service": "web"]
        details.roles = [.commander: .init(person: Person("alice"), contact: nil)]
        let author = Author(person: Person("alice"), postedBy: "slackbot")
        func given(_ after: Duration) -> Circumstances<Incident> {
            Circumstances(author: author, now: start + after, policy: .standard)
        }
        var fold = Fold<Incident>(StreamID(Incident.self, 42), id: "01KF0F8XKVW4Z7T2M5N8Q1R3S6")
        var entries: [StoredEntry] = []
        func add(_ decision: Decision<Incident>?, after: Duration) {
            for new in decision?.entries ?? [] {
                let position = 4_711 + entries.count
                let entry = seal(new, after: fold, at: start + after, by: author, position: position)
                guard (try? fold.add(entry)) != nil else { return }
                entries.append(entry)
            }
        }
        add(try? Declare(.major, details).decide(opening: 42, given(.zero)), after: .zero)
        let actions: [(any Action<Incident>, Duration)] = [
            (PostEntry(Note(), text: "Error rate is back under 1 %"), .seconds(60)),
            (PublishUpdate(audience: .public, text: "We are rolling back."), .seconds(240)),
        ]
        for (action, after) in actions {
            guard let incident = fold.state else { break }
            add(try? action.decide(on: incident, given(after)), after: after)
        }
        return (fold.state, entries)
    }

    private static func seal(
        _ new: NewEntry<Incident>, after fold: Fold<Incident>, at now: Timestamp, by author: Author,
        position: Int
    ) -> StoredEntry {
        let bytes = EntryBytes(new)
        let salt = [UInt8](repeating: 0, count: Chain.saltBytes)
        let seq = fold.seq + 1
        var entry = StoredEntry(
            position: position, stream: fold.stream, seq: seq, id: "01KF0F8XKVW4Z7T2M5N8Q1R3T\(seq)",
            kind: type(of: new.payload).kind, author: author.person.name, postedBy: author.postedBy,
            occurredAt: new.occurredAt, recordedAt: now, visibility: new.visibility,
            facts: bytes.facts, words: bytes.words, salt: salt,
            wordsDigest: Chain.wordsDigest(salt: salt, words: bytes.words), hash: [], onceKey: nil)
        entry.hash = Chain.hash(of: entry, in: fold.id, after: fold.hash)
        return entry
    }
}
