import Journal
import SQL

/// What a start reads: statements that name SQLite's indexes, as its planner would read every entry first.
///
/// An incident's stream is its number, so the tables join on it.
extension SQLiteReader {
    /// Hands over what a start folds of the open incidents with numbers in a range, by number and then by seq: every entry of a kind
    /// that shapes an incident.
    public func shapingEntries(
        ofOpen numbers: ClosedRange<Int>, _ take: (StoredEntry) -> Void
    ) throws(StoreFault) {
        try handOver(
            """
            INDEXED BY entries_shaping ON e.stream = i.number AND e.kind NOT IN ('note', 'hypothesis', 'decision', 'todo')
            """, ofOpen: numbers, take)
    }

    /// Hands over, of each open incident with a number in a range, the last entry of a kind that shapes nothing, where there is one.
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

    /// CROSS JOIN keeps the planner from reading all entries first.
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
