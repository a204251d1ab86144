import Journal
import Metrics
import Model
import Time

/// Loads past or ended states: folds prefixes of the journal that a shelf does not hold.
///
/// Blocks on the store, so it is never called on an event loop. Reads the entries that shape a state, and the last of the others, as a
/// start does. Keeps some folds, so that deliveries in order and two moments asked for in turn fold each entry once.
public final class StateLoader<State: StoredAggregate>: Sendable {
    /// Entries read to fold, since the start.
    public let entriesRead = Counter()
    private let reader: any JournalReader
    public let shelf: Shelf<State>
    private let kept = KeptFolds<State>()
    /// Complete states as of the last entry of their streams, when they were read.
    private let current = FoldedStates<State>()

    public init(reader: any JournalReader, shelf: Shelf<State>) {
        self.reader = reader
        self.shelf = shelf
    }

    /// The number of the stream of that name; `nil` when there is none. A number is returned unchecked: its stream may not exist.
    public func number(of name: StreamName) throws -> Int? {
        switch name {
        case .number(let number): return number
        case .id(let id): return try shelf.number(of: id) ?? reader.number(of: id, in: State.code)
        case .key(let key): return try shelf.number(of: key) ?? reader.number(ofKey: key, in: State.code)
        }
    }

    /// The current state; `nil` when there is none.
    public func snapshot(_ name: StreamName) throws -> Snapshot<State>? {
        try number(of: name).flatMap { try snapshot($0) }
    }

    /// The current state; `nil` when there is none.
    public func snapshot(_ number: Int) throws -> Snapshot<State>? {
        if let snapshot = shelf.snapshot(number) { return snapshot }
        guard let head = try reader.head(of: StreamID(State.self, number)) else { return nil }
        // As of the row: entries that are added meanwhile are not read.
        if let snapshot = current.snapshot(number), snapshot.seq == head.seq { return snapshot }
        var snapshot = try fold(head, number, through: head.seq)
        if let folded = snapshot {
            snapshot = try State.completed(folded, from: reader) ?? foldAll(head, number, through: head.seq)
        }
        if let flaw = head.flaw(ofFoldEndingAt: snapshot?.seq ?? 0) {
            throw UnreadableEntry(position: snapshot?.lastChange.counter ?? 0, detail: flaw)
        }
        if let snapshot { current.hold(snapshot) }
        return snapshot
    }

    /// The state as of one of its entries; `nil` when there is none. As every past state here, it may have a last progress that is too
    /// early (`StoredAggregate.completed`): nothing shows that, and nothing is decided on a past state.
    public func snapshot(_ number: Int, asOf seq: Int) throws -> Snapshot<State>? {
        if let current = shelf.snapshot(number), current.seq == seq { return current }
        guard let head = try reader.head(of: StreamID(State.self, number)) else { return nil }
        return try fold(head, number, through: seq)
    }

    /// The state as recorded by a moment: up to the last entry that was recorded by then; `nil` when the stream did not exist then.
    ///
    /// The entries before one that was recorded after the clock was set back count as well, although they may carry later times.
    public func snapshot(_ number: Int, recordedBy moment: Timestamp) throws -> Snapshot<State>? {
        if let current = shelf.snapshot(number), current.recordedAt <= moment { return current }
        let stream = StreamID(State.self, number)
        guard let head = try reader.head(of: stream) else { return nil }
        let times = try ascending(of: stream, upTo: head.seq, around: moment)
        let last = try reader.lastSeq(
            of: stream, after: times.after, upTo: times.through, recordedBy: moment)
        return last > 0 ? try fold(head, number, through: last) : nil
    }

    /// A range of entries whose times ascend: after the last correction of the clock that was recorded by a moment, before the next one.
    private func ascending(
        of stream: StreamID, upTo seq: Int, around moment: Timestamp
    ) throws -> (after: Int, through: Int) {
        guard let kind = State.clockKind else { return (0, seq) }
        var through = seq
        while true {
            let page = try reader.latestEntries(of: stream, kind: kind, before: through + 1, limit: pageSize)
            for entry in page {
                if entry.recordedAt <= moment { return (entry.seq, through) }
                through = entry.seq - 1
            }
            guard page.count == pageSize else { return (0, through) }
        }
    }

    /// The state after the last entry of `State.replacingKind` up to a seq; `nil` when there is none.
    func replacement(_ number: Int, upTo seq: Int) throws -> Snapshot<State>? {
        let stream = StreamID(State.self, number)
        guard let head = try reader.head(of: stream) else { return nil }
        var fold = Fold<State>(stream, id: head.id)
        if let entry = try lastReplacing(stream, upTo: seq) { try fold.add(entry) }
        return fold.snapshot
    }

    private func lastReplacing(_ stream: StreamID, upTo seq: Int?) throws -> StoredEntry? {
        guard let kind = State.replacingKind else { return nil }
        return try reader.latestEntries(of: stream, kind: kind, before: seq.map { $0 + 1 }, limit: 1).first
    }

    /// Folds every entry up to a seq.
    private func foldAll(_ head: StreamHead, _ number: Int, through last: Int) throws -> Snapshot<State>? {
        let stream = StreamID(State.self, number)
        var fold = Fold<State>(stream, id: head.id)
        while fold.seq < last {
            let page = try reader.entries(
                of: stream, after: fold.seq, kind: nil, visibility: nil, limit: min(pageSize, last - fold.seq)
            )
            guard !page.isEmpty else { break }
            entriesRead.add(page.count)
            for entry in page { try fold.add(entry) }
        }
        return fold.snapshot
    }

    /// Folds the entries up to a seq, from the nearest fold that is kept.
    private func fold(_ head: StreamHead, _ number: Int, through last: Int) throws -> Snapshot<State>? {
        let stream = StreamID(State.self, number)
        var fold = Fold<State>(stream, id: head.id)
        if let known = kept.latest(of: stream, through: last) {
            if known.seq == last { return known }
            fold = Fold(known)
        } else if let entry = try lastReplacing(stream, upTo: last) {
            try fold.add(entry)
        }
        // Earlier ones leave no trace in the state (`Startup` folds in the same way).
        var plain = try reader.lastPlainEntry(of: stream, after: fold.seq, through: last)
        if plain != nil { entriesRead.add() }
        // Folds on the way are kept as well, so that another moment begins near.
        let spacing = max(keptEvery, (last - fold.seq) / keptPerFold)
        var next = fold.seq + spacing
        var read = fold.seq
        while true {
            let page = try reader.shapingEntries(of: stream, after: read, through: last, limit: pageSize)
            entriesRead.add(page.count)
            for entry in page {
                if let before = plain, before.seq <= entry.seq {
                    plain = nil
                    if before.seq < entry.seq { try fold.add(before) }
                }
                try fold.add(entry)
            }
            guard page.count == pageSize, let end = page.last else { break }
            read = end.seq
            // Only before the last plain entry: a fold that left one out is the state of no moment.
            if fold.seq >= next, plain == nil, let snapshot = fold.snapshot {
                kept.hold(snapshot)
                next = fold.seq + spacing
            }
        }
        if let plain { try fold.add(plain) }
        guard let snapshot = fold.snapshot else { return nil }
        kept.hold(snapshot)
        return snapshot
    }
}

private let pageSize = 500
/// A fold on the way is kept after at least this many entries, and at most so many times.
private let keptEvery = 1_000
private let keptPerFold = 8
