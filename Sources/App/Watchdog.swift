import Engine
import OperatingSystem
import Synchronization
import Time

/// Tells the supervisor that the beat goes on, for as long as it does: a service that answers but nags nobody is to be started anew.
///
/// A thread of its own looks each second; the core, `tick`, is steppable.
final class Watchdog: Sendable {
    /// How long the scheduler may be silent before the service is no longer well: as `/readyz` has it.
    static let inactivityMax = HealthMonitor.schedulerInactivityMax
    /// The same for a supervisor that is so quick that it would wait no longer itself.
    private static let inactivityMin: Duration = TickThread.paceMax * 2
    /// A supervisor that asks for more pings than that does not get them: they would only burn time.
    private static let intervalMin: Duration = .milliseconds(10)

    private let ping: @Sendable () -> Void
    private let isWell: @Sendable (_ inactivityMax: Duration) -> Bool
    /// Half of what the supervisor waits for, as sd_watchdog_enabled(3) advises: one ping may come late.
    private let interval: Duration
    private let last = Mutex<Duration?>(nil)

    /// A watchdog for a supervisor that wants a ping `within` that time. `isWell` is asked before each, and is given how long the
    /// scheduler may have been silent.
    init(
        within limit: Duration, isWell: @escaping @Sendable (_ inactivityMax: Duration) -> Bool,
        ping: @escaping @Sendable () -> Void
    ) {
        interval = max(limit / 2, Self.intervalMin)
        self.isWell = isWell
        self.ping = ping
    }

    /// Sends a ping if one is due and all is well, and answers how long it may wait for the next tick; `nil` to look again when the
    /// thread does so anyway. A ping that was withheld is sent as soon as all is well again.
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
    /// The thread that pings the supervisor behind a socket while the scheduler ticks and the store can be trusted; `nil` when
    /// nobody watches. The caller starts and stops it.
    public func watchdog(of supervisor: NotifySocket, time: any TimeSource) -> TickThread? {
        guard let limit = supervisor.watchdog else { return nil }
        let dog = Watchdog(within: limit, isWell: { [self] in isWell(inactivityMax: $0) }) {
            supervisor.send("WATCHDOG=1")
        }
        return TickThread(name: "watchdog") { dog.tick(at: time.monotonic()) }
    }
}
