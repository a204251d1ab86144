import HTTP
import Journal
import Model
import ServiceSupport
import Testing

@testable import API
@testable import Routing
@testable import Engine

/// Every slug that can occur is provoked by something; a new one fails here until something does.
struct SlugTests {
    /// What provokes a slug, and the status it must come with.
    typealias Provocation = @Sendable (TestAPI) throws -> Reply

    private static let one = "/v1/incidents/INC-1"

    /// What a client can do on any day.
    static let everyday: [ProblemType: Provocation] = [
        .malformedJSON: { try $0.ask(.post, "/v1/incidents", "{") },
        .malformedRequest: {
            try $0.ask(.post, "\(one)/timeline", #"{"text": "x"}"#, ["Idempotency-Key": ""])
        },
        .invalidParameter: { try $0.ask(.get, "/v1/incidents?x=1") },
        .unauthorized: { try $0.ask(.get, "/v1/incidents", token: nil) },
        .insufficientScope: { try $0.ask(.get, "/v1/tokens", token: .command) },
        .notFound: { try $0.ask(.get, "/v1/incidents/INC-9") },
        .methodNotAllowed: { try $0.ask(.delete, "/v1/incidents") },
        .severityOnlyRises: { try $0.ask(.put, "\(one)/severity", #"{"severity": "minor"}"#) },
        .notAllowedFromStatus: { try $0.ask(.put, "\(one)/status", #"{"status": "resolved"}"#) },
        .staleDraft: { api in
            try api.ask(.put, "\(one)/status", #"{"status": "mitigating"}"#)
            return try api.ask(.post, "\(one)/status-updates", #"{"text": "x", "basis_seq": 1}"#)
        },
        .incidentEnded: { api in
            try api.ask(.put, "\(one)/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
            return try api.ask(.put, "\(one)/severity", #"{"severity": "critical"}"#)
        },
        .commanderOnly: {
            try $0.ask(
                .put, "\(one)/status",
                #"{"status": "resolved", "override": true, "reason": "x", "author": "eve"}"#)
        },
        .notRestored: { api in
            try api.ask(.put, "\(one)/status", #"{"status": "monitoring"}"#)
            return try api.ask(.put, "\(one)/status", #"{"status": "resolved", "author": "alice"}"#)
        },
        .snoozeLimit: { api in
            for minutes in [10, 15] {
                try api.ask(
                    .post, "\(one)/cadence/snoozes", #"{"minutes": \#(minutes), "reason": "x"}"#)
            }
            return try api.ask(.post, "\(one)/cadence/snoozes", #"{"minutes": 15, "reason": "x"}"#)
        },
        .nothingToSnooze: { api in
            try api.ask(.post, "\(one)/cadence/snoozes", #"{"minutes": 1, "reason": "x"}"#)
        },
        .approvalNeeded: {
            try $0.ask(.post, "\(one)/freeze/exceptions", #"{"author": "eve"}"#)
        },
        .deploysFrozen: { try $0.ask(.get, "/v1/freeze?fail=1") },
        .mitigationInProgress: { api in
            for action in ["a", "b"] {
                let reply = try api.ask(.post, "\(one)/mitigations", #"{"action": "\#(action)"}"#)
                if action == "b" { return reply }
            }
            return try api.ask(.get, one)
        },
        .rollbackSpent: { api in
            let body = #"{"known_good": "2.13", "database": "safe", "author": "alice"}"#
            let id = try api.ask(.post, "\(one)/mitigations", body).string("id") ?? ""
            try api.ask(.patch, "\(one)/mitigations/\(id)", #"{"state": "no_effect"}"#)
            return try api.ask(.post, "\(one)/mitigations", body)
        },
        .preconditionFailed: { try $0.ask(.patch, one, "{}", ["If-Match": "\"1-7\""]) },
        .unsupportedMediaType: { try $0.ask(.post, "/v1/incidents", "{}", ["Content-Type": "text/plain"]) },
        .validation: { try $0.ask(.post, "/v1/incidents", "{}") },
        .promiseExceedsCadence: {
            try $0.ask(
                .post, "\(one)/status-updates", #"{"text": "x", "next_update_at": "2026-01-15T11:00:00Z"}"#)
        },
        .clockSkew: { try $0.ask(.patch, one, #"{"started_at": "2027-01-01T00:00:00Z"}"#) },
        .webhookURLRefused: {
            try $0.ask(.post, "/v1/webhooks", #"{"url": "http://10.0.0.1", "events": ["*"]}"#)
        },
        .lintBlocked: { _ in
            var policy = TestService.policy
            policy.lint.mode = .block
            let api = try TestAPI(policy: policy)
            try api.declare()
            return try api.ask(.post, "\(one)/status-updates", #"{"text": "It is probably DNS."}"#)
        },
        .unfilledDraft: { try $0.ask(.post, "\(one)/status-updates", #"{"text": "[FILL: x]"}"#) },
        .idempotencyKeyReused: { api in
            try api.ask(.patch, one, #"{"impact": "a"}"#, ["Idempotency-Key": "k"])
            return try api.ask(.patch, one, #"{"impact": "b"}"#, ["Idempotency-Key": "k"])
        },
        .rateLimited: { api in
            let wrong = ["Authorization": "Bearer \(TokenProbe.wrong)"]
            for _ in 1...20 { try api.ask(.get, "/v1/incidents", token: nil, wrong) }
            return try api.ask(.get, "/v1/incidents", token: nil, wrong)
        },
        .internalFault: { _ in try TestAPI(templates: []).asking(.get, "\(one)/status-updates/draft") },
        .storageUnavailable: { _ in
            try TestAPI { $0.routing.submit = { $0.refuse(.storage("the disk is full")) } }.asking(
                .patch, one, "{}")
        },
        .overloaded: { _ in
            try TestAPI { $0.routing.submit = { $0.refuse(.tooManyWaiting(retryAfter: .seconds(1))) } }
                .asking(
                    .patch, one, "{}")
        },
    ]

    /// What the parser and the server refuse before any route sees it; AppTests provoke these over a socket.
    static let wire: [ProblemType: HTTPError] = [
        .requestTimeout: .requestTimeout, .contentTooLarge: .contentTooLarge(bytesMax: 1),
        .uriTooLong: .uriTooLong,
        .expectationFailed: .expectationFailed, .misdirectedRequest: .misdirected,
        .headersTooLarge: .headersTooLarge, .notImplemented: .methodNotImplemented,
        .outcomeUnknown: .outcomeUnknown, .versionNotSupported: .versionNotSupported,
    ]

    @Test(arguments: ProblemType.all)
    func `a slug is provoked, with its status and all that a problem says`(type: ProblemType) throws {
        let api = try TestAPI()
        try api.declare(#""title": "x", "severity": "major", "roles": {"commander": "alice"}"#)
        let reply: Reply
        if let fault = SlugTests.wire[type] {
            reply = Reply(api.responder.refusal(fault, of: RefusedRequest(id: "req-1")))
        } else {
            let provoke = try #require(SlugTests.everyday[type], "nothing provokes \(type.slug)")
            reply = try provoke(api)
        }
        #expect(reply.slug == type.slug, "\(reply.text)")
        #expect(reply.status == type.status)
        #expect(reply.integer("status") == type.status)
        #expect(reply.string("title") == type.title)
        #expect(reply.string("request_id") == "req-1")
        #expect(reply.string("detail").map { $0.utf8.count > 20 } == true, "\(reply.text)")
        #expect(reply.field("Cache-Control") == "no-store")
        if [429, 503].contains(reply.status) { #expect(reply.field("Retry-After") != nil) }
        if reply.status == 415 { #expect(reply.field("Accept") == "application/json") }
    }

    @Test func `where a page says that the detail names the limit, it does`() {
        let promised = SlugTests.wire.filter { $0.key.meaning.contains("names the limit") }
        #expect(!promised.isEmpty)
        for (type, fault) in promised {
            let isNamed = fault.detail.contains { $0.isNumber }
            #expect(isNamed, "\(type.slug): \(fault.detail)")
        }
    }

    @Test func `the server's own faults keep their words, and a 415 of it names curl --json`() throws {
        let api = try TestAPI()
        for fault in [
            HTTPError.contentEncoded, .overloaded, .bodiesFull, .responsesFull, .tooManyWaits, .gaveWay,
            .restarting,
            .outcomeUnknown, .unsendable,
            .malformed("Two lengths.", clause: "RFC 9112 §6.3"),
        ] {
            let reply = Reply(api.responder.refusal(fault, of: RefusedRequest(id: "req-1")))
            #expect(reply.slug == fault.slug)
            #expect(reply.status == fault.status.code)
            #expect(reply.string("detail")?.hasPrefix(fault.detail) == true)
            if reply.status == 415 {
                #expect(reply.field("Accept") == "application/json")
                #expect(reply.string("detail")?.contains("curl --json") == true)
            }
            if reply.status == 503 { #expect(reply.field("Retry-After") != nil) }
        }
    }

    @Test func `slugs and statuses are those of the plan`() {
        let plan: [Int: [String]] = [
            400: ["malformed-json", "malformed-request", "invalid-parameter"], 401: ["unauthorized"],
            403: ["insufficient-scope"], 404: ["not-found"], 405: ["method-not-allowed"],
            408: ["request-timeout"],
            409: [
                "severity-only-rises", "not-allowed-from-status", "not-restored", "mitigation-in-progress",
                "stale-draft",
                "incident-ended", "commander-only", "snooze-limit", "nothing-to-snooze",
                "rollback-spent", "approval-needed",
            ],
            412: ["precondition-failed"], 413: ["content-too-large"], 414: ["uri-too-long"],
            415: ["unsupported-media-type"], 417: ["expectation-failed"], 421: ["misdirected-request"],
            422: [
                "validation", "promise-exceeds-cadence", "clock-skew", "webhook-url-refused",
                "unfilled-draft", "lint-blocked",
                "idempotency-key-reused",
            ],
            423: ["deploys-frozen"], 429: ["rate-limited"], 431: ["headers-too-large"], 500: ["internal"],
            501: ["not-implemented"], 503: ["storage-unavailable", "overloaded"],
            504: ["outcome-unknown"],
            505: ["version-not-supported"],
        ]
        for type in ProblemType.all {
            #expect(plan[type.status]?.contains(type.slug) == true, "\(type.slug)")
        }
    }

    @Test func `the store's refusal says that a retry with the same key is safe, and claims no more`() throws
    {
        let api = try TestAPI { $0.routing.submit = { $0.refuse(.storage("away")) } }
        let reply = try api.ask(.post, "/v1/incidents", #"{"title": "x", "severity": "minor"}"#)
        #expect(reply.string("detail")?.contains("same Idempotency-Key is safe") == true)
        // After a commit that broke no one knows what was written.
        #expect(reply.string("detail")?.contains("Nothing was written") == false)
    }

    @Test func `what a newer version wrote is no fault of the store, and the refusal says what to do`() throws
    {
        let newer = Refusal(
            .storageUnavailable,
            "INC-1 has an entry of the kind watch_reset, written by a newer version of Drumbeat; retry with the same Idempotency-Key.",
            retryAfter: .seconds(60))
        let api = try TestAPI { $0.routing.submit = { $0.refuse(newer) } }
        let reply = try api.ask(.patch, SlugTests.one, "{}")
        #expect(reply.slug == "storage-unavailable")
        #expect(reply.field("Retry-After") == "60")
        let detail = reply.string("detail") ?? ""
        for words in ["INC-1", "watch_reset", "newer version of Drumbeat", "same Idempotency-Key"] {
            #expect(detail.contains(words), "\(detail)")
        }
    }

    @Test func `an internal fault shows nothing of itself`() throws {
        let fault = Refusal(.internalFault, "An internal error occurred.", cause: "SECRET: row 7")
        let api = try TestAPI { $0.routing.submit = { $0.refuse(fault) } }
        let reply = try api.ask(.patch, SlugTests.one, "{}")
        #expect(reply.slug == "internal")
        #expect(!reply.text.contains("SECRET"))
        #expect(api.log.lines.contains { $0.contains("SECRET: row 7") && $0.contains("request_id=req-1") })
    }
}

extension TestAPI {
    /// Asks an incident that is there, over an API that was made for this one question.
    fileprivate func asking(_ method: HTTP.Method, _ target: String, _ body: String? = nil) throws -> Reply {
        try declareAround()
        return try ask(method, target, body)
    }
}
