/// Where time comes from: the system's clocks, or a test's.
public protocol TimeSource: Sendable {
    /// Time since some fixed point, which never jumps; it stands still while the machine sleeps or goes on, as
    /// the system decides.
    func monotonic() -> Duration
    /// What the wall clock says, which an operator or NTP may set forward and back.
    func wall() -> Timestamp
}
