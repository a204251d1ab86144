import App
import Documents
import Encoding
import Engine
import Incidents
import Journal
import Model
import SQL
import Storage
import TestSupport
import Testing
import Time

extension BodyReader {
    fileprivate static func forPage(_ name: String, _ body: String) throws(Refusal) -> BodyReader {
        try BodyReader(Array(body.utf8), parameters: (["name"], [name]))
    }
}

/// `verify` finds what someone with a SQLite shell and the triggers dropped did to the file.
struct VerifierTests {
    /// What was done to a file, and what must be said of it.
    struct Damage: CustomTestStringConvertible, Sendable {
        let sql: String
        let named: String
        var testDescription: String { sql }

        init(_ sql: String, _ named: String) {
            self.sql = sql
            self.named = named
        }
    }

    private let folder: TemporaryFolder
    private let path: String
    private let time = ManualTime()

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/a.db"
        let time = self.time
        let store = try SQLiteStore.open(path: path, purpose: .serve, now: time.wall(), synchronous: .off)
        let reader = store.reader(connections: 1)
        let context = LaneContext(
            credentials: CredentialCache(reader: reader), clock: { .init(now: time.wall(), setBack: .zero) },
            random: SystemRandom(),
            log: { _, _, _ in }, committed: { _ in })
        let lane = WriteLane(store: store, context: context)
        let incidents = Shelf<Incident>(policy: .standard)
        let author = Author(person: Person("alice"), postedBy: "bot")
        func give(_ request: any WriteRequest) {
            lane.submit(
                WriteLane.PendingRequest(request, by: author, of: nil) { result in
                    if case .failure(let refusal) = result { Issue.record("\(refusal)") }
                })
            lane.turn()
        }
        func change(_ number: Int, _ action: any Action<Incident>) {
            give(PerformAction(action, on: .number(number), in: incidents, showing: .state))
        }
        // INC-1 has positions 1, 3, 4 and 5; INC-2 has 2 and 6.
        for _ in 1...2 {
            give(OpenStream(Declare(.major, Declared.Details(title: "People cannot sign in")), in: incidents))
        }
        for text in ["errors began at 10:02", "restarted the proxy"] {
            change(1, PostEntry(Note(), text: text))
        }
        change(1, ChangeStatus(to: .mitigating))
        change(2, PostEntry(Finding(confirmed: true), text: "x"))
        // DOC-1 has 7.
        let page = try BodyReader.forPage("bob", #"{"contact": "tel:+49 1"}"#)
        give(PutStream(try PutPerson(from: page), in: Shelf<Document>(policy: ())))
        lane.stop()
        reader.close()
    }

    private func verify() throws -> Verifier.Report {
        let store = try SQLiteStore.open(path: path, purpose: .beside, now: time.wall())
        let reader = store.reader(connections: 1)
        defer {
            reader.close()
            store.close()
        }
        return try Verifier(reader).run { _ in }
    }

    private func tamper(_ sql: String) throws {
        let database = try Database(path: path, access: .readWrite, busyTimeoutMilliseconds: 1_000)
        let triggers = try database.rows(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'entries' ORDER BY name"
        ) { (row) throws(SQLFault) in (name: try row.text(0), sql: try row.text(1)) }
        for trigger in triggers { try database.run("DROP TRIGGER \(trigger.name)") }
        try database.run(sql)
        #expect(database.changes > 0, "\(sql) changed nothing")
        // They are put back, for a file without them is refused as it is opened.
        for trigger in triggers { try database.run(trigger.sql) }
        database.close()
    }

    @Test func `an untouched file verifies, and its entries are counted`() throws {
        let report = try verify()
        #expect(report.faults == [])
        #expect(report.incidents == 2)
        #expect(report.documents == 1)
        #expect(report.entries == 7)
        #expect(report.redacted == 0)
    }

