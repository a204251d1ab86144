/// One step of the database's schema.
public struct Migration: Sendable {
    /// The step's number, from 1, without gaps.
    public let version: Int
    /// What the step does, from its file's name.
    public let name: String
    /// The statements, separated by `;`.
    public let sql: String
}

/// Every step for SQLite, in order.
public let sqliteMigrations: [Migration] = [
    Migration(version: 1, name: "journal", sql: String(decoding: PackageResources._001_journal_sqlite_sql, as: UTF8.self))
]
