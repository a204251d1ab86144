import Incidents
import Journal
import Model
import Storage
import TestSupport
import Time

/// The moment all samples are made at.
let noon = Timestamp(milliseconds: 1_800_000_000_000)

/// Values with every column set, or left out, for a test to vary.
enum Sample {
    static func entry(
        _ position: Int, incident: Int = 1, seq: Int? = nil, kind: EntryKind = Note.kind, once: String? = nil,
        words: String? = #"{"text":"Ünïcode 🥁"}"#, visibility: Visibility = .internal
    ) -> StoredEntry {
        StoredEntry(
            position: position, stream: StreamID(Incident.self, incident), seq: seq ?? position,
            id: "01J\(incident)-\(position)",
            kind: kind,
            author: "@bob", postedBy: "slackbot", occurredAt: noon - .seconds(5), recordedAt: noon,
            visibility: visibility, facts: Array(#"{"confirmed":true}"#.utf8),
            words: words.map { Array($0.utf8) },
            salt: words == nil ? nil : [UInt8](0..<16), wordsDigest: [UInt8](repeating: 0xD1, count: 32),
            hash: [UInt8](repeating: UInt8(truncatingIfNeeded: position), count: 32), onceKey: once)
    }

    static func incident(
        _ number: Int, status: Incident.Status = .investigating, severity: Severity = .major, seq: Int = 1,
        changedAt: Timestamp = noon, isConfidential: Bool = false
    ) -> IncidentRow {
        IncidentRow(
            number: number, id: Incident.ID("01JINCIDENT\(number)"), status: status, severity: severity,
            seq: seq,
            version: 1, declaredAt: noon, recordedAt: noon, changedAt: changedAt, changedPosition: 1,
            progressAt: noon, endedAlarmAt: nil, isConfidential: isConfidential)
    }

    static func delivery(
        _ id: Int, to webhook: String = "whk_a", type: EventType = .updateOverdue, stream: StreamID? = 1,
        dueAt: Timestamp? = noon, nextAt: Timestamp = noon
    ) -> Delivery {
        Delivery(
            id: id, messageID: "msg_\(id)", webhook: webhook, type: type, stream: stream, seq: 1,
            dueAt: dueAt,
            createdAt: noon, nextAt: nextAt, expiresAt: noon + .seconds(3_600))
    }

    static func result(_ id: Int, _ state: Delivery.State, attempts: Int = 1) -> Batch.DeliveryResult {
        Batch.DeliveryResult(
            id: id, state: state, attempts: attempts, nextAt: noon + .seconds(5), lastStatus: 503,
            lastError: "503 Service Unavailable")
    }

    static func key(_ id: Int, _ subject: IdempotencyRecord.Subject = .nothing, at moment: Timestamp = noon)
        -> IdempotencyRecord
    {
        IdempotencyRecord(
            id: id, keyDigest: [UInt8](repeating: UInt8(truncatingIfNeeded: id), count: 16),
            requestDigest: [UInt8](repeating: 7, count: 16), status: 201, subject: subject,
            warnings: id.isMultiple(of: 2) ? [] : ["no-impact", "a \"b\" \\ c"], createdAt: moment)
    }

    static func token(
        _ id: String, name: String = "slackbot", secret: UInt8, at moment: Timestamp = noon
    ) -> Token {
        Token(
            id: id, name: name, scope: .post, secretHash: [UInt8](repeating: secret, count: 32),
            createdAt: moment, revokedAt: nil)
    }

    static func webhook(_ id: String, events: [String] = ["update.*", "*"]) -> Webhook {
        Webhook(
            id: id, url: "https://example.com/hook", events: events, secret: "whsec_AAAA", createdAt: noon,
            disabledAt: nil, disabledReason: nil, failingSince: noon)
    }
}

extension SQLiteStore {
    /// A store in that folder, as `serve` opens it.
    static func serving(_ folder: TemporaryFolder, _ name: String = "drumbeat.db") throws -> SQLiteStore {
        try open(path: folder.file(name), purpose: .serve, now: noon)
    }

    /// Commits a batch made by hand.
    func write(_ change: (inout Batch) -> Void) throws(StoreFault) {
        try commit { (_, _) throws(StoreFault) in
            var batch = Batch()
            change(&batch)
            return batch
        }
    }
}
