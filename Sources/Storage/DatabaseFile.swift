import Glibc
import Migrations
import SQL
import Time

/// A database file by name: its location, its file-system state, and its creation.
///
/// Uses `stat` only; nothing but SQLite may open a database that is in use.
struct DatabaseFile {
    /// As the operator wrote it, for messages.
    let named: String
    /// Absolute and without symbolic links, so that one database has one lock.
    let path: String

    /// Resolves the path of a file, which may not exist yet.
    /// - Parameter makingFolder: creates missing parent folders, with mode 0700.
    static func locate(_ named: String, makingFolder: Bool) throws(OpenFault) -> DatabaseFile {
        // The system accepts no longer paths, and the recursion of `make` is bounded by it.
        guard !named.isEmpty, named.utf8.count < Int(PATH_MAX), !named.utf8.contains(0) else {
            throw .unusable(file: named, reason: "this is not a file name")
        }
        let (folder, name) = split(named)
        guard name != "", name != ".", name != ".." else {
            throw .unusable(file: named, reason: "this is a folder; name a file in it")
        }
        if makingFolder { try make(folder: folder, for: named) }
        if let path = resolve(named) { return DatabaseFile(named: named, path: path) }
        let code = errno
        guard code == ENOENT, status(of: named, followingLinks: false) == nil, let folder = resolve(folder)
        else {
            if code == ENOENT && !makingFolder { throw .missing(file: named) }
            throw DatabaseFile(named: named, path: named).unusable("it cannot be found", code)
        }
        return DatabaseFile(named: named, path: (folder == "/" ? "" : folder) + "/" + name)
    }

    /// Whether no file has that name. Anything but a regular file is refused.
    func isMissing() throws(OpenFault) -> Bool {
        guard let status = Self.status(of: path, followingLinks: false) else {
            let code = errno
            guard code == ENOENT else { throw unusable("it cannot be examined", code) }
            return true
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unusable(file: named, reason: "it is not a regular file")
        }
        return false
    }

    /// Refuses a file too short to be a database: SQLite would treat one of zero bytes or one byte as a new database and report it as
    /// sound.
    func refuseIfEmpty() throws(OpenFault) {
        guard let status = Self.status(of: path, followingLinks: false) else { return }
        if status.st_size == 0 { throw .empty(file: named) }
        if status.st_size < Self.pageBytesMin { throw .notADatabase(file: named) }
    }

    /// The smallest page size. Source: SQLite's "Database File Format", section 1.3.2.
    private static let pageBytesMin = 512

    /// Removes the permissions of group and others from the file and its logs. Returns a warning for each change.
    func closeToOthers() -> [String] {
        [path, path + "-wal", path + "-shm"].compactMap { path in
            guard let status = Self.status(of: path, followingLinks: false), status.st_mode & 0o077 != 0
            else {
                return nil
            }
            guard chmod(path, 0o600) == 0 else {
                return
                    "\(path) is readable by other users, and its mode cannot be changed: \(Self.words(errno))"
            }
            return "\(path) was readable by other users; its mode is now 0600"
        }
    }

    /// Creates the database: built under a temporary name, migrated, synced, then renamed.
    ///
    /// A kill at any moment leaves either no file or a complete one.
    func build(_ migrations: [Migration], at now: Timestamp, isDurable: Bool) throws(OpenFault) {
        try refuseIfLogsRemain()
        do throws(OpenFault) {
            try fill(migrations, at: now, isDurable: isDurable)
        } catch {
            // Clean-up only; the next start deletes it as well.
            try? removeUnfinished()
            throw error
        }
        if isDurable { try sync(unfinished) }
        guard rename(unfinished, path) == 0 else { throw unusable("it cannot be renamed into place", errno) }
        if isDurable { try syncFolder() }
    }

    /// Deletes the remains of a `build` that was killed.
    func removeUnfinished() throws(OpenFault) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            guard unlink(unfinished + suffix) == 0 || errno == ENOENT else {
                throw unusable("the left-over \(unfinished + suffix) cannot be deleted", errno)
            }
        }
    }

    /// The fault of a system call.
    func unusable(_ what: String, _ code: Int32) -> OpenFault {
        .unusable(file: named, reason: "\(what): \(Self.words(code))\(Self.remedy(code))")
    }

    /// What an operator does about a system error, in the form of the other faults.
    private static func remedy(_ code: Int32) -> String {
        switch code {
        case EACCES, EPERM:
            "; run this as the user of the service, make that user the owner (chown), or set DRUMBEAT_DATABASE to another file"
        case EROFS: "; mount it writable, or set DRUMBEAT_DATABASE to a file on another file system"
        case ENOSPC, EDQUOT: "; free some space, or set DRUMBEAT_DATABASE to a file on another file system"
        default: "; check the file and its folder, or set DRUMBEAT_DATABASE to another file"
        }
    }

    private var unfinished: String { path + ".new" }

    private func fill(_ migrations: [Migration], at now: Timestamp, isDurable: Bool) throws(OpenFault) {
        // Created here and not by SQLite, for its mode. SQLite's own files inherit that mode.
        let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw unusable("it cannot be created", errno) }
        close(descriptor)
        let database = try opening(named) { () throws(SQLFault) in
            let database = try Database(
                path: unfinished, access: .readWrite,
                busyTimeoutMilliseconds: SQLiteStore.busyTimeoutMilliseconds)
            try database.run(isDurable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF")
            // Before anything else: switching a populated database to WAL was seen to hide a failed fsync of its header. Migrating within
            // the log and then checkpointing reports every failure.
            try database.run("PRAGMA journal_mode = WAL")
            return database
        }
        defer { database.close() }
        try Migrator(database: database, migrations: migrations, file: named).migrate(at: now)
        try opening(named) { () throws(SQLFault) in
            try database.checkpoint(.truncate)
            try database.checkpointOnClose()
        }
    }

    /// SQLite would replay a log without its database into the new one.
    private func refuseIfLogsRemain() throws(OpenFault) {
        for suffix in ["-wal", "-journal"] {
            if let status = Self.status(of: path + suffix, followingLinks: false), status.st_size > 0 {
                throw .strayLog(file: named, log: named + suffix)
            }
        }
    }

    /// Makes the file names durable, in particular the write-ahead log's: SQLite was seen to ignore a failure there.
    func syncFolder() throws(OpenFault) {
        try sync(Self.split(path).folder)
    }

    private func sync(_ path: String) throws(OpenFault) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unusable("\(path) cannot be opened", errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw unusable("\(path) cannot be synced to disk", errno) }
    }
}

/// Paths and system messages.
extension DatabaseFile {
    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = String(path[..<slash])
        return (folder.isEmpty ? "/" : folder, String(path[path.utf8.index(after: slash)...]))
    }

    /// Creates a folder and its parents, each durable in its parent.
    private static func make(folder: String, for named: String) throws(OpenFault) {
        if status(of: folder, followingLinks: true) != nil { return }
        let above = split(folder).folder
        if above != folder { try make(folder: above, for: named) }
        let file = DatabaseFile(named: named, path: folder)
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw file.unusable("\(folder) cannot be created", errno)
        }
        try file.sync(above)
    }

    private static func resolve(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func status(of path: String, followingLinks: Bool) -> stat? {
        var status = stat()
        return (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 ? status : nil
    }

    private static func words(_ code: Int32) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
}
