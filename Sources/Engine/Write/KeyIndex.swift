import Journal
import Time

/// In-memory index of the idempotency records: a new key costs no SQL, a repeated one costs one look-up by number (design.md, "The board,
/// bytes, tags").
///
/// About 60 bytes per key. The results stay in the store because they are rarely read.
struct KeyIndex: Sendable {
    /// Retention of a key.
    static let lifetime: Duration = .seconds(7 * 86_400)
    /// Upper bound of keys. Eviction is oldest first.
    static let countMax = 2_000_000

    /// For each digest, the index of its newest index entry, counted since startup.
    private var byDigest: [KeyDigest: Int] = [:]
    /// Index entries in insertion order; those before `first` are evicted.
    private var order: [IdempotencyIndexEntry] = []
    private var first = 0
    /// How many entries were removed from the front of `order`.
    private var cut = 0

    var count: Int { byDigest.count }

    /// The row number of the key with that digest; `nil` when there is none, or it has expired.
    func find(_ digest: KeyDigest, at now: Timestamp) -> Int? {
        guard let index = byDigest[digest] else { return nil }
        let mark = order[index - cut]
        return mark.createdAt + KeyIndex.lifetime > now ? mark.id : nil
    }

    /// Reserves capacity, so that loading at startup does not grow the table step by step.
    mutating func reserve(_ count: Int) {
        byDigest.reserveCapacity(min(count, KeyIndex.countMax))
        order.reserveCapacity(count)
    }

    mutating func insert(_ mark: IdempotencyIndexEntry) {
        byDigest[mark.digest] = cut + order.count
        order.append(mark)
        if byDigest.count > KeyIndex.countMax { dropFirst() }
    }

    /// Whether a key is older than `moment`.
    func hasAny(before moment: Timestamp) -> Bool {
        first < order.count && order[first].createdAt < moment
    }

    /// Evicts keys older than `moment`.
    mutating func forget(before moment: Timestamp) {
        while first < order.count, order[first].createdAt < moment { dropFirst() }
    }

    private mutating func dropFirst() {
        let oldest = order[first]
        // The same key may have been inserted again since.
        if byDigest[oldest.digest] == cut + first { byDigest[oldest.digest] = nil }
        first += 1
        if first > 4_096, first * 2 > order.count {
            order.removeFirst(first)
            cut += first
            first = 0
        }
    }
}
