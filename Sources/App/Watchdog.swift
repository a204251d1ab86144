import Engine
import OperatingSystem
import Synchronization
import Time

/// Sends watchdog pings to the supervisor while the scheduler ticks: a service that serves requests but sends no nags must be restarted.
///
/// Runs on a thread of its own; the core, `tick`, is steppable.
final class Watchdog: Sendable {
    /// Longest tolerated inactivity of the scheduler, as in `/readyz`.
    static let inactivityMax = HealthMonitor.schedulerInactivityMax
    /// Lower bound of the tolerance, for a supervisor with a very short interval.
    private static let inactivityMin: Duration = TickThread.paceMax * 2
    /// Lower bound of the ping interval: more pings would only waste time.
    private static let intervalMin: Duration = .milliseconds(10)

    private let ping: @Sendable () -> Void
    private let isWell: @Sendable (_ inactivityMax: Duration) -> Bool
    /// Half of the supervisor's timeout, as sd_watchdog_enabled(3) advises: one ping may be late.
    private let interval: Duration
    private let last = Mutex<Duration?>(nil)

    /// `limit` is the supervisor's timeout. `isWell` is called before each ping, with the tolerated inactivity of the scheduler.
    init(
        within limit: Duration, isWell: @escaping @Sendable (_ inactivityMax: Duration) -> Bool,
        ping: @escaping @Sendable () -> Void
    ) {
        interval = max(limit / 2, Self.intervalMin)
        self.isWell = isWell
        self.ping = ping
    }

    /// Sends a ping if one is due and the service is well. Returns when to call next; `nil` for the thread's own pace. A withheld ping is
    /// sent as soon as the service is well again.
    func tick(at now: Duration) -> Duration? {
        let due = last.withLock { $0 }.map { $0 + interval } ?? now
        guard due <= now else { return due - now }
        guard isWell(min(Self.inactivityMax, max(Self.inactivityMin, interval))) else { return nil }
        last.withLock { $0 = now }
        ping()
        return interval
    }
}

extension Service {
    /// The thread that pings the supervisor while the scheduler ticks and the store is trusted; `nil` without a watchdog. The caller
    /// starts and stops it.
    public func watchdog(of supervisor: NotifySocket, time: any TimeSource) -> TickThread? {
        guard let limit = supervisor.watchdog else { return nil }
        let dog = Watchdog(within: limit, isWell: { [self] in isWell(inactivityMax: $0) }) {
            supervisor.send("WATCHDOG=1")
        }
        return TickThread(name: "watchdog") { dog.tick(at: time.monotonic()) }
    }
}
