import Coordination
import HTTP
import Incidents
import Journal
import JSON
import Platform
import Time

/// The routes around incidents: tokens, problems.
extension APIResponder {
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
        let page = try call.page(services.credentials.tokens(), id: \.id)
        let list = Answer.list(page.items, next: page.next, request: call.request) { writer, token in
            Answers.token(token, to: &writer)
        }
        call.answer(Answer.tagged(list, for: call))
    }

    func readToken(_ call: Call) throws(Problem) {
        try call.noQuery()
        guard let token = call.ticket.parameters.first.flatMap(services.credentials.token) else {
            throw Problem(.notFound, "There is no such token. GET /v1/tokens lists them.")
        }
        call.answer(Answer.tagged(Answer.object { Answers.token(token, to: &$0) }, for: call))
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
        let page = ProblemPage.response(for: slug, html: call.prefersHTML)
        call.answer(Answer.varying(Answer.tagged(page, for: call)))
    }

    func listProblems(_ call: Call) throws(Problem) {
        try call.noQuery()
        let page = ProblemPage.list(html: call.prefersHTML)
        call.answer(Answer.varying(Answer.tagged(page, for: call)))
    }

    func readOpenAPI(_ call: Call) throws(Problem) {
        try call.noQuery()
        call.answer(call.holds(document.tag) ? Answer.notModified(document.tag) : document.answer)
    }
}

extension Call {
    /// Whether a browser asks; `curl` (`*/*`) gets the words alone.
    fileprivate var prefersHTML: Bool {
        request.fields["accept"].map { Accept($0).prefers("text/html", to: "text/plain") } ?? false
    }
}
