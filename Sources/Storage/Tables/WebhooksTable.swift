import JSON
import Journal
import Model
import SQL
import Time

extension Webhook {
    static let table = Table(
        "webhooks",
        [
            "id", "url", "events", "secret", "previous_secrets", "created_at", "disabled_at",
            "disabled_reason",
            "failing_since", "behind_since", "failures", "kind", "person", "options",
        ])

    init(row: Statement) throws(SQLFault) {
        self.init(
            id: try row.text(0), kind: try row.kind(11, options: 13), url: try row.text(1),
            person: try row.optionalText(12).map { Person($0) }, events: try row.texts(2),
            secret: try row.text(3),
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
            .integer(failures), .text(kind.name.rawValue), .text(person?.name), .options(of: kind),
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

extension SQLValue {
    /// What a kind needs besides the URL: a JSON object, or NULL for nothing.
    static func options(of kind: Webhook.Kind) -> SQLValue {
        var members: [JSONObject.Member] = []
        func add(_ name: String, _ text: String?) {
            if let text { members.append(.init(name: name, value: .string(text))) }
        }
        switch kind {
        case .standard, .slack: break
        case .ntfy(let token): add("token", token)
        case .smtp(let mail):
            add("from", mail.from)
            members.append(.init(name: "to", value: .array(mail.to.map { .string($0) })))
            add("username", mail.username)
            add("password", mail.password)
        }
        return members.isEmpty ? .null : .utf8(JSONValue.object(JSONObject(members)).encoded())
    }
}

extension Statement {
    /// Decodes a kind and `SQLValue.options`.
    fileprivate func kind(_ column: Int32, options: Int32) throws(SQLFault) -> Webhook.Kind {
        let name: Webhook.Kind.Name = try word(column)
        let bytes = isNull(options) ? Array("{}".utf8) : try bytes(options)
        guard case .object(let object)? = try? JSONReader.read(bytes, limits: .stored) else {
            throw malformed(options, "is not an object")
        }
        func text(_ name: String) -> String? {
            guard case .string(let text)? = object[name] else { return nil }
            return text
        }
        switch name {
        case .standard: return .standard
        case .slack: return .slack
        case .ntfy: return .ntfy(token: text("token"))
        case .smtp:
            guard let from = text("from"), case .array(let items)? = object["to"] else {
                throw malformed(options, "has no addresses")
            }
            let to = items.compactMap { item -> String? in
                guard case .string(let address) = item else { return nil }
                return address
            }
            return .smtp(
                .init(from: from, to: to, username: text("username"), password: text("password")))
        }
    }

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
