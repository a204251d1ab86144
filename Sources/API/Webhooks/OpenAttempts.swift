import Synchronization

/// Counts what is in progress for an owner, and in all: test messages of a token, presses of a webhook's buttons.
final class OpenAttempts: Sendable {
    static let perOwnerMax = 2
    /// Half of the messages that are sent at a time, so that deliveries always have places.
    static let inAllMax = 32

    /// What is reached.
    enum Limit {
        case ofOwner
        case inAll
    }

    private let counts = Mutex<[String: Int]>([:])

    /// Counts an attempt, until `end`; or says which limit is reached.
    func begin(_ owner: String) -> Limit? {
        counts.withLock { counts in
            guard counts[owner, default: 0] < OpenAttempts.perOwnerMax else { return .ofOwner }
            guard counts.values.reduce(0, +) < OpenAttempts.inAllMax else { return .inAll }
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
