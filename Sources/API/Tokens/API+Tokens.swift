import Encoding
import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
import Time

/// The routes of tokens.
extension DrumbeatAPI {
    func createToken(_ context: RequestContext, _ new: NewToken) throws(Problem) {
        let secret = TokenSecret.make(services.random)
        let now = services.routing.clock()
        let token = Token(
            id: "tok_" + ULID.make(at: now, services.random), name: new.name, scope: new.scope,
            secretHash: TokenSecret.hash(secret), createdAt: now, revokedAt: nil)
        context.submit(CreateToken(token, secret: secret, isFirst: false), author: nil)
    }

    func listTokens(_ context: RequestContext) throws(Problem) {
        let page = try context.page(services.routing.credentials.tokens(), id: \.id)
        let list = Responses.list(
            page.items, next: page.next, request: context.request, cursor: \.id
        ) { writer, token in
            Representations.token(token, to: &writer)
        }
        context.answer(Responses.tagged(list, for: context))
    }

    func readToken(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        guard let token = services.routing.credentials.token(context.firstParameter) else {
            throw Problem(.notFound, "This token does not exist. GET /v1/tokens lists the tokens.")
        }
        context.answer(
            Responses.tagged(Responses.object { Representations.token(token, to: &$0) }, for: context))
    }

    func revokeToken(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["author"])
        context.submit(RevokeToken(context.firstParameter), author: try query.author())
    }
}

/// The body of a token creation.
struct NewToken: Sendable {
    var name: String
    var scope: Scope

    init(from body: BodyReader) {
        name = body.text("name", .name)
        scope = body.choice("scope", or: .read)
    }
}

extension Representations {
    /// Writes a token's members without its secret, which only the creating response shows.
    static func token(_ token: Token, to writer: inout JSONWriter) {
        writer.member("id", token.id)
        writer.member("name", token.name)
        writer.member("scope", token.scope.rawValue)
        writer.member("created_at", token.createdAt.rfc3339)
        writer.member("revoked_at", token.revokedAt?.rfc3339)
    }
}
