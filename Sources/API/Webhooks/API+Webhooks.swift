import Encoding
import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
import Time
import Views

/// The routes of webhooks.
extension DrumbeatAPI {
    func createWebhook(_ context: RequestContext, _ new: NewWebhook) throws(Problem) {
        try refuseURL(new.url)
        let now = services.routing.clock()
        let webhook = Webhook(
            id: "whk_" + ULID.make(at: now, services.random), url: new.url, events: new.events,
            secret: new.secret ?? services.newSecret(), createdAt: now, disabledAt: nil, disabledReason: nil,
            failingSince: nil)
        context.submit(CreateWebhook(webhook), author: nil)
    }

    func listWebhooks(_ context: RequestContext) throws(Problem) {
        let page = try context.page(services.routing.credentials.webhooks(), id: \.id)
        let list = Responses.list(
            page.items, next: page.next, request: context.request, cursor: \.id
        ) { writer, webhook in
            writer.members(of: webhook)
        }
        context.answer(Responses.tagged(list, for: context))
    }

    func readWebhook(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        context.answer(Responses.tagged(Representations.webhook(try webhook(context)), for: context))
    }

    func editWebhook(
        _ context: RequestContext, _ changes: EditWebhook.Changes, author: String?
    ) throws(Problem) {
        if let url = changes.url { try refuseURL(url) }
        let matches = DrumbeatAPI.condition(
            context.request.fields["if-match"], none: context.request.fields["if-none-match"])
        context.submit(
            EditWebhook(context.firstParameter, changes, ifMatch: matches), author: author)
    }

    func deleteWebhook(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["author"])
        context.submit(DeleteWebhook(context.firstParameter), author: try query.author())
    }

    func rotateSecret(_ context: RequestContext, _ rotation: SecretRotation, author: String?) {
        let secret = rotation.secret ?? services.newSecret()
        let id = context.firstParameter
        context.submit(
            RotateSecret(of: id, to: secret, overlap: .seconds(rotation.overlapSeconds)), author: author)
    }

    func testWebhook(_ context: RequestContext, author: String?) {
        context.submit(TestWebhook(context.firstParameter), author: author)
    }

    /// The webhook named in the path.
    private func webhook(_ context: RequestContext) throws(Problem) -> Webhook {
        guard let webhook = services.routing.credentials.webhook(context.firstParameter)
        else {
            throw Problem(.notFound, "This webhook does not exist. GET /v1/webhooks lists the webhooks.")
        }
        return webhook
    }

    private func refuseURL(_ url: String) throws(Problem) {
        guard let refusal = services.refusalOfURL(url) else { return }
        var problem = Problem(.webhookURLRefused, refusal)
        problem.flaws = [.init("#/url", refusal)]
        throw problem
    }

    /// The preconditions `If-Match` and `If-None-Match` on a webhook, which exists; `nil` for none.
    private static func condition(_ match: String?, none: String?) -> (@Sendable (Webhook) -> Bool)? {
        guard match != nil || none != nil else { return nil }
        return { webhook in
            let tag = ETags.body(Representations.webhook(webhook).body)
            if let match, !EntityTag.matches(ifMatch: match, tag: tag) { return false }
            return none.map { !EntityTag.matches(ifNoneMatch: $0, tag: tag) } ?? true
        }
    }
}

/// The routes of deliveries.
extension DrumbeatAPI {
    func listDeliveries(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["state", "limit", "after"])
        let webhook = try self.webhook(context)
        let state = try query.choice("state", of: Delivery.State.self)
        let limit = try query.limit()
        let before = try query["after"].map { (text) throws(Problem) in
            guard let number = Int(digits: Array(text.utf8)), number > 0 else {
                throw .unknownCursor
            }
            return number
        }
        context.read { [self] in
            let found = try services.reader.deliveries(
                to: webhook.id, state, before: before, limit: limit + 1)
            let attempts = try services.reader.attempts(of: found.prefix(limit).map(\.id))
            let list = Responses.page(
                found, limit: limit, request: context.request, cursor: { String($0.id) }
            ) {
                $0.members(of: $1, attempts[$1.id] ?? [])
            }
            return Responses.tagged(list, for: context)
        }
    }

    func readDelivery(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let id = context.firstParameter
        context.read { [self] in
            guard let delivery = try services.reader.delivery(messageID: id) else { throw Problem.noDelivery }
            let attempts = try services.reader.attempts(of: [delivery.id])
            let answer = Responses.object { $0.members(of: delivery, attempts[delivery.id] ?? []) }
            return Responses.tagged(answer, for: context)
        }
    }

    func retryDelivery(_ context: RequestContext, author: String?) {
        context.submit(RetryDelivery(context.firstParameter), author: author)
    }
}

