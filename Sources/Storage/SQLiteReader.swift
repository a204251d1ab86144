import Incidents
import Journal
import Model
import SQL
import Time

/// Reading the journal, from any thread: each call is one statement, or few, on a connection that cannot write.
///
/// No snapshot outlives a call. A list that is pulled page by page sees what was committed meanwhile.
public final class SQLiteReader: JournalReader {
    private let pool: ReaderPool

    /// Readers of a database that `SQLiteStore` has opened, at most `connections` at a time.
    init(path: String, connections: Int) {
        pool = ReaderPool(path: path, connections: connections)
    }

    /// Closes its connections; further calls are refused.
    public func close() {
        pool.close()
    }

    /// The ends of what is committed.
    public func head() throws(StoreFault) -> JournalHead {
        try pool.with { (database) throws(SQLFault) in try database.head() }
    }

    /// Every token, newest first.
    public func tokens() throws(StoreFault) -> [Token] {
        try pool.with { (database) throws(SQLFault) in try database.tokens() }
    }

    /// Every webhook, newest first.
    public func webhooks() throws(StoreFault) -> [Webhook] {
        try pool.with { (database) throws(SQLFault) in
            try database.rows(
                "SELECT " + Webhook.columns + " FROM endpoints ORDER BY created_at DESC, id DESC", [],
                Webhook.init(row:))
        }
    }

    /// A number that grows with every change to tokens or webhooks, whoever makes it.
    public func revision() throws(StoreFault) -> Int {
        let revision = try pool.with { (database) throws(SQLFault) in
            try database.first("SELECT value FROM meta WHERE key = 'revision'") { (row) throws(SQLFault) in
                try row.count(0)
            }
        }
        guard let revision else { throw .broken("the database has lost its revision") }
        return revision
    }

    /// A mark of every key kept since a moment, oldest first.
    public func keys(since moment: Timestamp) throws(StoreFault) -> [IdempotencyIndexEntry] {
        try pool.with { (database) throws(SQLFault) in
            try database.rows(
                "SELECT id, key_digest, created_at FROM idempotency_keys WHERE created_at >= $1 ORDER BY id",
                [.moment(moment)]
            ) { (row) throws(SQLFault) in
                IdempotencyIndexEntry(
                    id: try row.count(0), digest: KeyDigest(try row.bytes(1)), createdAt: try row.moment(2))
            }
        }
    }

    /// What SQLite's thorough check finds wrong with the file, at most 100 lines; empty when it is sound. Reads all of it.
    public func integrityFaults() throws(StoreFault) -> [String] {
        let lines = try pool.with { (database) throws(SQLFault) in
            try database.rows("PRAGMA integrity_check(100)") { (row) throws(SQLFault) in try row.text(0) }
        }
        return lines == ["ok"] ? [] : lines
    }
}

/// Incidents and entries.
extension SQLiteReader {
    /// An incident's row; `nil` when there is none.
    public func incident(_ number: Int) throws(StoreFault) -> IncidentRow? {
        try pool.with { (database) throws(SQLFault) in try database.incident(number) }
    }

    /// The number of the incident with that id; `nil` when there is none.
    public func number(ofIncident id: Incident.ID) throws(StoreFault) -> Int? {
        try pool.with { (database) throws(SQLFault) in try database.number(ofIncident: id) }
    }

    /// The rows that pass, newest first, with numbers below `before`, at most `limit`.
    public func incidents(
        _ filter: IncidentFilter, before: Int?, limit: Int
    ) throws(StoreFault) -> [IncidentRow] {
        // Three texts, as the index of open incidents serves only a statement that says what it says.
        let state =
            switch filter.state {
            case .all: "WHERE"
            case .open: "WHERE status NOT IN ('resolved', 'cancelled') AND"
            case .ended: "WHERE status IN ('resolved', 'cancelled') AND"
            }
        return try pool.with { (database) throws(SQLFault) in
            try database.rows(
                "SELECT " + IncidentRow.columns + " FROM incidents " + state + """
                     number < $1 AND ($2 IS NULL OR severity = $2) AND ($3 IS NULL OR status = $3)
                    AND ($4 IS NULL OR changed_at >= $4)
                    ORDER BY number DESC LIMIT $5
                    """,
                [
                    .integer(before ?? Int.max), .text(filter.severity?.rawValue),
                    .text(filter.status?.rawValue),
                    .moment(filter.since), .integer(max(limit, 0)),
                ], IncidentRow.init(row:))
        }
    }

