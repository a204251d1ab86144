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
            secretHash: TokenSecret.hash(secret), createdAt: now, revokedAt: nil, expiresAt: new.expiresAt)
        context.submit(CreateToken(token, secret: secret, isFirst: false), author: nil)
    }

    func rotateToken(_ context: RequestContext, _ rotation: TokenRotation) throws(Problem) {
        let secret = TokenSecret.make(services.random)
        let id = "tok_" + ULID.make(at: services.routing.clock(), services.random)
        context.submit(
            RotateToken(
                of: context.firstParameter, to: (id, secret, TokenSecret.hash(secret)),
                expiresAt: rotation.expiresAt, overlap: .seconds(rotation.overlapMinutes * 60)),
            author: nil)
    }

    /// The caller's own token.
    func readMe(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        guard let principal = context.ticket.principal else { throw Problem(of: .internalFault) }
        context.answer(
            Responses.varying(
                by: .token,
                Responses.tagged(
                    Responses.object { writer in
                        writer.member("name", principal.name)
                        writer.member("scope", principal.scope.rawValue)
                        writer.member("expires_at", principal.expiresAt?.rfc3339)
                    }, for: context)))
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
    var expiresAt: Timestamp?

    init(from body: BodyReader) {
        name = body.text("name", .name)
        scope = body.choice("scope", or: .read)
        expiresAt = body.moment(
            "expires_at", "The token is refused from then on; without it, until it is revoked.")
    }
}

/// The body of a token's rotation.
struct TokenRotation: Sendable {
    /// Upper bound of the overlap: a week is more than any deployment needs.
    static let overlapMinutesMax: Int64 = 7 * 1_440
    /// Default overlap: a rotation in the morning can be deployed until the next one.
    static let overlapMinutesDefault = 1_440

    var overlapMinutes: Int
    /// `nil` for that of the old token.
    var expiresAt: Timestamp?

    init(from body: BodyReader) {
        overlapMinutes =
            body.integer(
                "overlap_minutes", in: 0...TokenRotation.overlapMinutesMax,
                "For how long the old token is valid too: 1440 by default, 0 revokes it at once.")
            ?? TokenRotation.overlapMinutesDefault
        expiresAt = body.moment("expires_at", "The end of the new token; that of the old one by default.")
    }
}

extension BodyReader {
    /// Refuses an end that has passed.
    func checkEnd(_ moment: Timestamp?, at now: Timestamp) {
        if let moment, moment <= now { refuse("expires_at", "It must be later than now.") }
    }
}

extension Representations {
    /// Writes a token's members without its secret, which only the creating response shows.
    static func token(_ token: Token, to writer: inout JSONWriter) {
        writer.member("id", token.id)
        writer.member("name", token.name)
        writer.member("scope", token.scope.rawValue)
        writer.member("created_at", token.createdAt.rfc3339)
        writer.member("expires_at", token.expiresAt?.rfc3339)
        writer.member("last_used_at", token.lastUsedAt?.rfc3339)
        writer.member("revoked_at", token.revokedAt?.rfc3339)
    }
}
