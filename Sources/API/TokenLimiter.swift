import Engine
import Incidents
import Model
import Synchronization
import Time

/// What one token has under way, and how much it has written lately, so that no bot takes the place of everybody else.
///
/// What a responder must get through is counted, but never refused here. Source: http-strictness.md, "Timeouts and caps"; security.md,
/// "Authentication and authorisation"; docs/decisions/0010.
public final class TokenLimiter: Sendable {
    /// Requests of one token that may wait for the lane or the store at once (http-strictness.md, "Timeouts and caps").
    public static let inFlightMax = 1_024

    /// Writes that may still be made at `since`: it fills by the rate, up to one second's worth.
    private struct Allowance {
        var writes: Double
        var since: Timestamp
    }

    private struct Loads {
        var inFlight: [String: Int] = [:]
        /// Only where there is a rate; as many as there are tokens that write.
        var allowances: [String: Allowance] = [:]
    }

    private let inFlightMax: Int
    private let writesPerSecond: Int?
    private let loads = Mutex(Loads())

    /// No load yet. `writesPerSecond` is `nil` for as many as the lane takes.
    public init(inFlightMax: Int = TokenLimiter.inFlightMax, writesPerSecond: Int? = nil) {
        self.inFlightMax = inFlightMax
        self.writesPerSecond = writesPerSecond
    }

    /// One more is under way; `false` when there are too many, unless it is critical.
    func begin(_ token: String, priority: WritePriority) -> Bool {
        loads.withLock { loads in
            let count = loads.inFlight[token] ?? 0
            guard priority == .critical || count < inFlightMax else { return false }
            loads.inFlight[token] = count + 1
            return true
        }
    }

    /// One has been answered.
    func end(_ token: String) {
        loads.withLock { loads in
            let count = loads.inFlight[token] ?? 0
            loads.inFlight[token] = count > 1 ? count - 1 : nil
        }
    }

    /// Spends one write of what the rate allows; `false` when nothing is left, so that the next may be made within a second.
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
