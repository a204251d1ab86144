import Synchronization
import Time

/// A clock that advances only on request, for tests and the simulator.
package final class ManualTime: TimeSource {
    private struct Readings {
        var monotonic: Duration
        /// The wall clock's time when `monotonic` was zero.
        var wallAtZero: Duration
    }

    private let readings: Mutex<Readings>

    /// The initial times. The default is 2026-01-15T10:00:00Z.
    package init(
        wall: Timestamp = Timestamp(milliseconds: 1_768_471_200_000), monotonic: Duration = .seconds(1_000)
    ) {
        readings = Mutex(
            Readings(monotonic: monotonic, wallAtZero: .milliseconds(wall.milliseconds) - monotonic))
    }

    package func monotonic() -> Duration {
        readings.withLock { $0.monotonic }
    }

    /// The time last set by `setWall`, plus later advances.
    package func wall() -> Timestamp {
        readings.withLock { Timestamp(milliseconds: ($0.wallAtZero + $0.monotonic).wholeMilliseconds) }
    }

    /// Advances both clocks.
    package func advance(by duration: Duration) {
        precondition(duration >= .zero, "time does not run backwards; set the wall clock instead")
        readings.withLock { $0.monotonic += duration }
    }

    /// Sets the wall clock, as an operator or NTP would. The monotonic clock is unchanged.
    package func setWall(_ moment: Timestamp) {
        readings.withLock { $0.wallAtZero = .milliseconds(moment.milliseconds) - $0.monotonic }
    }
}
