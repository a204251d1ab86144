import Incidents
import Journal
import Time

/// Incidents as they were: folds of prefixes of the journal, for what the board does not hold.
///
/// Blocks on the store, so it is never called on a loop. Keeps the last folds, so that deliveries in order fold each entry once.
public final class IncidentLoader: Sendable {
    private static let pageSize = 500

    private let reader: any JournalReader
    private let board: Board
    private let folded = FoldedIncidents()

    /// A loader over what is stored.
    public init(reader: any JournalReader, board: Board) {
        self.reader = reader
        self.board = board
    }

    /// The number of the incident of that name; `nil` when there is none.
    public func number(of name: IncidentName) throws -> Int? {
        switch name {
        case .number(let number): return number
        case .id(let id): return try board.number(of: id) ?? reader.number(ofIncident: id)
        }
    }

    /// The incident now; `nil` when there is none.
    public func snapshot(_ number: Int) throws -> IncidentSnapshot? {
        try board.snapshot(number) ?? fold(number, while: { _ in true })
    }

    /// The incident as of one of its entries; `nil` when there is none.
    public func snapshot(_ number: Int, asOf seq: Int) throws -> IncidentSnapshot? {
        if let current = board.snapshot(number), current.incident.seq == seq { return current }
        return try fold(number, while: { $0.seq <= seq })
    }

    /// The incident as recorded by a moment; `nil` when it was not declared then.
    public func snapshot(_ number: Int, recordedBy moment: Timestamp) throws -> IncidentSnapshot? {
        if let current = board.snapshot(number), current.incident.recordedAt <= moment { return current }
        return try fold(number, while: { $0.recordedAt <= moment })
    }

    private func fold(_ number: Int, while belongs: (StoredEntry) -> Bool) throws -> IncidentSnapshot? {
        guard let row = try reader.incident(number) else { return nil }
        var fold = Fold(row.id)
        if let known = folded.snapshot(number), belongs(known.lastEntryMark) { fold = Fold(known) }
        var seq = fold.incident?.seq ?? 0
        pages: while true {
            let page = try reader.entries(
                of: number, after: seq, kind: nil, visibility: nil, limit: IncidentLoader.pageSize)
            for entry in page {
                guard belongs(entry) else { break pages }
                try fold.add(entry)
                seq = entry.seq
            }
            guard page.count == IncidentLoader.pageSize else { break }
        }
        guard let snapshot = fold.snapshot else { return nil }
        folded.hold(snapshot)
        return snapshot
    }
}

extension IncidentSnapshot {
    /// The last entry's seq and time in the shape of an entry, to ask whether a fold may go on from here.
    fileprivate var lastEntryMark: StoredEntry {
        StoredEntry(
            position: changedPosition, incident: incident.number, seq: incident.seq, id: "", kind: Note.kind,
            author: "",
            postedBy: "", occurredAt: incident.recordedAt, recordedAt: incident.recordedAt,
            visibility: .internal,
            facts: [], words: nil, salt: nil, wordsDigest: [], hash: hash, onceKey: nil)
    }
}
