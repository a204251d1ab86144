import Incidents
import JSON
import Journal
import Model
import SQL
import Time

extension Delivery {
    /// The columns that `init(row:)` reads, in its order.
    static let columns = """
        id, message_id, endpoint, type, incident, seq, due_at, created_at, next_at, expires_at, attempts, state,
        last_status, last_error, attempts_before, retry_class
        """

    init(row: Statement) throws(SQLFault) {
        self.init(
            id: try row.count(0), messageID: try row.text(1), webhook: try row.text(2),
            type: try row.eventType(3, retryClass: 15),
            incident: try row.optionalCount(4), seq: try row.optionalCount(5),
            dueAt: try row.optionalMoment(6),
            createdAt: try row.moment(7), nextAt: try row.moment(8), expiresAt: try row.moment(9),
            attempts: try row.count(10), attemptsBefore: try row.count(14), state: try row.word(11),
            lastStatus: try row.optionalCount(12),
            lastError: try row.optionalText(13))
    }
}

extension Attempt {
    /// The columns that `init(row:)` reads, in its order.
    static let columns = "delivery, number, started_at, milliseconds, status, detail"

    init(row: Statement) throws(SQLFault) {
        self.init(
            delivery: try row.count(0), number: try row.count(1), startedAt: try row.moment(2),
            duration: .milliseconds(try row.count(3)), status: try row.optionalCount(4),
            detail: try row.text(5))
    }
}

extension Webhook {
    /// The columns that `init(row:)` reads, in its order.
    static let columns = """
        id, url, events, secret, created_at, disabled_at, disabled_reason, failing_since, previous_secrets,
        behind_since
        """

    init(row: Statement) throws(SQLFault) {
        self.init(
            id: try row.text(0), url: try row.text(1), events: try row.texts(2), secret: try row.text(3),
            createdAt: try row.moment(4), disabledAt: try row.optionalMoment(5),
            disabledReason: try row.optionalText(6), failingSince: try row.optionalMoment(7),
            previousSecrets: try row.secrets(8), behindSince: try row.optionalMoment(9))
    }
}

extension Token {
    init(row: Statement) throws(SQLFault) {
        self.init(
            id: try row.text(0), name: try row.text(1), scope: try row.word(2), secretHash: try row.bytes(3),
            createdAt: try row.moment(4), revokedAt: try row.optionalMoment(5))
    }
}

extension SQLValue {
    /// A JSON array of secrets and their ends, or NULL for none.
    static func secrets(_ secrets: [Webhook.PreviousSecret]) -> SQLValue {
        guard !secrets.isEmpty else { return .null }
        let items = secrets.map { secret in
            JSONValue.object(
                JSONObject([
                    .init(name: "secret", value: .string(secret.secret)),
                    .init(name: "until", value: .integer(secret.until.milliseconds)),
                ]))
        }
        return .utf8(JSONValue.array(items).encoded())
    }
}

extension Statement {
    /// The type of an event. A newer version may have written one that this one does not know: it keeps its name and its class.
    fileprivate func eventType(_ column: Int32, retryClass: Int32) throws(SQLFault) -> EventType {
        let name = try text(column)
        if let known = EventType(named: name) { return known }
        return EventType(name, RetryClass(rawValue: try text(retryClass)) ?? .record, "")
    }

    /// What `SQLValue.secrets` wrote.
    fileprivate func secrets(_ column: Int32) throws(SQLFault) -> [Webhook.PreviousSecret] {
        guard !isNull(column) else { return [] }
        let bytes = try bytes(column)
        guard case .array(let items)? = try? JSONReader.read(bytes, limits: .stored) else {
            throw malformed(column, "is not a list")
        }
        return try items.map { (item) throws(SQLFault) in
            guard case .object(let object) = item, case .string(let secret)? = object["secret"],
                case .integer(let until)? = object["until"],
                0...253_402_300_799_999 ~= until
            else { throw malformed(column, "is not a list of secrets") }
            return Webhook.PreviousSecret(secret: secret, until: Timestamp(milliseconds: until))
        }
    }
}
