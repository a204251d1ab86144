import Coordination
import HTTP
import Incidents
import Journal
import JSON
import Platform
import Time

/// The routes around incidents: webhooks, tokens, problems.
extension APIResponder {
    /// How many patterns a webhook may have.
    private static let patternsMax = 50

    func createWebhook(_ call: Call) throws(Problem) {
        try call.noQuery()
        let input = try Input.read(call.request.body)
        let url = input.text("url", .url)
        let events = input.patterns("events", max: APIResponder.patternsMax)
        let given = input.optionalText("secret", .name)
        _ = input.author()
        if let given, !services.isSecret(given) {
            input.refuse(
                "secret", "It must be whsec_ and the base64 of 24 to 64 bytes; leave it out and one is made.")
        }
        try input.finish()
        if let refusal = services.refusalOfURL(url) {
            var problem = Problem(.webhookURLRefused, refusal)
            problem.flaws = [.init(detail: refusal, pointer: "#/url")]
            throw problem
        }
        let now = services.clock()
        let endpoint = Endpoint(
            id: "whk_" + ULID.make(at: now, services.random), url: url, events: events,
            secret: given ?? services.newSecret(), createdAt: now, disabledAt: nil, disabledReason: nil,
            failingSince: nil)
        call.submit(.createEndpoint(endpoint), author: nil) { _ in
            Answer.object(.created, location: "/v1/webhooks/\(endpoint.id)", noStore: true) {
                Answers.newWebhook(endpoint, secret: endpoint.secret, to: &$0)
            }
        }
    }

    func listWebhooks(_ call: Call) throws(Problem) {
        let page = try call.page(services.directory.endpoints(), id: \.id)
        let list = Answer.list(page.items, next: page.next, request: call.request) { writer, endpoint in
            Answers.webhook(endpoint, to: &writer)
        }
        call.answer(Answer.tagged(list, for: call))
    }

    func readWebhook(_ call: Call) throws(Problem) {
        try call.noQuery()
        guard let endpoint = call.ticket.parameters.first.flatMap(services.directory.endpoint) else {
            throw Problem(.notFound, "There is no such webhook. GET /v1/webhooks lists them.")
        }
        call.answer(Answer.tagged(Answer.object { Answers.webhook(endpoint, to: &$0) }, for: call))
    }

    func deleteWebhook(_ call: Call) throws(Problem) {
        let query = try call.query(["author"])
        call.submit(.deleteEndpoint(call.ticket.parameters.first ?? ""), author: try query.author()) { _ in
            Answer.noContent
        }
    }

    func testWebhook(_ call: Call) throws(Problem) {
        try call.noQuery()
        if !call.request.body.isEmpty {
            let input = try Input.read(call.request.body)
            _ = input.author()
            try input.finish()
        }
        let id = call.ticket.parameters.first ?? ""
        if let endpoint = services.directory.endpoint(id), endpoint.disabledAt != nil {
            throw .validation([
                .init(
                    detail:
                        "The webhook was switched off (\(endpoint.disabledReason ?? "by hand")). Delete it and create it anew.",
                    pointer: "#")
            ])
        }
        call.submit(.testEndpoint(id), author: nil) { outcome in
            guard case .test(let endpoint, let messageID) = outcome else { return Answer.noContent }
            return Answer.object(.accepted) { Answers.test(endpoint, messageID, to: &$0) }
        }
    }

    func createToken(_ call: Call) throws(Problem) {
        try call.noQuery()
        let input = try Input.read(call.request.body)
        let name = input.text("name", .name)
        let scope = input.choice("scope", of: Scope.self)
        if scope == nil, input.value("scope") == nil || input.value("scope") == .null {
            input.refuse("scope", "This member is required: one of read, post, command, admin.")
        }
        _ = input.author()
        try input.finish()
        let secret = TokenSecret.make(services.random)
        let now = services.clock()
        let token = Token(
            id: "tok_" + ULID.make(at: now, services.random), name: name, scope: scope ?? .read,
            secretHash: TokenSecret.hash(secret), createdAt: now, revokedAt: nil)
        call.submit(.createToken(token), author: nil) { _ in
            Answer.object(.created, location: "/v1/tokens/\(token.id)", noStore: true) {
                Answers.newToken(token, secret: secret, to: &$0)
            }
        }
    }

    func listTokens(_ call: Call) throws(Problem) {
        let page = try call.page(services.directory.tokens(), id: \.id)
        let list = Answer.list(page.items, next: page.next, request: call.request) { writer, token in
            Answers.token(token, to: &writer)
        }
        call.answer(Answer.tagged(list, for: call))
    }

    func revokeToken(_ call: Call) throws(Problem) {
        let query = try call.query(["author"])
        call.submit(.revokeToken(call.ticket.parameters.first ?? ""), author: try query.author()) { _ in
            Answer.noContent
        }
    }

    func readProblem(_ call: Call) throws(Problem) {
        try call.noQuery()
        guard let slug = call.ticket.parameters.first.flatMap(Slug.init(rawValue:)) else {
            let known = Slug.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(.notFound, "There is no such problem. The problems are \(known).")
        }
        let (status, title, page) = slug.entry
        let text = "\(title) (\(status) \(slug.rawValue))\n\n\(page)\n"
        call.answer(Answer.tagged(Answer.text(text), for: call))
    }
}

extension Input {
    /// The patterns of a webhook's events; one that matches no event is a typo.
    fileprivate func patterns(_ name: String, max: Int) -> [String] {
        guard case .array(let values)? = value(name), (1...max).contains(values.count) else {
            refuse(
                name,
                "It must be an array of 1 to \(max) patterns: [\"update.*\", \"incident.*\"], or [\"*\"] for everything."
            )
            return []
        }
        var patterns: [String] = []
        for (index, value) in values.enumerated() {
            // The length first: a pattern is taken apart once for each type.
            if case .string(let pattern) = value, pattern.utf8.count <= TextRule.name.bytesMax,
                EventType.isUseful(pattern: pattern)
            {
                patterns.append(pattern)
            } else {
                let known = EventType.allCases.map(\.rawValue).joined(separator: ", ")
                refuse(name, index, "No event matches this pattern. Events are \(known).")
            }
        }
        return patterns
    }
}
