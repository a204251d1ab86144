import Journal

/// The entries of the last commits, in memory: what follows the journal reads here instead of the store (design.md, "The board, bytes, tags").
///
/// It holds words as they were committed, so whoever erases words must clear them here too.
struct RecentEntries: Sendable {
    /// How many entries it holds, and how many bytes of facts and words: texts may be long.
    static let entriesMax = 10_000
    static let bytesMax = 16 << 20

    private var entries: [StoredEntry] = []
    /// How many at the front are forgotten; they are cut off when they are half of all, so that forgetting stays cheap.
    private var forgotten = 0
    private var bytes = 0
    private let entriesMax: Int
    private let bytesMax: Int

    init(entriesMax: Int = RecentEntries.entriesMax, bytesMax: Int = RecentEntries.bytesMax) {
        self.entriesMax = entriesMax
        self.bytesMax = bytesMax
    }

    /// Adds what a commit appended, in the order of its positions.
    mutating func append(_ committed: [StoredEntry]) {
        entries += committed
        bytes += committed.reduce(0) { $0 + RecentEntries.bytes(of: $1) }
        while entries.count - forgotten > entriesMax || bytes > bytesMax, forgotten < entries.count - 1 {
            bytes -= RecentEntries.bytes(of: entries[forgotten])
            forgotten += 1
        }
        if forgotten > entries.count / 2 {
            entries.removeFirst(forgotten)
            forgotten = 0
        }
    }

    /// The position of the newest; 0 when there is none.
    var lastPosition: Int { entries.last?.position ?? 0 }

    /// What was committed after a position; `nil` when some of it is forgotten already.
    ///
    /// The position is one that the board had since this process began, so an empty memory has missed nothing.
    func after(_ position: Int) -> ArraySlice<StoredEntry>? {
        let kept = entries[forgotten...]
        guard let first = kept.first, let last = kept.last else { return [] }
        if position >= last.position { return [] }
        guard position >= first.position - 1 else { return nil }
        return kept.dropFirst(position - first.position + 1)
    }

    private static func bytes(of entry: StoredEntry) -> Int {
        entry.facts.count + (entry.words?.count ?? 0) + 256
    }
}
