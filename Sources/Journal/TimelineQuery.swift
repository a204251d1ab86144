import Incidents
import Model

/// Which entries of a timeline are asked for.
public struct TimelineFilter: Sendable, Equatable {
    /// Only these kinds; empty for all.
    public var kinds: [EntryKind] = []
    public var author: Person?
    /// The visibility in force; of an entry that was just committed, the recorded one.
    public var visibility: Visibility?
    /// Only the entry with one of these stored `onceKey`s; `nil` for all.
    public var onceKeys: [String]?

    /// Matches every entry, of one kind or visibility if given.
    public init(kind: EntryKind? = nil, visibility: Visibility? = nil) {
        kinds = kind.map { [$0] } ?? []
        self.visibility = visibility
    }

    /// Whether an entry that was just committed matches.
    public func matches(_ entry: StoredEntry) -> Bool {
        (kinds.isEmpty || kinds.contains(entry.kind))
            && (author.map { $0 == Person(entry.author) } ?? true)
            && (visibility ?? entry.visibility) == entry.visibility
            && (onceKeys.map { keys in entry.onceKey.map(keys.contains) ?? false } ?? true)
    }

    /// Whether matching entries may be rare, so that a page of them may need a long scan.
    var isSelective: Bool { !kinds.isEmpty || author != nil || visibility != nil }
}

/// A part of a stream's entries, in one order.
public struct TimelineQuery: Sendable, Equatable {
    public enum Order: String, CaseIterable, Sendable {
        /// By seq, ascending.
        case asc
        /// Newest first.
        case desc
    }

    public var filter: TimelineFilter
    /// Only greater seqs.
    public var after: Int
    /// Only smaller seqs.
    public var before: Int
    public var order: Order
    public var limit: Int

    public init(
        _ filter: TimelineFilter, after: Int = 0, before: Int = Int.max, order: Order = .asc, limit: Int
    ) {
        self.filter = filter
        self.after = after
        self.before = before
        self.order = order
        self.limit = limit
    }

    /// Upper bound of entries that a query with a filter looks through: some 30 ms.
    public static let scanMax = 10_000

    /// The part that one request may look through, up to the stream's last seq, and the seq at which the next request continues; `nil`
    /// when this is all. Seqs have no gaps, so a range of them bounds the scan.
    public func bounded(lastSeq: Int) -> (query: TimelineQuery, continuing: Int?) {
        // One entry is found by the index of its source.
        guard filter.isSelective, filter.onceKeys == nil else { return (self, nil) }
        var query = self
        let end = min(before, lastSeq < Int.max ? lastSeq + 1 : lastSeq)
        switch order {
        case .asc:
            guard end - after - 1 > TimelineQuery.scanMax else { return (self, nil) }
            query.before = after + TimelineQuery.scanMax + 1
            return (query, query.before - 1)
        case .desc:
            guard end - after - 1 > TimelineQuery.scanMax else { return (self, nil) }
            query.after = end - TimelineQuery.scanMax - 1
            return (query, query.after + 1)
        }
    }
}
