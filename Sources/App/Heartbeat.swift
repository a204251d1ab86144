import Engine
import Synchronization
import Time

/// When a tick thread last ticked, and when its next was to begin: ticks that stop are the worst thing here.
///
/// Moments are of the monotonic clock, passed in.
public final class Heartbeat: Sendable {
    private struct State {
        var last: Duration
        var expected: Duration
    }

    private let state: Mutex<State>

    /// A heartbeat whose first tick is due at once.
    public init(at moment: Duration) {
        state = Mutex(State(last: moment, expected: moment))
    }

    /// A tick begins.
    public func tickBegan(at moment: Duration) {
        state.withLock { $0 = State(last: moment, expected: moment) }
    }

    /// The tick is over; the next one is to begin after `wait`, at the latest after the longest pace.
    public func tickEnded(for wait: Duration?, at moment: Duration) {
        let pace = max(.zero, min(wait ?? TickThread.paceMax, TickThread.paceMax))
        state.withLock { $0.expected = moment + pace }
    }

    /// Runs a tick, which answers how long the next one may wait; noted from its beginning to its end.
    func during(_ time: any TimeSource, _ tick: () -> Duration?) -> Duration? {
        tickBegan(at: time.monotonic())
        let wait = tick()
        tickEnded(for: wait, at: time.monotonic())
        return wait
    }

    /// How long ago the last tick began.
    public func inactivity(at moment: Duration) -> Duration {
        state.withLock { moment - $0.last }
    }

    /// How far it is behind: how long the tick under way has taken, or by how much the next one is late. Zero when it is in time.
    public func lag(at moment: Duration) -> Duration {
        state.withLock { max(.zero, moment - $0.expected) }
    }
}
