import Glibc
import Journal
import Migrations
import SQL
import TestSupport
import Testing

@testable import Storage

struct OpeningTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("drumbeat.db")
    }

    private func open(_ purpose: SQLiteStore.Purpose = .serve, _ path: String? = nil) throws(OpenFault)
        -> SQLiteStore
    {
        try SQLiteStore.open(path: path ?? self.path, purpose: purpose, now: noon)
    }

    /// Makes a database and closes it again, then changes it with plain SQL.
    private func make(_ script: String = "") throws {
        try open().close()
        let database = try Database(path: path, access: .readWrite, busyTimeoutMilliseconds: 0)
        try database.execute(script)
        try database.checkpoint(.truncate)
    }

    @Test func `a missing file is made with its folders, for its owner alone`() throws {
        let deep = folder.file("a/b/drumbeat.db")
        let store = try open(.serve, deep)
        try store.write { $0.entries = [Sample.entry(1)] }
        #expect(look(at: folder.file("a"))?.mode == 0o700)
        #expect(look(at: folder.file("a/b"))?.mode == 0o700)
        for suffix in ["", "-wal", "-shm", ".lock"] {
            #expect(look(at: deep + suffix)?.mode == 0o600, "\(suffix)")
        }
        #expect(look(at: deep + ".new") == nil)
        #expect(store.warnings.isEmpty)
        #expect(store.migrated.isEmpty)
    }

    @Test(arguments: [SQLiteStore.Purpose.serve, .migrate])
    func `an existing but empty file is refused and stays`(purpose: SQLiteStore.Purpose) throws {
        try write([], to: path)
        #expect(throws: OpenFault.empty(file: path)) { try open(purpose) }
        #expect(look(at: path)?.size == 0)
    }

    @Test(arguments: [1, 99, 100, 511, 4_096, 70_000])
    func `garbage is refused and stays as it was`(count: Int) throws {
        let garbage = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
        try write(garbage, to: path)
        for purpose in [SQLiteStore.Purpose.serve, .migrate, .beside] {
            #expect(throws: OpenFault.notADatabase(file: path)) { try open(purpose) }
        }
        #expect(try bytes(of: path) == garbage)
    }

    @Test func `a database of another program is refused and stays as it was`() throws {
        let database = try Database(path: path, access: .create, busyTimeoutMilliseconds: 0)
        try database.execute("CREATE TABLE songs (a)")
        database.close()
        let before = try bytes(of: path)
        #expect(throws: OpenFault.foreign(file: path, reason: "its application id is 0")) { try open() }
        #expect(try bytes(of: path) == before)
    }

    @Test func `our application id without our tables is refused`() throws {
        let database = try Database(path: path, access: .create, busyTimeoutMilliseconds: 0)
        try database.execute("PRAGMA application_id = 1146244418; CREATE TABLE songs (a)")
        database.close()
        #expect(throws: OpenFault.foreign(file: path, reason: "it has no table schema_migrations")) {
            try open()
        }
    }

    @Test func `the application id of the migrations is the one that is asked for`() throws {
        try make()
        let database = try Database(path: path, access: .readOnly, busyTimeoutMilliseconds: 0)
        let identity = try database.first("PRAGMA application_id") { (row) throws(SQLFault) in
            try row.integer(0)
        }
        #expect(identity == Migrator.applicationID)
    }

    @Test(arguments: [
        ("DROP TABLE deliveries", "index deliveries_due"),
        ("DROP TRIGGER entries_append_only_delete", "trigger entries_append_only_delete"),
    ])
    func `a database that lost a table or a trigger is refused`(script: String, missing: String) throws {
        try make(script)
        #expect(throws: OpenFault.damaged(file: path, reason: "it has no \(missing)")) { try open() }
    }

    @Test func `a newer schema is refused, named, and left alone`() throws {
        let known = sqliteMigrations.count
        try make(
            "INSERT INTO schema_migrations VALUES (\(known + 1), 'b', 'x', \(known + 1), 0), "
                + "(\(known + 2), 'c', 'x', \(known + 1), 0)")
        for purpose in [SQLiteStore.Purpose.serve, .migrate, .beside] {
            let fault = try #require(throws: OpenFault.self) { try open(purpose) }
            #expect(
                fault.description
                    == "\(path) was created by a newer Drumbeat (schema \(known + 2), this version supports \(known)): start the newer version"
            )
        }
    }

    @Test func `a newer schema that lets older versions in is opened`() throws {
        let known = sqliteMigrations.count
        try make(
            "INSERT INTO schema_migrations VALUES (\(known + 1), 'b', 'x', 1, 0); CREATE TABLE extra (a)")
        let store = try open()
        try store.write { $0.entries = [Sample.entry(1)] }
    }

    @Test func `a migration that was edited is refused`() throws {
        try make("UPDATE schema_migrations SET checksum = '0'")
        #expect(throws: OpenFault.changedMigration(file: path, version: 1, name: "journal")) { try open() }
    }

    @Test func `the second service is told which process has the first`() throws {
        let first = try open()
        for purpose in [SQLiteStore.Purpose.serve, .migrate] {
            let fault = try #require(throws: OpenFault.self) { try open(purpose) }
            #expect(
                fault.description
                    == "\(path) is in use by process \(getpid()): stop it, or set DRUMBEAT_DATABASE to another file"
            )
        }
        first.close()
        try open().close()
    }

    @Test func `a link to the database leads to the same lock`() throws {
        let first = try open()
        let link = folder.file("link.db")
        try #require(symlink(path, link) == 0)
        #expect(throws: OpenFault.inUse(file: link, process: getpid())) { try open(.serve, link) }
        first.close()
    }

    @Test(arguments: ["", "999999\n", "not a number", "99999999999999999999\n"])
    func `a lock file that a killed process left is free`(content: String) throws {
        try write(Array(content.utf8), to: path + ".lock")
        try open().close()
        #expect(try bytes(of: path + ".lock") == Array("\(getpid())\n".utf8))
    }

    @Test(arguments: ["", "999\n\n", "4 2\n", "99999999999\n", "-7\n"])
    func `a holder that left no readable id is another process`(content: String) throws {
        let first = try open()
        try write(Array(content.utf8), to: path + ".lock")
        #expect(throws: OpenFault.inUse(file: path, process: nil)) { try open() }
        first.close()
    }

    @Test func `what a killed start left of a new database is deleted`() throws {
        for suffix in ["", "-wal", "-shm", "-journal"] { try write([1, 2, 3], to: path + ".new" + suffix) }
        try open().close()
        for suffix in ["", "-wal", "-shm", "-journal"] { #expect(look(at: path + ".new" + suffix) == nil) }
    }

    @Test func `a new database has its name only once it is whole`() throws {
        let broken =
            sqliteMigrations + [
                Migration(
                    version: sqliteMigrations.count + 1, name: "bad", minCompatible: 1,
                    sql: "CREATE TABLE meta (a)")
            ]
        #expect(throws: OpenFault.self) {
            try SQLiteStore.open(
                path: path, purpose: .serve, now: noon, synchronous: .full, migrations: broken)
        }
        #expect(look(at: path) == nil)
        #expect(look(at: path + ".new") == nil)
        try open().close()
    }

    @Test(arguments: ["-wal", "-journal"])
    func `a log without its database is not played into a new one`(suffix: String) throws {
        try write([1], to: path + suffix)
        #expect(throws: OpenFault.strayLog(file: path, log: path + suffix)) { try open() }
        #expect(look(at: path) == nil)
    }

    @Test func `a file that others can read is closed to them, with a warning`() throws {
        try make()
        try #require(chmod(path, 0o644) == 0)
        let store = try open()
        #expect(store.warnings.count == 1)
        #expect(store.warnings.first?.contains("0600") == true)
        #expect(look(at: path)?.mode == 0o600)
    }

    @Test func `a folder, a dangling link, an empty name are refused`() throws {
        try #require(mkdir(folder.file("d"), 0o700) == 0)
        try #require(symlink(folder.file("nowhere"), folder.file("l")) == 0)
        let long = String(repeating: "a/", count: 50_000) + "b"
        for name in [
            folder.file("d"), folder.file("l"), "", folder.file("d/"), folder.file(".."), "a\u{0}b", long,
        ] {
            #expect(throws: OpenFault.self, "\(name.prefix(80))") { try open(.serve, name) }
        }
    }

    @Test func `beside a service nothing is made, locked or migrated`() throws {
        #expect(throws: OpenFault.missing(file: path)) { try open(.beside) }
        let missing = folder.file("no/such/drumbeat.db")
        #expect(throws: OpenFault.missing(file: missing)) { try open(.beside, missing) }
        #expect(look(at: folder.file("no")) == nil)
        let service = try open()
        let beside = try open(.beside)
        try service.write { $0.entries = [Sample.entry(1)] }
        #expect(try beside.reader().head().position == 1)
        beside.close()
        try service.write { $0.entries = [Sample.entry(2)] }
    }

    @Test func `a damaged page is found at the start`() throws {
        let store = try open()
        try store.write { $0.entries = (1...200).map { Sample.entry($0) } }
        store.close()
        var content = try bytes(of: path)
        for page in 20..<content.count / 4_096 { for byte in 0..<64 { content[page * 4_096 + byte] ^= 0xA5 } }
        try write(content, to: path)
        let fault = try #require(throws: OpenFault.self) { try open() }
        guard case .damaged = fault else {
            Issue.record("\(fault)")
            return
        }
        #expect(fault.description.contains("restore a backup"))
    }

    @Test func `a truncated file is found at the start`() throws {
        let store = try open()
        try store.write { $0.entries = (1...200).map { Sample.entry($0) } }
        store.close()
        let content = try bytes(of: path)
        try write(Array(content.prefix(content.count / 2)), to: path)
        #expect(throws: OpenFault.self) { try open() }
    }

    @Test func `a lost write-ahead log leaves a whole, older state`() throws {
        let store = try open()
        try store.write { $0.entries = [Sample.entry(1)] }
        try store.checkpoint(idle: true)
        try store.write { $0.entries = [Sample.entry(2)] }
        // A copy of the main file alone, as a careless restore would make it.
        let copy = folder.file("copy.db")
        try write(try bytes(of: path), to: copy)
        #expect(try open(.serve, copy).reader().head().position == 1)
    }
}
