import CSQLite
import Glibc

/// One connection to an SQLite database: a handle and its prepared statements, without knowledge of the schema.
///
/// Opened without SQLite's mutex: one thread at a time. Statements use `$1…$n`; values are always bound. `run`, `rows` and `first` leave
/// no statement open, so no snapshot outlives a call.
public final class Database {
    public enum Access: Sendable {
        /// Reads an existing file.
        case readOnly
        /// Reads and writes an existing file.
        case readWrite
        /// Creates a missing file. Only for a file whose name no one else knows, or `:memory:`.
        case create

        var flags: Int32 {
            switch self {
            case .readOnly: SQLITE_OPEN_READONLY
            case .readWrite: SQLITE_OPEN_READWRITE
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        }
    }

    public enum CheckpointMode: Sendable {
        /// Copies what it can without waiting.
        case passive
        /// Waits for readers too, so that the next commit restarts the log.
        case restart
        /// As `restart`, and truncates the log's file.
        case truncate

        var code: Int32 {
            switch self {
            case .passive: SQLITE_CHECKPOINT_PASSIVE
            case .restart: SQLITE_CHECKPOINT_RESTART
            case .truncate: SQLITE_CHECKPOINT_TRUNCATE
            }
        }
    }

    /// Upper bound of cached prepared statements; more than the service has.
    private static let statementsMax = 128

    private var handle: OpaquePointer?
    private var statements: [StatementText: Statement] = [:]
    /// Written by the write-ahead log's hook. Owned by the connection, freed after the handle is closed.
    private let walPageCount: UnsafeMutablePointer<Int32>

    /// Opens the file and hardens the connection, so that a malformed or hostile schema cannot run code of its own.
    ///
    /// Closing never checkpoints; see `checkpointOnClose`.
    /// - Parameter busyTimeoutMilliseconds: how long a statement waits for another connection's lock.
    public init(path: String, access: Access, busyTimeoutMilliseconds: Int32) throws(SQLFault) {
        walPageCount = .allocate(capacity: 1)
        walPageCount.initialize(to: 0)
        let flags = access.flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let result = sqlite3_open_v2(path, &handle, flags, nil)
        guard result == SQLITE_OK else {
            // SQLite returns a handle even then, for the message. It must be closed; `deinit` does.
            throw SQLFault(result, on: handle, sql: nil)
        }
        try configure(SQLITE_DBCONFIG_DEFENSIVE, true)
        try configure(SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)
        try configure(SQLITE_DBCONFIG_DQS_DML, false)
        try configure(SQLITE_DBCONFIG_DQS_DDL, false)
        try configure(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        try setBusyTimeout(milliseconds: busyTimeoutMilliseconds)
        try execute("PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;")
    }

    deinit {
        close()
        walPageCount.deallocate()
    }

    /// Runs a script of statements without values, up to the first that fails; rows are discarded.
    public func execute(_ script: String) throws(SQLFault) {
        let handle = try opened()
        let result = sqlite3_exec(handle, script, nil, nil, nil)
        guard result == SQLITE_OK else { throw SQLFault(result, on: handle, sql: script) }
    }

    /// Runs one statement to its end; rows are discarded.
    public func run(_ sql: String, _ values: [SQLValue] = []) throws(SQLFault) {
        try using(sql, values) { (statement) throws(SQLFault) in
            while try statement.step() {}
        }
    }

    /// All rows of a statement, converted by `read`. The statement is valid only inside `read`.
    public func rows<Row>(
        _ sql: String, _ values: [SQLValue] = [], _ read: (Statement) throws(SQLFault) -> Row
    ) throws(SQLFault) -> [Row] {
        try using(sql, values) { (statement) throws(SQLFault) in
            var rows: [Row] = []
            while try statement.step() { rows.append(try read(statement)) }
            return rows
        }
    }

    /// The first row of a statement, converted by `read`; `nil` when there is none.
    public func first<Row>(
        _ sql: String, _ values: [SQLValue] = [], _ read: (Statement) throws(SQLFault) -> Row
    ) throws(SQLFault) -> Row? {
        try using(sql, values) { (statement) throws(SQLFault) in
            guard try statement.step() else { return nil }
            return try read(statement)
        }
    }

    /// Whether a transaction is open: false after a `COMMIT`, a `ROLLBACK`, or SQLite's own rollback.
    public var isInTransaction: Bool {
        handle.map { sqlite3_get_autocommit($0) == 0 } ?? false
    }

    /// Rows changed by the last `INSERT`, `UPDATE` or `DELETE`, without those changed by triggers.
    public var changes: Int {
        handle.map { Int(sqlite3_changes64($0)) } ?? 0
    }

    /// Closes the connection for good; later use is a fault. Idempotent.
    public func close() {
        statements.removeAll()
        // _v2: if a statement is still referenced, the handle is freed with it.
        sqlite3_close_v2(handle)
        handle = nil
    }

    private func using<Result>(
        _ sql: String, _ values: [SQLValue], _ body: (Statement) throws(SQLFault) -> Result
    ) throws(SQLFault) -> Result {
        let handle = try opened()
        let text = StatementText(sql)
        let statement: Statement
        if let kept = statements[text], !kept.isInUse {
            statement = kept
        } else {
            // A nested use of the same text gets a statement of its own, which then replaces the cached one.
            statement = try Statement(preparing: sql, on: handle)
            if statements.count >= Self.statementsMax { statements.removeAll() }
            statements[text] = statement
        }
        statement.isInUse = true
        defer {
            statement.reset()
            statement.isInUse = false
        }
        try statement.bind(values)
        return try body(statement)
    }

    private func opened() throws(SQLFault) -> OpaquePointer {
        guard let handle else {
            throw SQLFault(code: SQLITE_MISUSE, message: "the connection is closed", sql: nil)
        }
        return handle
    }

    private func configure(_ option: Int32, _ on: Bool) throws(SQLFault) {
        let handle = try opened()
        let result = drumbeat_sqlite_db_config_flag(handle, option, on ? 1 : 0)
        guard result == SQLITE_OK else { throw SQLFault(result, on: handle, sql: nil) }
    }
}

/// A statement's text as the key of the statement cache: hashed by its length, then compared.
///
/// A post runs half a dozen statements of 300 to 600 bytes; hashing them all each time was a tenth of its cost.
private struct StatementText: Hashable {
    private let text: String

