import Incidents
import Journal
import Model
import SQL
import Time

/// Read access to the journal from any thread: each call runs one statement, or few, on a read-only connection.
///
/// No snapshot outlives a call, so a list read page by page sees commits made meanwhile.
public final class SQLiteReader: JournalReader {
    let pool: ReaderPool

    /// Readers of a database opened by `SQLiteStore`, at most `connections` at a time.
    init(path: String, connections: Int) {
        pool = ReaderPool(path: path, connections: connections)
    }

    /// Opens all connections, which are otherwise opened on demand. Call before anything else reads.
    public func openAll() throws(StoreFault) {
        try pool.openAll()
    }

    /// Closes the connections; later calls are refused.
    public func close() {
        pool.close()
    }

    public func head() throws(StoreFault) -> JournalHead {
        try pool.with { (database) throws(SQLFault) in try database.head() }
    }

    public func tokens() throws(StoreFault) -> [Token] {
        try pool.with { (database) throws(SQLFault) in try database.tokens() }
    }

    public func webhooks() throws(StoreFault) -> [Webhook] {
        try pool.with { (database) throws(SQLFault) in try database.webhooks() }
    }

    public func revision() throws(StoreFault) -> Int {
        let revision = try pool.with { (database) throws(SQLFault) in try database.revision() }
        guard let revision else { throw .broken("the database has no revision") }
        return revision
    }

    public func keys(since moment: Timestamp) throws(StoreFault) -> [IdempotencyIndexEntry] {
        try pool.with { (database) throws(SQLFault) in try database.keys(since: moment) }
    }

    /// Result of SQLite's `integrity_check`, at most 100 lines; empty when the file is sound. Reads the whole file.
    public func integrityFaults() throws(StoreFault) -> [String] {
        let lines = try pool.with { (database) throws(SQLFault) in
            try database.rows("PRAGMA integrity_check(100)") { (row) throws(SQLFault) in try row.text(0) }
        }
        return lines == ["ok"] ? [] : lines
    }

    /// Unparsable rows outside the journal: the first of each table, with the reason.
    public func unreadableRows() throws(StoreFault) -> [String] {
        try pool.with { (database) throws(SQLFault) in
            try [
                database.firstUnreadable(IdempotencyRecord.table, by: "id") { (row) throws(SQLFault) in
                    _ = try IdempotencyRecord(row: row)
                },
                database.firstUnreadable(DocumentRow.table, by: "number") { (row) throws(SQLFault) in
                    _ = try DocumentRow(row: row)
                },
                database.firstUnreadable(Delivery.table, by: "id") { (row) throws(SQLFault) in
                    _ = try Delivery(row: row)
                },
                database.firstUnreadable(Attempt.table, by: "delivery, number") { (row) throws(SQLFault) in
                    _ = try Attempt(row: row)
                },
            ].compactMap(\.self)
        }
    }
}

/// Streams and entries.
extension SQLiteReader {
    public func incident(_ number: Int) throws(StoreFault) -> IncidentRow? {
        try pool.with { (database) throws(SQLFault) in try database.incident(number) }
    }

    public func incidents(
        _ filter: IncidentFilter, before: Int?, limit: Int
    ) throws(StoreFault) -> [IncidentRow] {
        try pool.with { (database) throws(SQLFault) in
            try database.incidents(filter, before: before, limit: limit)
        }
    }

    public func deliveredNags(
        of stream: StreamID, from seq: Int
    ) throws(StoreFault) -> [(type: EventType, seq: Int, at: Timestamp)] {
        try pool.with { (database) throws(SQLFault) in
            try database.deliveredNags(of: stream, from: seq)
        }
    }

    public func endedWithAlarm(before: Int?, limit: Int) throws(StoreFault) -> [IncidentRow] {
        try pool.with { (database) throws(SQLFault) in
            try database.endedWithAlarm(before: before, limit: limit)
        }
    }

    public func confidentialIncidents() throws(StoreFault) -> [(number: Int, id: String)] {
        try pool.with { (database) throws(SQLFault) in try database.confidentialIncidents() }
    }

    public func number(ofKey key: String, in aggregate: AggregateCode) throws(StoreFault) -> Int? {
        try pool.with { (database) throws(SQLFault) in try database.number(ofKey: key, in: aggregate) }
    }

    public func openDocuments() throws(StoreFault) -> [(number: Int, key: String)] {
        try pool.with { (database) throws(SQLFault) in try database.openDocuments() }
    }

    /// Numbers of all documents after a number, ascending, for `verify`.
    public func documents(after number: Int, limit: Int) throws(StoreFault) -> [Int] {
        try pool.with { (database) throws(SQLFault) in try database.documents(after: number, limit: limit) }
    }

