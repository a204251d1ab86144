import Engine
import Incidents
import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

struct WriteLaneTests {
    let time = ManualTime()
    let service: TestService

    init() throws { service = try TestService(time: time) }

    @Test func `a request is answered once, after its commit`() throws {
        let answer = service.submit(.declare())
        #expect(answer.count == 0)
        #expect(try service.reader.head() == JournalHead())
        service.takeTurns()
        #expect(answer.count == 1)
        let snapshot = try #require(answer.value?.snapshot)
        #expect(snapshot.incident.ref == "INC-1")
        #expect(snapshot.incident.seq == 1)
        #expect(service.incidents.snapshot(1)?.incident == snapshot.incident)
        #expect(try service.reader.head() == JournalHead(position: 1, numbers: [Incident.code: 1]))
        #expect(!service.lane.turn(), "nothing waits any more")
    }

    @Test func `a batch is one transaction, and each order in it sees those before it`() throws {
        service.run(.declare("first"))
        let commits = service.store.commits
        let second = service.submit(.declare("second"))
        let third = service.submit(.declare("third"))
        let note = service.submit(.note(2, "on the new one"))
        let raise = service.submit(.raise(2, to: .critical))
        let lower = service.submit(.raise(2, to: .minor))
        service.takeTurns()
        #expect(service.store.commits == commits + 1)
        // Declaring and raising are urgent, so they come before the note.
        #expect(second.value?.snapshot?.incident.number == 2)
        #expect(third.value?.snapshot?.incident.number == 3)
        #expect(raise.value?.snapshot?.incident.severity == .critical)
        #expect(note.value?.entry?.seq == 3)
        #expect(lower.value?.rule?.type == .severityOnlyRises)
        #expect(try service.entries().map(\.position) == Array(1...5))
    }

    @Test func `refusals append nothing, and a batch of refusals is not even a commit`() throws {
        service.run(.declare())
        let before = try service.entries()
        let batches = service.store.batches.count
        let answers = [
            service.submit(.raise(1, to: .minor)), service.submit(.note(9, "nowhere")),
            service.submit(.status(1, .resolved)), service.submit(.note(0, "nowhere")),
            service.submit(.raise(1, to: .critical, ifMatch: [Validator(counter: 7, hash: 0)])),
        ]
        service.takeTurns()
        #expect(answers.allSatisfy { $0.value?.refusal != nil })
        #expect(service.store.batches.count == batches)
        #expect(try service.entries() == before)
        #expect(service.incidents.snapshot(1)?.incident.seq == 1)
    }

    @Test func `a refused declaration uses up no number`() throws {
        var details = Declared.Details(title: "later")
        details.startedAt = service.now + .seconds(9_999)
        let refused = service.submit(.declare(Declare(.major, details)))
        let accepted = service.submit(.declare())
        service.takeTurns()
        #expect(refused.value?.rule != nil)
        #expect(accepted.value?.snapshot?.incident.number == 1)
    }

    @Test func `urgent requests go first, and each line keeps its order`() throws {
        let service = try TestService(time: time, batchMax: 2)
        service.run(.declare())
        let notes = (1...3).map { service.submit(.note(1, "note \($0)")) }
        let raise = service.submit(.raise(1, to: .critical))
        #expect(service.lane.turn())
        #expect(raise.value != nil)
        #expect(notes.map { $0.value != nil } == [true, false, false])
        #expect(service.lane.turn())
        #expect(notes.allSatisfy { $0.value != nil })
        let texts = try service.entries(of: 1).filter { $0.kind == Note.kind }.map { try $0.text() }
        #expect(texts == ["note 1", "note 2", "note 3"])
    }

    @Test func `a batch ends at four megabytes, and the rest follows in the next transaction`() throws {
        service.run(.declare())
        let commits = service.store.commits
        let text = String(repeating: "x", count: 100_000)
        let answers = (0..<60).map { _ in service.submit(.note(1, text)) }
        service.takeTurns()
        #expect(service.store.commits == commits + 2)
        #expect(answers.compactMap { $0.value?.entry?.seq } == Array(2...61))
    }

    @Test func `a full ordinary queue refuses at once, and urgent requests still pass`() throws {
        service.run(.declare())
        for _ in 0..<WriteLane.waitingMax { service.submit(.note(1, "waiting")) }
        let late = service.submit(.note(1, "one too many"))
        #expect(late.value?.isOverloaded == true, "it is told before anyone takes a turn")
        #expect(late.value?.refusal?.detail.contains("raising severity and publishing are still") == true)
        let raise = service.submit(.raise(1, to: .critical))
        #expect(raise.value == nil)
        #expect(service.lane.turn())
        #expect(raise.value?.snapshot != nil)
        service.takeTurns()
        #expect(late.count == 1)
    }

