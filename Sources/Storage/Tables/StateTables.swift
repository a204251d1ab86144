import Documents
import Incidents
import Journal
import Model
import SQL

/// A row in an aggregate's table. The first column must be the stream's number, and one column its opaque `id`.
protocol TabledRow: StateRow {
    static var table: Table { get }
    var values: [SQLValue] { get }
}

/// The table of each aggregate.
enum StateTables {
    static let all: [(code: AggregateCode, table: Table)] = [
        (Incident.code, IncidentRow.table), (Document.code, DocumentRow.table),
    ]

    fileprivate static func table(of code: AggregateCode) -> Table? {
        all.first { $0.code == code }?.table
    }

    /// The last positions and ids, read in one snapshot; the last number of each aggregate comes last.
    fileprivate static let head = """
        SELECT
            (SELECT COALESCE(MAX(position), 0) FROM entries),
            (SELECT COALESCE(MAX(id), 0) FROM deliveries),
            (SELECT COALESCE(MAX(id), 0) FROM idempotency_records)
        """ + all.map { ", (" + $0.table.select("COALESCE(MAX(number), 0)", "") + ")" }.joined()
}

extension Database {
    func head() throws(SQLFault) -> JournalHead {
        let head = try first(StateTables.head) { (row) throws(SQLFault) in
            var head = JournalHead(
                position: try row.count(0), delivery: try row.count(1), key: try row.count(2))
            for (index, state) in StateTables.all.enumerated() {
                let last = try row.streamNumber(Int32(3 + index))
                if last > 0 { head.numbers[state.code] = last }
            }
            return head
        }
        return head ?? JournalHead()
    }

    func write(_ row: any StateRow) throws(SQLFault) {
        guard let row = row as? any TabledRow else {
            preconditionFailure("a state without a table: \(row.stream)")
        }
        try run(type(of: row).table.upsert, row.values)
    }

    func number(of id: String, in aggregate: AggregateCode) throws(SQLFault) -> Int? {
        guard let table = StateTables.table(of: aggregate) else { return nil }
        return try first(table.select("number", "WHERE id = $1"), [.text(id)]) { (row) throws(SQLFault) in
            try row.streamNumber(0)
        }
    }

    /// `nil` also for an aggregate whose streams have no keys.
    func number(ofKey key: String, in aggregate: AggregateCode) throws(SQLFault) -> Int? {
        guard let table = StateTables.table(of: aggregate), table.hasKey else { return nil }
        return try first(table.select("number", "WHERE key = $1"), [.text(key)]) { (row) throws(SQLFault) in
            try row.streamNumber(0)
        }
    }

    func head(of stream: StreamID) throws(SQLFault) -> StreamHead? {
        guard let table = StateTables.table(of: stream.aggregate) else { return nil }
        return try first(table.select("id, seq", "WHERE number = $1"), [.integer(stream.number)]) {
            (row) throws(SQLFault) in StreamHead(id: try row.text(0), seq: Int(try row.integer(1)))
        }
    }
}
