import CSQLite
import Glibc
import SQL
import Testing

struct DatabaseTests {
    let database: Database

    init() throws {
        database = try Database(path: ":memory:", access: .create, busyTimeoutMilliseconds: 0)
    }

    @Test func `values come back as they were bound`() throws {
        let row = try database.first(
            "SELECT $1, $2, $3, $4, $5, $6, $1",
            [.integer(Int64.min), .text("é\u{0}ö"), .utf8([0x68, 0x69]), .blob([0, 255]), .null, .blob([])]
        ) { (row) throws(SQLFault) in
            let ends = [try row.integer(0), try row.integer(6)]
            let bytes = [try row.bytes(1), try row.bytes(2), try row.bytes(3), try row.bytes(5)]
            return (ends, bytes, row.isNull(4))
        }
        let (ends, bytes, isNull) = try #require(row)
        #expect(ends == [Int64.min, Int64.min])
        #expect(bytes == [Array("é\u{0}ö".utf8), Array("hi".utf8), [0, 255], []])
        #expect(isNull)
    }

    @Test func `an empty text is not NULL`() throws {
        let texts = try database.first("SELECT $1, $2", [.text(""), .utf8([])]) { (row) throws(SQLFault) in
            [try row.text(0), try row.text(1)]
        }
        #expect(texts == ["", ""])
    }

    @Test(arguments: [
        "SELECT NULL", "SELECT 1.5", "SELECT x'ff'", "SELECT CAST(x'c328' AS TEXT)",
        "SELECT CAST(x'610062' AS TEXT)",
    ])
    func `a column of another type, bad UTF-8 or U+0000 is a fault, not a trap`(sql: String) throws {
        let fault = try #require(throws: SQLFault.self) {
            _ = try database.first(sql) { (row) throws(SQLFault) in try row.text(0) }
        }
        #expect(fault.code == SQLITE_CORRUPT)
        #expect(throws: SQLFault.self) {
            _ = try database.first(sql) { (row) throws(SQLFault) in try row.integer(0) }
        }
    }

    @Test(arguments: [
        "", "SELECT 1; SELECT 2", "SELECT ?", "SELECT $2", "SELEC", "SELECT \"no such column\"",
    ])
    func `a text that is not one statement with values from $1 on is refused`(sql: String) {
        #expect(throws: SQLFault.self) { try database.run(sql) }
    }

    @Test func `a wrong number of values is refused`() {
        #expect(throws: SQLFault.self) { try database.run("SELECT $1", []) }
        #expect(throws: SQLFault.self) { try database.run("SELECT $1", [.null, .null]) }
    }

    @Test func `a column beyond the row is a fault`() {
        #expect(throws: SQLFault.self) {
            _ = try database.first("SELECT 1") { (row) throws(SQLFault) in try row.integer(7) }
        }
    }

    @Test func `a statement may be used while the same one is in use`() throws {
        let sql = "SELECT value FROM json_each('[1,2]')"
        let pairs = try database.rows(sql) { (outer) throws(SQLFault) in
            let left = try outer.integer(0)
            return try database.rows(sql) { (inner) throws(SQLFault) in left * 10 + (try inner.integer(0)) }
        }
        #expect(pairs == [[11, 12], [21, 22]])
    }

    @Test func `a fault says what SQLite said and carries the statement`() throws {
        try database.execute("CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (1)")
        let fault = try #require(throws: SQLFault.self) {
            try database.run("INSERT INTO t VALUES ($1)", [.integer(1)])
        }
        #expect(fault.code == SQLITE_CONSTRAINT)
        #expect(fault.extendedCode == SQLITE_CONSTRAINT | (6 << 8))
        #expect(fault.message.contains("t.a"))
        #expect(fault.sql == "INSERT INTO t VALUES ($1)")
    }

    @Test func `a fault in the middle of rows leaves no statement open`() throws {
        let sql = "SELECT value FROM json_each('[1,2]')"
        #expect(throws: SQLFault.self) {
            _ = try database.rows(sql) { (row) throws(SQLFault) -> Int in throw row.malformed(0, "is odd") }
        }
        let again = try database.rows(sql) { (row) throws(SQLFault) in try row.integer(0) }
        #expect(again == [1, 2])
    }

    @Test func `using a closed connection is a fault`() {
        database.close()
        database.close()
        #expect(throws: SQLFault.self) { try database.run("SELECT 1") }
        #expect(throws: SQLFault.self) { _ = try database.checkpoint(.passive) }
        #expect(!database.isInTransaction)
    }

    @Test func `the schema cannot be written, nor the journal switched off`() throws {
        #expect(throws: SQLFault.self) {
            try database.execute("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema")
            try database.execute("CREATE TABLE t (a); UPDATE sqlite_schema SET sql = 'x'")
        }
    }

    @Test func `a file that is not there is not made`() {
        let path = "/tmp/drumbeat-no-such-folder/x.db"
        #expect(throws: SQLFault.self) {
            _ = try Database(path: path, access: .readWrite, busyTimeoutMilliseconds: 0)
        }
    }

    @Test func `more statements than are kept all work`() throws {
        for number in 0..<300 {
            let value = try database.first("SELECT \(number)") { (row) throws(SQLFault) in try row.integer(0)
            }
            #expect(value == Int64(number))
        }
    }
}
