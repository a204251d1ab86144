import Addresses
import Synchronization
import Time

/// Rate limit of wrong tokens per address: 20 a minute, then 429. Valid tokens still work, because an incident must not lock people out
/// (security.md, "Authentication and authorisation").
final class FailureCounter: Sendable {
    static let failuresMax = 20
    private static let window: Duration = .seconds(60)
    /// Upper bound of remembered addresses. Further ones share one count, so that no one is forgotten by a flood from many.
    private static let addressesMax = 10_000

    private struct Tally {
        var count: Int
        var since: Timestamp
    }

    private struct State {
        var tallies: [String: Tally] = [:]
        /// When the tallies were last searched for old ones: at most each second, as that looks at all.
        var cleaned: Timestamp?
    }

    private let state = Mutex(State())

    /// Counts a failure; `false` when the limit is exceeded.
    func count(_ address: String, at now: Timestamp) -> Bool {
        state.withLock { state in
            var key = FailureCounter.network(of: address)
            if state.tallies.count >= FailureCounter.addressesMax, state.tallies[key] == nil {
                clean(&state, at: now)
                if state.tallies.count >= FailureCounter.addressesMax { key = "" }
            }
            var tally = state.tallies[key] ?? Tally(count: 0, since: now)
            // Also when the clock was set back, or the address would be limited for that long.
            if !(.zero..<FailureCounter.window).contains(now - tally.since) {
                tally = Tally(count: 0, since: now)
            }
            tally.count += 1
            state.tallies[key] = tally
            return tally.count <= FailureCounter.failuresMax
        }
    }

    private func clean(_ state: inout State, at now: Timestamp) {
        if let cleaned = state.cleaned, (.zero..<Duration.seconds(1)).contains(now - cleaned) { return }
        state.cleaned = now
        state.tallies = state.tallies.filter {
            (.zero..<FailureCounter.window).contains(now - $0.value.since)
        }
    }

    /// Of an IPv6 address the network of 64 bits, all of which one host may have.
    private static func network(of address: String) -> String {
        guard address.utf8.contains(0x3A), case .v6(let number)? = IPAddress(address) else { return address }
        return IPAddress.v6((number >> 64) << 64).description
    }
}
