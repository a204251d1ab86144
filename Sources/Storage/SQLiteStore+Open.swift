import Migrations
import SQL
import Time

extension SQLiteStore {
    /// Purpose of opening a database.
    public enum Purpose: Sendable {
        /// Run the service: takes the lock, creates or migrates the file, checks its pages.
        case serve
        /// Migrate: takes the lock, creates or migrates the file.
        case migrate
        /// Work alongside a running service: takes no lock; the file must exist and be up to date.
        case beside
    }

    /// Durability of a commit.
    public enum Synchronous: Sendable {
        /// Synced before `commit` returns.
        case full
        /// Left to the operating system. For simulator tests only: a power loss loses acknowledged writes.
        case off
    }

    /// How long a statement waits for another process's lock (faults.md, F9).
    static let busyTimeoutMilliseconds: Int32 = 2_000

    /// Opens the journal after the checks of its purpose; a file that fails one is left unchanged.
    ///
    /// A missing file is created with its folders, unless the purpose is `beside`.
    /// - Parameter now: recorded with migrations applied here.
    public static func open(
        path: String, purpose: Purpose, now: Timestamp, synchronous: Synchronous = .full
    ) throws(OpenFault) -> SQLiteStore {
        try open(
            path: path, purpose: purpose, now: now, synchronous: synchronous, migrations: sqliteMigrations)
    }

    /// The pending migrations, all of them when there is no file yet; changes nothing. For `migrate --check`.
    public static func pendingMigrations(path: String) throws(OpenFault) -> [Migration] {
        let file: DatabaseFile
        do throws(OpenFault) {
            file = try DatabaseFile.locate(path, makingFolder: false)
            if try file.isMissing() { return sqliteMigrations }
        } catch {
            if case .missing = error { return sqliteMigrations }
            throw error
        }
        try file.refuseIfEmpty()
        let database = try connect(to: file)
        defer { database.close() }
        let migrator = Migrator(database: database, migrations: sqliteMigrations, file: file.named)
        try migrator.refuseForeign()
        return try migrator.pending()
    }

    static func open(
        path: String, purpose: Purpose, now: Timestamp, synchronous: Synchronous, migrations: [Migration]
    ) throws(OpenFault) -> SQLiteStore {
        let file = try DatabaseFile.locate(path, makingFolder: purpose != .beside)
        let lock: LockFile?
        if purpose == .beside {
            lock = nil
            if try file.isMissing() { throw .missing(file: path) }
        } else {
            // Before any look at the file: without the lock another service may be working on it.
            lock = try LockFile.take(for: file)
            try file.removeUnfinished()
            if try file.isMissing() { try file.build(migrations, at: now, isDurable: synchronous == .full) }
        }
        try file.refuseIfEmpty()
        let warnings = file.closeToOthers()
        let database = try connect(to: file)
        let migrator = Migrator(database: database, migrations: migrations, file: file.named)
        let migrated = try checkAndMigrate(database, migrator, purpose: purpose, now: now)
        let pageBytes = try opening(file.named) { () throws(SQLFault) in
            try settle(database, synchronous: synchronous)
        }
        guard let pageBytes else {
            throw .unusable(
                file: file.named,
                reason: "its file system does not support a write-ahead log; use a local file system")
        }
        if synchronous == .full { try file.syncFolder() }
        return SQLiteStore(
            database: database, file: file, lock: lock, pageBytes: pageBytes, warnings: warnings,
            migrated: migrated.map { "\($0.version) (\($0.name))" })
    }

    private static func connect(to file: DatabaseFile) throws(OpenFault) -> Database {
        try opening(file.named) { () throws(SQLFault) in
            try Database(
                path: file.path, access: .readWrite, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
        }
    }

    /// Reads before it writes, so that a foreign file is left unchanged.
    private static func checkAndMigrate(
        _ database: Database, _ migrator: Migrator, purpose: Purpose, now: Timestamp
    ) throws(OpenFault) -> [Migration] {
        try migrator.refuseForeign()
        let pending = try migrator.pending()
        if purpose == .serve { try refuseDamaged(database, file: migrator.file) }
        if purpose == .beside {
            guard pending.isEmpty else {
                throw .outdated(file: migrator.file, migrations: pending.map { "\($0.version) \($0.name)" })
            }
        } else {
            try opening(migrator.file) { () throws(SQLFault) in try database.run("PRAGMA synchronous = FULL")
            }
            try migrator.migrate(at: now)
        }
        try migrator.refuseIncomplete()
        return pending
    }

    private static func refuseDamaged(_ database: Database, file: String) throws(OpenFault) {
        let verdict = try opening(file) { () throws(SQLFault) in
            try database.first("PRAGMA quick_check(1)") { (row) throws(SQLFault) in try row.text(0) }
        }
        guard verdict == "ok" else { throw .damaged(file: file, reason: verdict ?? "it cannot be checked") }
    }

    /// Configures a writing connection. Returns the page size; `nil` when the file system does not support a write-ahead log.
    private static func settle(
        _ database: Database, synchronous: Synchronous
    ) throws(SQLFault) -> Int? {
        let mode = try database.first("PRAGMA journal_mode = WAL") { (row) throws(SQLFault) in try row.text(0)
        }
        guard mode == "wal" else { return nil }
        // secure_delete: words erased by a redaction become zeros in the file. journal_size_limit: the log's file shrinks after a burst.
        // cache_size is in KiB; small, because the idle service must fit into 20 MiB.
        try database.execute(
            """
            PRAGMA secure_delete = ON;
            PRAGMA journal_size_limit = 8388608;
            PRAGMA cache_size = -2048;
            """)
        try database.run(synchronous == .full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF")
        try database.takeOverCheckpoints()
        // A read, so that the log's file exists from now on.
        try database.run("SELECT COUNT(*) FROM meta")
        return try database.first("PRAGMA page_size") { (row) throws(SQLFault) in try row.count(0) } ?? 4_096
    }
}
