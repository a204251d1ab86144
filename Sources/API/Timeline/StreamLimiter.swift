import Metrics
import Synchronization

/// Admission control of event streams, per token.
public final class StreamLimiter: Sendable {
    /// Upper bound per token (http-strictness.md, "Timeouts and caps").
    public static let perTokenMax = 12_000

    /// One open stream; ends when it is released.
    final class StreamPermit: Sendable {
        private let token: String
        private let limiter: StreamLimiter
        private let gauge: Gauge

        fileprivate init(_ token: String, _ limiter: StreamLimiter, _ gauge: Gauge) {
            self.token = token
            self.limiter = limiter
            self.gauge = gauge
            gauge.add(1)
        }

        deinit {
            gauge.add(-1)
            limiter.leave(token)
        }
    }

    private let counts = Mutex<[String: Int]>([:])
    private let perTokenMax: Int

    /// The parameter lowers the limit for tests.
    public init(perTokenMax: Int = StreamLimiter.perTokenMax) {
        self.perTokenMax = perTokenMax
    }

    /// A permit for one more stream of a token, counted in `gauge`; `nil` at the limit.
    func permit(for token: String, gauge: Gauge) -> StreamPermit? {
        let isAdmitted = counts.withLock { counts in
            guard counts[token, default: 0] < perTokenMax else { return false }
            counts[token, default: 0] += 1
            return true
        }
        return isAdmitted ? StreamPermit(token, self, gauge) : nil
    }

    private func leave(_ token: String) {
        counts.withLock { counts in
            let left = counts[token, default: 1] - 1
            counts[token] = left > 0 ? left : nil
        }
    }
}
