import Synchronization

/// Counts the searches in progress of a token, and in all: each keeps a thread for reads busy.
final class SearchLimiter: Sendable {
    private let tokens = Mutex<[String: Int]>([:])

    /// `false` when too many are in progress.
    func begin(_ token: String) -> Bool {
        tokens.withLock { tokens in
            guard tokens[token, default: 0] < IncidentSearch.perTokenMax,
                tokens.values.reduce(0, +) < IncidentSearch.inAllMax
            else { return false }
            tokens[token, default: 0] += 1
            return true
        }
    }

    func end(_ token: String) {
        tokens.withLock { tokens in
            let left = tokens[token, default: 1] - 1
            tokens[token] = left > 0 ? left : nil
        }
    }
}
