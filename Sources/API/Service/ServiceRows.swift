import JSON
import Routing

extension DrumbeatAPI {
    var serviceRows: [Route] {
        [
            .handler(
                .get, "/", .open, "readWelcome",
                Documentation(
                    group: .service, summary: "Say what this is",
                    answers: [
                        .init(status: 200, description: "Three lines.", content: [("text/plain", .string)])
                    ])
            ) { try self.readWelcome($0) },

            .handler(
                .get, "/healthz", .open, "readHealth",
                Documentation(
                    group: .service, summary: "Liveness check",
                    answers: [.json(.object(["status": .words(["ok"])]), "It is.")])
            ) { try self.readHealth($0) },

            .handler(
                .get, "/readyz", .open, "readReadiness",
                Documentation(
                    group: .service, summary: "Readiness check: writes and nags",
                    description: "With a token of any scope the response also has `checks`.",
                    answers: [
                        .json(Self.readiness("ok"), "It does."),
                        .json(503, Self.readiness("unavailable"), "Not ready; see the log."),
                    ])
            ) { try self.readReadiness($0) },

            .handler(
                .get, "/metrics", .open, "readMetrics",
                Documentation(
                    group: .service, summary: "Metrics in Prometheus text format",
                    answers: [
                        .init(status: 200, description: "The page.", content: [("text/plain", .string)])
                    ])
            ) { try self.readMetrics($0) },

            .handler(
                .get, "/openapi.json", .open, "readOpenAPI",
                Documentation(
                    group: .service, summary: "This document",
                    answers: [.json(Schema(["type": .string("object")]), "OpenAPI 3.1.", tag: true)])
            ) { try self.readOpenAPI($0) },

            .handler(
                .get, "/problems", .open, "listProblems",
                Documentation(
                    group: .service, summary: "List the problems",
                    description: "Plain text, or HTML when `Accept` asks for it.", answers: [Self.page])
            ) { try self.listProblems($0) },

            .handler(
                .get, "/problems/{slug}", .open, "readProblem",
                Documentation(
                    group: .service, summary: "Explain a problem",
                    description: "Plain text, or HTML when `Accept` asks for it.", answers: [Self.page])
            ) { try self.readProblem($0) },
        ]
    }

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