    /// An incident's entries after a seq, ascending, at most `limit`; of one kind or visibility when named.
    public func entries(
        of incident: Int, after seq: Int, kind: EntryKind?, visibility: Visibility?, limit: Int
    ) throws(StoreFault) -> [StoredEntry] {
        try pool.with { (database) throws(SQLFault) in
            try database.entries(of: incident, after: seq, kind: kind, visibility: visibility, limit: limit)
        }
    }

    /// Hands over what a start folds of the open incidents with numbers in a range, by number and then by seq: every entry of a kind
    /// that shapes an incident (`EntryKind.isShaping`).
    public func shapingEntries(
        ofOpen numbers: ClosedRange<Int>, _ take: (StoredEntry) -> Void
    ) throws(StoreFault) {
        try handOver(
            """
            INDEXED BY entries_shaping ON e.incident = i.number AND e.kind NOT IN ('note', 'hypothesis', 'decision', 'todo')
            """, ofOpen: numbers, take)
    }

    /// Hands over, of each open incident with a number in a range, the last entry of a kind that shapes nothing, where there is one.
    public func lastPlainEntries(
        ofOpen numbers: ClosedRange<Int>, _ take: (StoredEntry) -> Void
    ) throws(StoreFault) {
        try handOver(
            """
            INDEXED BY entries_timeline ON e.incident = i.number AND e.seq = (
                SELECT seq FROM entries
                WHERE incident = i.number AND kind IN ('note', 'hypothesis', 'decision', 'todo')
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
                "SELECT " + StoredEntry.columns("e")
                    + " FROM incidents AS i INDEXED BY incidents_open CROSS JOIN entries AS e " + join + """
                         WHERE i.status NOT IN ('resolved', 'cancelled') AND i.number BETWEEN $1 AND $2
                        ORDER BY i.number, e.seq
                        """, [.integer(numbers.lowerBound), .integer(numbers.upperBound)]
            ) { (row) throws(SQLFault) in take(try StoredEntry(row: row)) }
        }
    }

    /// An incident's entries of a kind before a seq, newest first, at most `limit`.
    public func latestEntries(
        of incident: Int, kind: EntryKind, before seq: Int?, limit: Int
    ) throws(StoreFault) -> [StoredEntry] {
        try pool.with { (database) throws(SQLFault) in
            try database.rows(
                "SELECT " + StoredEntry.columns + """
                     FROM entries WHERE incident = $1 AND seq < $2 AND kind = $3 ORDER BY seq DESC LIMIT $4
                    """,
                [
                    .integer(incident), .integer(seq ?? Int.max), .text(kind.rawValue),
                    .integer(max(limit, 0)),
                ],
                StoredEntry.init(row:))
        }
    }

    /// The entries with those seqs, ascending, each once.
    public func entries(of incident: Int, seqs: [Int]) throws(StoreFault) -> [StoredEntry] {
        try pool.with { (database) throws(SQLFault) in
            var entries: [StoredEntry] = []
            // One by one: both databases do that alike, and an entry does not change but by a redaction.
            for seq in Set(seqs).sorted() {
                let entry = try database.first(
                    "SELECT " + StoredEntry.columns + " FROM entries WHERE incident = $1 AND seq = $2",
                    [.integer(incident), .integer(seq)], StoredEntry.init(row:))
                if let entry { entries.append(entry) }
            }
            return entries
        }
    }

    /// All entries after a position, ascending, at most `limit`: for `verify`.
    public func entries(afterPosition position: Int, limit: Int) throws(StoreFault) -> [StoredEntry] {
        try pool.with { (database) throws(SQLFault) in
            try database.rows(
                "SELECT " + StoredEntry.columns
                    + " FROM entries WHERE position > $1 ORDER BY position LIMIT $2",
                [.integer(position), .integer(max(limit, 0))], StoredEntry.init(row:))
        }
    }
}

/// Deliveries.
extension SQLiteReader {
    /// The pending deliveries of a class to a webhook that are due, first by `nextAt` then by id, at most `limit`.
    public func dueDeliveries(
        to webhook: String, _ retryClass: RetryClass, at now: Timestamp, limit: Int
    ) throws(StoreFault) -> [Delivery] {
        try pool.with { (database) throws(SQLFault) in
            try database.rows(
                "SELECT " + Delivery.columns + """
                     FROM deliveries
                    WHERE endpoint = $1 AND retry_class = $2 AND state = 'pending' AND next_at <= $3
                    ORDER BY next_at, id LIMIT $4
                    """,
                [.text(webhook), .text(retryClass.rawValue), .moment(now), .integer(max(limit, 0))],
                Delivery.init(row:))
        }
    }

    /// When the next pending delivery to a webhook is due; `nil` when there is none.
    public func nextDelivery(to webhook: String, _ retryClass: RetryClass) throws(StoreFault) -> Timestamp? {
        try pool.with { (database) throws(SQLFault) in
            try database.nextDelivery(to: webhook, retryClass)
        }
    }

    /// How many deliveries are pending; the count ends at `countMax`. Reads the index of what is due, not the rows.
    public func pendingDeliveries(countMax: Int) throws(StoreFault) -> Int {
        try pool.with { (database) throws(SQLFault) in
            try database.first(
                """
                SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE state = 'pending' LIMIT $1)
                """, [.integer(max(countMax, 0))]
            ) { (row) throws(SQLFault) in Int(try row.integer(0)) } ?? 0
        }
    }

    /// A delivery by its message id; `nil` when there is none.
    public func delivery(messageID: String) throws(StoreFault) -> Delivery? {
        try pool.with { (database) throws(SQLFault) in
            try database.delivery(messageID: messageID)
        }
    }

    /// The deliveries to a webhook, newest first, with ids below `before`, at most `limit`; of one state when named.
    public func deliveries(
        to webhook: String, _ state: Delivery.State?, before: Int?, limit: Int
    ) throws(StoreFault) -> [Delivery] {
        // State by state, as the index has them; of all, the newest stay.
        let states = state.map { [$0] } ?? Delivery.State.allCases
        let found = try pool.with { (database) throws(SQLFault) in
            try states.map { (state) throws(SQLFault) in
                try database.rows(
                    "SELECT " + Delivery.columns + """
                         FROM deliveries WHERE endpoint = $1 AND state = $2 AND id < $3 ORDER BY id DESC LIMIT $4
                        """,
                    [
                        .text(webhook), .text(state.rawValue), .integer(before ?? Int.max),
                        .integer(max(limit, 0)),
                    ],
                    Delivery.init(row:))
            }
        }
        return Array(found.joined().sorted { $0.id > $1.id }.prefix(max(limit, 0)))
    }

    /// The attempts of deliveries that are kept, by delivery, ascending by number.
    public func attempts(of deliveries: [Int]) throws(StoreFault) -> [Int: [Attempt]] {
        try pool.with { (database) throws(SQLFault) in
            var attempts: [Int: [Attempt]] = [:]
            for delivery in deliveries { attempts[delivery] = try database.attempts(of: delivery) }
            return attempts
        }
    }

    /// What waits for a webhook, counted up to `countMax`.
    public func backlog(of webhook: String, countMax: Int) throws(StoreFault) -> Backlog {
        try pool.with { (database) throws(SQLFault) in
            let pending = try database.first(
                """
                SELECT COUNT(*) FROM (
                    SELECT 1 FROM deliveries WHERE endpoint = $1 AND state = 'pending' LIMIT $2)
                """, [.text(webhook), .integer(countMax)]
            ) { (row) throws(SQLFault) in try row.count(0) }
            let due = try RetryClass.allCases.map { (retryClass) throws(SQLFault) in
                try database.nextDelivery(to: webhook, retryClass)
            }
            return Backlog(pending: pending ?? 0, firstDue: due.compactMap(\.self).min())
        }
    }
}
