import Journal
import JSON

/// The operations on tokens, and those about the service itself.
extension Documentation {
    static let createToken = Documentation(
        group: .tokens, summary: "Make a token", description: "The answer shows it, once.",
        body: .write(["name": .text(.name), "scope": .words(of: Scope.self)]),
        examples: [("bot", #"{"name": "slackbot", "scope": "post"}"#)],
        answers: [
            .json(
                201,
                .object([
                    "id": .string, "name": .string, "scope": .words(of: Scope.self),
                    "token": .string.orNull.described("Shown once; null when the request is repeated."),
                    "created_at": .moment,
                ]), "The token.", location: true)
        ])

    static let listTokens = Documentation(
        group: .tokens, summary: "List tokens, newest first", query: [.limit, .cursor],
        answers: [.page(of: .token)])

    static let readToken = Documentation(
        group: .tokens, summary: "Read a token", description: "Its secret is never shown again.",
        answers: [.json(.ref(.token), "The token.", tag: true)])

    static let revokeToken = Documentation(
        group: .tokens, summary: "Revoke a token", description: "It is refused from then on.",
        query: [.author], answers: [.noContent])

    static let readHealth = Documentation(
        group: .service, summary: "Whether the service is alive",
        answers: [.json(.object(["status": .words(["ok"])]), "It is.")])

    static let readReadiness = Documentation(
        group: .service, summary: "Whether it takes writes and keeps the beat",
        description: "With a token of any scope the answer has `checks`, too.",
        answers: [
            .json(readiness("ok"), "It does."),
            .json(503, readiness("unavailable"), "It does not; the log says why."),
        ])

    static let readMetrics = Documentation(
        group: .service, summary: "Metrics, in Prometheus' text format",
        answers: [
            ResponseDescription(status: 200, description: "The page.", content: [("text/plain", .string)])
        ])

    static let readOpenAPI = Documentation(
        group: .service, summary: "This document",
        answers: [.json(Schema(["type": .string("object")]), "OpenAPI 3.1.", tag: true)])

    static let listProblems = Documentation(
        group: .service, summary: "What problems there are",
        description: "Plain text, or HTML when `Accept` asks for it.", answers: [page])

    static let readProblem = Documentation(
        group: .service, summary: "What a problem means, and what to do about it",
        description: "Plain text, or HTML when `Accept` asks for it.", answers: [page])

    /// Each check has figures of its own beside its status.
    private static func readiness(_ status: String) -> Schema {
        let check = Schema.object(["status": .string, "detail": .string.orNull])
        return .object(
            ["status": .words([status])],
            optional: [
                "checks": Schema(["type": .string("object"), "additionalProperties": check.json])
            ])
    }

    private static let page = ResponseDescription(
        status: 200, description: "The page.", content: [("text/plain", .string), ("text/html", .string)],
        hasTag: true)
}
