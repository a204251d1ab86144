/// A source of time: the system's clocks, or a test's.
public protocol TimeSource: Sendable {
    /// Time since some fixed point; never jumps. Whether it advances while the machine is suspended depends on the implementation.
    func monotonic() -> Duration
    /// The wall clock, which an operator or NTP may set forward and back.
    func wall() -> Timestamp
}
