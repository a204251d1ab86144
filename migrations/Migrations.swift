/// A migration of the schema: forward only, one transaction, never edited after a release.
public struct Migration: Sendable, Equatable {
    /// From 1, without gaps.
    public let version: Int
    /// From the file's name.
    public let name: String
    /// The oldest schema version a Drumbeat must know to use the database after this migration.
    public let minCompatible: Int
    /// Statements separated by `;`; ASCII.
    public let sql: String

    /// `minCompatible` equals `version` unless an older Drumbeat can still use the database.
    public init(version: Int, name: String, minCompatible: Int, sql: String) {
        self.version = version
        self.name = name
        self.minCompatible = minCompatible
        self.sql = sql
    }
}

/// All migrations for SQLite, in order.
public let sqliteMigrations: [Migration] = [
    Migration(
        version: 1, name: "journal", minCompatible: 1,
        sql: String(decoding: PackageResources._001_journal_sqlite_sql, as: UTF8.self)),
    // An older version takes the streams of documents for damage.
    Migration(
        version: 2, name: "documents", minCompatible: 2,
        sql: String(decoding: PackageResources._002_documents_sqlite_sql, as: UTF8.self)),
    Migration(
        version: 3, name: "night", minCompatible: 2,
        sql: String(decoding: PackageResources._003_night_sqlite_sql, as: UTF8.self)),
    Migration(
        version: 4, name: "tokens", minCompatible: 2,
        sql: String(decoding: PackageResources._004_tokens_sqlite_sql, as: UTF8.self)),
    Migration(
        version: 5, name: "kinds", minCompatible: 2,
        sql: String(decoding: PackageResources._005_kinds_sqlite_sql, as: UTF8.self)),
    Migration(
        version: 6, name: "response", minCompatible: 2,
        sql: String(decoding: PackageResources._006_response_sqlite_sql, as: UTF8.self)),
    Migration(
        version: 7, name: "deployers", minCompatible: 2,
        sql: String(decoding: PackageResources._007_deployers_sqlite_sql, as: UTF8.self)),
]
