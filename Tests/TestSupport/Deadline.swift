import Glibc

/// An error with a message, for a test that cannot continue.
package struct TestFault: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// A deadline on the monotonic clock.
package struct Deadline {
    /// Default timeout of a wait that should take milliseconds.
    package static let usual = Duration.seconds(20)

    private let moment: ContinuousClock.Instant

    package init(_ limit: Duration) {
        moment = ContinuousClock.now + limit
    }

    /// Remaining time in milliseconds, for `poll`; never negative.
    package var milliseconds: Int32 {
        let (seconds, attoseconds) = max(.zero, moment - .now).components
        return Int32(min(seconds, 3_600) * 1_000 + attoseconds / 1_000_000_000_000_000)
    }

    package var hasPassed: Bool { moment <= .now }
}

/// Polls every 20 ms until the condition holds, for conditions without a signal to wait for; `false` on timeout.
package func becomes(within limit: Duration = Deadline.usual, _ condition: () throws -> Bool) rethrows -> Bool
{
    let deadline = Deadline(limit)
    while true {
        if try condition() { return true }
        if deadline.hasPassed { return false }
        poll(nil, 0, 20)
    }
}
