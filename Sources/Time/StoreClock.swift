import Synchronization

/// What `StoreClock` noticed about the wall clock; each is reported once for each jump.
public enum ClockEvent: Equatable, Sendable {
    /// The wall clock is this much ahead of ours (behind, if negative), and is not believed yet.
    case wallClockJumped(by: Duration)
    /// The wall clock stayed where it jumped to; our time has moved by this much to agree with it.
    case wallClockAdopted(by: Duration)
}

/// The time that rules decide by: monotonic time plus an offset learned from the wall clock.
///
/// Someone who sets the clock an hour forward must not make every incident overdue at once. So small differences (up
/// to a minute) are slewed away while our time runs on, and a larger one is adopted only after the wall clock has stood
/// by it for ten minutes; a restart adopts it at once. Source: design.md decision 4; faults.md F13.
public final class StoreClock: Sendable {
    /// Beyond this, the wall clock has jumped and not drifted.
    private static let driftMax: Int64 = 60_000
    /// How long a jumped wall clock must stay within `driftMax` of one offset to be believed.
    private static let doubtMilliseconds: Int64 = 600_000
    /// Our time is slewed by at most one part in so many, so that it always runs forward.
    private static let slewDivisor: Int64 = 20
    /// Both clocks are read to the millisecond, so that they seem one apart when they agree.
    private static let readingError: Int64 = 1

    /// All in milliseconds.
    private struct State {
        var offset: Int64
        var latest: Int64
        /// The monotonic time up to which slewing has been accounted for.
        var slewedAt: Int64
        var jump: (offset: Int64, since: Int64)?
    }

    private let source: any TimeSource
    private let onEvent: @Sendable (ClockEvent) -> Void
    private let state: Mutex<State>

    /// A clock that begins at what the wall clock says.
    ///
    /// `onEvent` is called on whichever thread asked for the time, with no lock held.
    public init(_ source: any TimeSource, onEvent: @escaping @Sendable (ClockEvent) -> Void = { _ in }) {
        self.source = source
        self.onEvent = onEvent
        let monotonic = source.monotonic().wholeMilliseconds
        let wall = source.wall().milliseconds
        state = Mutex(State(offset: wall - monotonic, latest: wall, slewedAt: monotonic))
    }

    /// The time. Never earlier than before, except once when a wall clock that was set back is adopted.
    public func now() -> Timestamp {
        let (now, event) = state.withLock { state in
            let monotonic = source.monotonic().wholeMilliseconds
            let event = Self.compare(
                &state, wallOffset: source.wall().milliseconds - monotonic, at: monotonic)
            state.latest = max(state.latest, monotonic + state.offset)
            return (Timestamp(milliseconds: state.latest), event)
        }
        if let event { onEvent(event) }
        return now
    }

    private static func compare(_ state: inout State, wallOffset: Int64, at monotonic: Int64) -> ClockEvent? {
        let difference = wallOffset - state.offset
        if abs(difference) <= driftMax {
            state.jump = nil
            slew(&state, by: difference, at: monotonic)
            return nil
        }
        state.slewedAt = monotonic
        guard let jump = state.jump, abs(wallOffset - jump.offset) <= driftMax else {
            state.jump = (wallOffset, since: monotonic)
            return .wallClockJumped(by: .milliseconds(difference))
        }
        if monotonic - jump.since < doubtMilliseconds { return nil }
        state.jump = nil
        state.offset = wallOffset
        // Holding the latest time after a step back of a day would stop the clock, and every nag, for a day. What is
        // recorded keeps its order by other means.
        state.latest = monotonic + wallOffset
        return .wallClockAdopted(by: .milliseconds(difference))
    }

    private static func slew(_ state: inout State, by difference: Int64, at monotonic: Int64) {
        if abs(difference) <= readingError {
            state.slewedAt = monotonic
            return
        }
        let allowed = (monotonic - state.slewedAt) / slewDivisor
        if allowed < 1 { return }
        // What is left of the division stays for the next call, else calls in quick succession would never slew.
        state.slewedAt += allowed * slewDivisor
        state.offset += min(max(difference, -allowed), allowed)
    }
}
