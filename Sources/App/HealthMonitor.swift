import API
import Engine
import Model
import Synchronization
import Time

/// Health of the service, from the state of its parts. Queries no store and never blocks.
final class HealthMonitor: Sendable {
    /// The scheduler ticks at least once a second: ten ticks were missed.
    static let schedulerInactivityMax: Duration = .seconds(10)
    /// A locked store refuses after two seconds, and a slow sync takes less than one: a lane without progress for this long hangs. Equals
    /// the default handler timeout.
    static let laneStallMax: Duration = .seconds(10)
    /// The outbox ticks at least once a second, but reading a slow store and building 64 bodies takes time.
    static let outboxInactivityMax: Duration = .seconds(30)
    /// Beyond this, deliveries wait noticeably. Does not affect readiness: an unreachable receiver must not take the service down.
    static let outboxBehindAfter: Duration = .seconds(60)

    let scheduler: Heartbeat
    let outbox: Heartbeat
    private let lane: WriteLane
    private let hearing: @Sendable () -> Hearing.State
    private let deliveries = Mutex<OutboxMeters?>(nil)
    private let isDraining = Atomic<Bool>(false)

    init(lane: WriteLane, hearing: @escaping @Sendable () -> Hearing.State, at moment: Duration) {
        self.lane = lane
        self.hearing = hearing
        scheduler = Heartbeat(at: moment)
        outbox = Heartbeat(at: moment)
    }

    /// Connects the delivery meters, which are created after the users of `readiness`.
    func connect(_ meters: OutboxMeters) {
        deliveries.withLock { $0 = meters }
    }

    /// The threads start: their inactivity counts from now on.
    func open(at moment: Duration) {
        scheduler.tickBegan(at: moment)
        outbox.tickBegan(at: moment)
    }

    /// The service is stopping, and no longer ready.
    func drain() {
        isDraining.store(true, ordering: .relaxed)
    }

    /// Whether the scheduler ticks in time.
    func isTicking(at moment: Duration) -> Bool {
        scheduler.inactivity(at: moment) <= HealthMonitor.schedulerInactivityMax
    }

    /// The checks at a moment, by the monotonic clock and the store's time.
    func readiness(at moment: Duration, _ now: Timestamp) -> Readiness {
        Readiness([
            storeCheck(), laneCheck(at: moment, now), schedulerCheck(at: moment),
            outboxCheck(at: moment, now), hearingCheck(), clockCheck(now),
            serviceCheck(),
        ])
    }

    private func storeCheck() -> Readiness.Check {
        switch lane.storeState {
        case .ok: .ok("store")
        case .refusing(let why):
            Readiness.Check(
                "store", status: "refusing", isFailing: true,
                detail:
                    "The store accepts no writes: \(why). Free disk space or stop what locks the file; it is retried each second.",
                figures: [])
        case .broken(let why):
            Readiness.Check(
                "store", status: "broken", isFailing: true,
                detail:
                    "The store cannot be trusted: \(why). Run drumbeat verify, and restore a backup if it fails.",
                figures: [])
        }
    }

    private func laneCheck(at moment: Duration, _ now: Timestamp) -> Readiness.Check {
        let condition = lane.condition(at: moment)
        let stalled = Int(condition.stalledFor.wholeSeconds)
        let figures: [(name: StaticString, value: Int?)] = [
            ("waiting", condition.urgent + condition.ordinary), ("waiting_seconds", stalled),
            ("last_commit_seconds", condition.lastCommitAt.map { Int((now - $0).wholeSeconds) }),
        ]
        guard condition.stalledFor > HealthMonitor.laneStallMax else { return .ok("lane", figures: figures) }
        return Readiness.Check(
            "lane", status: "stuck", isFailing: true,
            detail:
                "No write was answered for \(stalled) s; the disk may hang. Check the disk; if it works, restart the service.",
            figures: figures)
    }

    private func schedulerCheck(at moment: Duration) -> Readiness.Check {
        let figures: [(name: StaticString, value: Int?)] = [
            ("lag_seconds", Int(scheduler.lag(at: moment).wholeSeconds))
        ]
        guard !isTicking(at: moment) else { return .ok("scheduler", figures: figures) }
        let silent = scheduler.inactivity(at: moment).wholeSeconds
        return Readiness.Check(
            "scheduler", status: "silent", isFailing: true,
            detail:
                "The scheduler has not run for \(silent) s; no nags are sent. Restart the service; missed nags are sent once, late.",
            figures: figures)
    }

    private func outboxCheck(at moment: Duration, _ now: Timestamp) -> Readiness.Check {
        let backlog = deliveries.withLock { $0 }?.backlog ?? BacklogGauge(pending: 0, earliestDueAt: nil)
        let oldest = backlog.oldestDue(at: now)
        let figures: [(name: StaticString, value: Int?)] = [
            ("pending", backlog.pending), ("oldest_due_seconds", Int(oldest.wholeSeconds)),
        ]
        let silent = outbox.inactivity(at: moment)
        if silent > HealthMonitor.outboxInactivityMax {
            return Readiness.Check(
                "outbox", status: "silent", isFailing: true,
                detail:
                    "The outbox has not run for \(silent.wholeSeconds) s; no webhook is sent. Check the disk, then restart the service.",
                figures: figures)
        }
        guard oldest > HealthMonitor.outboxBehindAfter else { return .ok("outbox", figures: figures) }
        return Readiness.Check(
            "outbox", status: "behind", isFailing: false,
            detail:
                "A delivery has been due for \(oldest.wholeSeconds) s; a receiver is slow or down. See delivery.failed in the log.",
            figures: figures)
    }

    /// Never makes the service unready: nothing that restarts it would help.
    private func hearingCheck() -> Readiness.Check {
        let hearing = hearing()
        let detail: String
        switch hearing {
        case .ok: return .ok("hearing")
        case .nobody:
            detail =
                "No enabled webhook subscribes to update.overdue, so nobody hears nags. Register one: POST /v1/webhooks."
        case .failing:
            detail =
                "Each webhook that subscribes to update.overdue failed three times in a row. GET /v1/webhooks/{id}/deliveries says why; "
                + "POST /v1/nags/test tries them."
        }
        return Readiness.Check(
            "hearing", status: hearing.rawValue, isFailing: false, detail: detail, figures: [])
    }

    private func clockCheck(_ now: Timestamp) -> Readiness.Check {
        guard let remedy = now.clockRemedy else { return .ok("clock") }
        return Readiness.Check(
            "clock", status: "wrong", isFailing: true, detail: remedy, figures: [])
    }

    private func serviceCheck() -> Readiness.Check {
        guard isDraining.load(ordering: .relaxed) else { return .ok("service") }
        return Readiness.Check(
            "service", status: "draining", isFailing: true,
            detail:
                "The service is stopping. Send requests to another instance, or wait for the next start.",
            figures: [])
    }
}