    /// A document's row; `nil` when there is none or it cannot be read.
    public func document(_ number: Int) throws(StoreFault) -> DocumentRow? {
        try pool.with { (database) throws(SQLFault) in try database.document(number) }
    }

    public func number(of id: String, in aggregate: AggregateCode) throws(StoreFault) -> Int? {
        try pool.with { (database) throws(SQLFault) in try database.number(of: id, in: aggregate) }
    }

    public func head(of stream: StreamID) throws(StoreFault) -> StreamHead? {
        try pool.with { (database) throws(SQLFault) in try database.head(of: stream) }
    }

    public func entries(of stream: StreamID, _ query: TimelineQuery) throws(StoreFault) -> [StoredEntry] {
        try pool.with { (database) throws(SQLFault) in try database.entries(of: stream, query) }
    }

    public func entries(
        of stream: StreamID, after seq: Int, kind: EntryKind?, visibility: Visibility?, limit: Int
    ) throws(StoreFault) -> [StoredEntry] {
        try pool.with { (database) throws(SQLFault) in
            try database.entries(of: stream, after: seq, kind: kind, visibility: visibility, limit: limit)
        }
    }

    public func entries(of stream: StreamID, seqs: [Int]) throws(StoreFault) -> [StoredEntry] {
        try pool.with { (database) throws(SQLFault) in try database.entries(of: stream, seqs: seqs) }
    }

    public func amendments(
        of stream: StreamID, to seqs: ClosedRange<Int>, limit: Int
    ) throws(StoreFault) -> [StoredEntry] {
        try pool.with { (database) throws(SQLFault) in
            try database.amendments(of: stream, to: seqs, limit: limit)
        }
    }

    public func deploys(_ query: DeployQuery) throws(StoreFault) -> [Deploy] {
        try pool.with { (database) throws(SQLFault) in try database.deploys(query) }
    }

    public func entries(afterPosition position: Int, limit: Int) throws(StoreFault) -> [StoredEntry] {
        try pool.with { (database) throws(SQLFault) in
            try database.entries(afterPosition: position, limit: limit)
        }
    }
}

/// Deliveries.
extension SQLiteReader {
    public func dueDeliveries(
        to webhook: String, _ retryClass: RetryClass, at now: Timestamp, limit: Int
    ) throws(StoreFault) -> [Delivery] {
        try pool.with { (database) throws(SQLFault) in
            try database.dueDeliveries(to: webhook, retryClass, at: now, limit: limit)
        }
    }

    public func nextDelivery(to webhook: String, _ retryClass: RetryClass) throws(StoreFault) -> Timestamp? {
        try pool.with { (database) throws(SQLFault) in
            try database.nextDelivery(to: webhook, retryClass)
        }
    }

    public func firstPendingDelivery(createdAfter moment: Timestamp) throws(StoreFault) -> Int? {
        try pool.with { (database) throws(SQLFault) in
            try database.firstPendingDelivery(createdAfter: moment)
        }
    }

    public func pendingDeliveries(countMax: Int) throws(StoreFault) -> Int {
        try pool.with { (database) throws(SQLFault) in
            try database.pendingDeliveries(to: nil, countMax: countMax)
        }
    }

    public func delivery(messageID: String) throws(StoreFault) -> Delivery? {
        try pool.with { (database) throws(SQLFault) in try database.delivery(messageID: messageID) }
    }

    public func deliveries(
        to webhook: String, _ state: Delivery.State?, before: Int?, limit: Int
    ) throws(StoreFault) -> [Delivery] {
        // One query per state, as the index is by state; the newest of the union are returned.
        let states = state.map { [$0] } ?? Delivery.State.allCases
        let found = try pool.with { (database) throws(SQLFault) in
            try states.map { (state) throws(SQLFault) in
                try database.deliveries(to: webhook, state, before: before, limit: limit)
            }
        }
        return Array(found.joined().sorted { $0.id > $1.id }.prefix(max(limit, 0)))
    }

    public func attempts(of deliveries: [Int]) throws(StoreFault) -> [Int: [Attempt]] {
        try pool.with { (database) throws(SQLFault) in
            var attempts: [Int: [Attempt]] = [:]
            for delivery in deliveries { attempts[delivery] = try database.attempts(of: delivery) }
            return attempts
        }
    }

    public func backlog(of webhook: String, countMax: Int) throws(StoreFault) -> Backlog {
        try pool.with { (database) throws(SQLFault) in
            let pending = try database.pendingDeliveries(to: webhook, countMax: countMax)
            let due = try RetryClass.allCases.map { (retryClass) throws(SQLFault) in
                try database.nextDelivery(to: webhook, retryClass)
            }
            return Backlog(pending: pending, firstDue: due.compactMap(\.self).min())
        }
    }
}
