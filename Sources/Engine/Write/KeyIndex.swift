import Journal
import Time

/// In-memory index of the idempotency records: a new key costs no SQL, a repeated one costs one look-up by number (design.md, "The board,
/// bytes, tags").
///
/// About 60 bytes per key. The results stay in the store because they are rarely read.
struct KeyIndex: Sendable {
    /// Retention of a key.
    static let lifetime: Duration = .seconds(7 * 86_400)
    /// Upper bound of keys. Above it the token with most keys loses its oldest.
    static let countMax = 2_000_000
    /// Upper bound of the keys of one token: a quarter, so that one that writes without end forgets its own keys and no one else's. Seven
    /// days of a write each 1.2 seconds.
    static let perTokenMax = countMax / 4

    private struct Record {
        var id: Int
        var createdAt: Timestamp
    }

    /// The keys of a token in order of insertion; those before `first` are evicted.
    private struct OwnedKeys {
        var keys: [(digest: KeyDigest, id: Int)] = []
        var first = 0

        var count: Int { keys.count - first }
        var oldest: (digest: KeyDigest, id: Int)? { first < keys.count ? keys[first] : nil }

        mutating func dropFirst() {
            first += 1
            if first > 4_096, first * 2 > keys.count {
                keys.removeFirst(first)
                first = 0
            }
        }
    }

    private let countMax: Int
    private let perTokenMax: Int
    /// The newest record of each digest.
    private var byDigest: [KeyDigest: Record] = [:]
    /// By `IdempotencyIndexEntry.owner`. Keys of earlier builds, whose token is not known, have the owner 0.
    private var byOwner: [UInt32: OwnedKeys] = [:]
    private var ownedCount = 0

    /// Smaller numbers are for tests.
    init(countMax: Int = KeyIndex.countMax, perTokenMax: Int = KeyIndex.perTokenMax) {
        self.countMax = countMax
        self.perTokenMax = perTokenMax
    }

    var count: Int { byDigest.count }

    /// The row number of the key with that digest; `nil` when there is none, or it has expired.
    func find(_ digest: KeyDigest, at now: Timestamp) -> Int? {
        guard let record = byDigest[digest] else { return nil }
        return record.createdAt + KeyIndex.lifetime > now ? record.id : nil
    }

    /// Reserves capacity, so that loading at startup does not grow the table step by step.
    mutating func reserve(_ count: Int) {
        byDigest.reserveCapacity(min(count, countMax))
    }

    mutating func insert(_ entry: IdempotencyIndexEntry) {
        byDigest[entry.digest] = Record(id: entry.id, createdAt: entry.createdAt)
        byOwner[entry.owner, default: OwnedKeys()].keys.append((entry.digest, entry.id))
        ownedCount += 1
        if entry.owner != 0, byOwner[entry.owner]?.count ?? 0 > perTokenMax { dropFirst(of: entry.owner) }
        if ownedCount > countMax, let longest = byOwner.max(by: { $0.value.count < $1.value.count })?.key {
            dropFirst(of: longest)
        }
    }

    /// Whether a key is older than `moment`.
    func hasAny(before moment: Timestamp) -> Bool {
        byOwner.values.contains { isOldest(of: $0, before: moment) }
    }

    /// Evicts keys older than `moment`.
    mutating func forget(before moment: Timestamp) {
        for owner in Array(byOwner.keys) {
            while let keys = byOwner[owner], isOldest(of: keys, before: moment) { dropFirst(of: owner) }
        }
    }

    /// A key that was inserted again since is not in the table under its old record any more: only its place in `byOwner` is old.
    private func isOldest(of keys: OwnedKeys, before moment: Timestamp) -> Bool {
        guard let oldest = keys.oldest else { return false }
        guard let record = byDigest[oldest.digest], record.id == oldest.id else { return true }
        return record.createdAt < moment
    }

    private mutating func dropFirst(of owner: UInt32) {
        guard let oldest = byOwner[owner]?.oldest else { return }
        if byDigest[oldest.digest]?.id == oldest.id { byDigest[oldest.digest] = nil }
        byOwner[owner]?.dropFirst()
        ownedCount -= 1
        if byOwner[owner]?.count == 0 { byOwner[owner] = nil }
    }
}
