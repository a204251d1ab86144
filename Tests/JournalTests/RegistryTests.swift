import Incidents
import JSON
import Journal
import Model
import Testing

/// What the compiler cannot hold any more since kinds are no cases of an enum.
struct RegistryTests {
    @Test func `each kind, topic, problem and warning has a name of its own`() {
        func repeated(_ names: [String]) -> [String] {
            Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.map(\.key)
        }
        #expect(repeated(Incident.payloads.map { $0.kind.rawValue }) == [])
        #expect(repeated(Incident.nagTopics.map { $0.about.rawValue }) == [])
        #expect(repeated(Incident.nagTopics.map { $0.event.rawValue }) == [])
        #expect(repeated(Incident.problems.map(\.slug)) == [])
        #expect(repeated(Incident.warnings.map(\.stored)) == [])
        #expect(repeated(EventType.all.map(\.rawValue)) == [])
    }

    @Test(arguments: Incident.payloads.indices)
    func `a sample of each kind comes back to the byte, and erased without a word`(index: Int) throws {
        func check<Payload: EntryPayload>(_ type: Payload.Type) throws where Payload.State == Incident {
            let (sample, fields) = try FieldRecorder.sample(of: type)
            let kind = Comment(rawValue: type.kind.rawValue)
            let stored = Sample.entry(sample)
            let bytes = EntryBytes(Sample.new(sample))
            let read = try #require(try stored.payload(), kind)
            #expect(EntryBytes(Sample.new(read)) == bytes, kind)

            let text = text(bytes.facts)
            #expect(!text.contains("SECRET"), "\(kind): words among the facts")
            let erased = try #require(try stored.erased.payload(), kind)
            #expect(!"\(erased)".contains("SECRET"), kind)
            // What is read is written, and the other way round.
            let facts = Set(
                fields.filter { !$0.isWords }.map { String($0.name.prefix { $0 != "." && $0 != "[" }) })
            guard case .object(let object) = try JSONReader.read(bytes.facts, limits: .stored) else { return }
            #expect(Set(object.members.map(\.name)) == facts, kind)
            let words = Set(
                fields.filter(\.isWords).map { String($0.name.prefix { $0 != "." && $0 != "[" }) })
            var written: Set<String> = []
            if case .object(let stored) = try JSONReader.read(bytes.words, limits: .stored),
                case .object(let data)? = stored["data"]
            {
                written = Set(data.members.map(\.name))
            }
            let sent: Set<String> = sample is any PostedPayload ? ["graph"] : []
            #expect(written == words.union(sent), kind)
        }
        try check(Incident.payloads[index])
    }

    /// Of these a start reads the last entry alone, by an index whose text names them: a new one needs a migration. Of two kinds some
    /// entries shape the state; a second index has those.
    @Test func `the kinds that shape nothing are those of the index`() {
        let plain = Incident.payloads.filter { !$0.shapesState }.map { $0.kind.rawValue }
        #expect((plain + ["hypothesis", "todo"]).sorted() == ["decision", "hypothesis", "note", "todo"])
    }

    /// The index `entries_listed` finds them by these members of their facts.
    @Test(arguments: [
        (Todo() as any EntryPayload<Incident>, false), (Todo(owner: nil, minutes: nil), true),
        (Todo(owner: Person("bob"), minutes: 5), true), (Hypothesis(.open), false),
        (Hypothesis(.open, suspect: .deploy), true),
        (Hypothesis(.open, claimedAt: noon, suspect: .other, changedAt: noon), true),
    ])
    func `of hypotheses and todos those shape the state that the index has`(
        payload: any EntryPayload<Incident>, isListed: Bool
    ) throws {
        var fold = Fold<Incident>(Sample.stream, id: Sample.id)
        try fold.add(Sample.entry(Sample.full, position: 1, seq: 1))
        var incident = try #require(fold.state)
        let before = incident
        let stored = Sample.entry(payload)
        #expect(payload.apply(to: &incident, at: stored.place) == isListed)
        #expect((incident == before) == !isListed)
        let facts = text(stored.facts)
        #expect((facts.contains(#""suspect":"#) || facts.contains(#""owner":"#)) == isListed)
    }

    /// Any other entry is a sign of life.
    @Test func `the service writes nags and corrections of its clock of its own accord, and nothing else`() {
        #expect(
            Incident.payloads.filter { $0.isAutomatic }.map { $0.kind } == [
                NagSent.kind, ClockCorrected.kind,
            ])
    }

    @Test func `a nag about something that this version does not know marks its incident`() throws {
        var fold = Fold<Incident>(Sample.stream, id: Sample.id)
        try fold.add(Sample.entry(Sample.full, position: 1, seq: 1))
        let nag = NagSent(
            about: .init(rawValue: "postmortem"), dueAt: noon, number: 1, to: [], breached: false)
        try fold.add(Sample.entry(nag, position: 2, seq: 2))
        #expect(fold.snapshot?.newerKind == NagSent.kind)
    }

    @Test(arguments: Sample.payloads)
    func `a kind that shapes nothing does nothing`(payload: any EntryPayload<Incident>) throws {
        guard !type(of: payload).shapesState else { return }
        var fold = Fold<Incident>(Sample.stream, id: Sample.id)
        try fold.add(Sample.entry(Sample.full, position: 1, seq: 1))
        var incident = try #require(fold.state)
        let before = incident
        let place = Sample.entry(payload).place
        #expect(!payload.apply(to: &incident, at: place))
        #expect(incident == before)
    }

    @Test func `an entry of an unknown kind is read and marked, and what is known goes on`() throws {
        var fold = Fold<Incident>(Sample.stream, id: Sample.id)
        let first = Sample.entry(Sample.full, position: 1, seq: 1)
        try fold.add(first)
        #expect(fold.snapshot?.newerKind == nil)
        var newer = Sample.entry(Note(), position: 2, seq: 2, after: first.hash)
        newer.kind = "run_step"
        newer.facts = Array(#"{"until":[1,2,3]}"#.utf8)
        newer.hash = Chain.hash(of: newer, in: Sample.id, after: first.hash)
        #expect(try newer.payload() == nil)
        #expect(try newer.eventType() == .entryAdded)
        #expect(Chain.flaw(of: newer, in: Sample.id, seq: 2, after: first.hash) == nil)
        try fold.add(newer)
        #expect(fold.snapshot?.newerKind == "run_step")
        #expect(fold.state?.seq == 2)
        #expect(fold.state?.version == 1)
        try fold.add(
            Sample.entry(
                RegistryTests.raised, position: 3, seq: 3, after: newer.hash))
        #expect(fold.state?.severity == .critical)
        #expect(fold.snapshot?.newerKind == "run_step")
        var writer = JSONWriter()
        writer.beginObject()
        try writer.members(of: newer, for: .unrestricted)
        writer.endObject()
        #expect(text(writer.bytes).contains(#""kind":"run_step","text":"#))
        #expect(text(writer.bytes).contains(#""until":[1,2,3]"#))
    }

    private static let raised = SeverityRaised(from: .major, to: .critical, beat: Sample.beat, reason: nil)
}
