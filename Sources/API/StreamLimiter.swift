import Metrics
import Synchronization

/// How many streams each token has open.
public final class StreamLimiter: Sendable {
    /// How many one token may have (http-strictness.md, "Timeouts and caps").
    public static let perTokenMax = 12_000

    /// The place of one stream, until it is let go.
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

    /// Nobody listens yet. The maximum is for tests.
    public init(perTokenMax: Int = StreamLimiter.perTokenMax) {
        self.perTokenMax = perTokenMax
    }

    /// A place for one more stream of a token, which `gauge` counts; `nil` when it has as many as it may.
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
