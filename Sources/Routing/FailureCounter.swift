import Synchronization
import Time

/// Rate limit of wrong tokens per address: 20 a minute, then 429. Valid tokens still work, because an incident must not lock people out
/// (security.md, "Authentication and authorisation").
final class FailureCounter: Sendable {
    private static let failuresMax = 20
    private static let window: Duration = .seconds(60)
    /// Upper bound of remembered addresses; beyond that all counts are reset.
    private static let addressesMax = 10_000

    private struct Tally {
        var count: Int
        var since: Timestamp
    }

    private let tallies = Mutex<[String: Tally]>([:])

    /// Counts a failure; `false` when the limit is exceeded.
    func count(_ address: String, at now: Timestamp) -> Bool {
        tallies.withLock { tallies in
            if tallies.count >= FailureCounter.addressesMax { tallies.removeAll(keepingCapacity: true) }
            var tally = tallies[address] ?? Tally(count: 0, since: now)
            // Also when the clock was set back, or the address would be limited for that long.
            if now - tally.since >= FailureCounter.window || now < tally.since {
                tally = Tally(count: 0, since: now)
            }
            tally.count += 1
            tallies[address] = tally
            return tally.count <= FailureCounter.failuresMax
        }
    }
}
