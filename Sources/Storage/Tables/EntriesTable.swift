import Journal
import Model
import SQL

extension StoredEntry {
    static let table = Table(
        "entries",
        [
            "position", "stream", "seq", "id", "kind", "author", "posted_by", "occurred_at", "recorded_at",
            "visibility", "facts", "words", "salt", "words_digest", "hash", "once_key", "amends",
        ])

    init(row: Statement) throws(SQLFault) {
        self.init(
            position: try row.count(0), stream: try row.stream(1), seq: try row.count(2), id: try row.text(3),
            kind: EntryKind(rawValue: try row.text(4)), author: try row.text(5), postedBy: try row.text(6),
            occurredAt: try row.moment(7), recordedAt: try row.moment(8), visibility: try row.word(9),
            facts: try row.bytes(10), words: try row.optionalBytes(11), salt: try row.optionalBytes(12),
            wordsDigest: try row.bytes(13), hash: try row.bytes(14), onceKey: try row.optionalText(15),
            amends: try row.optionalCount(16))
    }

    fileprivate var values: [SQLValue] {
        [
            .integer(position), .stream(stream), .integer(seq), .text(id), .text(kind.rawValue),
            .text(author),
            .text(postedBy), .moment(occurredAt), .moment(recordedAt), .text(visibility.rawValue),
            .utf8(facts),
            .utf8(words), .blob(salt), .blob(wordsDigest), .blob(hash), .text(onceKey),
            .integer(amends),
        ]
    }
}

extension Database {
    func append(_ entry: StoredEntry) throws(SQLFault) {
        try run(StoredEntry.table.insert, entry.values)
    }

    func seq(ofOnce onceKey: String, in stream: StreamID) throws(SQLFault) -> Int? {
        try first(
            "SELECT seq FROM entries WHERE stream = $1 AND once_key = $2", [.stream(stream), .text(onceKey)]
        ) { (row) throws(SQLFault) in try row.count(0) }
    }

    func entries(
        of stream: StreamID, after seq: Int, kind: EntryKind?, visibility: Visibility?, limit: Int
    ) throws(SQLFault) -> [StoredEntry] {
        try entries(
            of: stream,
            TimelineQuery(TimelineFilter(kind: kind, visibility: visibility), after: seq, limit: limit))
    }

    func entries(of stream: StreamID, _ query: TimelineQuery) throws(SQLFault) -> [StoredEntry] {
        var authors: [String]?
        if let author = query.filter.author {
            // Names are compared as persons, which SQL cannot.
            let spellings = try rows(
                "SELECT DISTINCT author FROM entries WHERE stream = $1 AND seq > $2 AND seq < $3",
                [.stream(stream), .integer(query.after), .integer(query.before)]
            ) { (row) throws(SQLFault) in try row.text(0) }
            authors = spellings.filter { Person($0) == author }
        }
        let chosen = [
            query.filter.kinds.isEmpty ? nil : query.filter.kinds.map(\.rawValue), authors,
            query.filter.onceKeys,
        ]
        if chosen.contains(where: { $0?.isEmpty == true }) { return [] }
        return try rows(
            Database.timeline(
                query, kinds: chosen[0]?.count, authors: chosen[1]?.count, onceKeys: chosen[2]?.count),
            [.stream(stream), .integer(query.after), .integer(query.before), .integer(max(query.limit, 0))]
                + chosen.compactMap(\.self).joined().map { .text($0) },
            StoredEntry.init(row:))
    }

    /// `kinds`, `authors` and `onceKeys` are the numbers of values, which follow in that order from `$5` on; `nil` for any.
    static func timeline(_ query: TimelineQuery, kinds: Int?, authors: Int?, onceKeys: Int?) -> String {
        // With a once key the plus keeps SQLite from the index of seqs: that of once keys finds the entry at once.
        let seq = onceKeys == nil ? "seq" : "+seq"
        var conditions = "stream = $1 AND \(seq) > $2 AND \(seq) < $3"
        var place = 4
        for (column, count) in [("kind", kinds), ("author", authors), ("once_key", onceKeys)] {
            guard let count else { continue }
            let places = (0..<count).map { "$\(place + 1 + $0)" }.joined(separator: ", ")
            conditions += " AND \(column) IN (\(places))"
            place += count
        }
        // The visibility in force is computed only if the caller asks for one.
        switch query.filter.visibility {
        case nil: break
        case .public?: conditions += " AND " + Database.isPublic
        case .internal?: conditions += " AND NOT " + Database.isPublic
        }
        let order = query.order == .asc ? seq : "\(seq) DESC"
        return StoredEntry.table.select("WHERE \(conditions) ORDER BY \(order) LIMIT $4")
    }

    /// Whether an entry is public now: posted as public, or made public, itself or the entry it amends, by a public entry.
    ///
    /// Two subqueries, each with an index: with an OR inside one, SQLite scans the whole stream for every entry.
    private static let isPublic = """
        (visibility = 'public' OR EXISTS (
            SELECT 1 FROM entries AS other
            WHERE other.stream = entries.stream AND other.amends = COALESCE(entries.amends, entries.seq)
            AND other.visibility = 'public'
        ) OR EXISTS (
            SELECT 1 FROM entries AS other
            WHERE other.stream = entries.stream AND other.seq = entries.amends AND other.visibility = 'public'))
        """

    func amendments(
        of stream: StreamID, to seqs: ClosedRange<Int>, limit: Int
    ) throws(SQLFault) -> [StoredEntry] {
        try rows(
            StoredEntry.table.select(
                "WHERE stream = $1 AND amends BETWEEN $2 AND $3 ORDER BY amends, seq LIMIT $4"),
            [
                .stream(stream), .integer(seqs.lowerBound), .integer(seqs.upperBound),
                .integer(max(limit, 0)),
            ], StoredEntry.init(row:))
    }

    /// The entries that amend `seq`. Words may be many, so only the last of each kind has them.
    func amendments(of stream: StreamID, seq: Int, limit: Int) throws(SQLFault) -> [StoredEntry] {
        let latest = """
            seq IN (SELECT MAX(seq) FROM entries WHERE stream = $1 AND amends = $2 GROUP BY kind)
            """
        return try rows(
            StoredEntry.table.select(
                "WHERE stream = $1 AND amends = $2 ORDER BY seq LIMIT $3", showing: ["words", "salt"],
                where: latest),
            [.stream(stream), .integer(seq), .integer(max(limit, 0))], StoredEntry.init(row:))
    }

    /// The entries with those seqs, ascending, without duplicates.
    func entries(of stream: StreamID, seqs: [Int]) throws(SQLFault) -> [StoredEntry] {
        var entries: [StoredEntry] = []
        // One by one: both databases support that alike, and an entry changes only by a redaction.
        for seq in Set(seqs).sorted() {
            let entry = try first(
                StoredEntry.table.select("WHERE stream = $1 AND seq = $2"), [.stream(stream), .integer(seq)],
                StoredEntry.init(row:))
            if let entry { entries.append(entry) }
        }
        return entries
    }

    func entries(afterPosition position: Int, limit: Int) throws(SQLFault) -> [StoredEntry] {
        try rows(
            StoredEntry.table.select("WHERE position > $1 ORDER BY position LIMIT $2"),
            [.integer(position), .integer(max(limit, 0))], StoredEntry.init(row:))
    }
}
