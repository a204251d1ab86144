import Coordination
import Incidents
import Journal
import Synchronization
import Testing
import Time

/// What is not durable is never acknowledged (faults.md).
struct StoreFaultTests {
    let folder: TemporaryFolder
    let time = ManualTime()
    let house: House

    init() throws {
        folder = try TemporaryFolder()
        house = try House(folder.file(), time: time)
        house.run(.declare())
    }

    @Test(arguments: [FaultyStore.Fault.refusesLock, .refusesBatch])
    func `a store that refuses leaves board, keys and journal as they were, and recovers`(
        fault: FaultyStore.Fault
    ) throws {
        house.store.plan(fault)
        let answers = [
            house.submit(.note(1, "lost"), key: .init("a")), house.submit(.raise(1, to: .critical)),
            house.submit(.declare("another")),
        ]
        house.takeTurns()
        #expect(answers.allSatisfy { $0.value?.isStorage == true && $0.count == 1 })
        #expect(house.lane.storeState == .refusing("the disk is full"))
        #expect(house.board.position() == 1)
        #expect(house.board.published(1)?.incident.severity == .major)
        #expect(house.board.published(2) == nil)
        #expect(try house.entries().count == 1)

        #expect(house.run(.note(1, "lost"), key: .init("a")).entry?.seq == 2, "the key was not kept")
        #expect(house.lane.storeState == .ok)
        #expect(house.run(.declare("another")).published?.incident.number == 2)
    }

    @Test func `a store that refused is tried again by the keeper`() throws {
        house.store.plan(.refusesLock)
        house.run(.note(1, "lost"))
        #expect(house.lane.storeState != .ok)
        house.store.plan(.refusesBatch)
        house.run(.keep)
        #expect(house.lane.storeState != .ok, "the probe failed as well")
        house.run(.keep)
        #expect(house.lane.storeState == .ok)
        #expect(house.pokes.logged.count { $0 == "store.refusing_writes" } == 1, "said once")
    }

    @Test func `a batch that hurts a constraint is tried one by one`() throws {
        house.store.plan(.constraint, .none, .constraint, .none)
        let answers = (1...3).map { house.submit(.note(1, "note \($0)")) }
        house.takeTurns()
        #expect(answers[0].value?.entry?.seq == 2)
        guard case .internalFault? = answers[1].value?.refusal else {
            Issue.record("\(String(describing: answers[1].value))")
            return
        }
        #expect(answers[2].value?.entry?.seq == 3)
        #expect(house.lane.storeState == .ok)
        #expect(answers.allSatisfy { $0.count == 1 })
    }

    @Test func `nothing is acknowledged once the store is broken`() throws {
        house.store.plan(.diesBefore)
        #expect(house.run(.note(1, "lost")).isStorage)
        guard case .broken = house.lane.storeState else {
            Issue.record("\(house.lane.storeState)")
            return
        }
        let commits = house.store.commits
        #expect(house.run(.note(1, "refused")).isStorage)
        #expect(house.run(.declare("refused")).isStorage)
        #expect(house.store.commits == commits, "the store is not even asked")
    }

    @Test func `nor in the rest of a batch that is tried one by one`() throws {
        house.store.plan(.constraint, .diesAfter, .none, .none)
        let answers = (1...3).map { house.submit(.note(1, "note \($0)")) }
        house.takeTurns()
        #expect(answers.allSatisfy { $0.value?.isStorage == true && $0.count == 1 })
        guard case .broken = house.lane.storeState else {
            Issue.record("\(house.lane.storeState)")
            return
        }
    }

    @Test func `who was not told because the process died is told by the next one`() throws {
        house.store.plan(.diesAfter)
        #expect(house.run(.note(1, "kept"), key: .init("a")).isStorage)
        house.end()
        let again = try House(folder.file(), time: time)
        #expect(again.run(.note(1, "kept"), key: .init("a")).replayed?.subject == .entry(incident: 1, seq: 2))
        #expect(try again.entries().count == 2)
    }

    @Test func `another process's entries stop the lane`() throws {
        // Two houses over one file cannot be: the lock keeps the second out. So the board is made to lag instead.
        house.board.publish([], position: 7)
        #expect(house.run(.note(1, "lost")).isStorage)
        guard case .broken(let why) = house.lane.storeState else {
            Issue.record("\(house.lane.storeState)")
            return
        }
        #expect(why.contains("another process"))
    }

    @Test func `the lane's thread ends with the store, tells why, and leaves nobody waiting`() throws {
        let told = Box<String>()
        let done = Signal()
        house.store.plan(.diesBefore)
        house.lane.start { why in
            told.put(why)
            done.open()
        }
        let first = house.submit(.note(1, "lost"))
        #expect(done.wait())
        #expect(first.value?.isStorage == true)
        #expect(told.count == 1)
        let later = house.submit(.note(1, "too late"))
        #expect(later.value?.isStorage == true, "answered at once, as no thread is left to do it")
        house.lane.stop()
    }

    @Test func `the lane's thread answers, and finishes what waits when it is stopped`() throws {
        let done = Signal()
        house.lane.start { _ in Issue.record("it broke") }
        let author = Author(person: Person("alice"), postedBy: "bot")
        house.lane.submit(.init(.note(1, "first"), by: author) { _ in done.open() })
        #expect(done.wait())
        let waiting = (0..<100).map { house.submit(.note(1, "note \($0)")) }
        house.lane.stop()
        #expect(waiting.allSatisfy { $0.value?.entry != nil })
        #expect(house.submit(.note(1, "late")).value?.refusal != nil)
    }
}
