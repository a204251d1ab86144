import JSON

extension Route {
    static let service: [Route] = [
        .handler(
            .get, "/healthz", .open, "readHealth",
            Documentation(
                group: .service, summary: "Whether the service is alive",
                answers: [.json(.object(["status": .words(["ok"])]), "It is.")])
        ) { try $0.readHealth($1) },

        .handler(
            .get, "/readyz", .open, "readReadiness",
            Documentation(
                group: .service, summary: "Whether it takes writes and keeps the beat",
                description: "With a token of any scope the answer has `checks`, too.",
                answers: [
                    .json(readiness("ok"), "It does."),
                    .json(503, readiness("unavailable"), "It does not; the log says why."),
                ])
        ) { try $0.readReadiness($1) },

        .handler(
            .get, "/metrics", .open, "readMetrics",
            Documentation(
                group: .service, summary: "Metrics, in Prometheus' text format",
                answers: [
                    .init(status: 200, description: "The page.", content: [("text/plain", .string)])
                ])
        ) { try $0.readMetrics($1) },

        .handler(
            .get, "/openapi.json", .open, "readOpenAPI",
            Documentation(
                group: .service, summary: "This document",
                answers: [.json(Schema(["type": .string("object")]), "OpenAPI 3.1.", tag: true)])
        ) { try $0.readOpenAPI($1) },

        .handler(
            .get, "/problems", .open, "listProblems",
            Documentation(
                group: .service, summary: "What problems there are",
                description: "Plain text, or HTML when `Accept` asks for it.", answers: [page])
        ) { try $0.listProblems($1) },

        .handler(
            .get, "/problems/{slug}", .open, "readProblem",
            Documentation(
                group: .service, summary: "What a problem means, and what to do about it",
                description: "Plain text, or HTML when `Accept` asks for it.", answers: [page])
        ) { try $0.readProblem($1) },
    ]

    /// Each check has its own figures besides `status` and `detail`.
    private static func readiness(_ status: String) -> Schema {
        let check = Schema.object(["status": .string, "detail": .string.orNull])
        return .object(
            ["status": .words([status])],
            optional: [
                "checks": Schema(["type": .string("object"), "additionalProperties": check.json])
            ])
    }

    private static let page = Documentation.ResponseDescription(
        status: 200, description: "The page.", content: [("text/plain", .string), ("text/html", .string)],
        hasTag: true)
}
