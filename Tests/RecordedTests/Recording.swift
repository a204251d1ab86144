import Encoding
import Incidents
import JSON
import Journal
import Model
import OperatingSystem
import Testing
import Time

/// The output of `record.py` with an older binary: rows, requests and responses. Read once for all tests.
struct Recording: Sendable {
    static let shared = Result { try Recording() }

    let entries: [StoredEntry]
    let incidents: [IncidentRow]
    let tokens: [Token]
    let webhooks: [Webhook]
    let deliveries: [RecordedDelivery]
    let keys: [IdempotencyRecord]
    let writes: [Exchange]
    let answers: [Exchange]
    /// All frames of `/v1/events`.
    let events: [UInt8]
    /// Positions of the entries whose words were erased before the responses of the phase `redacted`.
    let redacted: Set<Int>

    init() throws {
        entries = try Recording.rows("entries") { row in try row.entry() }
        incidents = try Recording.rows("incidents") { row in try row.incident() }
        tokens = try Recording.rows("tokens") { row in try row.token() }
        webhooks = try Recording.rows("webhooks") { row in try row.webhook() }
        deliveries = try Recording.rows("deliveries") { row in try RecordedDelivery(row) }
        keys = try Recording.rows("keys") { row in try row.key() }
        writes = try Recording.rows("writes") { row in try Exchange(write: row) }
        answers = try Recording.rows("answers") { row in try Exchange(read: row) }
        redacted = Set(try Recording.rows("redacted") { row in try row.integer("position") })
        events = try Recording.file("events.txt")
        try #require(entries.count > 150 && answers.count > 150 && writes.count > 150, "the recording is cut")
        try #require(redacted.count >= VariantTests.table.count)
    }

    /// Kinds and event types added after the recording.
    static let kindsSince: Set<EntryKind> = [
        Linked.kind, Confirmation.kind, Correction.kind, ClockCorrected.kind,
        CheckRecorded.kind, WatchReset.kind,
        ChecklistTicked.kind,
        FreezeStarted.kind, FreezeLifted.kind, ExceptionGranted.kind, ExceptionRevoked.kind,
        DeployAttempted.kind,
        MitigationStarted.kind, MitigationEnded.kind, RollbackRequested.kind, RollbackAnswered.kind,
    ]
    static let typesSince: Set<EventType> = [
        Linked.event, StaleNag.event, .escalated, ClosingNag.event,
        FreezeStarted.event, FreezeLifted.event,
        MitigationStarted.event, MitigationEnded.event, ApprovalNag.event, HandoverNag.event,
    ]

    /// A fold without entries.
    func fold(of stream: StreamID) throws -> Fold<Incident> {
        Fold(stream, id: try #require(incidents.first { $0.stream == stream }).id.text)
    }

    /// Incidents whose episode has no clock, as under Drumbeat 0.1.0. They were added by hand, so they have no deliveries.
    var old: Set<StreamID> {
        Set(
            entries.filter { entry in
                entry.kind == Declared.kind
                    && !String(decoding: entry.facts, as: UTF8.self).contains("decision_due_at")
            }.map(\.stream))
    }

    private static func rows<Row>(_ name: String, _ read: (RecordedRow) throws -> Row) throws -> [Row] {
        try file(name + ".jsonl").split(separator: 0x0A).map { line in
            guard case .object(let object) = try JSONReader.read(Array(line), limits: .stored) else {
                throw RecordingFault(description: "\(name).jsonl: a line is no object")
            }
            return try read(RecordedRow(object: object))
        }
    }

    private static func file(_ name: String) throws -> [UInt8] {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return try Files.read("/\(folder)/journal/\(name)", bytesMax: 16 << 20)
    }
}

/// A file of the recording does not have the form that `record.py` writes.
struct RecordingFault: Error, CustomStringConvertible {
    let description: String
}

/// An outbox row, and the body that was sent: a digest of each, and one of each type and kind in full.
struct RecordedDelivery: Sendable {
    let delivery: Delivery
    let body: String?
    let bodyDigest: [UInt8]?

    init(_ row: RecordedRow) throws {
        delivery = Delivery(
            id: try row.integer("id"), messageID: try row.string("message_id"),
            webhook: try row.string("endpoint"),
            type: try #require(EventType(named: try row.string("type"))),
            stream: try row.optionalInteger("incident").map { StreamID(Incident.self, $0) },
            seq: try row.optionalInteger("seq"),
            dueAt: try row.optionalMoment("due_at"), createdAt: try row.moment("created_at"),
            nextAt: try row.moment("created_at"), expiresAt: try row.moment("expires_at"), attempts: 1,
            state: .delivered)
        body = try row.optionalString("body")
        bodyDigest = try row.optionalBytes("body_sha256")
    }
}

/// A request and its response.
struct Exchange: Sendable, CustomStringConvertible {
    let method: String
    let target: String
    /// Name of the token.
    let token: String
    var fields: [String: String] = [:]
    let sent: String?
    /// Time of the request.
    let moment: Timestamp?
    let isRedacted: Bool
    let status: Int
    let answerFields: [(name: String, value: String)]
    let body: String

    var description: String { "\(method) \(target)" }

