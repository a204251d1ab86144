/// One step of the database's schema: forward only, one transaction, never edited after a release.
public struct Migration: Sendable, Equatable {
    /// The step's number, from 1, without gaps.
    public let version: Int
    /// What the step does, from its file's name.
    public let name: String
    /// The oldest schema version a Drumbeat must know to use the database after this step.
    public let minCompatible: Int
    /// The statements, separated by `;`; ASCII.
    public let sql: String

    /// A step; `minCompatible` equals `version` unless an older Drumbeat may go on with the database.
    public init(version: Int, name: String, minCompatible: Int, sql: String) {
        self.version = version
        self.name = name
        self.minCompatible = minCompatible
        self.sql = sql
    }
}

/// Every step for SQLite, in order.
public let sqliteMigrations: [Migration] = [
    Migration(
        version: 1, name: "journal", minCompatible: 1,
        sql: String(decoding: PackageResources._001_journal_sqlite_sql, as: UTF8.self)),
    // An older one would show documents to whoever may read incidents.
    Migration(
        version: 2, name: "documents", minCompatible: 2,
        sql: String(decoding: PackageResources._002_documents_sqlite_sql, as: UTF8.self)),
]
