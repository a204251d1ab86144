import Journal
import Migrations
import SQL
import TestSupport
import Testing
import Time

@testable import Storage

struct MigratorTests {
    let folder: TemporaryFolder
    let path: String
    let second = Migration(
        version: sqliteMigrations.count + 1, name: "second", minCompatible: sqliteMigrations.count + 1,
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
        #expect(new.migrated == ["\(second.version) (second)"])
        #expect(try new.reader().entries(afterPosition: 0, limit: 9) == [Sample.entry(1)])
        new.close()
        #expect(try open(sqliteMigrations + [second]).migrated == [])
    }

    @Test func `the release before goes on with a database that this one has brought up to date`() throws {
        let step = Migration(
            version: second.version, name: "second", minCompatible: second.version - 1, sql: second.sql)
        let new = try open(sqliteMigrations + [step])
        try new.write { $0.deliveries = [Sample.delivery(1)] }
        new.close()
        let old = try open(sqliteMigrations, .serve)
        #expect(old.migrated == [])
        try old.write { $0.deliveries = [Sample.delivery(2)] }
        old.close()
        let again = try open(sqliteMigrations + [step])
        #expect(again.migrated == [])
        #expect(
            try again.reader().deliveries(to: "whk_a", nil, before: nil, limit: 9).map(\.id) == [2, 1])
    }

    @Test func `a step that fails leaves nothing, and can be taken again`() throws {
        try open(sqliteMigrations).close()
        let bad = Migration(
            version: second.version, name: "second", minCompatible: second.version,
            sql: second.sql + "INSERT INTO nowhere VALUES (1);")
        #expect(throws: OpenFault.self) { try open(sqliteMigrations + [bad]) }
        let store = try open(sqliteMigrations + [second])
        #expect(store.migrated == ["\(second.version) (second)"])
        let rows = try store.database.rows("SELECT a FROM second") { (row) throws(SQLFault) in
            try row.integer(0)
        }
        #expect(rows == [1])
    }

    @Test func `a command beside a service does not migrate`() throws {
        try open(sqliteMigrations).close()
        #expect(throws: OpenFault.outdated(file: path, migrations: ["\(second.version) second"])) {
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
