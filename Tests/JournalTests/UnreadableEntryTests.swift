import Incidents
import Journal
import JSON
import Model
import TestSupport
import Testing
import Time
import Views

/// A damaged row is an error with a position, never a trap (faults.md, "Fuzz targets").
struct UnreadableEntryTests {
    /// Reads an entry in every way there is; what it throws must say where.
    private func read(_ entry: StoredEntry) {
        do {
            _ = try entry.text()
            _ = try entry.payload()
            var fold = Fold<Incident>(Sample.stream, id: Sample.id)
            try fold.add(entry)
            var writer = JSONWriter()
            writer.beginObject()
            try writer.members(ofUpdate: entry, for: .unrestricted)
            if let incident = fold.state { use(incident, &writer) }
        } catch {
            if error.position != entry.position { Issue.record("\(error)") }
        }
    }

    /// What readers, the scheduler and the rules ask of an incident.
    private func use(_ incident: Incident, _ writer: inout JSONWriter) {
        writer.members(of: incident, for: .unrestricted)
        writer.deadlines(of: incident)
        _ = incident.nextNagAt
        _ = incident.cadence.nagDue(at: noon + .seconds(9_999))
        _ = incident.cadence.snoozedUntil
        _ = incident.slot(at: noon + .seconds(60))
        let author = Author(person: Person("a"), postedBy: "b")
        let actions: [any Action<Incident>] = [
            ChangeStatus(to: .cancelled, reason: "false_alarm"), RaiseSeverity(to: .critical, reason: nil),
            PublishUpdate(audience: .public, text: "x"), SendNags(), SnoozeNags(minutes: 1, reason: "x"),
            ChangeInterval(to: .seconds(1), reason: nil), Escalate(to: Person("c"), reason: "x"),
        ]
        for action in actions {
            do {
                _ = try action.decide(
                    on: incident, Circumstances(author: author, now: noon, policy: .standard))
            } catch {
                // A refusal is as good as any answer here.
            }
        }
    }

    @Test(arguments: Seed.chosen(or: 1...40))
    func `mutated halves never trap`(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        for payload in Sample.payloads {
            let entry = Sample.entry(payload)
            for _ in 0..<12 {
                var mutated = entry
                if Bool.random(using: &dice) {
                    mutate(&mutated.facts, &dice)
                } else {
                    var words = mutated.words ?? []
                    mutate(&words, &dice)
                    mutated.words = words
                }
                read(mutated)
            }
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ dice: inout SeededGenerator) {
        for _ in 0...Int.random(in: 0..<3, using: &dice) {
            guard let index = bytes.indices.randomElement(using: &dice) else { return }
            switch Int.random(in: 0..<6, using: &dice) {
            case 0: bytes[index] ^= UInt8.random(in: 1...255, using: &dice)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &dice), at: index)
            case 3: bytes = Array(bytes[..<index])
            case 4:
                // A number becomes a monstrous one.
                if let digit = bytes[index...].firstIndex(where: { (0x30...0x39).contains($0) }) {
                    let monsters = [
                        "9223372036854775807", "-9223372036854775808", "99999999999999999999", "-1", "1e9",
                    ]
                    bytes.replaceSubrange(
                        digit...digit, with: Array((monsters.randomElement(using: &dice) ?? "").utf8))
                }
            default:
                let end = min(bytes.count, index + Int.random(in: 1..<12, using: &dice))
                bytes.append(contentsOf: bytes[index..<end])
            }
        }
    }

    @Test(arguments: [
        #"{"number":9223372036854775807}"#, #"{"interval_seconds":9223372036854775807}"#,
        #"{"interval_seconds":-1}"#, #"{"nag_max":9223372036854775807}"#, #"{"nag_max":-1}"#,
        #"{"nag_steps_seconds":[9223372036854775807]}"#, #"{"nag_steps_seconds":[-5]}"#,
        #"{"due_at":"1999-12-31T23:59:59.999Z"}"#, #"{"due_at":"yesterday"}"#, #"{"due_at":null}"#,
        #"{"severity":"terrible"}"#, #"{"severity":3}"#, #"{"roles":{"boss":"x"}}"#, #"{"roles":[]}"#,
        #"{"number":"42"}"#, #"{"number":4.5}"#,
    ])
    func `a fact that makes no sense is named`(change: String) throws {
        let entry = Sample.entry(Sample.full)
        guard case .object(var facts) = try JSONReader.read(entry.facts, limits: .stored),
            case .object(let wish) = try JSONReader.read(Array(change.utf8), limits: .stored),
            let member = wish.members.first
        else {
            Issue.record("no objects")
            return
        }
        facts.members = facts.members.map { $0.name == member.name ? member : $0 }
        var changed = entry
        changed.facts = facts.encoded()
        let error = #expect(throws: UnreadableEntry.self) { try changed.payload() }
        #expect(error?.position == entry.position)
        read(changed)
    }

    @Test func `a missing fact is named, whichever it is`() throws {
        for payload in Sample.payloads {
            let entry = Sample.entry(payload)
            guard case .object(let facts) = try JSONReader.read(entry.facts, limits: .stored) else {
                continue
            }
            for member in facts.members {
                var changed = entry
                changed.facts = JSONObject(facts.members.filter { $0.name != member.name }).encoded()
                read(changed)
                do throws(UnreadableEntry) {
                    _ = try changed.payload()
                } catch {
                    #expect(
                        error.detail.contains(member.name) || member.name.contains("due"), "\(error.detail)")
                }
            }
        }
    }

    @Test(arguments: [
        "", "{}", "[]", "null", "{\"text\":1}", "{\"text\":\"x\",\"data\":[]}", "\u{FEFF}{}",
        "{\"text\":\"x\"} ",
    ])
    func `words of another shape are an error or harmless`(words: String) {
        for payload in Sample.payloads {
            var entry = Sample.entry(payload)
            entry.words = Array(words.utf8)
            read(entry)
        }
    }

    @Test func `an incident begins with the entry that declares it`() {
        var fold = Fold<Incident>(Sample.stream, id: Sample.id)
        #expect(throws: UnreadableEntry.self) {
            try fold.add(Sample.entry(Resolved(from: .monitoring, override: false, reason: nil)))
        }
        #expect(fold.state == nil)
    }
}
