import Engine
import Synchronization
import Time

/// Tracks when a tick thread last ticked and when the next tick is due. Missing ticks are the worst failure of this service.
///
/// All moments are of the monotonic clock.
public final class Heartbeat: Sendable {
    private struct State {
        var last: Duration
        var expected: Duration
    }

    private let state: Mutex<State>

    /// The first tick is due at once.
    public init(at moment: Duration) {
        state = Mutex(State(last: moment, expected: moment))
    }

    public func tickBegan(at moment: Duration) {
        state.withLock { $0 = State(last: moment, expected: moment) }
    }

    /// The tick ended; the next one is due after `wait`, at most after the longest pace.
    public func tickEnded(for wait: Duration?, at moment: Duration) {
        let pace = max(.zero, min(wait ?? TickThread.paceMax, TickThread.paceMax))
        state.withLock { $0.expected = moment + pace }
    }

    /// Runs and records a tick, which returns how long the next one may wait.
    func during(_ time: any TimeSource, _ tick: () -> Duration?) -> Duration? {
        tickBegan(at: time.monotonic())
        let wait = tick()
        tickEnded(for: wait, at: time.monotonic())
        return wait
    }

    /// Time since the last tick began.
    public func inactivity(at moment: Duration) -> Duration {
        state.withLock { moment - $0.last }
    }

    /// How late the next tick is, or how long the current one has taken; zero when in time.
    public func lag(at moment: Duration) -> Duration {
        state.withLock { max(.zero, moment - $0.expected) }
    }
}
