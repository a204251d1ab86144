import JSON
import Journal
import SQL
import Views

@testable import Storage

/// Rows of a damaged database: any type and any bytes in any column. The first line names the table; then one line per column: "i" and an
/// integer, "t" and text, "b" and bytes, anything else NULL.
enum Rows {
    // libFuzzer calls from one thread only.
    private nonisolated(unsafe) static let database: Database = {
        do {
            return try Database(path: ":memory:", access: .create, busyTimeoutMilliseconds: 0)
        } catch {
            fatalError("no database: \(error)")
        }
    }()

    @Sendable static func check(_ input: Bytes) {
        var lines = input.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
        guard let table = lines.popFirst()?.first else { return }
        let values = lines.map { value(Array($0)) }
        switch table {
        case UInt8(ascii: "e"): read(values, 16) { (row) throws(SQLFault) in use(try StoredEntry(row: row)) }
        case UInt8(ascii: "d"):
            read(values, 16) { (row) throws(SQLFault) in
                let delivery = try Delivery(row: row)
                write { $0.members(of: delivery, []) }
            }
        case UInt8(ascii: "w"):
            read(values, 11) { (row) throws(SQLFault) in
                let webhook = try Webhook(row: row)
                write { $0.members(of: webhook) }
            }
        case UInt8(ascii: "a"): read(values, 6) { (row) throws(SQLFault) in _ = try Attempt(row: row) }
        case UInt8(ascii: "t"): read(values, 6) { (row) throws(SQLFault) in _ = try Token(row: row) }
        case UInt8(ascii: "k"):
            read(values, 11) { (row) throws(SQLFault) in
                _ = IdempotencyIndexEntry(try IdempotencyRecord(row: row))
            }
        default: read(values, 13) { (row) throws(SQLFault) in _ = try IncidentRow(row: row) }
        }
    }

    private static func use(_ entry: StoredEntry) {
        _ = entry.late
        _ = Chain.flaw(of: entry, in: "x", seq: 1, after: Chain.start)
        _ = try? entry.payload()
        var writer = JSONWriter()
        writer.beginObject()
        try? writer.members(ofUpdate: entry, for: .unrestricted)
    }

    private static func write(_ members: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        demand((try? JSONReader.read(writer.bytes, limits: .stored)) != nil, "no JSON: \(text(writer.bytes))")
    }

    private static func value(_ line: [UInt8]) -> SQLValue {
        let rest = Array(line.dropFirst())
        return switch line.first {
        case UInt8(ascii: "i"): .integer(Int64(text(rest)) ?? 0)
        case UInt8(ascii: "t"): .utf8(rest)
        case UInt8(ascii: "b"): .blob(rest)
        default: .null
        }
    }

    private static func read(_ values: [SQLValue], _ count: Int, _ use: (Statement) throws(SQLFault) -> Void)
    {
        let given = Array((values + [SQLValue](repeating: .null, count: count)).prefix(count))
        let names = (1...count).map { "$\($0)" }.joined(separator: ", ")
        _ = try? database.rows("SELECT " + names, given) { (row) throws(SQLFault) in try use(row) }
    }
}
