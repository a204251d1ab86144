import Documents
import JSON
import Journal
import Model
import Time
import Views

@testable import Incidents

/// An incident's entries as read from the disk: one line each, with kind, facts and words separated by tabs.
///
/// A valid entry can be folded, shown, used in drafts and rules, and written again; anything else is an error.
enum Journals {
    private static let now: Int64 = 1_768_471_380_000
    private static let author = Author(person: Person("alice"), postedBy: "bot")

    @Sendable static func check(_ input: Bytes) {
        checkDocument(input)
        var fold = Fold<Incident>(1, id: "x")
        for (index, line) in input.split(separator: 0x0A).prefix(40).enumerated() {
            let parts = line.split(separator: 0x09, maxSplits: 2, omittingEmptySubsequences: false).map {
                Array($0)
            }
            guard parts.count > 1 else { continue }
            let entry = entry(EntryKind(rawValue: text(parts[0])), parts, seq: index + 1)
            var writer = JSONWriter()
            writer.beginObject()
            try? writer.members(ofUpdate: entry, for: .unrestricted)
            do throws(UnreadableEntry) {
                // An unknown kind of a newer version has no payload to read.
                if let payload = try entry.payload() { checkRepeats(payload, entry) }
                try fold.add(entry)
            } catch {
                return
            }
            if let incident = fold.state { use(incident) }
        }
    }

    /// The same lines as the entries of a document.
    private static func checkDocument(_ input: Bytes) {
        var fold = Fold<Document>(StreamID(Document.self, 1), id: "x")
        for (index, line) in input.split(separator: 0x0A).prefix(40).enumerated() {
            let parts = line.split(separator: 0x09, maxSplits: 2, omittingEmptySubsequences: false).map {
                Array($0)
            }
            guard parts.count > 1 else { continue }
            do throws(UnreadableEntry) {
                try fold.add(entry(EntryKind(rawValue: text(parts[0])), parts, seq: index + 1))
            } catch {
                return
            }
            guard let document = fold.state else { continue }
            // One of a kind that only a newer version knows has no key.
            demand(document.key?.utf8.allSatisfy { $0 < 0x80 } ?? true, "a key that is not ASCII")
        }
    }

    private static func entry(_ kind: EntryKind, _ parts: [[UInt8]], seq: Int) -> StoredEntry {
        let moment = Timestamp(milliseconds: now + Int64(seq) * 60_000)
        return StoredEntry(
            position: seq, stream: 1, seq: seq, id: "e\(seq)", kind: kind, author: "alice", postedBy: "bot",
            occurredAt: moment, recordedAt: moment, visibility: seq % 2 == 0 ? .public : .internal,
            facts: parts[1],
            words: parts.count > 2 ? parts[2] : nil, salt: nil, wordsDigest: [], hash: [], onceKey: nil)
    }

    /// A payload that was read is equal after it is written and read again.
    private static func checkRepeats(_ payload: any EntryPayload<Incident>, _ entry: StoredEntry) {
        guard entry.words != nil, payload is any PostedPayload else { return }
        let bytes = EntryBytes(NewEntry(payload, "x", at: entry.occurredAt))
        var again = entry
        again.facts = bytes.facts
        again.words = bytes.words
        guard let read = try? again.payload() else {
            return demand(false, "\(payload) is written as \(text(bytes.facts))")
        }
        demand(
            "\(read)" == "\(payload)" && EntryBytes(NewEntry(read, "x", at: entry.occurredAt)) == bytes,
            "\(payload) is written as \(text(bytes.facts)) and read as \(read)")
    }

    private static func use(_ incident: Incident) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.members(of: incident, for: .unrestricted)
        writer.name("deadlines")
        writer.deadlines(of: incident)
        writer.endObject()
        demand((try? JSONReader.read(writer.bytes, limits: .stored)) != nil, "no JSON: \(text(writer.bytes))")
        for now in [
            incident.recordedAt, incident.recordedAt + .seconds(86_400 * 400), incident.cadence.beat.dueAt,
        ] {
            _ = incident.nextNagAt
            _ = incident.cadence.nagDue(at: now)
            _ = incident.slot(at: now)
            _ = incident.minutesOfImpact(at: now)
            _ = incident.automaticTemplate(for: .public, at: now)
            let actions: [any Action<Incident>] = [
                SendNags(), SnoozeNags(minutes: 5, reason: "x"),
                ChangeInterval(to: .seconds(60), reason: nil),
                ChangeInterval(to: .seconds(86_400), reason: "x"), RaiseSeverity(to: .critical, reason: nil),
                PublishUpdate(audience: .internal, text: "x"), Escalate(to: Person("x"), reason: "x"),
                ChangeStatus(to: .resolved, override: true), ChangeStatus(to: .investigating, reason: "x"),
                ChangeStatus(to: .monitoring), RecordCheck("x", passed: false),
                RecordCheck("x", passed: true),
            ]
            let given = Circumstances<Incident>(
                author: author, now: max(now, incident.recordedAt), policy: .standard)
            for action in actions { _ = try? action.decide(on: incident, given) }
        }
    }
}