extension Problem {
    fileprivate static var noDelivery: Problem {
        Problem(.notFound, Delivery.notFound)
    }
}

/// The body of a webhook registration.
struct NewWebhook: Sendable {
    var url: String
    var events: [String]
    /// `nil` for a generated secret.
    var secret: String?

    init(from body: BodyReader) {
        url = body.text("url", .url, "https to a public address, or to one that the operator allows.")
        events = body.patterns("events")
        secret = body.secret()
    }
}

extension EditWebhook.Changes {
    /// RFC 7396: absent members stay. No member can be cleared, so `null` is refused.
    init(from body: BodyReader) {
        self.init()
        url = body.ifPresent("url") { body.text("url", .url) }
        events = body.ifPresent("events") { body.patterns("events") }
        isEnabled = body.ifPresent("enabled") { body.requiredBool("enabled") }
    }
}

/// The body of a secret rotation.
struct SecretRotation: Sendable {
    /// Upper bound of the overlap: a week is more than any deployment needs.
    private static let overlapSecondsMax: Int64 = 7 * 86_400
    /// Default overlap: a rotation in the morning can be deployed until the next one.
    private static let overlapSecondsDefault = 86_400

    /// `nil` for a generated secret.
    var secret: String?
    var overlapSeconds: Int

    init(from body: BodyReader) {
        secret = body.secret()
        overlapSeconds =
            body.integer("overlap_seconds", in: 0...SecretRotation.overlapSecondsMax)
            ?? SecretRotation.overlapSecondsDefault
    }
}

extension BodyReader {
    /// Upper bound of a webhook's patterns.
    private static let patternsMax = 50

    /// The event patterns of a webhook; a pattern that matches no event is a typo.
    fileprivate func patterns(_ name: String) -> [String] {
        let (types, max) = (EventType.all.map(\.rawValue), BodyReader.patternsMax)
        let bytesMax = TextConstraint.name.charactersMax
        return texts(
            name,
            .either([
                .word(types),
                .pattern("^(?:\\*|[a-z_]+)(?:\\.(?:\\*|[a-z_]+))*$", bytesMax: bytesMax),
            ]), count: 1...max,
            otherwise:
                "It must be an array of 1 to \(max) patterns: [\"update.*\", \"incident.*\"], or [\"*\"] for everything.",
            elementsOtherwise:
                "No event type matches this pattern. The event types are \(types.joined(separator: ", "))."
        ) { pattern in
            // The length first: a pattern is split once per type.
            pattern.utf8.count <= bytesMax && EventType.isUseful(pattern: pattern)
        }
    }

    /// A signing secret; `checkSecret` validates it.
    fileprivate func secret() -> String? {
        optional("secret", .pattern("^whsec_[A-Za-z0-9+/]{32,86}={0,2}$"), otherwise: "") { $0 }
    }

    /// Refuses an invalid signing secret. The check depends on the running service.
    func checkSecret(_ secret: String?, _ services: Services) {
        guard let secret, !services.isSecret(secret) else { return }
        refuse(
            "secret", "It must be whsec_ followed by the base64 of 24 to 64 bytes. Omit it to generate one.")
    }
}

extension ProblemType {
    static let webhookURLRefused = ProblemType(
        "webhook-url-refused", 422, "The webhook's URL is refused",
        means:
            "A webhook must use https and a public address, or a network that the operator allows with DRUMBEAT_WEBHOOK_ALLOW.",
        remedy: "Use https and a public host name, or ask the operator to allow the network.")
}

extension Representations {
    /// A webhook without its secret, which only the responses that create or rotate it show.
    static func webhook(_ webhook: Webhook) -> Response {
        Responses.object { $0.members(of: webhook) }
    }
}
