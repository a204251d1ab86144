import JSON
import Journal
import SQL
import Time

extension Webhook {
    static let table = Table(
        "webhooks",
        [
            "id", "url", "events", "secret", "previous_secrets", "created_at", "disabled_at",
            "disabled_reason",
            "failing_since", "behind_since", "failures",
        ])

    init(row: Statement) throws(SQLFault) {
        self.init(
            id: try row.text(0), url: try row.text(1), events: try row.texts(2), secret: try row.text(3),
            createdAt: try row.moment(5), disabledAt: try row.optionalMoment(6),
            disabledReason: try row.optionalText(7), failingSince: try row.optionalMoment(8),
            previousSecrets: try row.secrets(4), behindSince: try row.optionalMoment(9),
            failures: try row.count(10))
    }

    fileprivate var values: [SQLValue] {
        [
            .text(id), .text(url), .texts(events), .text(secret), .secrets(previousSecrets),
            .moment(createdAt),
            .moment(disabledAt), .text(disabledReason), .moment(failingSince), .moment(behindSince),
            .integer(failures),
        ]
    }
}

extension Database {
    /// All webhooks, newest first.
    func webhooks() throws(SQLFault) -> [Webhook] {
        try rows(Webhook.table.select("ORDER BY created_at DESC, id DESC"), [], Webhook.init(row:))
    }

    func write(_ webhook: Webhook) throws(SQLFault) {
        try run(Webhook.table.upsert, webhook.values)
    }

    func delete(webhook id: String) throws(SQLFault) {
        try run("DELETE FROM webhooks WHERE id = $1", [.text(id)])
        try cancelDeliveries(to: id)
    }
}

extension SQLValue {
    /// A JSON array of secrets with their expiry, or NULL for none.
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
    /// Decodes `SQLValue.secrets`.
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
