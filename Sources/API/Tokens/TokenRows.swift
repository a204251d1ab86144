import Journal
import Routing

extension DrumbeatAPI {
    var tokenRows: [Route] {
        [
            .handler(
                .get, "/v1/me", .scope(.read), "readMe",
                Documentation(
                    group: .tokens, summary: "Read the name, scope and end of one's own token",
                    answers: [.json(Self.me, "The token.", tag: true)])
            ) { try self.readMe($0) },

            .write(
                .post, "/v1/tokens", .scope(.admin), "createToken",
                Documentation(
                    group: .tokens, summary: "Create a token",
                    description:
                        "The secret is shown once, in this response. A name is unique among valid tokens: "
                        + "it is the author of what they write.",
                    examples: [("bot", #"{"name": "slackbot", "scope": "post"}"#)],
                    answers: [Self.created]),
                reading: NewToken.init(from:),
                check: { $1.checkEnd($0.expiresAt, at: self.services.routing.clock()) }
            ) { context, new, _ in try self.createToken(context, new) },

            .handler(
                .get, "/v1/tokens", .scope(.admin), "listTokens",
                Documentation(
                    group: .tokens, summary: "List tokens, newest first", query: [.limit, .cursor],
                    answers: [.page(of: .token)])
            ) { try self.listTokens($0) },

            .handler(
                .get, "/v1/tokens/{id}", .scope(.admin), "readToken",
                Documentation(
                    group: .tokens, summary: "Read a token", description: "The secret is not shown.",
                    answers: [.json(.ref(.token), "The token.", tag: true)])
            ) { try self.readToken($0) },

            .handler(
                .delete, "/v1/tokens/{id}", .scope(.admin), "revokeToken",
                Documentation(
                    group: .tokens, summary: "Revoke a token",
                    description: "The token is refused from now on.",
                    query: [.author], answers: [.noContent])
            ) { try self.revokeToken($0) },

            .write(
                .post, "/v1/tokens/{id}/rotate", .scope(.admin), "rotateToken",
                Documentation(
                    group: .tokens, summary: "Rotate a token",
                    description:
                        "Creates a token with the same name and scope, and lets the old one end after `overlap_minutes`. `last_used_at` of "
                        + "the old one shows whether anyone still uses it.",
                    examples: [("rotate", #"{"overlap_minutes": 60}"#)], answers: [Self.created]),
                bodyMayBeAbsent: true, reading: TokenRotation.init(from:),
                check: { $1.checkEnd($0.expiresAt, at: self.services.routing.clock()) }
            ) { context, rotation, _ in try self.rotateToken(context, rotation) },
        ]
    }

    private static let created = Documentation.ResponseDescription.json(
        201,
        Schema.object([
            "id": .string, "name": .string, "scope": .words(of: Scope.self), "token": .string.orNull,
            "created_at": .responseTime, "expires_at": .responseTime.orNull,
            "last_used_at": .responseTime.orNull,
        ]).describing([
            "token": "The secret, shown once; null when the request is repeated.",
            "expires_at": "When it ends; null for no end.",
        ]), "The token and its secret.", location: true)

    private static let me = Schema.object([
        "name": .string, "scope": .words(of: Scope.self), "expires_at": .responseTime.orNull,
    ])
}

extension Schema {
    static let token = Schema.object([
        "id": .string, "name": .string, "scope": .words(of: Scope.self), "created_at": .responseTime,
        "expires_at": .responseTime.orNull, "last_used_at": .responseTime.orNull,
        "revoked_at": .responseTime.orNull,
    ])
    .describing([
        "id": "Its id, `tok_…`.", "name": "Its name, which its entries show as `posted_by`.",
        "scope": "What it may do.",
        "created_at": "When it was created.", "expires_at": "When it ends; null for no end.",
        "last_used_at": "The minute of its last request; null for none.",
        "revoked_at": "When it was revoked.",
    ])
}