    init(read row: RecordedRow) throws {
        method = "GET"
        target = try row.string("target")
        token = "admin"
        if let accept = try row.optionalString("accept") { fields["Accept"] = accept }
        sent = nil
        moment = try row.moment("now")
        isRedacted = try row.string("phase") == "redacted"
        status = try row.integer("status")
        answerFields = try row.strings("fields")
        body = try row.string("body")
    }

    init(write row: RecordedRow) throws {
        method = try row.string("method")
        target = try row.string("target")
        token = try row.string("token")
        fields["Idempotency-Key"] = try row.string("key")
        sent = try row.optionalString("sent")
        if sent != nil { fields["Content-Type"] = "application/json" }
        moment = nil
        isRedacted = false
        status = try row.integer("status")
        answerFields = try row.strings("fields")
        body = try row.string("body")
    }
}

/// One line of a recorded table.
struct RecordedRow {
    let object: JSONObject

    func string(_ name: String) throws -> String {
        guard case .string(let text)? = object[name] else { throw odd(name) }
        return text
    }

    func integer(_ name: String) throws -> Int {
        guard case .integer(let number)? = object[name] else { throw odd(name) }
        return Int(number)
    }

    func optionalString(_ name: String) throws -> String? { try isNull(name) ? nil : string(name) }

    func optionalInteger(_ name: String) throws -> Int? { try isNull(name) ? nil : integer(name) }

    func optionalMoment(_ name: String) throws -> Timestamp? { try isNull(name) ? nil : moment(name) }

    func optionalBytes(_ name: String) throws -> [UInt8]? { try isNull(name) ? nil : bytes(name) }

    func moment(_ name: String) throws -> Timestamp {
        Timestamp(milliseconds: Int64(try integer(name)))
    }

    func bytes(_ name: String) throws -> [UInt8] {
        guard let bytes = Hex.decode(try string(name)) else { throw odd(name) }
        return bytes
    }

    func word<Word: RawRepresentable>(_ name: String) throws -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: try string(name)) else { throw odd(name) }
        return word
    }

    func strings(_ name: String) throws -> [(name: String, value: String)] {
        guard case .object(let inner)? = object[name] else { throw odd(name) }
        return try inner.members.map {
            (name: $0.name, value: try RecordedRow(object: inner).string($0.name))
        }
    }

    private func isNull(_ name: String) -> Bool { object[name] == nil || object[name] == .null }

    private func odd(_ name: String) -> RecordingFault {
        RecordingFault(
            description: "\(name) is missing or odd in \(String(decoding: object.encoded(), as: UTF8.self))")
    }
}

extension RecordedRow {
    fileprivate func entry() throws -> StoredEntry {
        StoredEntry(
            position: try integer("position"), stream: try stream(), seq: try integer("seq"),
            id: try string("id"), kind: try word("kind"), author: try string("author"),
            postedBy: try string("posted_by"), occurredAt: try moment("occurred_at"),
            recordedAt: try moment("recorded_at"), visibility: try word("visibility"),
            facts: Array(try string("facts").utf8), words: Array(try string("words").utf8),
            salt: try bytes("salt"), wordsDigest: try bytes("words_digest"), hash: try bytes("hash"),
            onceKey: try optionalString("once_key"))
    }

    fileprivate func incident() throws -> IncidentRow {
        IncidentRow(
            number: try integer("number"), id: Incident.ID(try string("id")), status: try word("status"),
            severity: try word("severity"), seq: try integer("seq"), version: try integer("version"),
            declaredAt: try moment("declared_at"), recordedAt: try moment("recorded_at"),
            changedAt: try moment("changed_at"), changedPosition: try integer("changed_position"),
            progressAt: nil, endedAlarmAt: nil, isConfidential: false)
    }

    /// With a secret of the test's own, because the recorded one was discarded.
    fileprivate func token() throws -> Token {
        Token(
            id: try string("id"), name: try string("name"), scope: try word("scope"), secretHash: [],
            createdAt: try moment("created_at"), revokedAt: nil)
    }

    fileprivate func webhook() throws -> Webhook {
        Webhook(
            id: try string("id"), url: "https://receiver.example", events: try texts(string("events")),
            secret: "whsec_AAAA", createdAt: try moment("created_at"), disabledAt: nil, disabledReason: nil,
            failingSince: nil)
    }

    fileprivate func key() throws -> IdempotencyRecord {
        IdempotencyRecord(
            id: try integer("id"), keyDigest: try bytes("key_digest"),
            requestDigest: try bytes("request_digest"), status: try integer("status"),
            subject: try subject(), warnings: try optionalString("warnings").map(texts) ?? [],
            shown: try optionalString("shown").map { Array($0.utf8) }, createdAt: try moment("created_at"))
    }

    private func stream() throws -> StreamID {
        StreamID(Incident.self, try integer("incident"))
    }

    private func subject() throws -> IdempotencyRecord.Subject {
        switch try string("subject") {
        case "entry": .entry(try stream(), seq: try integer("seq"))
        case "incident": .state(try stream(), seq: try integer("seq"))
        case let other: throw RecordingFault(description: "no subject is recorded as \(other)")
        }
    }

    private func texts(_ json: String) throws -> [String] {
        guard case .array(let values) = try JSONReader.read(Array(json.utf8), limits: .stored) else {
            throw RecordingFault(description: "\(json) is no list")
        }
        return try values.map { value in
            guard case .string(let text) = value else {
                throw RecordingFault(description: "\(json) is no list of texts")
            }
            return text
        }
    }
}
