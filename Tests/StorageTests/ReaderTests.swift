import Incidents
import Journal
import Model
import SQL
import TestSupport
import Testing
import Time

@testable import Storage

struct ReaderTests {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let reader: SQLiteReader

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.serving(folder)
        reader = store.reader()
    }

    @Test func `only what is committed is seen`() throws {
        var batch = Batch()
        batch.entries = [Sample.entry(1)]
        try store.database.run("BEGIN IMMEDIATE")
        try store.database.append(batch)
        #expect(try reader.head() == JournalHead())
        try store.database.run("COMMIT")
        #expect(try reader.head() == JournalHead(position: 1))
    }

    @Test func `a reader cannot write and keeps no snapshot`() throws {
        let pool = ReaderPool(path: store.file.path, connections: 1)
        #expect(throws: StoreFault.self) {
            try pool.with { (database) throws(SQLFault) in try database.run("DELETE FROM tokens") }
        }
        #expect(try pool.with { (database) throws(SQLFault) in try database.head() } == JournalHead())
        try store.write { $0.entries = [Sample.entry(1)] }
        // A snapshot left open would keep the log from being cut.
        try store.database.checkpoint(.truncate)
        #expect(try pool.with { (database) throws(SQLFault) in try database.head() }.position == 1)
    }

    /// The steps by which a query is run.
    private func plan(_ query: TimelineQuery, kinds: Int? = nil, authors: Int? = nil, onceKeys: Int? = nil)
        throws -> [String]
    {
        let values = (kinds ?? 0) + (authors ?? 0) + (onceKeys ?? 0)
        return try store.database.rows(
            "EXPLAIN QUERY PLAN "
                + Database.timeline(query, kinds: kinds, authors: authors, onceKeys: onceKeys),
            [.integer(1), .integer(0), .integer(9), .integer(1)]
                + Array(repeating: .text("x"), count: values)
        ) {
            (row) throws(SQLFault) in try row.text(3)
        }
    }

    @Test(arguments: TimelineQuery.Order.allCases)
    func `a timeline in either order, of some kinds and authors, is one range of an index`(
        order: TimelineQuery.Order
    ) throws {
        for (kinds, authors) in [(nil, nil), (2, nil), (nil, 2), (2, 2)] as [(Int?, Int?)] {
            let steps = try plan(
                TimelineQuery(TimelineFilter(), order: order, limit: 1), kinds: kinds, authors: authors)
            #expect(
                steps == ["SEARCH entries USING INDEX entries_stream (stream=? AND seq>? AND seq<?)"],
                "\(steps)")
        }
        let steps = try plan(TimelineQuery(TimelineFilter(), order: order, limit: 1), kinds: 2, onceKeys: 2)
        #expect(
            steps.first?.contains("USING INDEX entries_once (stream=? AND once_key=?)") == true, "\(steps)")
    }

    @Test(arguments: [
        (Database.shaping, ["entries_shaping", "entries_listed"]),
        (StoredEntry.table.select(Database.lastPlain), ["entries_stream"]),
    ])
    func `what a fold reads is found by an index`(query: String, indexes: [String]) throws {
        let steps = try store.database.rows(
            "EXPLAIN QUERY PLAN " + query,
            [.integer(1), .integer(0), .integer(9)] + (query.contains("$4") ? [.integer(1)] : [])
        ) { (row) throws(SQLFault) in try row.text(3) }
        let reads = steps.filter { !["MERGE (UNION ALL)", "LEFT", "RIGHT"].contains($0) }
        #expect(
            reads == indexes.map { "SEARCH entries USING INDEX \($0) (stream=? AND seq>? AND seq<?)" },
            "\(steps)")
    }

    /// Sorting would hold every entry of 500 incidents in memory.
    @Test func `a start reads the entries of open incidents by their indexes, and sorts nothing`() throws {
        let query = Database.ofOpen([
            "INDEXED BY entries_shaping ON e.stream = i.number AND e.kind NOT IN \(Database.plainKinds)",
            "INDEXED BY entries_listed ON e.stream = i.number AND \(Database.isListed)",
        ])
        let steps = try store.database.rows(
            "EXPLAIN QUERY PLAN " + query, [.integer(1), .integer(9)]
        ) { (row) throws(SQLFault) in try row.text(3) }
        #expect(
            steps == [
                "MERGE (UNION ALL)", "LEFT", "SEARCH i USING INDEX incidents_open (number>? AND number<?)",
                "SEARCH e USING INDEX entries_shaping (stream=?)", "RIGHT",
                "SEARCH i USING INDEX incidents_open (number>? AND number<?)",
                "SEARCH e USING INDEX entries_listed (stream=?)",
            ], "\(steps)")
    }

    @Test(arguments: [nil, Visibility.public, .internal])
    func `a timeline is read by indexes alone, whatever visibility is asked for`(visibility: Visibility?)
        throws
    {
        var filter = TimelineFilter()
        filter.visibility = visibility
        let steps = try plan(TimelineQuery(filter, limit: 1))
        #expect(
            steps.contains { $0.contains("USING INDEX entries_stream (stream=? AND seq>? AND seq<?)") },
            "\(steps)")
        let reads = steps.filter { $0.hasPrefix("SEARCH") || $0.hasPrefix("SCAN") }
        #expect(reads.count == (visibility == nil ? 1 : 3))
        #expect(steps.contains { $0.contains("entries_publishing") } == (visibility != nil), "\(steps)")
        // A stream alone is too much to look through for each entry.
        #expect(
            reads.allSatisfy { $0.contains("(stream=? AND seq") || $0.contains("(stream=? AND amends=?") },
            "\(steps)")
    }

    @Test func `a kept key whose row does not read is as good as gone, and is named`() throws {
        try store.write { $0.keys = [Sample.key(1), Sample.key(2)] }
        #expect(try reader.unreadableRows() == [])
        try store.database.run("UPDATE idempotency_records SET subject = 'elsewhere' WHERE id = 2")
        #expect(try store.database.idempotencyRecord(1) != nil)
        #expect(try store.database.idempotencyRecord(2) == nil)
        #expect(
            try reader.unreadableRows()
                == ["idempotency_records, row 2: column subject has a value unknown to this version"])
    }

    @Test func `of the amendments of an entry the last of each kind alone has its words`() throws {
        try store.write { batch in
            batch.entries = [Sample.entry(1)]
            for (index, kind) in [Correction.kind, Correction.kind, Confirmation.kind].enumerated() {
                var entry = Sample.entry(index + 2, kind: kind)
                entry.amends = 1
                batch.entries.append(entry)
            }
        }
        let found = try store.database.amendments(of: 1, seq: 1, limit: 3)
        #expect(found.map(\.seq) == [2, 3, 4])
        #expect(found.map { $0.words == nil } == [true, false, false])
        #expect(found.map { $0.salt == nil } == [true, false, false])
        #expect(try store.database.amendments(of: 1, seq: 1, limit: 2).count == 2)
    }

    @Test func `a closed reader refuses`() throws {
        _ = try reader.head()
        reader.close()
        #expect(throws: StoreFault.refusing("the store is closed")) { try reader.head() }
    }

    @Test func `a start is handed what shapes the open incidents, and their last plain entries`() throws {
        let kinds = Incident.payloads.map { $0.kind }
        try store.write { batch in
            // Two open incidents with an entry of every kind, and an ended one between them.
            var position = 0
            for number in [1, 2, 3] {
                for (index, kind) in kinds.enumerated() {
                    position += 1
                    batch.entries.append(
                        Sample.entry(position, incident: number, seq: index + 1, kind: kind))
                }
                position += 1
                batch.entries.append(
                    Sample.entry(
                        position, incident: number, seq: kinds.count + 1, kind: NagSent.kind))
                batch.states.append(
                    Sample.incident(
                        number, status: number == 2 ? .resolved : .monitoring,
                        seq: kinds.count + 1))
            }
        }
        let all = try reader.entries(afterPosition: 0, limit: 1_000)
        // The sample of a hypothesis or a todo has nothing that an incident lists.
        let plainKinds = Set(
            Incident.payloads.filter { !$0.shapesState }.map { $0.kind } + [Hypothesis.kind, Todo.kind])
        var shaping: [StoredEntry] = []
        try reader.shapingEntries(ofOpen: 1...3) { shaping.append($0) }
        #expect(shaping == all.filter { $0.stream != 2 && !plainKinds.contains($0.kind) })
        var last: [StoredEntry] = []
        try reader.lastPlainEntries(ofOpen: 1...3) { last.append($0) }
        let plain = Incident.payloads.lastIndex { plainKinds.contains($0.kind) }
        #expect(last == all.filter { $0.stream != 2 && $0.seq - 1 == plain })
        var second: [StoredEntry] = []
        try reader.lastPlainEntries(ofOpen: 3...9) { second.append($0) }
        #expect(second.map(\.stream) == [3])
    }

    @Test func `incidents pass a filter newest first, page by page`() throws {
        try store.write { batch in
            batch.states = [
                Sample.incident(1, status: .resolved), Sample.incident(2, severity: .minor),
                Sample.incident(3, status: .cancelled, changedAt: noon + .seconds(9)),
                Sample.incident(4, status: .monitoring),
                Sample.incident(5, severity: .minor, changedAt: noon + .seconds(9)),
            ]
        }
        func numbers(before: Int? = nil, limit: Int = 10, _ change: (inout IncidentFilter) -> Void) throws
            -> [Int]
        {
            var filter = IncidentFilter()
            change(&filter)
            return try reader.incidents(filter, before: before, limit: limit).map(\.number)
        }
        #expect(try numbers { _ in } == [5, 4, 2])
        #expect(try numbers(limit: 2) { $0.state = .all } == [5, 4])
        #expect(try numbers(before: 4, limit: 2) { $0.state = .all } == [3, 2])
        #expect(try numbers { $0.state = .ended } == [3, 1])
        #expect(try numbers { $0.severity = .minor } == [5, 2])
        #expect(try numbers { $0.status = .monitoring } == [4])
        #expect(
            try numbers { filter in
                filter.state = .all
                filter.since = noon + .seconds(9)
            } == [5, 3])
        #expect(try numbers(limit: 0) { $0.state = .all } == [])
        #expect(try numbers(limit: -1) { $0.state = .all } == [])
        #expect(try reader.number(of: "01JINCIDENT4", in: Incident.code) == 4)
    }

    @Test func `a timeline is read forwards, backwards, by kind and by seq`() throws {
        try store.write { batch in
            batch.entries = (1...8).map { number in
                Sample.entry(
                    number, kind: number.isMultiple(of: 2) ? UpdatePublished.kind : Note.kind,
                    visibility: number > 4 ? .public : .internal)
            }
            batch.entries.append(Sample.entry(9, incident: 2, seq: 1))
        }
        func seqs(_ kind: EntryKind?, _ visibility: Visibility?, after seq: Int = 0, limit: Int = 99) throws
            -> [Int]
        {
            try reader.entries(of: 1, after: seq, kind: kind, visibility: visibility, limit: limit).map(\.seq)
        }
        #expect(try seqs(nil, nil, after: 5) == [6, 7, 8])
        #expect(try seqs(nil, nil, limit: 3) == [1, 2, 3])
        #expect(try seqs(Note.kind, nil) == [1, 3, 5, 7])
        #expect(try seqs(Note.kind, .public) == [5, 7])
        #expect(try seqs(nil, .internal) == [1, 2, 3, 4])
        #expect(
            try reader.latestEntries(of: 1, kind: UpdatePublished.kind, before: nil, limit: 2).map(\.seq) == [
                8, 6,
            ])
        #expect(
            try reader.latestEntries(of: 1, kind: UpdatePublished.kind, before: 6, limit: 9).map(\.seq) == [
                4, 2,
            ])
        var filter = TimelineFilter()
        filter.kinds = [Note.kind, UpdatePublished.kind]
        filter.visibility = .public
        func part(after: Int, before: Int, _ order: TimelineQuery.Order, limit: Int = 99) throws -> [Int] {
            let query = TimelineQuery(filter, after: after, before: before, order: order, limit: limit)
            return try reader.entries(of: 1, query).map(\.seq)
        }
        #expect(try part(after: 5, before: 8, .asc) == [6, 7])
        #expect(try part(after: 0, before: .max, .desc, limit: 3) == [8, 7, 6])
        #expect(try part(after: 6, before: .max, .desc) == [8, 7])
        filter.author = Person("@nobody")
        #expect(try part(after: 0, before: .max, .asc) == [])
        #expect(try reader.entries(of: 1, seqs: [7, 2, 99, 2, -1]).map(\.seq) == [2, 7])
        #expect(try reader.entries(afterPosition: 7, limit: 9).map(\.position) == [8, 9])
    }

    @Test func `the thorough check finds nothing wrong with a sound file`() throws {
        try store.write { $0.entries = (1...50).map { Sample.entry($0) } }
        #expect(try reader.integrityFaults() == [])
    }

    @Test(arguments: [
        "SELECT 'x', 1, 1, 'i', 'note', 'a', 'b', 1, 1, 'public', '{}', NULL, NULL, x'', x'', NULL",
        "SELECT -1, 1, 1, 'i', 'note', 'a', 'b', 1, 1, 'public', '{}', NULL, NULL, x'', x'', NULL",
        "SELECT 9223372036854775807, 1, 1, 'i', 'note', 'a', 'b', 1, 1, 'public', '{}', NULL, NULL, x'', x'', NULL",
        "SELECT 1, 1, 1, 'i', NULL, 'a', 'b', 1, 1, 'public', '{}', NULL, NULL, x'', x'', NULL",
        "SELECT 1, 1, 1, 'i', 'note', 'a', 'b', 1, 1, 'nonsense', '{}', NULL, NULL, x'', x'', NULL",
        "SELECT 1, 1, 1, 'i', 'note', 'a', 'b', 9223372036854775807, 1, 'public', '{}', NULL, NULL, x'', x'', NULL",
        "SELECT 1, 1, 1, 'i', 'note', 'a', 'b', 1, -9223372036854775808, 'public', '{}', NULL, NULL, x'', x'', NULL",
        "SELECT 1, 1, 1, 'i', 'note', 'a', 'b', 1, 1, 'public', NULL, NULL, NULL, x'', x'', NULL",
        "SELECT 1, 1, 1, 'i', 'note', 'a', 'b', 1, 1, 'public', '{}', 7, NULL, x'', x'', NULL",
        "SELECT 1, 1, 1, 'i', 'note', 'a', CAST(x'ff' AS TEXT), 1, 1, 'public', '{}', NULL, NULL, x'', x'', NULL",
        "SELECT 1, 1", "SELECT NULL",
    ])
    func `a malformed row is broken, never a trap`(sql: String) throws {
        let fault = try #require(throws: StoreFault.self) {
            try storing { () throws(SQLFault) in try store.database.rows(sql, [], StoredEntry.init(row:)) }
        }
        guard case .broken = fault else {
            Issue.record("\(fault)")
            return
        }
    }

    @Test func `a kind of a newer version is read like any other, and shapes an incident`() throws {
        try store.write { batch in
            batch.entries = [Sample.entry(1, kind: Declared.kind), Sample.entry(2, kind: "watch_reset")]
            batch.states = [Sample.incident(1, seq: 2)]
        }
        #expect(try reader.entries(of: 1, seqs: [2]).map(\.kind) == ["watch_reset"])
        var shaping: [StoredEntry] = []
        try reader.shapingEntries(ofOpen: 1...1) { shaping.append($0) }
        #expect(shaping.map(\.seq) == [1, 2])
    }

    @Test(arguments: ["[", "{}", "[1]", "\"x\"", ""])
    func `a malformed list is a fault`(text: String) throws {
        #expect(throws: SQLFault.self) {
            _ = try store.database.first("SELECT $1", [.text(text)]) { (row) throws(SQLFault) in
                try row.texts(0)
            }
        }
    }

    @Test func `a file with flipped bytes is refused or read, never trapped on`() throws {
        try store.write { batch in
            batch.entries = (1...120).map { Sample.entry($0, once: "once-\($0)") }
            batch.states = (1...20).map { Sample.incident($0) }
            batch.deliveries = (1...20).map { Sample.delivery($0, type: .entryAdded) }
            batch.webhooks = [Sample.webhook("whk_a")]
            batch.tokens = [Sample.token("tok_a", secret: 1)]
            batch.keys = (1...20).map { Sample.key($0) }
        }
        store.close()
        let sound = try bytes(of: folder.file("drumbeat.db"))
        var seed: UInt64 = 42
        func random(below bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        var readings = 0
        for round in 0..<150 {
            var content = sound
            for _ in 0..<(1 + random(below: 20)) {
                content[random(below: content.count)] = UInt8(random(below: 256))
            }
            let path = folder.file("flipped\(round).db")
            try write(content, to: path)
            let store = try? SQLiteStore.open(path: path, purpose: .beside, now: noon)
            guard let reader = store?.reader() else { continue }
            readings += 1
            var filter = IncidentFilter()
            filter.state = .all
            _ = try? reader.entries(afterPosition: 0, limit: 1_000)
            _ = try? reader.entries(of: 1, after: 0, kind: nil, visibility: nil, limit: 1_000)
            _ = try? reader.incidents(filter, before: nil, limit: 100)
            _ = try? reader.dueDeliveries(to: "whk_a", .record, at: noon, limit: 100)
            _ = try? reader.keys(since: noon)
            _ = try? reader.webhooks()
            _ = try? reader.tokens()
            _ = try? reader.revision()
            _ = try? reader.integrityFaults()
            try? store?.write { $0.tokens = [Sample.token("tok_b", secret: 2)] }
        }
        #expect(readings > 20)
    }
}