    init(_ text: String) { self.text = text }

    func hash(into hasher: inout Hasher) { hasher.combine(text.utf8.count) }
}

extension Database {
    /// How long a statement waits for another connection's lock before it fails as busy.
    public func setBusyTimeout(milliseconds: Int32) throws(SQLFault) {
        let handle = try opened()
        let result = sqlite3_busy_timeout(handle, milliseconds)
        guard result == SQLITE_OK else { throw SQLFault(result, on: handle, sql: nil) }
    }

    /// Disables SQLite's automatic checkpoint, and counts the pages of the write-ahead log in `walPages` from now on.
    ///
    /// The automatic checkpoint was seen to hide a failed fsync of the database file (faults.md, F7).
    public func takeOverCheckpoints() throws(SQLFault) {
        try run("PRAGMA wal_autocheckpoint = 0")
        // The pragma removes the hook, so the hook is set afterwards.
        sqlite3_wal_hook(
            try opened(),
            { context, _, _, pages in
                context?.assumingMemoryBound(to: Int32.self).pointee = pages
                return SQLITE_OK
            }, walPageCount)
    }

    /// Pages in the write-ahead log after this connection's last commit, by any writer.
    public var walPages: Int {
        Int(walPageCount.pointee)
    }

    /// Checkpoints the write-ahead log into the database. Returns the log's pages and how many of them are moved.
    ///
    /// Fails as busy when it is blocked; some pages may be moved even then.
    @discardableResult
    public func checkpoint(_ mode: CheckpointMode) throws(SQLFault) -> (pages: Int, moved: Int) {
        let handle = try opened()
        var pages: Int32 = 0
        var moved: Int32 = 0
        let result = sqlite3_wal_checkpoint_v2(handle, "main", mode.code, &pages, &moved)
        guard result == SQLITE_OK else { throw SQLFault(result, on: handle, sql: nil) }
        return (Int(pages), Int(moved))
    }

    /// Lets the last connection checkpoint when it closes, and delete the write-ahead log.
    ///
    /// Off by default, because that checkpoint reports no failure. Use after a checkpoint that succeeded.
    public func checkpointOnClose() throws(SQLFault) {
        try configure(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
    }

    /// Whether the open file no longer has its name: it was moved or replaced.
    public func hasMoved() throws(SQLFault) -> Bool {
        let handle = try opened()
        var moved: Int32 = 0
        let result = sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
        guard result == SQLITE_OK else { throw SQLFault(result, on: handle, sql: nil) }
        return moved != 0
    }
}

extension Database {
    /// The version of the loaded SQLite library: `3.40.1`.
    public static var libraryVersion: String { String(cString: sqlite3_libversion()) }
}
