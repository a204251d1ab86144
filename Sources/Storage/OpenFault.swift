import SQL

/// Why a database was not opened. The description names the file and the remedy, for a person at a terminal.
public enum OpenFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another process holds its lock; its process id if known.
    case inUse(file: String, process: Int32?)
    /// No such file, and this purpose does not create one.
    case missing(file: String)
    /// The file has zero bytes.
    case empty(file: String)
    /// A write-ahead log or a rollback journal exists without its database.
    case strayLog(file: String, log: String)
    /// No SQLite header.
    case notADatabase(file: String)
    /// An SQLite database of another application.
    case foreign(file: String, reason: String)
    /// A newer Drumbeat migrated it, and this version cannot use it.
    case newer(file: String, schema: Int, known: Int)
    /// Migrations are pending, and this purpose does not apply them.
    case outdated(file: String, migrations: [String])
    /// An applied migration differs from the one with that number in this build.
    case changedMigration(file: String, version: Int, name: String)
    /// A Drumbeat database that is damaged.
    case damaged(file: String, reason: String)
    /// A system error: permissions, a full disk, a lock.
    case unusable(file: String, reason: String)

    public var description: String {
        switch self {
        case .inUse(let file, let process):
            let holder = process.map { "process \($0)" } ?? "another process"
            return "\(file) is in use by \(holder): stop it, or set DRUMBEAT_DATABASE to another file"
        case .missing(let file):
            return
                "\(file) does not exist: start drumbeat serve once, or set DRUMBEAT_DATABASE to the file it uses"
        case .empty(let file):
            return
                "\(file) is empty (0 bytes), so it is not a database: restore a backup, or delete the file to "
                + "start with an empty database"
        case .strayLog(let file, let log):
            return
                "\(log) has data, but \(file) is missing: restore the database next to it, or move \(log) away to "
                + "start with an empty database"
        case .notADatabase(let file):
            return
                "\(file) is not an SQLite database, or its first page is damaged: restore a backup, or set "
                + "DRUMBEAT_DATABASE to another file"
        case .foreign(let file, let reason):
            return "\(file) is not a Drumbeat database (\(reason)): set DRUMBEAT_DATABASE to another file"
        case .newer(let file, let schema, let known):
            return
                "\(file) was created by a newer Drumbeat (schema \(schema), this version supports \(known)): start the newer "
                + "version"
        case .outdated(let file, let migrations):
            return "\(file) lacks migrations (\(migrations.joined(separator: ", "))): run drumbeat migrate"
        case .changedMigration(let file, let version, let name):
            return
                "\(file) has migration \(version) (\(name)) in a form different from this Drumbeat's: start the "
                + "build that created it, or restore a backup"
        case .damaged(let file, let reason):
            return
                "\(file) is damaged (\(reason)): move it, \(file)-wal and \(file)-shm away and restore a backup"
        case .unusable(let file, let reason):
            return "\(file) cannot be used: \(reason)"
        }
    }

    /// Maps an SQLite fault during opening.
    init(_ fault: SQLFault, file: String) {
        switch fault.kind {
        case .notADatabase: self = .notADatabase(file: file)
        case .corrupt: self = .damaged(file: file, reason: fault.message)
        case .busy: self = .unusable(file: file, reason: "another program has locked it; stop that program")
        case .readOnly:
            self = .unusable(
                file: file, reason: "it is not writable; check its owner, its mode and the mount")
        case .cannotOpen:
            self = .unusable(
                file: file,
                reason:
                    "it cannot be opened; check the owner and mode of the file and its folder, and the mount")
        case .full: self = .unusable(file: file, reason: "the disk is full; free some space")
        case .unsynced, .inputOutput: self = .unusable(file: file, reason: "the disk fails: \(fault)")
        case .moved, .constraint, .passing, .misuse: self = .unusable(file: file, reason: fault.description)
        }
    }
}

/// Runs `body`, and maps its SQLite faults.
func opening<Value>(_ file: String, _ body: () throws(SQLFault) -> Value) throws(OpenFault) -> Value {
    do throws(SQLFault) {
        return try body()
    } catch {
        throw OpenFault(error, file: file)
    }
}
