import Engine
import Model
import Synchronization
import Time

/// Limits each token's requests in flight and its write rate, so that one bot cannot crowd out everyone else.
///
/// Critical requests are counted, but never refused here. Source: http-strictness.md, "Timeouts and caps"; security.md, "Authentication
/// and authorisation"; docs/decisions/0010.
public final class TokenLimiter: Sendable {
    /// Upper bound of a token's requests that wait for the lane or the store (http-strictness.md, "Timeouts and caps").
    public static let inFlightMax = 1_024

    /// Token bucket of writes: `writes` left at `since`. Refilled by the rate, up to one second's worth.
    private struct Allowance {
        var writes: Double
        var since: Timestamp
    }

    private struct Loads {
        var inFlight: [String: Int] = [:]
        /// Empty without a rate; else one per token that writes.
        var allowances: [String: Allowance] = [:]
    }

    private let inFlightMax: Int
    private let writesPerSecond: Int?
    private let loads = Mutex(Loads())

    /// `writesPerSecond` is `nil` for no rate limit.
    public init(inFlightMax: Int = TokenLimiter.inFlightMax, writesPerSecond: Int? = nil) {
        self.inFlightMax = inFlightMax
        self.writesPerSecond = writesPerSecond
    }

    /// Counts a request in flight; `false` at the limit, unless it is critical.
    func begin(_ token: String, priority: WritePriority) -> Bool {
        loads.withLock { loads in
            let count = loads.inFlight[token] ?? 0
            guard priority == .critical || count < inFlightMax else { return false }
            loads.inFlight[token] = count + 1
            return true
        }
    }

    /// Counts a finished request.
    func end(_ token: String) {
        loads.withLock { loads in
            let count = loads.inFlight[token] ?? 0
            loads.inFlight[token] = count > 1 ? count - 1 : nil
        }
    }

    /// Takes one write from the token bucket; `false` when it is empty. The next write is then possible within a second.
    func spend(_ token: String, at now: @autoclosure () -> Timestamp) -> Bool {
        guard let writesPerSecond else { return true }
        let most = Double(writesPerSecond)
        let now = now()
        return loads.withLock { loads in
            var allowance = loads.allowances[token] ?? Allowance(writes: most, since: now)
            let seconds = Double(max(0, (now - allowance.since).wholeMilliseconds)) / 1_000
            allowance.writes = min(most, allowance.writes + seconds * most)
            allowance.since = now
            let isAllowed = allowance.writes >= 1
            if isAllowed { allowance.writes -= 1 }
            loads.allowances[token] = allowance
            return isAllowed
        }
    }
}
