import Journal
import SQL
import Time

/// The journal in an SQLite file: its one writer. Used by one thread, the lane's.
///
/// Floor map of this target: `SQLiteStore+Open` and `DatabaseFile`, `LockFile`, `Migrator` bring a file up; this file and
/// `SQLiteStore+Append` write it; `SQLiteLookup` and `SQLiteReader` read it; `TokenStore` works beside a running service;
/// `Tables` holds a file a table: its columns, once, and its statements; `StoreFault+SQL` says what SQLite's codes mean to us.
///
/// `@unchecked Sendable`: SQLite's handle belongs to one thread at a time, which the compiler cannot see. The lane owns the store and
/// calls it from its own thread alone; what is `public let` never changes.
public final class SQLiteStore: JournalStore, @unchecked Sendable {
    /// What the operator should know about how the file was found; one sentence each.
    public let warnings: [String]
    /// The migrations that opening it applied, as `1 (journal)`.
    public let migrated: [String]

    let database: Database
    let file: DatabaseFile
    private let lock: LockFile?
    private let pageBytes: Int
    private var schedule = CheckpointSchedule()
    /// Why it can no longer be trusted; set once, for good.
    private var broken: String?
    private var isClosed = false

    init(
        database: Database, file: DatabaseFile, lock: LockFile?, pageBytes: Int, warnings: [String],
        migrated: [String]
    ) {
        self.database = database
        self.file = file
        self.lock = lock
        self.pageBytes = pageBytes
        self.warnings = warnings
        self.migrated = migrated
    }

    deinit {
        close()
    }

    /// Takes the store's lock, lets `decide` look and answer with what to append, appends it, and commits.
    ///
    /// Durable on return. An empty batch is rolled back without a sync. A fault that `decide` throws rolls back and is thrown
    /// on. After `broken` every call is refused with the same fault.
    public func commit(
        _ decide: (JournalHead, any JournalLookup) throws(StoreFault) -> Batch
    ) throws(StoreFault) {
        try refuseIfBroken()
        try noting { () throws(StoreFault) in
            try storing { () throws(SQLFault) in try database.run("BEGIN IMMEDIATE") }
            do throws(StoreFault) {
                try decideAndAppend(decide)
            } catch {
                // Should this fail as well, that is the graver fault, and the one thrown.
                try rollBack()
                throw error
            }
        }
    }

    /// Moves what was committed from the write-ahead log to the database, when it has grown or the lane is idle.
    ///
    /// At 4 MiB without waiting, at 64 MiB waiting for readers at most 250 ms. Others in the way are no fault: it tries again once
    /// the log has grown, or at the next idle moment. Says whether anything was moved.
    @discardableResult
    public func checkpoint(idle: Bool) throws(StoreFault) -> Bool {
        try refuseIfBroken()
        let pages = database.walPages
        guard let mode = schedule.due(pages: pages, pageBytes: pageBytes, idle: idle) else { return false }
        var hasMoved = false
        try noting { () throws(StoreFault) in
            schedule.ran(pages: pages, moved: nil)
            if let moved = try storing({ () throws(SQLFault) in try checkpoint(mode) }) {
                schedule.ran(pages: pages, moved: moved)
                hasMoved = true
            }
            // Cheap here, and an operator who replaced the file under us would otherwise lose all that follows.
            if try storing({ () throws(SQLFault) in try database.hasMoved() }) {
                throw .broken(
                    "\(file.named) was moved or replaced while in use: stop Drumbeat before doing that")
            }
        }
        return hasMoved
    }

    /// Closes it for good, after a last checkpoint, and lets go of the lock. Again is harmless.
    ///
    /// When that checkpoint fails, the write-ahead log stays beside the file, and the next start recovers from it.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        if broken == nil, lock != nil {
            do throws(SQLFault) {
                try database.setBusyTimeout(milliseconds: Self.restartWaitMilliseconds)
                try database.checkpoint(.truncate)
                try database.checkpointOnClose()
            } catch {
                // Nothing is lost: what was acknowledged is in the log, synced.
            }
        }
        database.close()
        lock?.release()
    }

    /// Readers of the same file, each with a connection that cannot write, opened when first needed.
    public func reader(connections: Int = 2) -> SQLiteReader {
        SQLiteReader(path: file.path, connections: connections)
    }

    /// How long a checkpoint may hold the lane up to wait for readers.
    private static let restartWaitMilliseconds: Int32 = 250

    private func decideAndAppend(
        _ decide: (JournalHead, any JournalLookup) throws(StoreFault) -> Batch
    ) throws(StoreFault) {
        let head = try storing { () throws(SQLFault) in try database.head() }
        let batch = try decide(head, SQLiteLookup(database: database))
        guard !batch.isEmpty else { return try rollBack() }
        try storing { () throws(SQLFault) in
            try database.append(batch)
            try database.run("COMMIT")
        }
    }

    /// Returns how many pages of the log are in the database now; `nil` when others were in the way.
    private func checkpoint(_ mode: Database.CheckpointMode) throws(SQLFault) -> Int? {
        if mode != .passive { try database.setBusyTimeout(milliseconds: Self.restartWaitMilliseconds) }
        defer {
            // It failed for a closed connection only, which the next statement says as well.
            if mode != .passive { try? database.setBusyTimeout(milliseconds: Self.busyTimeoutMilliseconds) }
        }
        do throws(SQLFault) {
            return try database.checkpoint(mode).moved
        } catch {
            guard error.kind == .busy else { throw error }
            return nil
        }
    }

    /// Ends an open transaction without a trace; a transaction that cannot be ended is `broken`.
    private func rollBack() throws(StoreFault) {
        guard database.isInTransaction else { return }
        do throws(SQLFault) {
            try database.run("ROLLBACK")
        } catch {
            throw .broken("a transaction could not be rolled back: \(error)")
        }
        guard !database.isInTransaction else { throw .broken("a transaction is open after its rollback") }
    }

    private func refuseIfBroken() throws(StoreFault) {
        if let broken { throw .broken(broken) }
        if isClosed { throw .refusing("the store is closed") }
    }

    /// Passes every fault on, and remembers a `broken` one.
    private func noting(_ body: () throws(StoreFault) -> Void) throws(StoreFault) {
        do throws(StoreFault) {
            try body()
        } catch {
            if case .broken(let reason) = error { broken = reason }
            throw error
        }
    }
}
