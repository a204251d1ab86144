import Glibc

/// Where time comes from: the system's clocks, or a test's.
public protocol TimeSource: Sendable {
    /// Time since some fixed point, which never jumps; it stands still while the machine sleeps or goes on, as
    /// the system decides.
    func monotonic() -> Duration
    /// What the wall clock says, which an operator or NTP may set forward and back.
    func wall() -> Timestamp
}

/// The system's clocks.
public struct SystemTime: TimeSource {
    /// The system's clocks.
    public init() {}

    /// Time since the machine started, counting the time it was suspended: what was due meanwhile is overdue.
    public func monotonic() -> Duration {
        let time = read(CLOCK_BOOTTIME)
        return Duration(
            secondsComponent: Int64(time.tv_sec), attosecondsComponent: Int64(time.tv_nsec) * 1_000_000_000)
    }

    /// What the system's wall clock says, to the millisecond below.
    public func wall() -> Timestamp {
        let time = read(CLOCK_REALTIME)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    private func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        // Fails only for a clock the kernel does not know; it has known both since 2.6.39.
        precondition(clock_gettime(clock, &time) == 0, "the system has no clock \(clock)")
        return time
    }
}
