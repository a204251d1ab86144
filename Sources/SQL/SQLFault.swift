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

extension SQLFault {
    /// Classification of faults, as far as callers distinguish them.
    public enum Kind: Sendable {
        /// Blocked by another connection's lock.
        case busy
        /// The disk is full (ENOSPC).
        case full
        /// The file or its file system is read-only.
        case readOnly
        /// A file of the database could not be opened or created; also shown by a full disk.
        case cannotOpen
        /// A read or a write failed; also shown by a full disk.
        case inputOutput
        /// A write could not be made durable. SQLite would continue, but what the kernel dropped is lost.
        case unsynced
        /// The open file no longer has its name.
        case moved
        /// The file's content is invalid.
        case corrupt
        /// No SQLite header.
        case notADatabase
        /// A row violates a constraint of its table, or a value does not fit.
        case constraint
        /// Temporary: out of memory, interrupted, schema changed concurrently.
        case passing
        /// A programming error, or a schema other than ours.
        case misuse
    }

    public var kind: Kind {
        switch extendedCode {
        case Self.failedSync, Self.failedFolderSync: return .unsynced
        case Self.movedFile: return .moved
        case Self.corruptFileSystem, Self.corruptPage: return .corrupt
        default: break
        }
        switch code {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: return .busy
        case SQLITE_FULL: return .full
        case SQLITE_READONLY: return .readOnly
        case SQLITE_CANTOPEN: return .cannotOpen
        case SQLITE_IOERR: return .inputOutput
        case SQLITE_CORRUPT: return .corrupt
        case SQLITE_NOTADB: return .notADatabase
        case SQLITE_CONSTRAINT, SQLITE_TOOBIG, SQLITE_MISMATCH: return .constraint
        case SQLITE_NOMEM, SQLITE_INTERRUPT, SQLITE_SCHEMA: return .passing
        default: return .misuse
        }
    }

    // Macros with a shift, which Swift does not import.
    private static let failedSync = SQLITE_IOERR | (4 << 8)
    private static let failedFolderSync = SQLITE_IOERR | (5 << 8)
    private static let corruptPage = SQLITE_IOERR | (32 << 8)
    private static let corruptFileSystem = SQLITE_IOERR | (33 << 8)
    private static let movedFile = SQLITE_READONLY | (4 << 8)
}
