import Synchronization

/// How many connections there are, over all loops and by origin.
final class Census: Sendable {
    private struct Counts {
        var total = 0
        /// Connections that were one too many, ever.
        var refused = 0
        /// Connections that have had no answer but refusals yet, by origin.
        var unauthenticated: [UInt64: Int] = [:]
    }

    private let totalMax: Int
    private let unauthenticatedMax: Int
    private let counts = Mutex(Counts())

    init(totalMax: Int, unauthenticatedMax: Int) {
        self.totalMax = totalMax
        self.unauthenticatedMax = unauthenticatedMax
    }

    /// How many connections there are.
    var total: Int { counts.withLock { $0.total } }

    /// How many connections were one too many, so far.
    var refused: Int { counts.withLock { $0.refused } }

    /// Counts one more connection of that origin, unless that would be one too many.
    func enter(_ origin: UInt64) -> Bool {
        counts.withLock { counts in
            let waiting = counts.unauthenticated[origin, default: 0]
            guard counts.total < totalMax, waiting < unauthenticatedMax else {
                counts.refused += 1
                return false
            }
            counts.total += 1
            counts.unauthenticated[origin] = waiting + 1
            return true
        }
    }

    /// A connection has had an answer that was no refusal.
    func authenticate(_ origin: UInt64) {
        counts.withLock { Self.release(origin, &$0) }
    }

    /// A connection has ended.
    func leave(_ origin: UInt64, isAuthenticated: Bool) {
        counts.withLock { counts in
            counts.total -= 1
            if !isAuthenticated { Self.release(origin, &counts) }
        }
    }

    private static func release(_ origin: UInt64, _ counts: inout Counts) {
        let waiting = counts.unauthenticated[origin, default: 0]
        // Entries go when they are empty: addresses are many, memory is not.
        counts.unauthenticated[origin] = waiting > 1 ? waiting - 1 : nil
    }
}
