import Incidents
import Journal
import Platform
import Testing
import Time

@testable import Coordination

/// What the lane counts of what it did: nags and how late, batches, refusals, and whether it still moves.
struct LaneMetersTests {
    let folder: TemporaryFolder
    let time = ManualTime()
    let house: House
    var meters: LaneMeters { house.lane.meters }

    init() throws {
        folder = try TemporaryFolder()
        house = try House(folder.file(), time: time)
    }

    /// Lets time pass, then takes the scheduler's turn and the lane's.
    private func pass(_ duration: Duration) {
        time.advance(by: duration)
        _ = house.scheduler.turn(at: house.now)
        house.takeTurns()
    }

    @Test func `a nag in time is not late, and one that waited is as late as it waited`() {
        house.run(.declare())
        pass(.seconds(300))
        #expect(meters.nagsSent.total("update") == 1)
        #expect(meters.nagLateness.snapshot.sum == 0)
        // Number 2 is due five minutes later, and asked for three seconds after that.
        pass(.seconds(303))
        #expect(meters.nagsSent.total("update") == 2)
        #expect(meters.nagLateness.snapshot.sum == 3_000)
        #expect(meters.nagLateness.snapshot.count == 2)
    }

    @Test func `after an outage a nag is as late as the first one that nobody sent`() throws {
        house.run(.declare())
        // Numbers 1, 2 and 3 fall due at 5, 10 and 15 minutes; one nag stands for all, and people waited from the first on.
        pass(.seconds(900))
        #expect(try house.entries(of: 1).last?.folded().event == nagEvent(3))
        #expect(
            meters.nagLateness.snapshot
                == .init(cumulative: Array(repeating: 0, count: 12) + [1, 1], count: 1, sum: 600_000))
    }

    private func nagEvent(_ number: Int) throws -> Event? {
        let event = try house.entries(of: 1).last?.folded().event
        guard case .nagSent(let nag)? = event, nag.number == number else { return nil }
        return event
    }

    @Test func `nags about other things count under what they ask for, as late as they were`() throws {
        house.run(.declare())
        let incident = try #require(house.board.published(1)?.incident)
        for about in NagSent.About.allCases where about != .update {
            var tally = Tally()
            let due = try #require(incident.nextNagAt(about: about))
            let nag = NagSent(about: about, dueAt: due, number: 1, to: [], breached: false)
            tally.note(.nagSent(nag), before: incident)
            let meters = LaneMeters()
            meters.count(tally, committedAt: due + .milliseconds(1_234))
            #expect(meters.nagsSent.total(about.rawValue) == 1)
            #expect(meters.nagLateness.snapshot.sum == 1_234)
        }
    }

    @Test func `a nag that could not be committed is not counted, and late once it is`() {
        house.run(.declare())
        house.store.plan(.refusesBatch)
        pass(.seconds(300))
        #expect(meters.nagsSent.total("update") == 0)
        #expect(meters.storeFaults.total("refusing") == 1)
        pass(.seconds(2))
        #expect(meters.nagsSent.total("update") == 1)
        #expect(meters.nagLateness.snapshot.sum == 2_000)
    }

    @Test func `an update counts under the incident's severity, as late as it came`() {
        house.run(.declare())
        time.advance(by: .seconds(420))
        house.run(.update(1))
        house.run(.update(1))
        #expect(meters.declared.total("major") == 1)
        #expect(meters.updatesPublished.total("major") == 2)
        let major = meters.updateLateness.first { $0.severity == .major }?.histogram
        #expect(major?.snapshot.count == 2)
        #expect(major?.snapshot.sum == 120)
    }

    @Test func `a batch is counted with its orders, and only what appended something was synced`() {
        for _ in 1...3 { house.submit(.declare()) }
        house.takeTurns()
        house.run(.note(9, "there is no such incident"))
        #expect(meters.batches.total == 2)
        #expect(meters.batchOrders.snapshot.sum == 4)
        #expect(meters.ordersRefused.total == 1)
        #expect(meters.syncs.total == 1)
        #expect(meters.syncs.total == house.store.batches.count)
        #expect(meters.commitDuration.snapshot.count == 1)
    }

    @Test func `what waits shows by its line, and a full line counts whom it turned away`() {
        house.submit(.declare())
        for _ in 0..<WriteLane.waitingMax + 2 { house.submit(.note(1, "x")) }
        let condition = house.lane.condition(at: time.monotonic())
        #expect(condition.urgent == 1)
        #expect(condition.ordinary == WriteLane.waitingMax)
        #expect(meters.overflows.total("ordinary") == 2)
        #expect(meters.overflows.total("urgent") == 0)
    }

    @Test func `a lane that owes an answer stalls from the moment it owes it, and no longer once it gave it`()
    {
        #expect(house.lane.condition(at: time.monotonic()).stalledFor == .zero)
        time.advance(by: .seconds(100))
        house.submit(.declare())
        time.advance(by: .seconds(7))
        house.submit(.declare())
        time.advance(by: .seconds(1))
        #expect(house.lane.condition(at: time.monotonic()).stalledFor == .seconds(8))
        #expect(house.lane.condition(at: time.monotonic()).lastCommitAt == nil)
        house.takeTurns()
        #expect(house.lane.condition(at: time.monotonic()).stalledFor == .zero)
        #expect(house.lane.condition(at: time.monotonic()).lastCommitAt == house.now)
    }

    @Test func `a lane whose store hangs stalls although nothing waits in line`() {
        let inside = Box<Duration>()
        let (lane, time) = (house.lane, time)
        house.store.whileCommitting {
            time.advance(by: .seconds(12))
            inside.put(lane.condition(at: time.monotonic()).stalledFor)
        }
        house.run(.declare())
        #expect(inside.value == .seconds(12))
        #expect(house.lane.meters.commitDuration.snapshot.cumulative.last == 0)
        #expect(house.lane.condition(at: time.monotonic()).stalledFor == .zero)
    }

    @Test func `attempts count by what became of them`() throws {
        house.run(.endpoint("a"))
        house.run(.declare())
        let ids = try house.store.deliveries().map(\.id)
        let id = try #require(ids.first)
        house.run(.recordAttempt(delivery: id, house.ended(.failed("nobody answers"))))
        house.run(.recordAttempt(delivery: id, house.ended(.status(200))))
        #expect(meters.deliveries.total("failed") == 1)
        #expect(meters.deliveries.total("delivered") == 1)
        #expect(meters.deliveries.total("exhausted") == 0)
    }
}
