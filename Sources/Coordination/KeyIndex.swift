import Journal
import Time

/// Every idempotency key that is kept, in memory: a look-up costs no SQL (design.md, "The board, bytes, tags").
struct KeyIndex: Sendable {
    /// How long a key is kept.
    static let lifetime: Duration = .seconds(7 * 86_400)
    /// How many keys are kept at most; beyond that the oldest go first.
    static let countMax = 2_000_000

    private var byDigest: [[UInt8]: KeptKey] = [:]
    /// The digests in the order of their making; those before `first` are gone.
    private var order: [(digest: [UInt8], createdAt: Timestamp)] = []
    private var first = 0

    /// How many keys are kept.
    var count: Int { byDigest.count }

    /// What is kept under a key; `nil` when nothing is, or no longer.
    func find(_ digest: [UInt8], at now: Timestamp) -> KeptKey? {
        guard let kept = byDigest[digest], kept.createdAt + KeyIndex.lifetime > now else { return nil }
        return kept
    }

    /// Keeps a key.
    mutating func insert(_ key: KeptKey) {
        byDigest[key.keyDigest] = key
        order.append((key.keyDigest, key.createdAt))
        if byDigest.count > KeyIndex.countMax { dropFirst() }
    }

    /// Forgets what has been kept long enough; says whether anything was.
    mutating func forget(before moment: Timestamp) -> Bool {
        let count = byDigest.count
        while first < order.count, order[first].createdAt < moment { dropFirst() }
        return byDigest.count < count
    }

    private mutating func dropFirst() {
        let oldest = order[first]
        // The same key may have been kept again since.
        if byDigest[oldest.digest]?.createdAt == oldest.createdAt { byDigest[oldest.digest] = nil }
        first += 1
        if first > 4_096, first * 2 > order.count {
            order.removeFirst(first)
            first = 0
        }
    }
}
