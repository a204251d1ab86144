import Incidents
import Journal
import ServiceSupport
import TestSupport
import Testing
import Time

@testable import Engine

/// What the lane counts of what it did: nags and how late, batches, refusals, and whether it still moves.
struct LaneMetersTests {
    let time = ManualTime()
    let service: TestService
    var meters: LaneMeters { service.lane.meters }

    init() throws { service = try TestService(time: time) }

    /// Lets time pass, then takes the scheduler's turn and the lane's.
    private func pass(_ duration: Duration) {
        time.advance(by: duration)
        _ = service.scheduler.tick(at: service.now)
        service.takeTurns()
    }

    @Test func `a nag in time is not late, and one that waited is as late as it waited`() {
        service.run(.declare())
        pass(.seconds(300))
        #expect(meters.nagsSent.total("update") == 1)
        #expect(meters.nagLateness.snapshot.sum == 0)
        // Number 2 is due five minutes later, and asked for three seconds after that.
        pass(.seconds(303))
        #expect(meters.nagsSent.total("update") == 2)
        #expect(meters.nagLateness.snapshot.sum == 3_000)
        #expect(meters.nagLateness.snapshot.count == 2)
    }

    @Test func `after an outage a nag is as late as the first one that no one sent`() throws {
        service.run(.declare())
        // Numbers 1, 2 and 3 fall due at 5, 10 and 15 minutes; one nag stands for all, and people waited from the first on.
        pass(.seconds(900))
        #expect(try service.entries(of: 1).last?.nag()?.number == 3)
        #expect(
            meters.nagLateness.snapshot
                == .init(cumulative: Array(repeating: 0, count: 12) + [1, 1], count: 1, sum: 600_000))
    }

    @Test func `nags about other things count under what they ask for, as late as they were`() throws {
        service.run(.declare())
        service.run(.assign(1, .commander, "alice"))
        service.run(.assign(1, .rollbackApprover, "carol"))
        let rollback = StartMitigation(
            .rollback, Mitigation.Plan(action: "Roll back"), rollback: Rollback(to: "2.13", .safe))
        service.run(.change(.number(1), rollback, showing: .entry, ifMatch: nil))
        let incident = try #require(service.incidents.snapshot(1)?.incident)
        for about in Incident.nagTopics.filter({ !$0.asksEnded }).map({ $0.about }) where about != .update {
            var tally = Tally()
            let due = try #require(incident.nextNagAt(about: about))
            let nag = NagSent(about: about, dueAt: due, number: 1, to: [], breached: false)
            tally.take(nag, before: incident)
            let meters = LaneMeters()
            meters.count(tally, committedAt: due + .milliseconds(1_234))
            #expect(meters.nagsSent.total(about.rawValue) == 1)
            #expect(meters.nagLateness.snapshot.sum == 1_234)
        }
    }

    @Test func `a nag that could not be committed is not counted, and late once it is`() {
        service.run(.declare())
        service.store.plan(.refusesBatch)
        pass(.seconds(300))
        #expect(meters.nagsSent.total("update") == 0)
        #expect(meters.storeFaults.total("refusing") == 1)
        pass(.seconds(2))
        #expect(meters.nagsSent.total("update") == 1)
        #expect(meters.nagLateness.snapshot.sum == 2_000)
    }

    @Test func `an update counts under the incident's severity, as late as it came`() {
        service.run(.declare())
        time.advance(by: .seconds(420))
        service.run(.update(1))
        service.run(.update(1, "Nothing new"))
        #expect(meters.declared.total("major") == 1)
        #expect(meters.updatesPublished.total("major") == 2)
        let major = meters.updateLateness.first { $0.severity == .major }?.histogram
        #expect(major?.snapshot.count == 2)
        #expect(major?.snapshot.sum == 120)
    }

    @Test func `a batch is counted with its orders, and only what appended something was synced`() {
        for _ in 1...3 { service.submit(.declare()) }
        service.takeTurns()
        service.run(.note(9, "there is no such incident"))
        #expect(meters.batches.total == 2)
        #expect(meters.batchOrders.snapshot.sum == 4)
        #expect(meters.ordersRefused.total == 1)
        #expect(meters.syncs.total == 1)
        #expect(meters.syncs.total == service.store.batches.count)
        #expect(meters.commitDuration.snapshot.count == 1)
    }

    @Test func `what waits shows by its queue, and a full queue counts whom it turned away`() {
        service.submit(.declare())
        for token in 0..<4 {
            for _ in 0..<WriteLane.waitingPerTokenMax { service.submit(.note(1, "x"), of: "tok_\(token)") }
        }
        for _ in 0..<2 { service.submit(.note(1, "x"), of: "tok_quiet") }
        let condition = service.lane.condition(at: time.monotonic())
        #expect(condition.urgent == 1)
        #expect(condition.ordinary == WriteLane.waitingMax)
        #expect(meters.overflows.total("ordinary") == 2)
        #expect(meters.overflows.total("urgent") == 0)
    }

    @Test func `a lane that owes an answer stalls from the moment it owes it, and no longer once it gave it`()
    {
        #expect(service.lane.condition(at: time.monotonic()).stalledFor == .zero)
        time.advance(by: .seconds(100))
        service.submit(.declare())
        time.advance(by: .seconds(7))
        service.submit(.declare())
        time.advance(by: .seconds(1))
        #expect(service.lane.condition(at: time.monotonic()).stalledFor == .seconds(8))
        #expect(service.lane.condition(at: time.monotonic()).lastCommitAt == nil)
        service.takeTurns()
        #expect(service.lane.condition(at: time.monotonic()).stalledFor == .zero)
        #expect(service.lane.condition(at: time.monotonic()).lastCommitAt == service.now)
    }

    @Test func `a lane whose store hangs stalls although nothing waits in line`() {
        let inside = Box<Duration>()
        let (lane, time) = (service.lane, time)
        service.store.whileCommitting {
            time.advance(by: .seconds(12))
            inside.put(lane.condition(at: time.monotonic()).stalledFor)
        }
        service.run(.declare())
        #expect(inside.value == .seconds(12))
        #expect(service.lane.meters.commitDuration.snapshot.cumulative.last == 0)
        #expect(service.lane.condition(at: time.monotonic()).stalledFor == .zero)
    }

    @Test func `attempts count by what became of them`() throws {
        service.run(.webhook("a"))
        service.run(.declare())
        let ids = try service.store.deliveries().map(\.id)
        let id = try #require(ids.first)
        service.run(.recordAttempt(delivery: id, service.ended(.failed("nobody answers"))))
        service.run(.recordAttempt(delivery: id, service.ended(.status(200))))
        #expect(meters.deliveries.total("failed") == 1)
        #expect(meters.deliveries.total("delivered") == 1)
        #expect(meters.deliveries.total("exhausted") == 0)
    }
}
