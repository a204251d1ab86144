import Journal
import Time

/// Where every idempotency key that is kept has its row, in memory: a key that is new costs no SQL, one that comes again one look-up by
/// its number (design.md, "The board, bytes, tags").
///
/// Some 60 bytes a key: what its write led to is asked for so seldom that it stays in the store.
struct KeyIndex: Sendable {
    /// How long a key is kept.
    static let lifetime: Duration = .seconds(7 * 86_400)
    /// How many keys are kept at most; beyond that the oldest go first.
    static let countMax = 2_000_000

    /// For each digest how many marks were made before its last one, since the start.
    private var byDigest: [KeyDigest: Int] = [:]
    /// The marks in the order of their making; those before `first` are gone.
    private var order: [IdempotencyIndexEntry] = []
    private var first = 0
    /// How many marks were cut off the front of `order`.
    private var cut = 0

    /// How many keys are kept.
    var count: Int { byDigest.count }

    /// The number of the key kept under a digest; `nil` when none is, or no longer.
    func find(_ digest: KeyDigest, at now: Timestamp) -> Int? {
        guard let index = byDigest[digest] else { return nil }
        let mark = order[index - cut]
        return mark.createdAt + KeyIndex.lifetime > now ? mark.id : nil
    }

    /// Makes room for that many keys, so that a start does not grow the table step by step.
    mutating func reserve(_ count: Int) {
        byDigest.reserveCapacity(min(count, KeyIndex.countMax))
        order.reserveCapacity(count)
    }

    /// Keeps a key.
    mutating func insert(_ mark: IdempotencyIndexEntry) {
        byDigest[mark.digest] = cut + order.count
        order.append(mark)
        if byDigest.count > KeyIndex.countMax { dropFirst() }
    }

    /// Whether a key has been kept long enough.
    func hasAny(before moment: Timestamp) -> Bool {
        first < order.count && order[first].createdAt < moment
    }

    /// Forgets what has been kept long enough.
    mutating func forget(before moment: Timestamp) {
        while first < order.count, order[first].createdAt < moment { dropFirst() }
    }

    private mutating func dropFirst() {
        let oldest = order[first]
        // The same key may have been kept again since.
        if byDigest[oldest.digest] == cut + first { byDigest[oldest.digest] = nil }
        first += 1
        if first > 4_096, first * 2 > order.count {
            order.removeFirst(first)
            cut += first
            first = 0
        }
    }
}
