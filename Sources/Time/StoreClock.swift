import Synchronization

/// An observation of the wall clock; each is reported once per jump.
public enum ClockEvent: Equatable, Sendable {
    /// The wall clock is ahead of the store clock by this much (behind, if negative), and is not trusted yet.
    case wallClockJumped(by: Duration)
    /// The wall clock stayed where it jumped to; the store clock moved by this much to agree with it.
    case wallClockAdopted(by: Duration)
}

/// The clock that rules decide by: monotonic time plus an offset learned from the wall clock.
///
/// Setting the wall clock forward by an hour must not make every incident overdue at once. So a small difference (up to a minute) is
/// slewed while the clock runs on, and a larger one is adopted only after the wall clock has kept it for ten minutes. A restart adopts it
/// at once. A wall clock outside the years that can be stored is never adopted; a clock that started with such a time adopts the first
/// credible one at once, because nothing was recorded by it. Source: design.md decision 4; faults.md F13.
public final class StoreClock: Sendable {
    /// The time, and how far the clock has fallen.
    public struct Reading: Equatable, Sendable {
        public let now: Timestamp
        /// The sum of the steps by which the clock was set back since it started: it differs from an earlier reading's when the clock has
        /// fallen in between.
        public let setBack: Duration

        public init(now: Timestamp, setBack: Duration) {
            self.now = now
            self.setBack = setBack
        }
    }

    /// A larger difference is a jump of the wall clock, not a drift.
    private static let driftMax: Int64 = 60_000
    /// How long a jumped wall clock must stay within `driftMax` of one offset to be trusted.
    private static let doubtMilliseconds: Int64 = 600_000
    /// The clock is slewed by at most 1/20 of the elapsed time, so that it always runs forward.
    private static let slewDivisor: Int64 = 20
    /// Both clocks are read to the millisecond, so that they may seem one apart when they agree.
    private static let readingError: Int64 = 1

    /// In milliseconds.
    private struct State {
        var offset: Int64
        var latest: Int64
        /// Sum of the adopted steps back.
        var setBack: Int64 = 0
        /// Monotonic time up to which slewing is accounted for.
        var slewedAt: Int64
        var jump: (offset: Int64, since: Int64)?
    }

    private let source: any TimeSource
    private let onEvent: @Sendable (ClockEvent) -> Void
    private let state: Mutex<State>

    /// Starts at the wall clock's time.
    ///
    /// `onEvent` is called on the thread that calls `now`, without a lock.
    public init(_ source: any TimeSource, onEvent: @escaping @Sendable (ClockEvent) -> Void) {
        self.source = source
        self.onEvent = onEvent
        let monotonic = source.monotonic().wholeMilliseconds
        let wall = source.wall().milliseconds
        state = Mutex(State(offset: wall - monotonic, latest: wall, slewedAt: monotonic))
    }

    /// The current time. Never decreases, except once when a wall clock that was set back is adopted.
    public func now() -> Timestamp {
        reading().now
    }

    /// The current time, and how far the clock has fallen since it started; both at one moment.
    public func reading() -> Reading {
        let (reading, event) = state.withLock { state in
            let monotonic = source.monotonic().wholeMilliseconds
            let event = Self.compare(
                &state, wallOffset: source.wall().milliseconds - monotonic, at: monotonic)
            state.latest = max(state.latest, monotonic + state.offset)
            return (
                Reading(
                    now: Timestamp(milliseconds: state.latest), setBack: .milliseconds(state.setBack)), event
            )
        }
        if let event { onEvent(event) }
        return reading
    }

    private static func compare(_ state: inout State, wallOffset: Int64, at monotonic: Int64) -> ClockEvent? {
        let difference = wallOffset - state.offset
        let wall = Timestamp(milliseconds: monotonic + wallOffset)
        if wall.isCredible, !Timestamp(milliseconds: monotonic + state.offset).isCredible {
            // No entry was recorded by the former time, so that nothing needs to be corrected.
            adopt(&state, wallOffset, at: monotonic)
            return .wallClockAdopted(by: .milliseconds(difference))
        }
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
        if monotonic - jump.since < doubtMilliseconds || !wall.isCredible { return nil }
        adopt(&state, wallOffset, at: monotonic)
        state.setBack += max(0, -difference)
        return .wallClockAdopted(by: .milliseconds(difference))
    }

    /// Keeping the latest time after a step back of a day would stop the clock, and every nag, for a day. The open incidents get an entry
    /// that moves what they have due (domain.md, section 5).
    private static func adopt(_ state: inout State, _ wallOffset: Int64, at monotonic: Int64) {
        state.jump = nil
        state.slewedAt = monotonic
        state.offset = wallOffset
        state.latest = monotonic + wallOffset
    }

    private static func slew(_ state: inout State, by difference: Int64, at monotonic: Int64) {
        if abs(difference) <= readingError {
            state.slewedAt = monotonic
            return
        }
        let allowed = (monotonic - state.slewedAt) / slewDivisor
        if allowed < 1 { return }
        // The division's remainder is kept for the next call; otherwise frequent calls would never slew.
        state.slewedAt += allowed * slewDivisor
        state.offset += min(max(difference, -allowed), allowed)
    }
}
