import Journal
import Model
import SQL
import Time

/// Queries at startup, and of one kind. They name SQLite's indexes, because its planner would scan all entries first.
///
/// An incident's stream equals its number, so the tables join on it.
extension SQLiteReader {
    /// Passes the entries that startup folds to `take`: every entry that shapes a state, of the open incidents in a range of numbers, by
    /// number, then seq.
    public func shapingEntries(
        ofOpen numbers: ClosedRange<Int>, _ take: (StoredEntry) -> Void
    ) throws(StoreFault) {
        try handOver(
            [
                "INDEXED BY entries_shaping ON e.stream = i.number AND e.kind NOT IN \(Database.plainKinds)",
                "INDEXED BY entries_listed ON e.stream = i.number AND \(Database.isListed)",
            ], ofOpen: numbers, take)
    }

    /// Passes the last entry of a plain kind of each open incident in a range of numbers to `take`, where there is one.
    public func lastPlainEntries(
        ofOpen numbers: ClosedRange<Int>, _ take: (StoredEntry) -> Void
    ) throws(StoreFault) {
        try handOver(
            [
                """
                INDEXED BY entries_stream ON e.stream = i.number AND e.seq = (
                    SELECT seq FROM entries
                    WHERE stream = i.number AND kind IN \(Database.plainKinds)
                    ORDER BY seq DESC LIMIT 1
                )
                """
            ], ofOpen: numbers, take)
    }

    /// Of a shaping kind by their index, so that thousands of notes cost nothing.
    public func latestEntries(
        of stream: StreamID, kind: EntryKind, before seq: Int?, limit: Int
    ) throws(StoreFault) -> [StoredEntry] {
        let isPlain = ["note", "hypothesis", "decision", "todo"].contains(kind.rawValue)
        let (index, shaping) =
            isPlain
            ? ("", "")
            : ("INDEXED BY entries_shaping ", " AND kind NOT IN ('note', 'hypothesis', 'decision', 'todo')")
        return try pool.with { (database) throws(SQLFault) in
            try database.rows(
                StoredEntry.table.select(
                    index + "WHERE stream = $1 AND seq < $2 AND kind = $3" + shaping
                        + " ORDER BY seq DESC LIMIT $4"),
                [.stream(stream), .integer(seq ?? Int.max), .text(kind.rawValue), .integer(max(limit, 0))],
                StoredEntry.init(row:))
        }
    }

    /// CROSS JOIN keeps the planner from scanning all entries first.
    private func handOver(
        _ joins: [String], ofOpen numbers: ClosedRange<Int>, _ take: (StoredEntry) -> Void
    ) throws(StoreFault) {
        try pool.with { (database) throws(SQLFault) in
            _ = try database.rows(
                Database.ofOpen(joins), [.integer(numbers.lowerBound), .integer(numbers.upperBound)]
            ) { (row) throws(SQLFault) in take(try StoredEntry(row: row)) }
        }
    }
}

/// Queries of folds. The kinds are those of the index `entries_shaping`.
extension Database {
    /// The kinds that shape no state.
    static let plainKinds = "('note', 'hypothesis', 'decision', 'todo')"

    /// Which entries of those kinds an incident lists: the condition of the index `entries_listed`, word for word.
    static let isListed = """
        kind IN ('hypothesis', 'todo') AND instr(facts, '"suspect":') + instr(facts, '"owner":') > 0
        """

    /// SQLite merges the two indexes by seq, without sorting.
    static let shaping =
        StoredEntry.table.select(
            "INDEXED BY entries_shaping WHERE stream = $1 AND seq > $2 AND seq <= $3 AND kind NOT IN \(plainKinds)"
        ) + " UNION ALL "
        + StoredEntry.table.select(
            """
            INDEXED BY entries_listed WHERE stream = $1 AND seq > $2 AND seq <= $3 AND \(isListed)
            ORDER BY seq LIMIT $4
            """)

    /// The entries of open incidents that each of the joins finds, merged by the second and third column, number and seq. The number is
    /// read from `incidents`, whose index is in that order, so that nothing is sorted.
    static func ofOpen(_ joins: [String]) -> String {
        let columns = StoredEntry.table.columns(of: "e")
            .replacing("e.stream", with: "i.number")
        return joins.map { join in
            "SELECT " + columns + " FROM incidents AS i INDEXED BY incidents_open CROSS JOIN entries AS e "
                + join + " WHERE i.status NOT IN ('resolved', 'cancelled') AND i.number BETWEEN $1 AND $2"
        }.joined(separator: " UNION ALL ") + " ORDER BY 2, 3"
    }

    static let lastPlain = """
        INDEXED BY entries_stream WHERE stream = $1 AND seq > $2 AND seq <= $3 AND kind IN \(plainKinds)
        ORDER BY seq DESC LIMIT 1
        """
}

extension SQLiteReader {
    public func shapingEntries(
        of stream: StreamID, after seq: Int, through last: Int, limit: Int
    ) throws(StoreFault) -> [StoredEntry] {
        try pool.with { (database) throws(SQLFault) in
            try database.rows(
                Database.shaping,
                [.stream(stream), .integer(seq), .integer(last), .integer(max(limit, 0))],
                StoredEntry.init(row:))
        }
    }

    public func lastPlainEntry(
        of stream: StreamID, after seq: Int, through last: Int
    ) throws(StoreFault) -> StoredEntry? {
        try pool.with { (database) throws(SQLFault) in
            try database.first(
                StoredEntry.table.select(Database.lastPlain),
                [.stream(stream), .integer(seq), .integer(last)], StoredEntry.init(row:))
        }
    }

    /// By bisection: the times of recording must ascend in the range.
    public func lastSeq(
        of stream: StreamID, after first: Int, upTo last: Int, recordedBy moment: Timestamp
    ) throws(StoreFault) -> Int {
        try pool.with { (database) throws(SQLFault) in
            var (low, high) = (first, last)
            while low < high {
                let middle = low + (high - low + 1) / 2
                let recordedAt = try database.first(
                    "SELECT recorded_at FROM entries WHERE stream = $1 AND seq = $2",
                    [.stream(stream), .integer(middle)]
                ) { (row) throws(SQLFault) in try row.moment(0) }
                if let recordedAt, recordedAt <= moment { low = middle } else { high = middle - 1 }
            }
            return low
        }
    }
}
