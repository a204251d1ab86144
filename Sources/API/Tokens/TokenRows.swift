import Journal
import Routing

extension DrumbeatAPI {
    var tokenRows: [Route] {
        [
            .write(
                .post, "/v1/tokens", .scope(.admin), "createToken",
                Documentation(
                    group: .tokens, summary: "Create a token",
                    description: "The secret is shown once, in this response.",
                    examples: [("bot", #"{"name": "slackbot", "scope": "post"}"#)],
                    answers: [
                        .json(
                            201,
                            .object([
                                "id": .string, "name": .string, "scope": .words(of: Scope.self),
                                "token": .string.orNull.described(
                                    "Shown once; null when the request is repeated."),
                                "created_at": .responseTime,
                            ]), "The token.", location: true)
                    ]),
                reading: NewToken.init(from:)
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
        ]
    }
}

extension Schema {
    static let token = Schema.object([
        "id": .string, "name": .string, "scope": .words(of: Scope.self), "created_at": .responseTime,
        "revoked_at": .responseTime.orNull,
    ])
    .describing([
        "id": "Its id, `tok_…`.", "name": "Its name, which its entries show as `posted_by`.",
        "scope": "What it may do.",
        "created_at": "When it was created.", "revoked_at": "When it was revoked.",
    ])
}
