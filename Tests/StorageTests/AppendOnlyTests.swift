import Journal
import SQL
import TestSupport
import Testing

@testable import Storage

struct AppendOnlyTests {
    let folder: TemporaryFolder
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.serving(folder)
        try store.write {
            $0.entries = [Sample.entry(1, once: "nag"), Sample.entry(2), Sample.entry(3, words: nil)]
        }
    }

    private var entries: [StoredEntry] {
        get throws { try store.reader().entries(afterPosition: 0, limit: 10) }
    }

    @Test(arguments: [
        "UPDATE entries SET words = 'x'", "UPDATE entries SET words = NULL WHERE position = 1",
        "UPDATE entries SET salt = NULL WHERE position = 1",
        "UPDATE entries SET salt = x'00' WHERE position = 3",
        "UPDATE entries SET position = 9 WHERE position = 2",
        "UPDATE entries SET stream = 9 WHERE position = 3",
        "UPDATE entries SET words = NULL, salt = NULL, seq = 9",
        "UPDATE entries SET id = 'x' WHERE position = 3",
        "UPDATE entries SET kind = 'todo' WHERE position = 3",
        "UPDATE entries SET author = 'x' WHERE position = 3",
        "UPDATE entries SET posted_by = 'x' WHERE position = 3",
        "UPDATE entries SET occurred_at = 1 WHERE position = 3",
        "UPDATE entries SET recorded_at = 1 WHERE position = 3",
        "UPDATE entries SET facts = '{}' WHERE position = 3",
        "UPDATE entries SET visibility = 'public' WHERE position = 3",
        "UPDATE entries SET hash = x'00' WHERE position = 3",
        "UPDATE entries SET words_digest = x'00' WHERE position = 3",
        "UPDATE entries SET once_key = NULL WHERE position = 1",
        "UPDATE entries SET once_key = 'x' WHERE position = 3",
        "UPDATE OR REPLACE entries SET position = 1 WHERE position = 2", "DELETE FROM entries",
        "DELETE FROM entries WHERE position = 3",
    ])
    func `a change or a deletion is refused`(sql: String) throws {
        let before = try entries
        #expect(throws: SQLFault.self) { try store.database.run(sql) }
        #expect(try entries == before)
    }

    /// Position, stream, seq and once key of the row in the way, or of one that leaves a gap.
    @Test(arguments: [
        ("1", "7", "1", "NULL"), ("4", "1", "2", "NULL"), ("4", "1", "4", "'nag'"), ("5", "1", "4", "NULL"),
        ("4", "1", "5", "NULL"), ("4", "7", "2", "NULL"), ("0", "7", "1", "NULL"), ("NULL", "7", "1", "NULL"),
    ])
    func `a row that is there already is never replaced, and no gap is left`(
        position: String, stream: String, seq: String, once: String
    ) throws {
        let before = try entries
        for verb in ["INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE", "REPLACE"] {
            for recursive in ["ON", "OFF"] {
                try store.database.execute("PRAGMA recursive_triggers = " + recursive)
                #expect(throws: SQLFault.self, "\(verb)") {
                    try store.database.run(
                        verb + " INTO entries VALUES (" + position + ", " + stream + ", " + seq
                            + ", 'x', 'note', 'a', 'b', 1, 1, 'public', '{}', NULL, NULL, x'00', x'00', "
                            + once + ")")
                }
                #expect(try entries == before)
            }
        }
    }

    @Test func `an upsert cannot get past either`() throws {
        let before = try entries
        #expect(throws: SQLFault.self) {
            try store.database.run(
                """
                INSERT INTO entries SELECT * FROM entries WHERE position = 2
                ON CONFLICT (position) DO UPDATE SET words = NULL, salt = NULL
                """)
        }
        #expect(try entries == before)
    }

    @Test func `a redaction may erase words and salt, and is harmless when done again`() throws {
        let sql = "UPDATE entries SET words = NULL, salt = NULL WHERE stream = $1 AND seq = $2"
        try store.database.run(sql, [.integer(1), .integer(2)])
        try store.database.run(sql, [.integer(1), .integer(2)])
        var expected = Sample.entry(2)
        expected.words = nil
        expected.salt = nil
        #expect(try entries == [Sample.entry(1, once: "nag"), expected, Sample.entry(3, words: nil)])
    }

    @Test func `erased words are gone from the files`() throws {
        let secret = "hunter2hunter2hunter2"
        try store.write { $0.entries = [Sample.entry(4, words: secret)] }
        try store.database.run("UPDATE entries SET words = NULL, salt = NULL WHERE position = 4")
        store.close()
        let file = String(decoding: try bytes(of: folder.file("drumbeat.db")), as: UTF8.self)
        #expect(!file.contains(secret))
        #expect(file.contains("slackbot"))
    }
}
