import CSQLite

/// An SQLite error: code, message and statement, never the bound values.
public struct SQLFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The primary code: `SQLITE_IOERR`.
    public let code: Int32
    /// The extended code: `SQLITE_IOERR_FSYNC`.
    public let extendedCode: Int32
    /// SQLite's message.
    public let message: String
    /// The statement, if any.
    public let sql: String?

    /// `code` may be an extended code.
    public init(code: Int32, message: String, sql: String?) {
        self.code = code & 0xFF
        extendedCode = code
        self.message = message
        self.sql = sql
    }

    /// Reads the message at once, because the next call overwrites it.
    init(_ result: Int32, on database: OpaquePointer?, sql: String?) {
        let words = database.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(result)
        self.init(code: result, message: words.map { String(cString: $0) } ?? "unknown error", sql: sql)
    }

    /// The message and the code, for logs.
    public var description: String {
        "\(message) (SQLite \(extendedCode))"
    }
}
