import Journal
import SQL

/// Queries at startup. They name SQLite's indexes, because its planner would scan all entries first.
///
/// An incident's stream equals its number, so the tables join on it.
extension SQLiteReader {
    /// Passes the entries that startup folds to `take`: every entry of a shaping kind, of the open incidents in a range of numbers, by
    /// number, then seq.
    public func shapingEntries(
        ofOpen numbers: ClosedRange<Int>, _ take: (StoredEntry) -> Void
    ) throws(StoreFault) {
        try handOver(
            """
            INDEXED BY entries_shaping ON e.stream = i.number AND e.kind NOT IN ('note', 'hypothesis', 'decision', 'todo')
            """, ofOpen: numbers, take)
    }

    /// Passes the last entry of a non-shaping kind of each open incident in a range of numbers to `take`, where there is one.
    public func lastPlainEntries(
        ofOpen numbers: ClosedRange<Int>, _ take: (StoredEntry) -> Void
    ) throws(StoreFault) {
        try handOver(
            """
            INDEXED BY entries_stream ON e.stream = i.number AND e.seq = (
                SELECT seq FROM entries
                WHERE stream = i.number AND kind IN ('note', 'hypothesis', 'decision', 'todo')
                ORDER BY seq DESC LIMIT 1
            )
            """, ofOpen: numbers, take)
    }

    /// CROSS JOIN keeps the planner from scanning all entries first.
    private func handOver(
        _ join: String, ofOpen numbers: ClosedRange<Int>, _ take: (StoredEntry) -> Void
    ) throws(StoreFault) {
        try pool.with { (database) throws(SQLFault) in
            _ = try database.rows(
                "SELECT " + StoredEntry.table.columns(of: "e")
                    + " FROM incidents AS i INDEXED BY incidents_open CROSS JOIN entries AS e " + join + """
                         WHERE i.status NOT IN ('resolved', 'cancelled') AND i.number BETWEEN $1 AND $2
                        ORDER BY i.number, e.seq
                        """, [.integer(numbers.lowerBound), .integer(numbers.upperBound)]
            ) { (row) throws(SQLFault) in take(try StoredEntry(row: row)) }
        }
    }
}
