import Journal
import Model
import Time

/// Loads past or ended states: folds prefixes of the journal that a shelf does not hold.
///
/// Blocks on the store, so it is never called on an event loop. Caches the last folds, so that deliveries in order fold each entry once.
public final class StateLoader<State: StoredAggregate>: Sendable {
    private let reader: any JournalReader
    public let shelf: Shelf<State>
    private let folded = FoldedStates<State>()

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
        // The row first: the fold may be newer, never older.
        guard let head = try reader.head(of: StreamID(State.self, number)) else { return nil }
        let snapshot = try fold(head, number, upTo: nil, while: { _, _ in true })
        if let flaw = head.flaw(ofFoldEndingAt: snapshot?.seq ?? 0) {
            throw UnreadableEntry(position: snapshot?.changedPosition ?? 0, detail: flaw)
        }
        return snapshot
    }

    /// The state as of one of its entries; `nil` when there is none.
    public func snapshot(_ number: Int, asOf seq: Int) throws -> Snapshot<State>? {
        if let current = shelf.snapshot(number), current.seq == seq { return current }
        guard let head = try reader.head(of: StreamID(State.self, number)) else { return nil }
        return try fold(head, number, upTo: seq, while: { last, _ in last <= seq })
    }

    /// The state as recorded by a moment: up to the last entry that was recorded by then; `nil` when the stream did not exist then.
    ///
    /// The entries before one that was recorded after the clock was set back count as well, although they may carry later times.
    public func snapshot(_ number: Int, recordedBy moment: Timestamp) throws -> Snapshot<State>? {
        if let current = shelf.snapshot(number), current.recordedAt <= moment { return current }
        let stream = StreamID(State.self, number)
        guard let head = try reader.head(of: stream) else { return nil }
        // Between two corrections of the clock the times ascend.
        let corrected = try lastClockCorrection(of: stream, by: moment)
        return try fold(
            head, number, upTo: nil, while: { seq, recordedAt in seq <= corrected || recordedAt <= moment })
    }

    /// The seq of the last correction of the clock recorded by a moment; 0 for none.
    private func lastClockCorrection(of stream: StreamID, by moment: Timestamp) throws -> Int {
        guard let kind = State.clockKind else { return 0 }
        var before: Int?
        while true {
            let page = try reader.latestEntries(of: stream, kind: kind, before: before, limit: pageSize)
            if let found = page.first(where: { $0.recordedAt <= moment }) { return found.seq }
            guard page.count == pageSize, let last = page.last else { return 0 }
            before = last.seq
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

    /// Folds entries while they belong: `belongs` is passed an entry's seq and its recording time. `seq` is the last that may belong; `nil`
    /// for no limit but `belongs`.
    private func fold(
        _ head: StreamHead, _ number: Int, upTo seq: Int?, while belongs: (Int, Timestamp) -> Bool
    ) throws -> Snapshot<State>? {
        let stream = StreamID(State.self, number)
        var fold = Fold<State>(stream, id: head.id)
        if let known = folded.snapshot(number), belongs(known.seq, known.recordedAt) {
            fold = Fold(known)
        } else if let entry = try lastReplacing(stream, upTo: seq), belongs(entry.seq, entry.recordedAt) {
            try fold.add(entry)
        }
        pages: while true {
            let page = try reader.entries(
                of: stream, after: fold.seq, kind: nil, visibility: nil, limit: pageSize)
            for entry in page {
                guard belongs(entry.seq, entry.recordedAt) else { break pages }
                try fold.add(entry)
            }
            guard page.count == pageSize else { break }
        }
        guard let snapshot = fold.snapshot else { return nil }
        folded.hold(snapshot)
        return snapshot
    }
}

private let pageSize = 500
