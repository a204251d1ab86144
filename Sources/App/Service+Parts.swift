import API
import Engine
import Dispatch
import HTTPServer
import Incidents
import Logging
import Synchronization
import Time

/// What this is: the version in `--version`, `User-Agent` and the log.
public let drumbeatVersion = "0.1.0"

/// Reaches those who look again after a commit, once they are there.
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
            targets.server.announceNews(in: APIResponder.channels(of: committed.entries))
        }
        if targets.scheduler.observe(committed.states) { targets.schedulerThread.wake() }
        if targets.longPolls.observe(committed.entries) { targets.longPollsThread.wake() }
        guard !committed.deliveries.isEmpty || !committed.retried.isEmpty else { return }
        targets.outbox.markStale(committed.deliveries)
        targets.outbox.handleRetries(to: committed.retried)
        targets.outboxThread.wake()
    }

    /// An update will be due soon: told to those who listen now.
    func announced(_ incident: Incident) {
        let notice = APIResponder.dueSoonNotice(incident)
        targets.withLock { $0 }?.server.send(notice: notice.text, on: notice.channels)
    }

    func wakeOutbox() {
        targets.withLock { $0 }?.outboxThread.wake()
    }
}

/// What is done each second beside the beat: looks for changed tokens and webhooks, counts what waits to be delivered, and tries the store
/// again when it refused.
final class MaintenanceTask: Sendable {
    /// How many ticks, of about a second, lie between two looks for what may be forgotten.
    private static let forgetEvery = 600

    private struct State {
        var ticks = 0
        /// Whether the last request left something to forget.
        var hasMore = false
        /// Whether a request waits in the lane: a locked store takes longer to refuse one than lies between two ticks.
        var isWaiting = false
    }

    private let credentials: CredentialCache
    private let lane: WriteLane
    /// Counts what waits to be delivered.
    private let refreshBacklog: @Sendable () throws -> Void
    private let log: @Sendable (Logger.Level, String, [(String, String)]) -> Void
    private let state = Mutex(State())

    init(
        credentials: CredentialCache, lane: WriteLane, refreshBacklog: @escaping @Sendable () throws -> Void,
        log: @escaping @Sendable (Logger.Level, String, [(String, String)]) -> Void
    ) {
        self.credentials = credentials
        self.lane = lane
        self.refreshBacklog = refreshBacklog
        self.log = log
    }

    func tick() {
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
        // A store that takes writes is left alone, but for what has been kept long enough.
        let isOk = lane.storeState == .ok
        let submits = state.withLock { state in
            state.ticks += 1
            let isTime = state.ticks.isMultiple(of: MaintenanceTask.forgetEvery)
            guard !state.isWaiting, !isOk || state.hasMore || isTime else { return false }
            state.isWaiting = true
            return true
        }
        guard submits else { return }
        lane.submit(
            WriteLane.PendingRequest(Maintain(), by: .service) { [self] result in
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
