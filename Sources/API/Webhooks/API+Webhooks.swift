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
        let now = services.routing.clock()
        let webhook = Webhook(
            id: "whk_" + ULID.make(at: now, services.random), kind: new.complete, url: new.url,
            person: new.person.map { Person($0) }, events: new.events,
            secret: new.secret ?? services.newSecret(), createdAt: now, disabledAt: nil, disabledReason: nil,
            failingSince: nil)
        try refuseTarget(webhook)
        test(webhook, context) { context.submit(CreateWebhook(webhook, warnings: $0), author: nil) }
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
        _ context: RequestContext, _ edit: WebhookEdit, author: String?
    ) throws(Problem) {
        let matches = DrumbeatAPI.condition(
            context.request.fields["if-match"], none: context.request.fields["if-none-match"])
        // One that is gone may have a kept response.
        guard let before = services.routing.credentials.webhook(context.firstParameter) else {
            if let url = edit.changes.url, let refusal = services.refusalOfURL(url, .standard) {
                throw .webhookRefused("#/url", refusal)
            }
            return context.submit(
                EditWebhook(context.firstParameter, edit.changes, ifMatch: matches), author: author)
        }
        if let name = edit.options.misfits(for: before.kind.name).first {
            throw Problem(
                .invalid(
                    "#/\(name)", "A webhook of kind \(before.kind.name.rawValue) has no \(name). Remove it."))
        }
        var (changes, after) = (edit.changes, before)
        after.kind = edit.options.applied(to: before.kind)
        after.url = changes.url ?? before.url
        if after.kind != before.kind {
            changes.options = { [options = edit.options] in options.applied(to: $0) }
        }
        if let secret = after.secretLedElsewhere(from: before) {
            throw Problem(
                .invalid(
                    "#/\(secret)", "The host changes. Send the \(secret) again, or null to remove it."))
        }
        let isElsewhere = (after.kind, after.url) != (before.kind, before.url)
        if isElsewhere { try refuseTarget(after) }
        let write = EditWebhook(context.firstParameter, changes, ifMatch: matches)
        guard isElsewhere, matches?(before) ?? true else { return context.submit(write, author: author) }
        test(after, context) { _ in context.submit(write, author: author) }
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
    func webhook(_ context: RequestContext) throws(Problem) -> Webhook {
        guard let webhook = services.routing.credentials.webhook(context.firstParameter)
        else {
            throw Problem(.notFound, "This webhook does not exist. GET /v1/webhooks lists the webhooks.")
        }
        return webhook
    }

    /// Refuses what can never be sent to, by its text.
    private func refuseTarget(_ webhook: Webhook) throws(Problem) {
        if let refusal = services.refusalOfURL(webhook.url, webhook.kind.name) {
            throw .webhookRefused("#/url", refusal)
        }
        guard case .smtp(let mail) = webhook.kind else { return }
        let addresses =
            [("#/from", mail.from)] + mail.to.enumerated().map { ("#/to/\($0.offset)", $0.element) }
        for (pointer, address) in addresses {
            if let flaw = services.flawOfMailAddress(address) {
                throw .webhookRefused(pointer, "The address \(flaw).")
            }
        }
    }

    /// Sends a test message to a target for people, and goes on unless it cannot work. A webhook of kind standard gets none: its
    /// receiver may not be there yet.
    private func test(
        _ webhook: Webhook, _ context: RequestContext, _ proceed: @escaping @Sendable ([Warning]) -> Void
    ) {
        guard let content = webhook.content(of: .testMessage(at: services.routing.clock())) else {
            return proceed([])
        }
        let token = context.ticket.principal?.id ?? ""
        if let limit = tests.begin(token) {
            return context.fail(.tooManyTests(limit, within: services.testLimit))
        }
        let now = services.routing.clock()
        let message = OutboundMessage(
            url: webhook.url, id: "msg_" + ULID.make(at: now, services.random), sentAt: now, content,
            deadline: .now + services.testLimit)
        services.send(message) { [tests] result in
            tests.end(token)
            guard !context.isOver else { return }
            guard context.isAuthorized else { return context.fail(.tokenRevoked) }
            func refuse(_ detail: String, _ pointer: String = "#/url") {
                var refusal = Refusal(.webhookURLRefused, detail)
                refusal.flaws = [.init(pointer, detail)]
                context.submit(RefuseWebhook(refusal), author: nil)
            }
            switch result {
            case .answered(300...399, _, let excerpt): refuse("It redirected a test message: \(excerpt)")
            case .answered(200...299, _, _): proceed([])
            // It may be busy or restarting, and deliveries are repeated.
            case .answered(let status, _, let excerpt) where (400...599).contains(status):
                proceed([.testFailed(status, excerpt)])
            case .answered(let status, _, let excerpt):
                refuse("It answered a test message with the unexpected status \(status): \(excerpt)")
            case .refused(let status, let excerpt):
                let login = webhook.login(refusedBy: status)
                refuse(
                    "It refused \(login == nil ? "a test message" : "the login") with \(status): \(excerpt)",
                    login ?? "#/url")
            case .failed(let why):
                refuse("No test message could be sent: \(why).")
            case .stopped: context.fail(Problem(.overloaded, "The service is stopping. Try again."))
            }
        }
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

extension Problem {
    fileprivate static func webhookRefused(_ pointer: String, _ detail: String) -> Problem {
        var problem = Problem(.webhookURLRefused, detail)
        problem.flaws = [.init(pointer, detail)]
        return problem
    }

    /// One of the test messages in progress ends within `limit`.
    fileprivate static func tooManyTests(_ reached: ConcurrencyLimiter.Limit, within limit: Duration)
        -> Problem
    {
        let what =
            switch reached {
            case .ofOwner: "\(DrumbeatAPI.attemptsPerOwnerMax) test messages of your token"
            case .inAll: "\(DrumbeatAPI.attemptsInAllMax) test messages"
            }
        return Problem(
            .overloaded,
            "\(what) to webhooks are in progress, as many as may be. This webhook was not tested, and nothing was changed. Wait for the "
                + "seconds in Retry-After, then send this request again.",
            retryAfterSeconds: max(1, Int((limit + .milliseconds(999)).wholeSeconds)))
    }
}

extension Webhook {
    /// The member of the login that a mail server's reply is about; `nil` for another reply.
    ///
    /// 530 requires a login, the others refuse it (RFC 4954 §6; 538 of RFC 2554).
    fileprivate func login(refusedBy status: Int) -> String? {
        guard case .smtp(let mail) = kind, [530, 534, 535, 538].contains(status) else { return nil }
        return mail.username == nil ? "#/username" : "#/password"
    }

    /// The secret that would be sent to another host without being sent again with the change; `nil` for none.
    fileprivate func secretLedElsewhere(from before: Webhook) -> String? {
        guard Webhook.host(of: url) != Webhook.host(of: before.url) else { return nil }
        switch (kind, before.kind) {
        case (.ntfy(let token?), .ntfy(let old)) where token == old: return "token"
        case (.smtp(let mail), .smtp(let old)) where mail.password != nil && mail.password == old.password:
            return "password"
        default: return nil
        }
    }
}

extension Warning {
    /// A target that answered its test message so, and is used all the same.
    fileprivate static func testFailed(_ status: Int, _ excerpt: String) -> Warning {
        Warning(
            testFailed.code, "It answered a test message with \(status): \(excerpt). \(testFailed.detail)")
    }
}

extension ProblemType {
    static let webhookURLRefused = ProblemType(
        "webhook-url-refused", 422, "The webhook's target cannot be used",
        means:
            "A webhook must use https (smtps or smtp for mail) and a public address, or a network that the operator allows with "
            + "DRUMBEAT_WEBHOOK_ALLOW. Slack, ntfy and mail get a test message first: the detail has what the target said, or that it "
            + "refused the login.",
        remedy:
            "Correct the member that errors points to, or what is wrong with the target, or ask the operator to allow the network. Then "
            + "send the request again."
    )
}

extension Representations {
    /// A webhook without its secret, which only the responses that create or rotate it show.
    static func webhook(_ webhook: Webhook) -> Response {
        Responses.object { $0.members(of: webhook) }
    }
}
