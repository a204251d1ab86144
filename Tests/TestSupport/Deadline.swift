import Glibc

/// What a test could not do, in words.
package struct TestFault: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// The moment by which something must have happened, on the monotonic clock.
package struct Deadline {
    /// Limit of a wait for what should take milliseconds.
    package static let usual = Duration.seconds(20)

    private let moment: ContinuousClock.Instant

    package init(_ limit: Duration) {
        moment = ContinuousClock.now + limit
    }

    /// What is left, in milliseconds, never negative; as `poll` wants it.
    package var milliseconds: Int32 {
        let (seconds, attoseconds) = max(.zero, moment - .now).components
        return Int32(min(seconds, 3_600) * 1_000 + attoseconds / 1_000_000_000_000_000)
    }

    package var hasPassed: Bool { moment <= .now }
}

/// Checks every 20 ms until the condition holds; for what gives no signal that one could wait for.
package func becomes(within limit: Duration = Deadline.usual, _ condition: () throws -> Bool) rethrows -> Bool
{
    let deadline = Deadline(limit)
    while true {
        if try condition() { return true }
        if deadline.hasPassed { return false }
        poll(nil, 0, 20)
    }
}
