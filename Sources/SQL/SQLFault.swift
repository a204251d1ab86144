import CSQLite

/// What SQLite answered instead of doing it: its code, its words, and the statement, never the values.
public struct SQLFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The code without its detail: `SQLITE_IOERR`.
    public let code: Int32
    /// The code with its detail: `SQLITE_IOERR_FSYNC`.
    public let extendedCode: Int32
    /// What SQLite says about it.
    public let message: String
    /// The statement, when there was one.
    public let sql: String?

    /// A fault of that code, which may carry its detail.
    public init(code: Int32, message: String, sql: String?) {
        self.code = code & 0xFF
        extendedCode = code
        self.message = message
        self.sql = sql
    }

    /// What a call on a connection answered; asked at once, as the next call overwrites the message.
    init(_ result: Int32, on database: OpaquePointer?, sql: String?) {
        let words = database.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(result)
        self.init(code: result, message: words.map { String(cString: $0) } ?? "unknown error", sql: sql)
    }

    /// The message and the code, for logs.
    public var description: String {
        "\(message) (SQLite \(extendedCode))"
    }
}