    @Test func `a full urgent queue refuses at once, and does not say that urgent requests pass`() {
        service.run(.declare())
        for token in 0..<8 {
            for _ in 0..<WriteLane.waitingMax / 8 {
                service.submit(.raise(1, to: .critical), of: "tok_\(token)")
            }
        }
        for token in 0..<60 {
            for _ in 0..<WriteLane.urgentPerTokenMax {
                service.submit(.raise(1, to: .critical), of: "tok_more\(token)")
            }
        }
        for token in 0..<8 { service.submit(.note(1, "x"), of: "tok_\(token)") }
        for _ in 0..<512 { service.submit(.note(1, "x"), of: "tok_bot") }
        #expect(service.lane.condition(at: time.monotonic()).urgent == WriteLane.waitingMax)
        #expect(service.lane.condition(at: time.monotonic()).ordinary == WriteLane.waitingMax)
        #expect(service.lane.meters.overflows.total("urgent") == 0)
        let late = service.submit(.raise(1, to: .critical))
        #expect(late.value?.isOverloaded == true)
        #expect(late.value?.refusal?.detail.contains("still accepted") == false)
        #expect(service.lane.meters.overflows.total("urgent") == 1)
        service.takeTurns()
    }

    @Test func `If-Match lets through the versions it names`() throws {
        service.run(.declare())
        let first = try #require(service.incidents.snapshot(1)?.validator)
        let ofOtherDatabase = Validator(counter: first.counter, hash: ~first.hash)
        #expect(service.run(.raise(1, to: .critical, ifMatch: [])).refusal != nil)
        let refusal = service.run(.raise(1, to: .critical, ifMatch: [ofOtherDatabase])).refusal
        #expect(refusal?.type == .preconditionFailed)
        #expect(refusal?.current == .version(first))
        #expect(refusal?.stream == 1)
        #expect(
            service.run(.raise(1, to: .critical, ifMatch: [ofOtherDatabase, first])).snapshot?.incident
                .version == 2)
        #expect(service.run(.raise(1, to: .critical, ifMatch: [first])).refusal != nil)
    }

    @Test func `a note changes no version, so If-Match does not mind it`() throws {
        service.run(.declare())
        let first = try #require(service.incidents.snapshot(1)?.validator)
        service.run(.note(1, "seen"))
        #expect(service.run(.raise(1, to: .critical, ifMatch: [first])).snapshot?.incident.version == 3)
    }

    @Test func `an ended incident that memory has lost is folded from the store`() throws {
        let old = try #require(service.run(.declare("old")).snapshot)
        service.run(.resolve(1))
        service.end()
        let again = try TestService(in: service.folder, time: time)
        #expect(again.incidents.snapshot(1) == nil)
        #expect(again.run(.note(1, "afterwards")).entry?.seq == 3)
        #expect(again.incidents.snapshot(1)?.incident.status == .resolved)
        let reopened = again.run(
            .change(.id(old.id), ChangeStatus(to: .investigating), ifMatch: nil))
        #expect(reopened.snapshot?.incident.episode == 2)
        #expect(again.incidents.openCount() == 1)
    }

    @Test func `an incident is found by its id within the batch that declares it, and later`() throws {
        let id = try #require(service.run(.declare()).snapshot?.id)
        #expect(service.run(.change(.id(id), ReleaseRole(.scribe), ifMatch: nil)).snapshot != nil)
        let other = TestRequest.change(.id("no such"), ReleaseRole(.scribe), ifMatch: nil)
        #expect(service.run(other).isNotFound)
    }

    @Test func `a duplicate needs an incident that exists, and not itself`() {
        service.run(.declare("first"))
        service.run(.declare("second"))
        let none = service.run(.cancelAsDuplicate(.number(2), of: .number(9), ifMatch: nil))
        #expect(none.rule?.flaws.map(\.pointer) == ["#/duplicate_of"])
        #expect(service.run(.cancelAsDuplicate(.number(2), of: .number(2), ifMatch: nil)).rule != nil)
        let done = service.run(.cancelAsDuplicate(.number(2), of: .number(1), ifMatch: nil))
        #expect(done.snapshot?.incident.duplicateOf == 1)
    }

    @Test func `what changes nothing adds nothing and answers with the incident`() throws {
        service.run(.declare())
        let batches = service.store.batches.count
        #expect(service.run(.raise(1, to: .major)).snapshot?.incident.seq == 1)
        #expect(service.store.batches.count == batches)
    }

    @Test func `recorded_at falls with the clock at its correction, and nowhere else`() throws {
        service.run(.declare())
        let before = service.now
        time.setWall(before - .seconds(3_600))
        // A start believes the wall clock at once.
        service.end()
        let again = try TestService(in: service.folder, time: time)
        #expect(again.now < before)
        #expect(again.run(.note(1, "back in time")).entry?.recordedAt == again.now)
        let entries = try again.entries(of: 1)
        #expect(entries.map(\.kind) == [Declared.kind, ClockCorrected.kind, Note.kind])
        #expect(entries.map(\.recordedAt) == [before, again.now, again.now])
    }
}
