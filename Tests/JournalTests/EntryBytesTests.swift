import Incidents
import JSON
import Journal
import Model
import Testing
import Time
import Views

struct EntryBytesTests {
    @Test(arguments: Sample.payloads)
    func `a payload comes back as it went in, at its place`(payload: any EntryPayload<Incident>) throws {
        let entry = Sample.entry(payload)
        #expect(same(try entry.payload(), payload))
        #expect(
            entry.place
                == Place(
                    seq: 4, id: entry.id, author: Person("@Bob"), occurredAt: noon - .seconds(5),
                    recordedAt: noon,
                    visibility: .public))
        #expect(entry.place.author.name == "@Bob")
    }

    @Test func `names come back to the letter`() throws {
        let assigned = RoleAssigned(.scribe, Person("@Dora"), previous: Person("EVE"), contact: "tel:1")
        let read = try #require(try Sample.entry(assigned).payload() as? RoleAssigned)
        // `==` of two persons would not see it.
        #expect(read.person.name == "@Dora")
        #expect(read.previous?.name == "EVE")
        #expect(read.contact == "tel:1")
    }

    @Test(arguments: Sample.payloads)
    func `facts hold no words, and words hold no facts that could be erased with them`(
        payload: any EntryPayload<Incident>
    ) throws {
        let bytes = EntryBytes(
            Sample.new(payload, source: Source(system: "SECRET", ref: "SECRET", url: "SECRET")))
        #expect(!text(bytes.facts).contains("SECRET"))
        #expect(text(bytes.words).contains("SECRET text"))
        guard case .object(let facts) = try JSONReader.read(bytes.facts, limits: .stored),
            case .object(let words) = try JSONReader.read(bytes.words, limits: .stored)
        else {
            Issue.record("not objects")
            return
        }
        let wordy: Set = [
            "title", "text", "impact", "workaround", "restored_when", "next_action", "contact", "contacts",
            "channel", "labels", "links", "source", "data",
        ]
        #expect(wordy.isDisjoint(with: facts.members.map(\.name)))
        if !(payload is Cancelled) { #expect(facts["reason"] == nil) }
        #expect(Set(words.members.map(\.name)).isSubset(of: ["text", "data", "source"]))
    }

    @Test(arguments: Sample.payloads)
    func `the halves are compact JSON that the strict reader takes and writes again the same`(
        payload: any EntryPayload<Incident>
    )
        throws
    {
        let bytes = EntryBytes(Sample.new(payload))
        for half in [bytes.facts, bytes.words] {
            #expect(try JSONReader.read(half, limits: .stored).encoded() == half)
        }
    }

    @Test(arguments: Sample.payloads)
    func `facts and words share no name, so that an entry's data has each once`(
        payload: any EntryPayload<Incident>
    ) throws {
        var writer = JSONWriter()
        writer.beginObject()
        try writer.members(of: Sample.entry(payload), for: .unrestricted)
        writer.endObject()
        // The strict reader refuses a name that stands twice.
        guard case .object(let object) = try JSONReader.read(writer.bytes, limits: .stored) else { return }
        #expect(object.members.map(\.name) == EntryBytesTests.members)
    }

    static let members = [
        "seq", "position", "id", "incident", "kind", "text", "data", "author", "posted_by", "occurred_at",
        "recorded_at", "late", "visibility", "source", "hash", "became", "corrections",
    ]
}

struct RedactionTests {
    @Test(arguments: Sample.payloads)
    func `an erased entry still folds, shows no word, and keeps its facts`(
        payload: any EntryPayload<Incident>
    ) throws {
        let entry = Sample.entry(payload).erased
        #expect(try entry.text() == "[redacted]")
        let read = try #require(try entry.payload())
        #expect(!"\(read)".contains("SECRET"))
        #expect(type(of: read) == type(of: payload))
        var writer = JSONWriter()
        writer.beginObject()
        try writer.members(of: entry, for: .unrestricted)
        writer.endObject()
        #expect(!text(writer.bytes).contains("SECRET"))
        #expect(text(writer.bytes).contains(#""text":"[redacted]""#))
        #expect(text(writer.bytes).contains(#""source":null"#))
    }

    @Test func `an erased beginning keeps number, severity, roles and clock`() throws {
        let declared = try #require(try Sample.entry(Sample.full).erased.payload() as? Declared)
        #expect(declared.number == 42)
        #expect(declared.severity == .major)
        #expect(declared.beat == Sample.beat)
        #expect(declared.details.title == "[redacted]")
        #expect(declared.details.roles[.commander]?.person.name == "alice")
        #expect(declared.details.roles[.commander]?.contact == nil)
        #expect(declared.details.startedAt == noon - .seconds(600))
        #expect(declared.details.labels.isEmpty && declared.details.links.isEmpty)
        #expect(declared.details.impact == nil)
    }

    @Test func `an erased edit says that its texts were, and keeps its times`() throws {
        let edit = try #require(try Sample.entry(Sample.everything).erased.payload() as? Edited)
        #expect(edit.title == .set("[redacted]"))
        #expect(edit.impact == .set("[redacted]"))
        #expect(edit.nextAction == .set(.init(text: "[redacted]", owner: nil)))
        #expect(edit.startedAt == .set(noon - .seconds(60)))
        #expect(edit.reviewedSeverity == .set(.minor))
        #expect(edit.links == .clear)
    }

    @Test func `an incident with erased entries folds to the same course`() throws {
        let payloads: [any EntryPayload<Incident>] = [
            Sample.full,
            SeverityRaised(from: .major, to: .critical, beat: Sample.beat, reason: "SECRET"),
            RoleAssigned(.scribe, Person("eve"), previous: nil, contact: "SECRET"),
            Sample.update,
            Resolved(from: .monitoring, override: false, reason: "SECRET"),
        ]
        var plain = Fold<Incident>(Sample.stream, id: Sample.id)
        var erased = Fold<Incident>(Sample.stream, id: Sample.id)
        var previous = Chain.start
        for (index, payload) in payloads.enumerated() {
            let entry = Sample.entry(payload, position: index + 1, seq: index + 1, after: previous)
            previous = entry.hash
            try plain.add(entry)
            try erased.add(entry.erased)
        }
        let (left, right) = (try #require(plain.state), try #require(erased.state))
        #expect(right.title == "[redacted]")
        #expect(left.status == right.status && left.severity == right.severity)
        #expect(left.cadence == right.cadence && left.version == right.version && left.times == right.times)
        #expect(right.holder(of: .scribe) == Person("eve"))
        #expect(right.roles[.scribe]?.contact == nil)
        #expect(plain.hash == erased.hash)
        #expect(plain.lastChange.counter == 5)
    }
}
