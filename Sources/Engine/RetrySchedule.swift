import Journal
import Model
import Time

/// Retry schedule of failed deliveries: roughly exponential backoff with jitter (source: Standard Webhooks 1.0, "Deliverability and
/// reliability", and our three retry classes).
public enum RetrySchedule {
    /// Upper bound of an honoured `Retry-After`.
    public static let retryAfterMax: Duration = .seconds(3_600)

    /// A webhook whose every attempt fails for this long is disabled.
    public static let disableAfter: Duration = .seconds(5 * 86_400)

    /// Backoff in seconds before the second, third … attempt, each counted from the previous failure. A nag repeats the last delay until
    /// it expires; the other classes end.
    static func delays(_ retryClass: RetryClass) -> [Int] {
        switch retryClass {
        case .nag: [5, 15, 45, 120]
        case .status: [5, 30, 120, 300, 900, 1_800, 3_600, 7_200, 18_000, 36_000]
        case .record: [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
        }
    }

    /// How long a delivery is retried unless something supersedes it earlier.
    public static func lifetime(_ retryClass: RetryClass, interval: Duration) -> Duration {
        switch retryClass {
        case .nag: interval
        case .status: .seconds(24 * 3_600)
        // The schedule's 75 h 35 min plus a fifth, so that jitter does not cut off the last attempt.
        case .record: .seconds(91 * 3_600)
        }
    }

    /// When the next attempt is due after `attempts` failures; `nil` when the delivery is given up.
    ///
    /// Each delay has a jitter of ±20 % (`jitter` is 0…1), so that webhooks that failed together do not return together. A later
    /// `Retry-After` (RFC 9110 §10.2.3) wins. The result is never after `expiresAt`.
    public static func next(
        after attempts: Int, _ retryClass: RetryClass, failedAt now: Timestamp, retryAfter: Duration?,
        expiresAt: Timestamp, jitter: Double
    ) -> Timestamp? {
        let delays = delays(retryClass)
        guard let last = delays.last, attempts >= 1, now < expiresAt else { return nil }
        let seconds: Int
        if attempts <= delays.count {
            seconds = delays[attempts - 1]
        } else {
            guard retryClass == .nag else { return nil }
            seconds = last
        }
        let varied = Int64(Double(seconds) * 1_000 * (0.8 + 0.4 * jitter))
        let wanted = max(now + .milliseconds(varied), now + min(retryAfter ?? .zero, retryAfterMax))
        // A last attempt at `expiresAt` is better than none.
        return min(wanted, expiresAt)
    }
}
