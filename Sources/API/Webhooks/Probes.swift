import Synchronization

/// Counts the test messages that requests wait for, so that one token does not use up the transport.
final class Probes: Sendable {
    private static let perTokenMax = 2
    private static let inAllMax = 8

    private let counts = Mutex<[String: Int]>([:])

    /// `false` when too many are on their way.
    func begin(_ token: String) -> Bool {
        counts.withLock { counts in
            guard counts[token, default: 0] < Probes.perTokenMax,
                counts.values.reduce(0, +) < Probes.inAllMax
            else { return false }
            counts[token, default: 0] += 1
            return true
        }
    }

    func end(_ token: String) {
        counts.withLock { counts in
            let left = counts[token, default: 1] - 1
            counts[token] = left > 0 ? left : nil
        }
    }
}
