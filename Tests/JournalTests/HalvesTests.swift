import Incidents
import JSON
import Journal
import Testing
import Time

struct HalvesTests {
    @Test(arguments: Sample.events)
    func `an event comes back as it went in, as far as the fold needs it`(event: Event) throws {
        let entry = try Sample.entry(event).folded()
        #expect(entry.event == needed(event))
        #expect(entry.seq == 4)
        #expect(entry.author.name == "@Bob")
        #expect(entry.occurredAt == noon - .seconds(5))
        #expect(entry.recordedAt == noon)
        #expect(entry.visibility == .public)
    }

    /// What people write besides is for readers, and stays in the words.
    private func needed(_ event: Event) -> Event {
        guard case .posted(let posted) = event else { return event }
        return .posted(Posted(kind: posted.kind, claimedAt: nil, data: []))
    }

    @Test func `names come back to the letter`() throws {
        let event = Event.roleAssigned(.scribe, Person("@Dora"), previous: Person("EVE"), contact: "tel:1")
        guard
            case .roleAssigned(_, let person, let previous, let contact) = try Sample.entry(event).folded()
                .event
        else {
            Issue.record("another event")
            return
        }
        // `==` of two persons would not see it.
        #expect(person.name == "@Dora")
        #expect(previous?.name == "EVE")
        #expect(contact == "tel:1")
    }

    @Test(arguments: Sample.events)
    func `facts hold no words, and words hold no facts that could be erased with them`(event: Event) throws {
        let halves = Halves(
            Sample.proposal(event, source: Source(system: "SECRET", ref: "SECRET", url: "SECRET")))
        #expect(!text(halves.facts).contains("SECRET"))
        #expect(text(halves.words).contains("SECRET text"))
        guard case .object(let facts) = try JSONReader.read(halves.facts, limits: .stored),
            case .object(let words) = try JSONReader.read(halves.words, limits: .stored)
        else {
            Issue.record("not objects")
            return
        }
        let wordy: Set = [
            "title", "text", "impact", "workaround", "restored_when", "next_action", "contact", "contacts",
            "channel", "labels", "links", "source", "data",
        ]
        #expect(wordy.isDisjoint(with: facts.members.map(\.name)))
        if event.kind != .cancelled { #expect(facts["reason"] == nil) }
        #expect(Set(words.members.map(\.name)).isSubset(of: ["text", "data", "source"]))
    }

    @Test(arguments: Sample.events)
    func `the halves are compact JSON that the strict reader takes and writes again the same`(event: Event)
        throws
    {
        let halves = Halves(Sample.proposal(event))
        for half in [halves.facts, halves.words] {
            #expect(try JSONReader.read(half, limits: .stored).encoded() == half)
        }
    }

    @Test(arguments: Sample.events)
    func `facts and words share no name, so that an entry's data has each once`(event: Event) throws {
        var writer = JSONWriter()
        writer.beginObject()
        try writer.members(of: Sample.entry(event))
        writer.endObject()
        // The strict reader refuses a name that stands twice.
        guard case .object(let object) = try JSONReader.read(writer.bytes, limits: .stored) else { return }
        #expect(object.members.map(\.name) == HalvesTests.members)
    }

    static let members = [
        "seq", "position", "id", "incident", "kind", "text", "data", "author", "posted_by", "occurred_at",
        "recorded_at", "late", "visibility", "source", "hash",
    ]
}

struct RedactionTests {
    @Test(arguments: Sample.events)
    func `an erased entry still folds, shows no word, and keeps its facts`(event: Event) throws {
        let entry = Sample.entry(event).erased
        #expect(try entry.text() == "[redacted]")
        let folded = try entry.folded().event
        #expect(!"\(folded)".contains("SECRET"))
        #expect(folded.kind == event.kind)
        var writer = JSONWriter()
        writer.beginObject()
        try writer.members(of: entry)
        writer.endObject()
        #expect(!text(writer.bytes).contains("SECRET"))
        #expect(text(writer.bytes).contains(#""text":"[redacted]""#))
        #expect(text(writer.bytes).contains(#""source":null"#))
    }

    @Test func `an erased beginning keeps number, severity, roles and clock`() throws {
        guard case .declared(let declared) = try Sample.entry(.declared(Sample.full)).erased.folded().event
        else {
            Issue.record("no beginning")
            return
        }
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
        guard case .edited(let edit) = try Sample.entry(.edited(Sample.everything)).erased.folded().event
        else {
            Issue.record("no edit")
            return
        }
        #expect(edit.title == .set("[redacted]"))
        #expect(edit.impact == .set("[redacted]"))
        #expect(edit.nextAction == .set(.init(text: "[redacted]", owner: nil)))
        #expect(edit.startedAt == .set(noon - .seconds(60)))
        #expect(edit.reviewedSeverity == .set(.minor))
        #expect(edit.links == .clear)
    }

    @Test func `an incident with erased entries folds to the same course`() throws {
        let events: [Event] = [
            .declared(Sample.full),
            .severityRaised(from: .major, to: .critical, beat: Sample.beat, reason: "SECRET"),
            .roleAssigned(.scribe, Person("eve"), previous: nil, contact: "SECRET"),
            .updatePublished(Sample.update),
            .resolved(from: .monitoring, override: false, reason: "SECRET"),
        ]
        var plain = Fold(Sample.id)
        var erased = Fold(Sample.id)
        var previous = Chain.start
        for (index, event) in events.enumerated() {
            let entry = Sample.entry(event, position: index + 1, seq: index + 1, after: previous)
            previous = entry.hash
            try plain.add(entry)
            try erased.add(entry.erased)
        }
        let (left, right) = (try #require(plain.incident), try #require(erased.incident))
        #expect(right.title == "[redacted]")
        #expect(left.status == right.status && left.severity == right.severity)
        #expect(left.cadence == right.cadence && left.version == right.version && left.times == right.times)
        #expect(right.holder(of: .scribe) == Person("eve"))
        #expect(right.roles[.scribe]?.contact == nil)
        #expect(plain.hash == erased.hash)
        #expect(plain.changedPosition == 5)
    }
}
