import Synchronization

/// Counts what is in progress for an owner, and in all: test messages and searches of a token, presses of a webhook's buttons.
final class ConcurrencyLimiter: Sendable {
    /// What is reached.
    enum Limit {
        case ofOwner
        case inAll
    }

    private let perOwnerMax: Int
    private let inAllMax: Int
    private let counts = Mutex<[String: Int]>([:])

    init(perOwnerMax: Int, inAllMax: Int) {
        self.perOwnerMax = perOwnerMax
        self.inAllMax = inAllMax
    }

    /// Counts one more, until `end`; or says which limit is reached.
    func begin(_ owner: String) -> Limit? {
        counts.withLock { counts in
            guard counts[owner, default: 0] < perOwnerMax else { return .ofOwner }
            guard counts.values.reduce(0, +) < inAllMax else { return .inAll }
            counts[owner, default: 0] += 1
            return nil
        }
    }

    func end(_ owner: String) {
        counts.withLock { counts in
            let left = counts[owner, default: 1] - 1
            counts[owner] = left > 0 ? left : nil
        }
    }
}
