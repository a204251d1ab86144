import Synchronization

/// Counts what is in progress for an owner, and in all: test messages and searches of a token, presses of a webhook's buttons.
final class OpenAttempts: Sendable {
    static let perOwnerMax = 2
    static let inAllMax = 8

    private let perOwnerMax: Int
    private let inAllMax: Int
    private let counts = Mutex<[String: Int]>([:])

    init(perOwnerMax: Int = OpenAttempts.perOwnerMax, inAllMax: Int = OpenAttempts.inAllMax) {
        self.perOwnerMax = perOwnerMax
        self.inAllMax = inAllMax
    }

    /// `false` when too many are in progress.
    func begin(_ owner: String) -> Bool {
        counts.withLock { counts in
            guard counts[owner, default: 0] < perOwnerMax, counts.values.reduce(0, +) < inAllMax
            else { return false }
            counts[owner, default: 0] += 1
            return true
        }
    }

    func end(_ owner: String) {
        counts.withLock { counts in
            let left = counts[owner, default: 1] - 1
            counts[owner] = left > 0 ? left : nil
        }
    }
}
