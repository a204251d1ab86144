import Migrations
import SQL
import Testing

@testable import Storage

struct MigratorTests {
    let folder: TemporaryFolder
    let path: String
    let second = Migration(
        version: 2, name: "second", minCompatible: 2,
        sql: "CREATE TABLE second (a INTEGER) STRICT; INSERT INTO second VALUES (1);")

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("drumbeat.db")
    }

    private func open(_ migrations: [Migration], _ purpose: SQLiteStore.Purpose = .migrate) throws
        -> SQLiteStore
    {
        try SQLiteStore.open(
            path: path, purpose: purpose, now: noon, synchronous: .full, migrations: migrations)
    }

    @Test func `versions count from 1 without gaps, in ASCII`() {
        #expect(sqliteMigrations.map(\.version) == Array(1...sqliteMigrations.count))
        for migration in sqliteMigrations {
            #expect(migration.sql.utf8.allSatisfy { $0 < 0x80 })
            #expect(migration.minCompatible <= migration.version)
            #expect(!migration.name.isEmpty)
        }
    }

    @Test func `an older database is brought up to date, with its rows`() throws {
        let old = try open(sqliteMigrations)
        try old.write { $0.entries = [Sample.entry(1)] }
        old.close()
        let new = try open(sqliteMigrations + [second])
        #expect(new.migrated == ["2 (second)"])
        #expect(try new.reader().entries(afterPosition: 0, limit: 9) == [Sample.entry(1)])
        new.close()
        #expect(try open(sqliteMigrations + [second]).migrated == [])
    }

    @Test func `a step that fails leaves nothing, and can be taken again`() throws {
        try open(sqliteMigrations).close()
        let bad = Migration(
            version: 2, name: "second", minCompatible: 2, sql: second.sql + "INSERT INTO nowhere VALUES (1);")
        #expect(throws: OpenFault.self) { try open(sqliteMigrations + [bad]) }
        let store = try open(sqliteMigrations + [second])
        #expect(store.migrated == ["2 (second)"])
        let rows = try store.database.rows("SELECT a FROM second") { (row) throws(SQLFault) in
            try row.integer(0)
        }
        #expect(rows == [1])
    }

    @Test func `a command beside a service does not migrate`() throws {
        try open(sqliteMigrations).close()
        #expect(throws: OpenFault.outdated(file: path, migrations: ["2 second"])) {
            try open(sqliteMigrations + [second], .beside)
        }
    }

    @Test func `a step missing in between is damage`() throws {
        let store = try open(sqliteMigrations + [second])
        try store.database.run("DELETE FROM schema_migrations WHERE version = 1")
        store.close()
        #expect(
            throws: OpenFault.damaged(file: path, reason: "migration 1 is missing from schema_migrations")
        ) {
            try open(sqliteMigrations + [second])
        }
    }

    @Test func `the check lists what is pending and changes nothing`() throws {
        #expect(try SQLiteStore.pendingMigrations(path: path) == sqliteMigrations)
        #expect(try SQLiteStore.pendingMigrations(path: folder.file("no/such.db")) == sqliteMigrations)
        #expect(look(at: path) == nil)
        #expect(look(at: folder.file("no")) == nil)
        try open(sqliteMigrations).close()
        #expect(try SQLiteStore.pendingMigrations(path: path) == [])
        try write([], to: path)
        #expect(throws: OpenFault.empty(file: path)) { try SQLiteStore.pendingMigrations(path: path) }
    }

    @Test func `a checksum is the published FNV-1a`() {
        // The reference vectors of draft-eastlake-fnv.
        #expect(Migrator.checksum("") == "cbf29ce484222325")
        #expect(Migrator.checksum("a") == "af63dc4c8601ec8c")
        #expect(Migrator.checksum("foobar") == "85944171f73967e8")
    }
}
