import SQL

/// Why a database was not opened. Its description names the file and what to do next, for a person at a terminal.
public enum OpenFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another service has its lock; by process id when that could be read.
    case inUse(file: String, process: Int32?)
    /// There is no such file, and this purpose does not make one.
    case missing(file: String)
    /// The file has no bytes.
    case empty(file: String)
    /// A write-ahead log or a journal lies there without its database.
    case strayLog(file: String, log: String)
    /// It does not begin as an SQLite file does.
    case notADatabase(file: String)
    /// It is an SQLite file, but not ours.
    case foreign(file: String, reason: String)
    /// A newer Drumbeat changed it so that this one cannot use it.
    case newer(file: String, schema: Int, known: Int)
    /// It lacks migrations, and this purpose does not apply them.
    case outdated(file: String, migrations: [String])
    /// A migration that was applied to it is not the one this Drumbeat knows by that number.
    case changedMigration(file: String, version: Int, name: String)
    /// It is ours, but damaged.
    case damaged(file: String, reason: String)
    /// The system refused something: a permission, a full disk, a lock.
    case unusable(file: String, reason: String)

    /// What is wrong, with which file, and what to do.
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

    /// What a fault of SQLite means while a database is being opened.
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

/// Does it, and says what a fault of SQLite means for the opening of that file.
func opening<Value>(_ file: String, _ body: () throws(SQLFault) -> Value) throws(OpenFault) -> Value {
    do throws(SQLFault) {
        return try body()
    } catch {
        throw OpenFault(error, file: file)
    }
}
