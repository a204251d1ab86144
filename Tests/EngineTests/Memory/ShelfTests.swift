import Engine
import Incidents
import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

struct ShelfTests {
    let service: TestService

    /// Without freezes, which add entries of their own.
    init() throws {
        var policy = Policy.standard
        policy.freezeFrom = nil
        service = try TestService(policy: policy)
    }

    private func numbers(before: Int? = nil, limit: Int = 50) -> [Int] {
        service.incidents.open(before: before, limit: limit) { _ in true }.items.map(\.incident.number)
    }

    @Test func `open incidents are listed newest first, page by page`() {
        for _ in 1...7 { service.run(.declare()) }
        service.run(.resolve(4))
        #expect(numbers() == [7, 6, 5, 3, 2, 1])
        #expect(numbers(limit: 2) == [7, 6])
        #expect(service.incidents.open(before: nil, limit: 2) { _ in true }.more)
        #expect(numbers(before: 6, limit: 2) == [5, 3])
        #expect(numbers(before: 3, limit: 2) == [2, 1])
        #expect(!service.incidents.open(before: 3, limit: 2) { _ in true }.more)
        #expect(numbers(before: 1) == [])
        #expect(service.incidents.openCount() == 6)
    }

    @Test func `a filter runs over more than one slice`() {
        for number in 1...600 {
            service.submit(.declare("n", number.isMultiple(of: 100) ? .critical : .minor))
        }
        service.takeTurns()
        let (items, more) = service.incidents.open(before: nil, limit: 4) { $0.severity == .critical }
        #expect(items.map(\.incident.number) == [600, 500, 400, 300])
        #expect(more)
        let rest = service.incidents.open(before: 300, limit: 4) { $0.severity == .critical }
        #expect(rest.items.map(\.incident.number) == [200, 100])
        #expect(!rest.more)
    }

    @Test
    func `an incident that ended leaves the list and stays at hand; reopened, it comes back in its place`() {
        for _ in 1...3 { service.run(.declare()) }
        service.run(.resolve(2))
        #expect(numbers() == [3, 1])
        #expect(service.incidents.snapshot(2)?.incident.status == .resolved)
        service.run(.status(2, .investigating))
        #expect(numbers() == [3, 2, 1])
        #expect(service.incidents.snapshot(2)?.incident.episode == 2)
    }

    @Test func `the open tag moves with open incidents alone, and a note moves no tag`() {
        service.run(.declare())
        service.run(.declare())
        func lastChanges() -> [Int] {
            let changes = service.incidents.lastChanges()
            return [changes.open.counter, changes.any.counter]
        }
        #expect(lastChanges() == [2, 2])
        service.run(.note(1, "seen"))
        #expect(lastChanges() == [2, 2])
        #expect(service.position.value == 3)
        service.run(.raise(1, to: .critical))
        #expect(lastChanges() == [4, 4])
        service.run(.resolve(1))
        #expect(lastChanges() == [5, 5], "it was open until then")
        service.run(.assign(1, .scribe, "eve"))
        #expect(lastChanges() == [5, 6], "it is no longer on the open list")
        service.run(.status(1, .investigating))
        #expect(lastChanges() == [7, 7])
    }

    @Test func `after a restart the shelf is what it was, and its tags are not older`() throws {
        for _ in 1...3 { service.run(.declare()) }
        service.run(.update(2))
        service.run(.resolve(1))
        service.run(.note(3, "seen"))
        let open = (service.incidents.open(before: nil, limit: 9) { _ in true }).items.map(\.incident)
        let before = service.incidents.lastChanges()
        service.end()
        let again = try TestService(in: service.folder, time: service.time)
        #expect((again.incidents.open(before: nil, limit: 9) { _ in true }).items.map(\.incident) == open)
        #expect(again.position.value == service.position.value)
        let after = again.incidents.lastChanges()
        #expect(after.open.counter >= before.open.counter && after.any.counter >= before.any.counter)
        let last = try #require(try again.entries().last)
        #expect(after.any == Validator(counter: last.position, ofHash: last.hash))
        #expect(again.incidents.snapshot(2)?.validator == service.incidents.snapshot(2)?.validator)
        #expect(again.incidents.snapshot(1) == nil)
    }

    @Test func `those that ended first are forgotten first`() throws {
        let shelf = Shelf<Incident>(policy: .standard)
        let incident = try #require(service.run(.declare()).snapshot)
        let ended = try #require(service.run(.resolve(1)).snapshot)
        #expect(incident.incident.isOpen)
        for number in 1...1_001 {
            shelf.publish(renumbered(ended, number))
        }
        #expect(shelf.snapshot(1) == nil)
        #expect(shelf.snapshot(2)?.incident.number == 2)
        #expect(shelf.number(of: "id-1") == nil)
        #expect(shelf.number(of: "id-1001") == 1_001)
        #expect(shelf.openCount() == 0)
    }

    /// The same course under another number and id.
    private func renumbered(_ snapshot: IncidentSnapshot, _ number: Int) -> IncidentSnapshot {
        var fold = Fold<Incident>(StreamID(Incident.self, number), id: "id-\(number)")
        let declared = StoredEntry.declared(number: number)
        do {
            try fold.add(declared)
            try fold.add(StoredEntry.resolved(after: declared))
        } catch {
            Issue.record("\(error)")
        }
        return fold.snapshot ?? snapshot
    }
}

extension StoredEntry {
    fileprivate static func declared(number: Int) -> StoredEntry {
        stored(
            number, 1, Declared.kind,
            """
            {"number":\(number),"severity":"minor","interval_seconds":900,"due_at":"2026-01-15T10:05:00.000Z",\
            "nag_steps_seconds":[0],"nag_max":12}
            """, #"{"text":"x","data":{"title":"x"}}"#)
    }

    fileprivate static func resolved(after first: StoredEntry) -> StoredEntry {
        stored(
            first.stream.number, 2, Resolved.kind, #"{"from":"monitoring","override":false}"#,
            #"{"text":"x"}"#)
    }

    private static func stored(
        _ number: Int, _ seq: Int, _ kind: EntryKind, _ facts: String, _ words: String
    ) -> StoredEntry {
        let moment = Timestamp(milliseconds: 1_768_471_200_000)
        return StoredEntry(
            position: number * 2 + seq, stream: StreamID(Incident.self, number), seq: seq, id: "e",
            kind: kind, author: "alice",
            postedBy: "bot", occurredAt: moment, recordedAt: moment, visibility: .internal,
            facts: Array(facts.utf8), words: Array(words.utf8), salt: [], wordsDigest: [], hash: [],
            onceKey: nil)
    }
}
