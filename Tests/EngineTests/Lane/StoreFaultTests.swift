import Engine
import Incidents
import Journal
import Model
import ServiceSupport
import Synchronization
import TestSupport
import Testing
import Time

/// What is not durable is never acknowledged (faults.md).
struct StoreFaultTests {
    let time = ManualTime()
    let service: TestService

    init() throws {
        service = try TestService(time: time)
        service.run(.declare())
    }

    @Test(arguments: [FaultyStore.Fault.refusesLock, .refusesBatch])
    func `a store that refuses leaves shelf, keys and journal as they were, and recovers`(
        fault: FaultyStore.Fault
    ) throws {
        service.store.plan(fault)
        let answers = [
            service.submit(.note(1, "lost"), key: .init("a")), service.submit(.raise(1, to: .critical)),
            service.submit(.declare("another")),
        ]
        service.takeTurns()
        #expect(answers.allSatisfy { $0.value?.isStorage == true && $0.count == 1 })
        #expect(service.lane.storeState == .refusing("the disk is full"))
        #expect(service.position.value == 1)
        #expect(service.incidents.snapshot(1)?.incident.severity == .major)
        #expect(service.incidents.snapshot(2) == nil)
        #expect(try service.entries().count == 1)

        #expect(service.run(.note(1, "lost"), key: .init("a")).entry?.seq == 2, "the key was not kept")
        #expect(service.lane.storeState == .ok)
        #expect(service.run(.declare("another")).snapshot?.incident.number == 2)
    }

    @Test func `a store that refused is tried again by the keeper`() throws {
        service.store.plan(.refusesLock)
        service.run(.note(1, "lost"))
        #expect(service.lane.storeState != .ok)
        service.store.plan(.refusesBatch)
        service.run(.maintain)
        #expect(service.lane.storeState != .ok, "the probe failed as well")
        service.run(.maintain)
        #expect(service.lane.storeState == .ok)
        #expect(service.log.events.count { $0 == "store.refusing_writes" } == 1, "said once")
    }

    @Test func `a batch that hurts a constraint is tried one by one`() throws {
        service.store.plan(.constraint, .none, .constraint, .none)
        let answers = (1...3).map { service.submit(.note(1, "note \($0)")) }
        service.takeTurns()
        #expect(answers[0].value?.entry?.seq == 2)
        #expect(answers[1].value?.refusal?.type == .internalFault)
        #expect(answers[1].value?.refusal?.cause?.contains("constraint") == true)
        #expect(answers[2].value?.entry?.seq == 3)
        #expect(service.lane.storeState == .ok)
        #expect(answers.allSatisfy { $0.count == 1 })
    }

    /// A request with a fault of ours: it is refused after it has appended.
    private struct RefusedTooLate: WriteRequest {
        let shelf: Shelf<Incident>

        func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
            _ = try PerformAction(
                PostEntry(Note(), text: "half"), on: .number(1), in: shelf, showing: .entry
            ).perform(in: &transaction)
            throw .refused(Refusal(.notFound, "too late"))
        }
    }

    @Test func `what is refused after it has appended is not committed, and the others are`() throws {
        let answers = [
            service.submit(.note(1, "before")), service.submit(TestRequest { RefusedTooLate(shelf: $0) }),
            service.submit(.note(1, "after")),
        ]
        service.takeTurns()
        #expect(answers[0].value?.entry?.seq == 2)
        #expect(answers[1].value?.refusal?.type == .internalFault)
        #expect(answers[1].value?.refusal?.cause?.contains("too late") == true)
        #expect(answers[2].value?.entry?.seq == 3)
        #expect(try service.entries(of: 1).map(\.seq) == [1, 2, 3])
    }

    @Test func `nothing is acknowledged once the store is broken`() throws {
        service.store.plan(.diesBefore)
        #expect(service.run(.note(1, "lost")).isStorage)
        guard case .broken = service.lane.storeState else {
            Issue.record("\(service.lane.storeState)")
            return
        }
        let commits = service.store.commits
        #expect(service.run(.note(1, "refused")).isStorage)
        #expect(service.run(.declare("refused")).isStorage)
        #expect(service.store.commits == commits, "the store is not even asked")
    }

    @Test func `nor in the rest of a batch that is tried one by one`() throws {
        service.store.plan(.constraint, .diesAfter, .none, .none)
        let answers = (1...3).map { service.submit(.note(1, "note \($0)")) }
        service.takeTurns()
        #expect(answers.allSatisfy { $0.value?.isStorage == true && $0.count == 1 })
        guard case .broken = service.lane.storeState else {
            Issue.record("\(service.lane.storeState)")
            return
        }
    }

    @Test func `who was not told because the process died is told by the next one`() throws {
        service.store.plan(.diesAfter)
        #expect(service.run(.note(1, "kept"), key: .init("a")).isStorage)
        service.end()
        let again = try TestService(in: service.folder, time: time)
        #expect(again.run(.note(1, "kept"), key: .init("a")).replayed?.subject == .entry(1, seq: 2))
        #expect(try again.entries().count == 2)
    }

    @Test func `another process's entries stop the lane`() throws {
        // Two houses over one file cannot be: the lock keeps the second out. So the memory is made to run ahead instead.
        service.position.advance(to: 7)
        #expect(service.run(.note(1, "lost")).isStorage)
        guard case .broken(let why) = service.lane.storeState else {
            Issue.record("\(service.lane.storeState)")
            return
        }
        #expect(why.contains("another process"))
    }

    @Test func `the lane's thread ends with the store, tells why, and leaves no one waiting`() throws {
        let told = Box<String>()
        let done = Signal()
        service.store.plan(.diesBefore)
        service.lane.start { why in
            told.put(why)
            done.send()
        }
        let first = service.submit(.note(1, "lost"))
        #expect(done.wait())
        #expect(first.value?.isStorage == true)
        #expect(told.count == 1)
        let later = service.submit(.note(1, "too late"))
        #expect(later.value?.isStorage == true, "answered at once, as no thread is left to do it")
        service.lane.stop()
    }

    @Test func `the lane's thread answers, and finishes what waits when it is stopped`() throws {
        let done = Signal()
        service.lane.start { _ in Issue.record("it broke") }
        let author = Author(person: Person("alice"), postedBy: "bot")
        let note = TestRequest.note(1, "first").make(service.incidents)
        service.lane.submit(.init(note, by: author, of: "tok_bot") { _ in done.send() })
        #expect(done.wait())
        let waiting = (0..<100).map { service.submit(.note(1, "note \($0)")) }
        service.lane.stop()
        #expect(waiting.allSatisfy { $0.value?.entry != nil })
        let late = service.submit(.note(1, "late"))
        #expect(late.value?.refusal?.detail.hasPrefix("The service is stopping.") == true)
    }
}
