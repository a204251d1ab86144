import CSQLite

/// A prepared statement and its current row.
///
/// Columns are read with checks: a malformed database can have any type and any bytes anywhere, which is a fault of `SQLITE_CORRUPT`,
/// never a trap. Column indices start at 0.
public final class Statement {
    private let handle: OpaquePointer
    private let sql: String
    /// SQLite's index of `$1`, `$2`, …
    private let parameters: [Int32]
    /// Whether the statement is running or its rows are being read.
    var isInUse = false

    init(preparing sql: String, on database: OpaquePointer) throws(SQLFault) {
        var prepared: OpaquePointer?
        var hasTail = false
        var text = sql
        let result = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                var tail: UnsafePointer<CChar>?
                let result = sqlite3_prepare_v3(
                    database, text.baseAddress, Int32(clamping: text.count),
                    UInt32(SQLITE_PREPARE_PERSISTENT),
                    &prepared, &tail)
                if let start = text.baseAddress, let tail { hasTail = tail - start < text.count }
                return result
            }
        }
        guard result == SQLITE_OK else { throw SQLFault(result, on: database, sql: sql) }
        guard let prepared else {
            throw SQLFault(code: SQLITE_MISUSE, message: "the text has no statement", sql: sql)
        }
        let parameters = (0..<sqlite3_bind_parameter_count(prepared)).map { number in
            sqlite3_bind_parameter_index(prepared, "$" + String(number + 1))
        }
        guard !hasTail, !parameters.contains(0) else {
            sqlite3_finalize(prepared)
            throw SQLFault(code: SQLITE_MISUSE, message: "one statement with $1…$n is expected", sql: sql)
        }
        handle = prepared
        self.sql = sql
        self.parameters = parameters
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Advances to the next row; `false` when there is none.
    func step() throws(SQLFault) -> Bool {
        let result = sqlite3_step(handle)
        switch result {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw SQLFault(result, on: sqlite3_db_handle(handle), sql: sql)
        }
    }

    /// Ends the run and clears the bindings. The result of `sqlite3_reset` repeats the last step's error, which was thrown.
    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    func bind(_ values: [SQLValue]) throws(SQLFault) {
        guard values.count == parameters.count else {
            throw SQLFault(
                code: SQLITE_MISUSE,
                message: "the statement has \(parameters.count) values, not \(values.count)",
                sql: sql)
        }
        for (index, value) in zip(parameters, values) {
            let result = value.bind(to: handle, at: index)
            guard result == SQLITE_OK else { throw SQLFault(result, on: sqlite3_db_handle(handle), sql: sql) }
        }
    }
}

extension Statement {
    public func isNull(_ column: Int32) -> Bool {
        sqlite3_column_type(handle, column) == SQLITE_NULL
    }

    /// An integer column.
    public func integer(_ column: Int32) throws(SQLFault) -> Int64 {
        guard sqlite3_column_type(handle, column) == SQLITE_INTEGER else {
            throw malformed(column, "is not an integer")
        }
        return sqlite3_column_int64(handle, column)
    }

    /// A text column in UTF-8 without U+0000: no accepted text contains one, and the JSON reader would refuse it.
    public func text(_ column: Int32) throws(SQLFault) -> String {
        guard sqlite3_column_type(handle, column) == SQLITE_TEXT else {
            throw malformed(column, "is not text")
        }
        guard let text = String(validating: try content(column), as: UTF8.self) else {
            throw malformed(column, "is not UTF-8")
        }
        guard !text.utf8.contains(0) else { throw malformed(column, "holds U+0000") }
        return text
    }

    /// A text column in UTF-8, or NULL.
    public func optionalText(_ column: Int32) throws(SQLFault) -> String? {
        isNull(column) ? nil : try text(column)
    }

    /// The bytes of a text or blob column.
    public func bytes(_ column: Int32) throws(SQLFault) -> [UInt8] {
        let type = sqlite3_column_type(handle, column)
        guard type == SQLITE_TEXT || type == SQLITE_BLOB else { throw malformed(column, "is not bytes") }
        return Array(try content(column))
    }

    /// The bytes of a text or blob column, or NULL.
    public func optionalBytes(_ column: Int32) throws(SQLFault) -> [UInt8]? {
        isNull(column) ? nil : try bytes(column)
    }

    /// The fault of a column whose value is invalid in our schema.
    public func malformed(_ column: Int32, _ reason: String) -> SQLFault {
        let name = sqlite3_column_name(handle, column).map { String(cString: $0) } ?? "?"
        return SQLFault(code: SQLITE_CORRUPT, message: "column \(name) \(reason)", sql: sql)
    }

    /// The bytes of a text or blob; valid until the next step.
    private func content(_ column: Int32) throws(SQLFault) -> UnsafeBufferPointer<UInt8> {
        // In this order: `sqlite3_column_text` may convert the value, and the length must be that of the result.
        let start =
            sqlite3_column_type(handle, column) == SQLITE_TEXT
            ? sqlite3_column_text(handle, column)
            : sqlite3_column_blob(handle, column)?.assumingMemoryBound(to: UInt8.self)
        let count = Int(sqlite3_column_bytes(handle, column))
        guard let start else {
            // An empty blob has no address; otherwise a missing address means out of memory.
            if count == 0 && sqlite3_errcode(sqlite3_db_handle(handle)) != SQLITE_NOMEM {
                return UnsafeBufferPointer(start: nil, count: 0)
            }
            throw SQLFault(code: SQLITE_NOMEM, message: "out of memory", sql: sql)
        }
        return UnsafeBufferPointer(start: start, count: count)
    }
}
