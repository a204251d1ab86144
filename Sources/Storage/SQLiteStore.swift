import Journal
import SQL
import Time

/// The journal in an SQLite file: its single writer. Used by one thread, the lane's.
///
/// Map of this target: `SQLiteStore+Open`, `DatabaseFile`, `LockFile` and `Migrator` open a file; this file and `SQLiteStore+Append`
/// write it; `SQLiteLookup` and `SQLiteReader` read it; `TokenStore` works alongside a running service; `Tables` has one file per table:
/// its columns, listed once, and its statements; `StoreFault+SQL` maps SQLite's codes.
///
/// `@unchecked Sendable`: an SQLite handle belongs to one thread at a time, which the compiler cannot check. The lane owns the store and
/// calls it from its own thread only; each `public let` is immutable.
public final class SQLiteStore: JournalStore, @unchecked Sendable {
    /// Findings about the file for the operator, one sentence each.
    public let warnings: [String]
    /// The migrations applied while opening, as `1 (journal)`.
    public let migrated: [String]

    let database: Database
    let file: DatabaseFile
    private let lock: LockFile?
    private let pageBytes: Int
    private var schedule = CheckpointSchedule()
    /// Why the store is no longer trusted; never reset.
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

    /// Takes the store's lock, calls `decide`, appends the batch it returns, and commits.
    ///
    /// Durable on return. An empty batch is rolled back without a sync. A fault thrown by `decide` rolls back and is rethrown. After
    /// `broken` every call fails with the same fault.
    public func commit(
        _ decide: (JournalHead, any JournalLookup) throws(StoreFault) -> Batch
    ) throws(StoreFault) {
        try refuseIfBroken()
        try noting { () throws(StoreFault) in
            try storing { () throws(SQLFault) in try database.run("BEGIN IMMEDIATE") }
            do throws(StoreFault) {
                try decideAndAppend(decide)
            } catch {
                // A failed rollback is the more serious fault, and the one thrown.
                try rollBack()
                throw error
            }
        }
    }

    /// Checkpoints the write-ahead log into the database, if it has grown or the lane is idle. Returns whether anything was moved.
    ///
    /// At 4 MiB without waiting, at 64 MiB waiting at most 250 ms for readers. A blocked checkpoint is not a fault: it is retried when
    /// the log has grown, or at the next idle moment.
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
            // Cheap here. Without it, everything written after an operator replaced the file would be lost.
            if try storing({ () throws(SQLFault) in try database.hasMoved() }) {
                throw .broken(
                    "\(file.named) was moved or replaced while in use: stop Drumbeat before doing that")
            }
        }
        return hasMoved
    }

    /// Closes the store for good after a last checkpoint, and releases the lock. Idempotent.
    ///
    /// If the checkpoint fails, the write-ahead log stays beside the file, and the next start recovers from it.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        if broken == nil, lock != nil {
            do throws(SQLFault) {
                try database.setBusyTimeout(milliseconds: Self.restartWaitMilliseconds)
                try database.checkpoint(.truncate)
                try database.checkpointOnClose()
            } catch {
                // Nothing is lost: acknowledged writes are in the synced log.
            }
        }
        database.close()
        lock?.release()
    }

    /// Readers of the same file, each with a read-only connection opened on demand.
    public func reader(connections: Int = 2) -> SQLiteReader {
        SQLiteReader(path: file.path, connections: connections)
    }

    /// Upper bound of the time a checkpoint waits for readers, which delays the lane.
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

    /// Returns how many pages of the log are in the database; `nil` when the checkpoint was blocked.
    private func checkpoint(_ mode: Database.CheckpointMode) throws(SQLFault) -> Int? {
        if mode != .passive { try database.setBusyTimeout(milliseconds: Self.restartWaitMilliseconds) }
        defer {
            // Fails only for a closed connection, which the next statement reports as well.
            if mode != .passive { try? database.setBusyTimeout(milliseconds: Self.busyTimeoutMilliseconds) }
        }
        do throws(SQLFault) {
            return try database.checkpoint(mode).moved
        } catch {
            guard error.kind == .busy else { throw error }
            return nil
        }
    }

    /// Rolls back an open transaction; if that fails, the store is `broken`.
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

    /// Rethrows every fault, and remembers a `broken` one.
    private func noting(_ body: () throws(StoreFault) -> Void) throws(StoreFault) {
        do throws(StoreFault) {
            try body()
        } catch {
            if case .broken(let reason) = error { broken = reason }
            throw error
        }
    }
}
