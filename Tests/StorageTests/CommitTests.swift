import Incidents
import Journal
import SQL
import TestSupport
import Testing
import Time

@testable import Storage

struct CommitTests {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let reader: SQLiteReader

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.serving(folder)
        reader = store.reader()
    }

    @Test func `rows come back equal`() throws {
        let entries = [
            Sample.entry(1, kind: Declared.kind), Sample.entry(2, once: "nag:update:1"),
            Sample.entry(3, words: nil, visibility: .public), Sample.entry(4, incident: 2, seq: 1),
        ]
        let keys = [
            Sample.key(1, .entry(1, seq: 2)), Sample.key(2, .state(1, seq: 1)),
            Sample.key(3, .resource(.token, id: "tok_a")), Sample.key(4, .resource(.webhook, id: "whk_a")),
            Sample.key(5, .resource(.delivery, id: "msg_1")), Sample.key(6, .nothing),
            Sample.key(7, .resource(.webhookSecret, id: "whk_a")),
        ]
        var delivery = Sample.delivery(1, type: .webhookTest, stream: nil, dueAt: nil)
        delivery.seq = nil
        delivery.lastError = "timed out"
        try store.write { batch in
            batch.entries = entries
            batch.states = [Sample.incident(1, seq: 3), Sample.incident(2)]
            batch.keys = keys
            batch.deliveries = [delivery]
            batch.webhooks = [Sample.webhook("whk_a")]
            batch.tokens = [Sample.token("tok_a", secret: 1)]
        }
        #expect(try reader.entries(afterPosition: 0, limit: 10) == entries)
        #expect(try reader.incident(1) == Sample.incident(1, seq: 3))
        #expect(try reader.keys(since: noon) == keys.map { IdempotencyIndexEntry($0) })
        try store.commit { (_, lookup) throws(StoreFault) in
            for key in keys { #expect(try lookup.key(key.id) == key) }
            #expect(try lookup.key(8) == nil)
            return Batch()
        }
        #expect(try reader.delivery(messageID: "msg_1") == delivery)
        #expect(try reader.webhooks() == [Sample.webhook("whk_a")])
        #expect(try reader.tokens() == [Sample.token("tok_a", secret: 1)])
        #expect(
            try reader.head() == JournalHead(position: 4, numbers: [Incident.code: 2], delivery: 1, key: 7))
    }

    @Test func `the head and the lookup show what was committed before`() throws {
        try store.write { batch in
            batch.entries = [Sample.entry(1, once: "source:slack:1"), Sample.entry(2)]
            batch.states = [Sample.incident(1)]
            batch.deliveries = [Sample.delivery(1)]
        }
        try store.commit { (head, lookup) throws(StoreFault) in
            #expect(head == JournalHead(position: 2, numbers: [Incident.code: 1], delivery: 1, key: 0))
            #expect(try lookup.seq(ofOnce: "source:slack:1", in: 1) == 1)
            #expect(try lookup.seq(ofOnce: "source:slack:1", in: 2) == nil)
            #expect(try lookup.number(of: "01JINCIDENT1", in: Incident.code) == 1)
            #expect(try lookup.number(of: "01JINCIDENT9", in: Incident.code) == nil)
            #expect(try lookup.entries(of: 1, after: 1, limit: 5) == [Sample.entry(2)])
            #expect(
                try lookup.entries(of: 1, after: 0, limit: 1) == [Sample.entry(1, once: "source:slack:1")])
            #expect(try lookup.delivery(1) == Sample.delivery(1))
            #expect(try lookup.delivery(2) == nil)
            return Batch()
        }
    }

    @Test func `ids differ by their bytes, not by how they look`() throws {
        try store.write { $0.entries = [Sample.entry(1, once: "\u{e9}")] }
        try store.write { $0.entries = [Sample.entry(2, once: "e\u{301}")] }
        #expect(try reader.head().position == 2)
    }

    @Test func `a refusal of decide is thrown on and leaves nothing`() throws {
        #expect(throws: StoreFault.refusing("not now")) {
            try store.commit { (_, _) throws(StoreFault) in throw .refusing("not now") }
        }
        #expect(!store.database.isInTransaction)
        try store.write { $0.entries = [Sample.entry(1)] }
        #expect(try reader.head().position == 1)
    }

    @Test func `an empty batch ends the transaction`() throws {
        try store.write { _ in }
        #expect(!store.database.isInTransaction)
        #expect(store.database.walPages == 0)
    }

    @Test func `a constraint rolls the whole batch back, and the next commit works`() throws {
        try store.write { $0.deliveries = [Sample.delivery(1)] }
        var again = Sample.delivery(2)
        again.messageID = "msg_1"
        let fault = try #require(throws: StoreFault.self) {
            try store.write { batch in
                batch.entries = [Sample.entry(1)]
                batch.states = [Sample.incident(1)]
                batch.deliveries = [again]
            }
        }
        guard case .constraint = fault else {
            Issue.record("\(fault)")
            return
        }
        #expect(try reader.head() == JournalHead(delivery: 1))
        try store.write { $0.entries = [Sample.entry(1)] }
        #expect(try reader.head() == JournalHead(position: 1, delivery: 1))
    }

    @Test func `a once key stands in an incident once`() throws {
        try store.write { $0.entries = [Sample.entry(1, once: "nag")] }
        try store.write { $0.entries = [Sample.entry(2, incident: 2, seq: 1, once: "nag")] }
        let fault = #expect(throws: StoreFault.self) {
            try store.write { $0.entries = [Sample.entry(3, seq: 2, once: "nag")] }
        }
        #expect(fault.map(isConstraint) == true)
    }

    @Test func `an incident's row is written over by number, its id kept`() throws {
        try store.write { $0.states = [Sample.incident(1)] }
        try store.write {
            $0.states = [Sample.incident(1, status: .resolved, severity: .critical, seq: 9)]
        }
        #expect(try reader.incident(1) == Sample.incident(1, status: .resolved, severity: .critical, seq: 9))
        #expect(try reader.incident(2) == nil)
    }

    @Test func `SQLite's own rollback in the middle of a batch is seen`() throws {
        try store.database.execute(
            """
            CREATE TEMP TRIGGER t BEFORE INSERT ON main.tokens BEGIN SELECT RAISE(ROLLBACK, 'gone'); END;
            """)
        #expect(throws: StoreFault.self) {
            try store.write { batch in
                batch.entries = [Sample.entry(1)]
                batch.tokens = [Sample.token("tok_a", secret: 1)]
            }
        }
        #expect(!store.database.isInTransaction)
        #expect(try reader.head() == JournalHead())
    }

    @Test func `a full disk is refused, leaves nothing, and is over once there is room`() throws {
        let pages = try #require(
            try store.database.first("PRAGMA page_count") { (row) throws(SQLFault) in try row.integer(0) })
        try store.database.execute("PRAGMA max_page_count = " + String(pages))
        let large = String(repeating: "x", count: 100_000)
        #expect(throws: StoreFault.refusing("the disk is full")) {
            try store.write { $0.entries = [Sample.entry(1), Sample.entry(2, words: large)] }
        }
        #expect(!store.database.isInTransaction)
        #expect(try reader.head() == JournalHead())
        try store.database.execute("PRAGMA max_page_count = 1073741823")
        try store.write { $0.entries = [Sample.entry(1), Sample.entry(2, words: large)] }
        #expect(try reader.head().position == 2)
    }

    @Test func `a lock held by another process is refused, reads go on`() throws {
        try store.database.setBusyTimeout(milliseconds: 0)
        let other = try Database(path: store.file.path, access: .readWrite, busyTimeoutMilliseconds: 0)
        try other.run("BEGIN IMMEDIATE")
        #expect(throws: StoreFault.refusing("the database is locked by another process")) {
            try store.write { $0.entries = [Sample.entry(1)] }
        }
        #expect(try reader.head() == JournalHead())
        try other.run("ROLLBACK")
        try store.write { $0.entries = [Sample.entry(1)] }
        #expect(try reader.head().position == 1)
    }

    @Test func `keys are forgotten from the old end, and the last one stays`() throws {
        try store.write { batch in
            batch.keys = (1...5).map { Sample.key($0, at: noon + .seconds($0)) }
        }
        try store.write { $0.forgetKeysBefore = noon + .seconds(3) }
        #expect(try reader.keys(since: noon).map(\.id) == [3, 4, 5])
        #expect(try reader.keys(since: noon + .seconds(5)).map(\.id) == [5])
        try store.write { $0.forgetKeysBefore = noon + .seconds(99) }
        #expect(try reader.head().key == 5)
        try store.write { $0.forgetKeysBefore = noon + .seconds(99) }
        #expect(try reader.keys(since: noon).map(\.id) == [5])
    }

    @Test func `after a broken fault every call is refused with it`() throws {
        #expect(throws: StoreFault.broken("fsync")) {
            try store.commit { (_, _) throws(StoreFault) in throw .broken("fsync") }
        }
        #expect(throws: StoreFault.broken("fsync")) { try store.write { $0.entries = [Sample.entry(1)] } }
        #expect(throws: StoreFault.broken("fsync")) { try store.checkpoint(idle: true) }
    }

    @Test func `what was acknowledged is there after a reopening`() throws {
        try store.write { $0.entries = [Sample.entry(1)] }
        store.close()
        store.close()
        #expect(throws: StoreFault.refusing("the store is closed")) { try store.write { _ in } }
        #expect(look(at: folder.file("drumbeat.db-wal")) == nil)
        let again = try SQLiteStore.serving(folder)
        #expect(try again.reader().head().position == 1)
    }
}

func isConstraint(_ fault: StoreFault) -> Bool {
    if case .constraint = fault { true } else { false }
}
