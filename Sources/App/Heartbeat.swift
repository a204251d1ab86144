import Coordination
import Synchronization
import Time

/// When a paced thread last took a turn, and when its next was to begin: a beat that stops is the worst thing here.
///
/// Moments are of the monotonic clock, passed in.
public final class Heartbeat: Sendable {
    private struct State {
        var last: Duration
        var expected: Duration
    }

    private let state: Mutex<State>

    /// A heart that is to beat for the first time at once.
    public init(at moment: Duration) {
        state = Mutex(State(last: moment, expected: moment))
    }

    /// A turn begins.
    public func beat(at moment: Duration) {
        state.withLock { $0 = State(last: moment, expected: moment) }
    }

    /// The turn is over; the next one is to begin after `wait`, at the latest after the longest pace.
    public func rest(for wait: Duration?, at moment: Duration) {
        let pace = max(.zero, min(wait ?? PacedThread.paceMax, PacedThread.paceMax))
        state.withLock { $0.expected = moment + pace }
    }

    /// Takes a turn, which answers how long the next one may wait; noted from its beginning to its end.
    func during(_ time: any TimeSource, _ turn: () -> Duration?) -> Duration? {
        beat(at: time.monotonic())
        let wait = turn()
        rest(for: wait, at: time.monotonic())
        return wait
    }

    /// How long ago the last turn began.
    public func inactivity(at moment: Duration) -> Duration {
        state.withLock { moment - $0.last }
    }

    /// How far it is behind: how long the turn under way has taken, or by how much the next one is late. Zero when it is in time.
    public func lag(at moment: Duration) -> Duration {
        state.withLock { max(.zero, moment - $0.expected) }
    }
}
