import Migrations
import SQL
import Time

/// Migrates a database's schema. Each migration is one transaction, in order, so that a kill leaves only complete ones. The schema version
/// is the highest number in the table `schema_migrations`.
struct Migrator {
    let database: Database
    let migrations: [Migration]
    /// The file as the operator wrote it, for messages.
    let file: String

    /// "DRMB" in the file's header. The first migration sets it; `OpeningTests` compares both.
    static let applicationID: Int64 = 0x4452_4D42

    /// Refuses a database of another application. Reads only.
    func refuseForeign() throws(OpenFault) {
        let (identity, hasSteps) = try opening(file) { () throws(SQLFault) in
            let identity = try database.first("PRAGMA application_id") { (row) throws(SQLFault) in
                try row.integer(0)
            }
            let steps = try database.first(
                "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'"
            ) { (row) throws(SQLFault) in try row.integer(0) }
            return (identity, steps != nil)
        }
        guard identity == Self.applicationID else {
            throw .foreign(file: file, reason: "its application id is \(identity ?? 0)")
        }
        guard hasSteps else { throw .foreign(file: file, reason: "it has no table schema_migrations") }
    }

    /// The migrations not applied yet. Refuses a schema from a newer or a different Drumbeat.
    func pending() throws(OpenFault) -> [Migration] {
        let applied = try applied()
        let known = migrations.last?.version ?? 0
        if let newest = applied.last, applied.contains(where: { $0.minCompatible > known }) {
            throw .newer(file: file, schema: newest.version, known: known)
        }
        for (step, migration) in zip(applied, migrations) {
            guard step.version == migration.version else {
                throw .damaged(
                    file: file, reason: "migration \(migration.version) is missing from schema_migrations")
            }
            guard step.checksum == Self.checksum(migration.sql) else {
                throw .changedMigration(file: file, version: step.version, name: step.name)
            }
        }
        return Array(migrations.dropFirst(applied.count))
    }

    /// Applies and returns the pending migrations.
    @discardableResult
    func migrate(at now: Timestamp) throws(OpenFault) -> [Migration] {
        let pending = try pending()
        for migration in pending {
            try opening(file) { () throws(SQLFault) in try apply(migration, at: now) }
        }
        return pending
    }

    /// Refuses an up-to-date database that lacks a table, an index or a trigger of the migrations.
    func refuseIncomplete() throws(OpenFault) {
        let missing = try opening(file) { () throws(SQLFault) in
            // The expected objects come from running the migrations in memory: a list maintained by hand would go stale.
            let model = try Database(path: ":memory:", access: .create, busyTimeoutMilliseconds: 0)
            defer { model.close() }
            for migration in migrations { try model.execute(migration.sql) }
            let present = Set(try Self.objects(of: database))
            return try Self.objects(of: model).first { !present.contains($0) }
        }
        if let missing { throw .damaged(file: file, reason: "it has no \(missing)") }
    }

    /// FNV-1a of the text, in hexadecimal: detects a migration that was edited after its release. Not a protection against intent.
    static func checksum(_ sql: String) -> String {
        let hash = sql.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private struct Step {
        var version: Int
        var name: String
        var checksum: String
        var minCompatible: Int
    }

    private func applied() throws(OpenFault) -> [Step] {
        try opening(file) { () throws(SQLFault) in
            let tables = try database.first("SELECT COUNT(*) FROM sqlite_schema") { (row) throws(SQLFault) in
                try row.integer(0)
            }
            if tables == 0 { return [] }
            return try database.rows(
                "SELECT version, name, checksum, min_compatible FROM schema_migrations ORDER BY version"
            ) { (row) throws(SQLFault) in
                Step(
                    version: try row.count(0), name: try row.text(1), checksum: try row.text(2),
                    minCompatible: try row.count(3))
            }
        }
    }

    private func apply(_ migration: Migration, at now: Timestamp) throws(SQLFault) {
        try database.run("BEGIN IMMEDIATE")
        do throws(SQLFault) {
            try database.execute(migration.sql)
            try database.run(
                """
                INSERT INTO schema_migrations (version, name, checksum, min_compatible, applied_at)
                VALUES ($1, $2, $3, $4, $5)
                """,
                [
                    .integer(migration.version), .text(migration.name), .text(Self.checksum(migration.sql)),
                    .integer(migration.minCompatible), .moment(now),
                ])
            try database.run("COMMIT")
        } catch {
            // The migration's own fault is reported; closing the connection rolls back in any case.
            if database.isInTransaction { try? database.run("ROLLBACK") }
            throw error
        }
    }

    /// Tables, indexes and triggers, as `trigger entries_append_only_delete`, without SQLite's own.
    private static func objects(of database: Database) throws(SQLFault) -> [String] {
        try database.rows(
            "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
        ) {
            (row) throws(SQLFault) in
            let type = try row.text(0)
            return type + " " + (try row.text(1))
        }
    }
}
