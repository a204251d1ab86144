import API
import Engine
import Dispatch
import HTTPServer
import Incidents
import Logging
import Synchronization
import Time

/// Shown by `--version`, `User-Agent` and the log.
public let drumbeatVersion = "0.1.0"

/// Notifies the observers of commits. They are connected later, because they are created after the lane.
final class Pokes: Sendable {
    private struct Targets {
        var scheduler: Scheduler<Incident>
        var schedulerThread: TickThread
        var outbox: Outbox
        var outboxThread: TickThread
        var longPolls: LongPolls
        var longPollsThread: TickThread
        var server: Server
    }

    private let targets = Mutex<Targets?>(nil)

    func connect(
        scheduler: Scheduler<Incident>, _ schedulerThread: TickThread, outbox: Outbox,
        _ outboxThread: TickThread,
        longPolls: LongPolls, _ longPollsThread: TickThread, server: Server
    ) {
        targets.withLock {
            $0 = Targets(
                scheduler: scheduler, schedulerThread: schedulerThread, outbox: outbox,
                outboxThread: outboxThread, longPolls: longPolls, longPollsThread: longPollsThread,
                server: server)
        }
    }

    func committed(_ committed: Committed) {
        guard let targets = targets.withLock({ $0 }) else { return }
        if targets.server.streamCount > 0, !committed.entries.isEmpty {
            targets.server.announceNews(in: DrumbeatAPI.channels(of: committed.entries))
        }
        if targets.scheduler.observe(committed.states) { targets.schedulerThread.wake() }
        if targets.longPolls.observe(committed.entries) { targets.longPollsThread.wake() }
        guard !committed.deliveries.isEmpty || !committed.retried.isEmpty else { return }
        targets.outbox.markStale(committed.deliveries)
        targets.outbox.handleRetries(to: committed.retried)
        targets.outboxThread.wake()
    }

    /// Sends `update.due_soon` to current stream clients.
    func announced(_ incident: Incident) {
        let notice = DrumbeatAPI.dueSoonNotice(incident)
        targets.withLock { $0 }?.server.send(notice: notice.text, on: notice.channels)
    }

    func wakeOutbox() {
        targets.withLock { $0 }?.outboxThread.wake()
    }
}

/// Maintenance once a second: refreshes tokens and webhooks, refreshes the backlog gauge, and probes the store after it refused writes.
final class MaintenanceTask: Sendable {
    /// Number of ticks, of about a second, between two searches for expired rows.
    private static let forgetEvery = 600
    /// Number of ticks between two records of last uses, which are to the minute.
    private static let recordUsesEvery = 60

    private struct State {
        var ticks = 0
        /// Whether the last request left expired rows.
        var hasMore = false
        /// Whether a request is queued in the lane: a locked store takes longer to refuse one than a tick.
        var isWaiting = false
    }

    private let credentials: CredentialCache
    private let lane: WriteLane
    /// Refreshes the backlog gauge.
    private let refreshBacklog: @Sendable () throws -> Void
    private let clock: @Sendable () -> Timestamp
    private let log: @Sendable (Logger.Level, String, [(String, String)]) -> Void
    private let state = Mutex(State())

    init(
        credentials: CredentialCache, lane: WriteLane, clock: @escaping @Sendable () -> Timestamp,
        refreshBacklog: @escaping @Sendable () throws -> Void,
        log: @escaping @Sendable (Logger.Level, String, [(String, String)]) -> Void
    ) {
        self.credentials = credentials
        self.lane = lane
        self.clock = clock
        self.refreshBacklog = refreshBacklog
        self.log = log
    }

    /// Submits the last uses of tokens, if it is time. What a full lane or a failing store loses is one minute's.
    private func recordUses() {
        // Not at the first tick: a service that has just started has nothing to record.
        guard state.withLock({ ($0.ticks + 1).isMultiple(of: MaintenanceTask.recordUsesEvery) }) else {
            return
        }
        let uses = credentials.takeUses()
        guard !uses.isEmpty else { return }
        lane.submit(WriteLane.PendingRequest(RecordTokenUses(uses), by: .service, of: nil) { _ in })
    }

    func tick() {
        credentials.passTime(clock())
        do {
            try credentials.refresh()
        } catch {
            log(.warning, "directory.refresh_failed", [("error", "\(error)")])
        }
        do {
            try refreshBacklog()
        } catch {
            log(.warning, "outbox.stock_failed", [("error", "\(error)")])
        }
        // A store that accepts writes is used only for expired rows.
        let isOk = lane.storeState == .ok
        if isOk { recordUses() }
        let submits = state.withLock { state in
            state.ticks += 1
            let isTime = state.ticks.isMultiple(of: MaintenanceTask.forgetEvery)
            guard !state.isWaiting, !isOk || state.hasMore || isTime else { return false }
            state.isWaiting = true
            return true
        }
        guard submits else { return }
        lane.submit(
            WriteLane.PendingRequest(Maintain(), by: .service, of: nil) { [self] result in
                state.withLock { state in
                    state.isWaiting = false
                    state.hasMore = false
                    if case .success(.performed(let outcome)) = result {
                        state.hasMore = outcome.isUnfinished
                    }
                }
            })
    }
}
