import Journal
import Model
import SQL
import Time

extension IdempotencyRecord {
    static let table = Table(
        "idempotency_records",
        [
            "id", "key_digest", "request_digest", "status", "subject", "stream", "seq", "ref", "warnings",
            "shown",
            "created_at",
        ])

    init(row: Statement) throws(SQLFault) {
        self.init(
            id: try row.count(0), keyDigest: try row.bytes(1), requestDigest: try row.bytes(2),
            status: try row.count(3), subject: try Subject(row: row),
            warnings: row.isNull(8) ? [] : try row.texts(8), shown: try row.optionalBytes(9),
            createdAt: try row.moment(10))
    }

    fileprivate var values: [SQLValue] {
        let place = subject.place
        return [
            .integer(id), .blob(keyDigest), .blob(requestDigest), .integer(status), .text(subject.word),
            .stream(place?.stream), .integer(place?.seq), .text(subject.ref),
            warnings.isEmpty ? .null : .texts(warnings), .utf8(shown), .moment(createdAt),
        ]
    }
}

/// A subject is stored in `subject`, `stream`, `seq` and `ref`; for a resource `subject` is its kind.
extension IdempotencyRecord.Subject {
    fileprivate init(row: Statement) throws(SQLFault) {
        switch try row.text(4) {
        case "entry": self = .entry(try row.stream(5), seq: try row.count(6))
        case "state": self = .state(try row.stream(5), seq: try row.count(6))
        case "each": self = .each(try row.stream(5))
        case "nothing": self = .nothing
        default: self = .resource(try row.word(4), id: try row.text(7))
        }
    }

    fileprivate var word: String {
        switch self {
        case .entry: "entry"
        case .state: "state"
        case .resource(let resource, _): resource.rawValue
        case .each: "each"
        case .nothing: "nothing"
        }
    }

    fileprivate var place: (stream: StreamID, seq: Int?)? {
        switch self {
        case .entry(let stream, let seq), .state(let stream, let seq): (stream, seq)
        case .each(let stream): (stream, nil)
        case .resource, .nothing: nil
        }
    }

    fileprivate var ref: String? {
        if case .resource(_, let id) = self { id } else { nil }
    }
}

extension Database {
    func append(_ record: IdempotencyRecord) throws(SQLFault) {
        try run(IdempotencyRecord.table.insert, record.values)
    }

    /// `nil` also for an unparsable record: one damaged record must not stop all writes.
    func idempotencyRecord(_ id: Int) throws(SQLFault) -> IdempotencyRecord? {
        try first(IdempotencyRecord.table.select("WHERE id = $1"), [.integer(id)]) {
            (row) throws(SQLFault) -> IdempotencyRecord? in try? IdempotencyRecord(row: row)
        } ?? nil
    }

    func keys(since moment: Timestamp) throws(SQLFault) -> [IdempotencyIndexEntry] {
        try rows(
            "SELECT id, key_digest, created_at FROM idempotency_records WHERE created_at >= $1 ORDER BY id",
            [.moment(moment)]
        ) { (row) throws(SQLFault) in
            IdempotencyIndexEntry(
                id: try row.count(0), keyDigest: try row.bytes(1), createdAt: try row.moment(2))
        }
    }

    /// Deletes expired records, oldest first: ids ascend with time, so it reads no further than it deletes.
    ///
    /// At most 100,000 per batch, so that the backlog of a long outage does not block the lane. The newest record stays, so that ids are
    /// never reused.
    func forgetKeys(before moment: Timestamp) throws(SQLFault) {
        try run(
            """
            DELETE FROM idempotency_records
            WHERE id < (
                SELECT COALESCE(
                    (SELECT id FROM idempotency_records WHERE created_at >= $1 ORDER BY id LIMIT 1),
                    (SELECT MAX(id) FROM idempotency_records)))
            AND id < (SELECT MIN(id) FROM idempotency_records) + 100000
            """, [.moment(moment)])
    }
}
