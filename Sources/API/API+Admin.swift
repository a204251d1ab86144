import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Platform
import Time

/// The routes around incidents: tokens, problems.
extension APIResponder {
    func createToken(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let input = try Input.read(context.request.body)
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
        context.submit(.createToken(token), author: nil) { _ in
            Responses.object(.created, location: "/v1/tokens/\(token.id)", noStore: true) {
                Representations.newToken(token, secret: secret, to: &$0)
            }
        }
    }

    func listTokens(_ context: RequestContext) throws(Problem) {
        let page = try context.page(services.credentials.tokens(), id: \.id)
        let list = Responses.list(page.items, next: page.next, request: context.request) { writer, token in
            Representations.token(token, to: &writer)
        }
        context.answer(Responses.tagged(list, for: context))
    }

    func readToken(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        guard let token = context.ticket.parameters.first.flatMap(services.credentials.token) else {
            throw Problem(.notFound, "There is no such token. GET /v1/tokens lists them.")
        }
        context.answer(
            Responses.tagged(Responses.object { Representations.token(token, to: &$0) }, for: context))
    }

    func revokeToken(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["author"])
        context.submit(.revokeToken(context.ticket.parameters.first ?? ""), author: try query.author()) { _ in
            Responses.noContent
        }
    }

    func readProblem(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        guard let type = context.ticket.parameters.first.flatMap(ProblemType.named) else {
            let known = ProblemType.all.map(\.slug).joined(separator: ", ")
            throw Problem(.notFound, "There is no such problem. The problems are \(known).")
        }
        let page = ProblemPage.response(for: type, html: context.prefersHTML)
        context.answer(Responses.varying(Responses.tagged(page, for: context)))
    }

    func listProblems(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let page = ProblemPage.list(html: context.prefersHTML)
        context.answer(Responses.varying(Responses.tagged(page, for: context)))
    }

    func readOpenAPI(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        context.answer(context.holds(document.tag) ? Responses.notModified(document.tag) : document.answer)
    }
}

extension RequestContext {
    /// Whether a browser asks; `curl` (`*/*`) gets the words alone.
    fileprivate var prefersHTML: Bool {
        request.fields["accept"].map { Accept($0).prefers("text/html", to: "text/plain") } ?? false
    }
}
