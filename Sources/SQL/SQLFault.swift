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

extension SQLFault {
    /// What a fault is about, as far as anybody acts on it.
    public enum Kind: Sendable {
        /// Another connection's lock was in the way.
        case busy
        /// There is no room on the disk.
        case full
        /// The file or its file system takes no writes.
        case readOnly
        /// A file of the database could not be opened or made; a full disk shows as this too.
        case cannotOpen
        /// A read or a write failed; a full disk shows as this too.
        case inputOutput
        /// A write could not be made durable. SQLite would carry on, but what the kernel dropped is gone.
        case unsynced
        /// The open file no longer bears its name.
        case moved
        /// The file's content cannot be right.
        case corrupt
        /// The file does not begin as an SQLite file does.
        case notADatabase
        /// A row breaks a rule of its table, or a value does not fit.
        case constraint
        /// It may work the next time: no memory, interrupted, another schema just then.
        case passing
        /// Our own mistake, or a schema that is not the one we made.
        case misuse
    }

    /// What it is about.
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