    @Test(arguments: [
        Damage(
            "UPDATE entries SET words = replace(words, '10:02', '10:03') WHERE position = 3", "INC-1 seq 2"),
        Damage("UPDATE entries SET words = words || ' ' WHERE position = 3", "INC-1 seq 2"),
        Damage("UPDATE entries SET words = NULL WHERE position = 3", "INC-1 seq 2"),
        Damage("UPDATE entries SET salt = zeroblob(16) WHERE position = 3", "INC-1 seq 2"),
        Damage("UPDATE entries SET words_digest = zeroblob(32) WHERE position = 3", "INC-1 seq 2"),
        Damage("UPDATE entries SET hash = zeroblob(32) WHERE position = 3", "INC-1 seq 2"),
        Damage("UPDATE entries SET hash = zeroblob(32) WHERE position = 5", "INC-1 seq 4"),
        Damage(
            "UPDATE entries SET facts = replace(facts, 'mitigating', 'monitoring') WHERE position = 5",
            "INC-1 seq 4"),
        Damage("UPDATE entries SET author = 'mallory' WHERE position = 1", "INC-1 seq 1"),
        Damage("UPDATE entries SET posted_by = 'mallory' WHERE position = 1", "INC-1 seq 1"),
        Damage("UPDATE entries SET occurred_at = occurred_at - 1 WHERE position = 4", "INC-1 seq 3"),
        Damage("UPDATE entries SET recorded_at = recorded_at + 1 WHERE position = 4", "INC-1 seq 3"),
        Damage("UPDATE entries SET visibility = 'public' WHERE position = 6", "INC-2 seq 2"),
        Damage("UPDATE entries SET kind = 'todo' WHERE position = 3", "INC-1 seq 2"),
        Damage("UPDATE entries SET id = 'x' WHERE position = 3", "INC-1 seq 2"),
        Damage("UPDATE entries SET amends = 1 WHERE position = 3", "INC-1 seq 2: its amends column"),
        Damage("UPDATE entries SET seq = 9 WHERE position = 5", "INC-1 seq 9"),
        Damage("DELETE FROM entries WHERE position = 4", "position 4 is missing"),
        Damage("DELETE FROM entries WHERE position = 6", "INC-2"),
        Damage("DELETE FROM entries WHERE stream = 2", "INC-2"),
        Damage("DELETE FROM incidents WHERE number = 1", "INC-1"),
        Damage("UPDATE incidents SET status = 'resolved' WHERE number = 1", "INC-1"),
        Damage("UPDATE incidents SET version = 1 WHERE number = 1", "INC-1"),
        Damage("UPDATE incidents SET id = 'x' WHERE number = 1", "INC-1"),
        Damage("UPDATE incidents SET confidential = 1 WHERE number = 1", "INC-1"),
        Damage(
            "INSERT INTO incidents SELECT 3, 'x', status, severity, seq, version, declared_at, recorded_at, changed_at, changed_position, progress_at, progress_seq, ended_alarm_at, confidential FROM incidents WHERE number = 1",
            "INC-3"),
        Damage("UPDATE documents SET key = 'people/x'", "DOC-1: its row does not match"),
        Damage("UPDATE documents SET deleted_at = 1", "DOC-1: its row does not match"),
        Damage("DELETE FROM documents", "DOC-1 seq 1: it has no row"),
        Damage(
            "INSERT INTO documents VALUES (2, 'y', 'people/z', 1, NULL)", "DOC-2: it has a row and no entries"
        ),
        Damage("UPDATE entries SET facts = replace(facts, 'bob', 'eve') WHERE position = 7", "DOC-1 seq 1"),
        Damage(
            "UPDATE entries SET stream = stream * 2 WHERE position = 7",
            "stream 2/2: its aggregate is unknown"),
    ])
    func `what was done to a file is found, and the first place that does not fit is named`(damage: Damage)
        throws
    {
        try tamper(damage.sql)
        let report = try verify()
        #expect(report.faults.contains { $0.contains(damage.named) }, "\(report.faults)")
        // Once for each incident, not once for each entry.
        #expect(report.faults.filter { $0.contains("INC-1") }.count <= 1, "\(report.faults)")
    }

    @Test func `what a newer version wrote is checked by its chain alone`() throws {
        let store = try SQLiteStore.open(path: path, purpose: .serve, now: time.wall(), synchronous: .off)
        let (id, now) = ("01KF0Q2XG0DOCUMENTDOCUMENT", time.wall())
        let (words, salt) = (Array(#"{"text":"x","data":{}}"#.utf8), [UInt8](repeating: 7, count: 16))
        var entry = StoredEntry(
            position: 8, stream: StreamID(Document.self, 2), seq: 1, id: "01KF0Q2XG0ENTRYENTRYENTRY0",
            kind: DocumentPut.kind, author: "alice", postedBy: "bot", occurredAt: now, recordedAt: now,
            visibility: .internal, facts: Array(#"{"name":"soup","version":1,"kind":"recipes"}"#.utf8),
            words: words, salt: salt, wordsDigest: Digest.sha256([salt, words]), hash: [], onceKey: nil)
        entry.hash = Chain.hash(of: entry, in: id, after: Chain.start)
        let stored = entry
        try store.commit { _, _ in
            var batch = Batch()
            batch.entries = [stored]
            batch.states = [DocumentRow(number: 2, id: id, key: "recipes/soup", seq: 1, deletedAt: nil)]
            return batch
        }
        store.close()
        let report = try verify()
        #expect(report.faults == [] && report.documents == 2)
        try tamper("UPDATE entries SET author = 'mallory' WHERE position = 8")
        #expect(try verify().faults.contains { $0.contains("DOC-2 seq 1") })
    }

    @Test func `a redaction's erased words verify and are counted`() throws {
        try tamper("UPDATE entries SET words = NULL, salt = NULL WHERE position = 3")
        let report = try verify()
        #expect(report.faults == [])
        #expect(report.redacted == 1)
    }

    @Test func `the triggers refuse all of this as long as they stand`() throws {
        let database = try Database(path: path, access: .readWrite, busyTimeoutMilliseconds: 1_000)
        for sql in [
            "UPDATE entries SET author = 'x'", "DELETE FROM entries", "UPDATE entries SET words = 'x'",
        ] {
            #expect(throws: (any Error).self) { try database.run(sql) }
        }
        database.close()
        #expect(try verify().faults == [])
    }
}
