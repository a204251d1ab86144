/// When a failed call is tried again.
///
/// Each call is safe to repeat: reads change nothing, and writes carry an idempotency key.
struct RetryPolicy: Sendable {
    /// From the first call to the start of the last one.
    let total: Duration
    private static let first = Duration.milliseconds(200)
    private static let longest = Duration.seconds(5)

    /// The pause before the next attempt; `nil` when the last result stands.
    ///
    /// Doubles from 0.2 s to 5 s, less up to a half by `jitter` (0 to 1). A longer `Retry-After` wins.
    func pause(
        afterAttempt attempt: Int, status: Int?, retryAfter: Duration?, elapsed: Duration, jitter: Double
    ) -> Duration? {
        if let status, ![429, 500, 502, 503, 504].contains(status) { return nil }
        let backoff = min(Self.longest, Self.first * (1 << min(max(attempt, 1) - 1, 8)))
        let pause = max(backoff * (1 - min(max(jitter, 0), 1) / 2), retryAfter ?? .zero)
        return elapsed + pause <= total ? pause : nil
    }
}
