import Glibc

/// A source of time: the system's clocks, or a test's.
public protocol TimeSource: Sendable {
    /// Time since some fixed point; never jumps. Whether it advances while the machine is suspended depends on the implementation.
    func monotonic() -> Duration
    /// The wall clock, which an operator or NTP may set forward and back.
    func wall() -> Timestamp
}

/// The system's clocks.
public struct SystemTime: TimeSource {
    /// The system's clocks.
    public init() {}

    /// Time since boot, including suspension: what was due meanwhile is overdue.
    public func monotonic() -> Duration {
        let time = read(CLOCK_BOOTTIME)
        return Duration(
            secondsComponent: Int64(time.tv_sec), attosecondsComponent: Int64(time.tv_nsec) * 1_000_000_000)
    }

    /// The system's wall clock, rounded down to the millisecond.
    public func wall() -> Timestamp {
        let time = read(CLOCK_REALTIME)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    private func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        // Fails only for a clock that the kernel does not know; both exist since 2.6.39.
        precondition(clock_gettime(clock, &time) == 0, "the system has no clock \(clock)")
        return time
    }
}
