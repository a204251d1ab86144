@testable import API
@testable import Routing
import HTTP
import Journal
import Model
import ServiceSupport
import Testing
import Time

/// Who gets in, and what the doors say.
struct AccessTests {
    let api: TestAPI

    init() throws { api = try TestAPI() }

    @Test func `a ticket holds until tokens change, so that a revoked one stops on a kept connection too`()
        throws
    {
        let made = try api.ask(.post, "/v1/tokens", #"{"name": "bot", "scope": "read"}"#)
        let secret = try #require(made.string("token"))
        let id = try #require(made.string("id"))
        let request = try api.request(
            .get, "/v1/incidents", nil, ["Authorization": "Bearer \(secret)"])
        guard case .proceed(_, let ticket) = api.responder.admit(request.head) else {
            Issue.record("a good token was refused")
            return
        }
        #expect(api.responder.stillHolds(ticket: ticket))
        #expect(try api.ask(.delete, "/v1/tokens/\(id)").status == 204)
        #expect(!api.responder.stillHolds(ticket: ticket))
        guard case .refuse(let response) = api.responder.admit(request.head) else {
            Issue.record("a revoked token was let in")
            return
        }
        #expect(response.status == Status.unauthorized)
    }

    @Test func `wrong tokens are counted by address, and by network for IPv6`() {
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let counter = FailureCounter()
        for number in 0..<20 { #expect(counter.count("2001:db8::\(number)", at: now)) }
        #expect(!counter.count("2001:db8::ffff:1", at: now))
        #expect(counter.count("2001:db8:0:1::1", at: now))
        for _ in 0..<20 { #expect(counter.count("192.0.2.1", at: now)) }
        #expect(!counter.count("192.0.2.1", at: now))
        #expect(counter.count("192.0.2.2", at: now))
        #expect(counter.count("192.0.2.1", at: now + .seconds(60)))
    }

    @Test func `a flood from many addresses makes the counter forget no other, and is limited itself`() {
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let counter = FailureCounter()
        for _ in 0..<21 { _ = counter.count("192.0.2.1", at: now) }
        let flood = (0..<20_000).count { counter.count("10.0.\($0 / 250).\($0 % 250)", at: now) }
        #expect(flood <= 10_020)
        #expect(!counter.count("192.0.2.1", at: now))
        #expect(counter.count("192.0.2.9", at: now + .seconds(60)), "the flood is forgotten when it is over")
    }

    static let routes: [(method: Method, path: String, scope: Scope)] = [
        (.post, "/v1/incidents", .command),
        (.get, "/v1/incidents", .read),
        (.get, "/v1/incidents/INC-1", .read),
        (.patch, "/v1/incidents/INC-1", .post),
        (.put, "/v1/incidents/INC-1/severity", .command),
        (.post, "/v1/incidents/INC-1/severity/disputes", .post),
        (.put, "/v1/incidents/INC-1/status", .command),
        (.put, "/v1/incidents/INC-1/roles/scribe", .command),
        (.delete, "/v1/incidents/INC-1/roles/scribe", .command),
        (.get, "/v1/incidents/INC-1/timeline", .read),
        (.post, "/v1/incidents/INC-1/timeline", .post),
        (.get, "/v1/incidents/INC-1/timeline/1", .read),
        (.post, "/v1/incidents/INC-1/timeline/1/confirmation", .post),
        (.post, "/v1/incidents/INC-1/timeline/1/correction", .post),
        (.get, "/v1/incidents/INC-1/events", .read),
        (.get, "/v1/events", .read),
        (.post, "/v1/incidents/INC-1/timeline/batch", .post),
        (.post, "/v1/incidents/INC-1/timeline/import", .post),
        (.get, "/v1/incidents/INC-1/cadence", .read),
        (.patch, "/v1/incidents/INC-1/cadence", .command),
        (.post, "/v1/incidents/INC-1/cadence/snoozes", .post),
        (.delete, "/v1/incidents/INC-1/cadence/snoozes", .post),
        (.post, "/v1/nags/test", .admin),
        (.post, "/v1/incidents/INC-1/escalations", .command),
        (.get, "/v1/incidents/INC-1/status-updates/draft", .read),
        (.get, "/v1/incidents/INC-1/status-updates", .read),
        (.post, "/v1/incidents/INC-1/status-updates", .post),
        (.get, "/v1/templates", .read),
        (.get, "/v1/templates/update", .read),
        (.post, "/v1/lint", .read),
        (.post, "/v1/incidents/INC-1/checks", .post),
        (.get, "/v1/incidents/INC-1/checks", .read),
        (.get, "/v1/incidents/INC-1/mitigations", .read),
        (.post, "/v1/incidents/INC-1/mitigations", .command),
        (.patch, "/v1/incidents/INC-1/mitigations/x", .command),
        (.post, "/v1/incidents/INC-1/mitigations/x/approval", .command),
        (.get, "/v1/freeze", .read),
        (.post, "/v1/freeze/attempts", .post),
        (.delete, "/v1/incidents/INC-1/freeze", .command),
        (.post, "/v1/incidents/INC-1/freeze/exceptions", .command),
        (.delete, "/v1/incidents/INC-1/freeze/exceptions/x", .command),
        (.get, "/v1/incidents/INC-1/context", .read),
        (.get, "/v1/incidents/INC-1/checklist", .read),
        (.put, "/v1/incidents/INC-1/checklist/quick_checks", .post),
        (.put, "/v1/inventory/people/bob", .command),
        (.get, "/v1/inventory/people", .post),
        (.get, "/v1/inventory/people/bob", .post),
        (.delete, "/v1/inventory/people/bob", .command),
        (.post, "/v1/webhooks", .admin),
        (.get, "/v1/webhooks", .admin),
        (.get, "/v1/webhooks/whk_x", .admin),
        (.patch, "/v1/webhooks/whk_x", .admin),
        (.delete, "/v1/webhooks/whk_x", .admin),
        (.post, "/v1/webhooks/whk_x/rotate-secret", .admin),
        (.post, "/v1/webhooks/whk_x/test", .admin),
        (.get, "/v1/webhooks/whk_x/deliveries", .admin),
        (.get, "/v1/deliveries/msg_x", .admin),
        (.post, "/v1/deliveries/msg_x/retry", .admin),
        (.get, "/v1/me", .read),
        (.post, "/v1/tokens", .admin),
        (.get, "/v1/tokens", .admin),
        (.get, "/v1/tokens/tok_x", .admin),
        (.delete, "/v1/tokens/tok_x", .admin),
        (.post, "/v1/tokens/tok_x/rotate", .admin),
    ]

    @Test func `the table above names every route that needs a token`() {
        let guarded = Route.all.filter { $0.access != .open }
        #expect(guarded.count == AccessTests.routes.count)
        for (route, row) in zip(guarded, AccessTests.routes) {
            #expect(route.method == row.method)
            #expect(route.access == .scope(row.scope))
            #expect(route.pattern.split(separator: "/").count == row.path.split(separator: "/").count)
        }
        #expect(
            Route.all.filter { $0.access == .open }.map(\.pattern) == [
                "/v1/actions/{code}", "/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/problems",
                "/problems/{slug}",
            ])
    }

    @Test func `each route with each scope below its own answers 403 and names the scope`() throws {
        try api.declare()
        for (method, path, needed) in AccessTests.routes {
            for scope in Scope.allCases {
                let body = [.post, .put, .patch].contains(method) ? "not json" : nil
                let reply = try api.ask(method, path, body, token: scope)
                if scope < needed {
                    #expect(reply.slug == "insufficient-scope", "\(method) \(path) \(scope)")
                    #expect(reply.string("detail")?.contains(needed.rawValue) == true)
                    #expect(reply.field("WWW-Authenticate")?.contains("scope=\"\(needed.rawValue)\"") == true)
                } else {
                    #expect(reply.status != 403 && reply.status != 401, "\(method) \(path) \(scope)")
                }
            }
        }
    }

    @Test func `without a token everything answers 401 before anything else, known or not`() throws {
        let unknown: [(Method, String)] = [
            (.get, "/v1"), (.get, "/v2/incidents"), (.post, "/nothing"),
            (.delete, "/v1/incidents"),
            (.options, "/v1/incidents"), (.get, "/v1/incidents?bogus=1"), (.get, "/v1/incidents/INC-7"),
            (.get, "/metrics/x"), (.get, "/healthz/x"),
        ]
        for (method, path) in AccessTests.routes.map({ ($0.method, $0.path) }) + unknown {
            let body = [.post, .put, .patch].contains(method) ? "{" : nil
            let reply = try api.ask(method, path, body, token: nil, ["Content-Type": "text/plain"])
            #expect(reply.slug == "unauthorized", "\(method) \(path)")
            #expect(reply.field("WWW-Authenticate")?.hasPrefix("Bearer") == true, "\(method) \(path)")
        }
    }

    @Test(arguments: [
        "Bearer", "Bearer ", "Basic dbt_x", "dbt_x", "Bearer dbt_",
        "Bearer dbt_000000000000000000000000000000000000",
        "Bearer\tdbt_x", "Bearer token=dbt_x", "",
    ])
    func `a weak or strange credential is refused alike`(value: String) throws {
        let reply = try api.ask(.get, "/v1/incidents", token: nil, ["Authorization": value])
        #expect(reply.slug == "unauthorized")
    }

    @Test func `a token without the word Bearer is told so, not that it is unknown`() throws {
        let secret = api.secret(.read)
        let empty = try api.ask(.get, "/v1/incidents", token: nil, ["Authorization": "Bearer"])
        #expect(empty.string("detail")?.hasPrefix("The token is empty: set DRUMBEAT_TOKEN") == true)
        for value in ["Token \(secret)", secret, "Basic \(secret)"] {
            let reply = try api.ask(.get, "/v1/incidents", token: nil, ["Authorization": value])
            #expect(reply.string("detail")?.contains("the word Bearer comes before the token") == true)
            #expect(reply.text.contains(secret) == false)
        }
        let unknown = try api.ask(.get, "/v1/incidents", token: nil, ["Authorization": "Bearer dbt_x"])
        #expect(unknown.string("detail")?.contains("unknown or revoked") == true)
    }

    @Test func `the scheme's case and extra spaces do not matter, the secret's do`() throws {
        let secret = api.secret(.read)
        for good in ["Bearer \(secret)", "bearer \(secret)", "BEARER   \(secret)"] {
            #expect(try api.ask(.get, "/v1/incidents", token: nil, ["Authorization": good]).status == 200)
        }
        for bad in ["Bearer \(secret.uppercased())", "Bearer \(secret) x", "Bearer \(secret)\u{301}"] {
            #expect(try api.ask(.get, "/v1/incidents", token: nil, ["Authorization": bad]).status == 401)
        }
    }

    @Test(arguments: ["token", "access_token", "api_key", "bearer"])
    func `a token in the query is refused with 400, with a good one beside it too`(name: String) throws {
        let target = "/v1/incidents?\(name)=\(api.secret(.admin))"
        for scope in [nil, Scope.admin] {
            let reply = try api.ask(.get, target, token: scope)
            #expect(reply.slug == "invalid-parameter")
            #expect(!reply.text.contains(api.secret(.admin)))
        }
        #expect(try api.ask(.get, "/healthz?\(name)=x", token: nil).status == 400)
        #expect(!api.log.lines.contains { $0.contains(api.secret(.admin)) })
    }

    @Test func `twenty wrong tokens a minute from one address, then 429 for wrong ones alone`() throws {
        let wrong = ["Authorization": "Bearer \(TokenProbe.wrong)"]
        for _ in 1...20 {
            #expect(try api.ask(.get, "/v1/incidents", token: nil, wrong).status == 401)
        }
        let reply = try api.ask(.get, "/v1/incidents", token: nil, wrong)
        #expect(reply.slug == "rate-limited")
        #expect(reply.field("Retry-After") == "60")
        #expect(try api.ask(.get, "/v1/incidents").status == 200)
        #expect(try api.ask(.get, "/healthz", token: nil, wrong).status == 200)
        #expect(try api.ask(.get, "/v1/incidents", token: nil).status == 401)
        let elsewhere = wrong.merging(["Test-Address": "192.0.2.7"]) { $1 }
        #expect(try api.ask(.get, "/v1/incidents", token: nil, elsewhere).status == 401)
        try api.pass(.seconds(60))
        #expect(try api.ask(.get, "/v1/incidents", token: nil, wrong).status == 401)
    }

    @Test func `a method that a path does not have answers 405 with Allow, and OPTIONS lists the same`()
        throws
    {
        try api.declare()
        let allow: [(String, String)] = [
            ("/v1/incidents", "GET, HEAD, POST, OPTIONS"),
            ("/v1/incidents/INC-1", "GET, HEAD, PATCH, OPTIONS"),
            ("/v1/incidents/INC-1/status", "PUT, OPTIONS"),
            ("/v1/incidents/INC-1/roles/scribe", "PUT, DELETE, OPTIONS"),
            ("/v1/webhooks/x", "GET, HEAD, PATCH, DELETE, OPTIONS"), ("/healthz", "GET, HEAD, OPTIONS"),
            ("/problems/validation", "GET, HEAD, OPTIONS"),
        ]
        for (path, expected) in allow {
            let options = try api.ask(.options, path)
            #expect(options.status == 204, "\(path)")
            #expect(options.field("Allow") == expected, "\(path)")
            for method in [Method.get, .post, .put, .patch, .delete]
            where !expected.split(separator: ", ").contains(Substring(method.rawValue)) {
                let reply = try api.ask(method, path)
                #expect(reply.slug == "method-not-allowed", "\(method) \(path)")
                #expect(reply.field("Allow") == expected, "\(method) \(path)")
            }
        }
        let all = try api.ask(.options, "*", token: nil)
        #expect(all.status == 204)
    }

    @Test
    func
        `the address itself says in three lines what this is, where the rest is written, and how to sign in`()
        throws
    {
        let reply = try api.ask(.get, "/", token: nil)
        #expect(reply.status == 200)
        #expect(reply.field("Content-Type") == "text/plain; charset=utf-8")
        let lines = reply.text.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(lines.count == 4 && lines[3].isEmpty, "\(reply.text)")
        #expect(lines[0].contains("incidents"))
        #expect(lines[1].contains("--oauth2-bearer"))
        #expect(lines[2].contains("/openapi.json") && lines[2].contains("/problems"))
        #expect(try api.ask(.get, "/?x=1", token: nil).slug == "invalid-parameter")
    }

    private static let browser = ["Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"]

    @Test(arguments: ["INC-1", "INC-7", "inc-7"])
    func `a nag's link opened without a token is three lines, the same whether the incident exists or not`(
        ref: String
    ) throws {
        try api.declare()
        let name = ref.uppercased()
        let plain = try api.ask(
            .get, "/v1/incidents/\(ref)", nil, token: nil, ["Accept": "text/plain"])
        #expect(plain.status == 401, "curl -f does not take it for an incident")
        #expect(plain.field("Content-Type") == "text/plain; charset=utf-8")
        let lines = [
            "This is a link to incident \(name) of Drumbeat. It needs a token, and there is no web page yet. The operator makes a token "
                + "on the host: drumbeat token create --name NAME --scope post",
            "With the client, once DRUMBEAT_URL and DRUMBEAT_TOKEN are set: drumbeat show \(name) or drumbeat update "
                + "\(name)",
            #"Or with curl: curl -sS --oauth2-bearer "$DRUMBEAT_TOKEN" "$DRUMBEAT_URL/v1/incidents/\#(name)". DRUMBEAT_URL is this "#
                + "address up to /v1.",
        ]
        #expect(plain.text == lines.joined(separator: "\n") + "\n")
        let page = try api.ask(.get, "/v1/incidents/\(ref)", nil, token: nil, Self.browser)
        #expect(page.status == 401)
        #expect(page.text.contains("<title>incident \(name)</title>"))
        #expect(page.text.contains(#"<meta name="viewport" content="width=device-width, initial-scale=1">"#))
        let shown = page.text.split(separator: "\n").filter { $0.hasPrefix("<p>") }.map {
            $0.replacing(#/<[^>]*>/#, with: "").replacing("&quot;", with: "\"")
        }.map(String.init)
        #expect(shown == lines)
        #expect(!page.text.contains("<script") && !page.text.contains("<h1"))
        // A client with a wrong token is told so, whatever it accepts.
        let wrong = ["Accept": "text/plain", "Authorization": "Bearer dbt_wrong"]
        #expect(try api.ask(.get, "/v1/incidents/\(ref)", nil, token: nil, wrong).slug == "unauthorized")
    }

    @Test(arguments: [
        "/v1/incidents/INC-0", "/v1/incidents/INC-01", "/v1/incidents/%3Cscript%3E", "/v1/incidents/INC-1%22",
        "/v1/INC-1", "/INC-1", "/v1/webhooks/INC-1",
    ])
    func `a link whose name is none shows nothing of it`(path: String) throws {
        let page = try api.ask(.get, path, nil, token: nil, Self.browser)
        #expect(page.status == 401)
        #expect(page.text.contains("This address of Drumbeat needs a token, and there is no web page yet."))
        #expect(!page.text.contains("curl") && !page.text.contains("drumbeat list"))
        #expect(!page.text.contains("INC-") && !page.text.contains("script"), "\(page.text)")
    }

    @Test func `a browser without a token gets a page in words, other clients a problem`() throws {
        try api.declare()
        let browser = Self.browser
        for path in ["/v1/incidents/INC-1", "/v1/incidents/INC-7", "/nothing"] {
            let page = try api.ask(.get, path, token: nil, browser)
            #expect(page.status == 401, "\(path)")
            #expect(page.field("Content-Type") == "text/html; charset=utf-8")
            #expect(page.field("WWW-Authenticate")?.hasPrefix("Bearer ") == true)
            #expect(page.field("Cache-Control") == "no-store" && page.field("Vary") == "Accept")
            #expect(page.field("Content-Security-Policy")?.contains("default-src 'none'") == true)
            for words in ["no web page yet", "drumbeat token create"] {
                #expect(page.text.contains(words), "\(words)")
            }
            #expect(page.text.contains("--oauth2-bearer") == path.contains("INC-"), "\(path)")
        }
        #expect(try api.ask(.get, "/v1/incidents/INC-1", nil, browser).status == 200)
        #expect(try api.ask(.post, "/v1/incidents", "{}", token: nil, browser).slug == "unauthorized")
        for accept in ["*/*", "application/json", "application/json, text/html;q=0.5"] {
            let reply = try api.ask(.get, "/v1/incidents/INC-1", token: nil, ["Accept": accept])
            #expect(reply.slug == "unauthorized", "\(accept)")
        }
    }

    @Test(arguments: [
        (
            "/v1/incidents/",
            "Did you mean /v1/incidents? A path has no empty segment and no slash at its end."
        ),
        ("//v1/incidents", "Did you mean /v1/incidents? A path has no"),
        ("/v1//incidents", "Did you mean /v1/incidents? A path has no"),
        ("/v1/incidents/INC-1/timeline//", "Did you mean /v1/incidents/{ref}/timeline? A path has no"),
        ("/incidents", "Did you mean /v1/incidents?"),
        ("/incidents/INC-1", "Did you mean /v1/incidents/{ref}?"),
        (
            "/v1/incidents/INC-1/updates",
            "Paths below /v1/incidents/{ref} continue with severity, status, roles, timeline, events, cadence, escalations, status-updates, checks, mitigations, "
                + "freeze, context, checklist."
        ),
        ("/v1/incidents/INC-1/status-update", "Did you mean /v1/incidents/{ref}/status-updates? Paths below"),
        ("/v1/incidents/INC-1/Timeline", "Did you mean /v1/incidents/{ref}/timeline? Paths below"),
        ("/v1/incident", "Did you mean /v1/incidents? Paths below /v1 continue with incidents, events,"),
        ("/v1", "Paths below /v1 continue with incidents, events,"),
        ("/v1/incidents/INC-1/roles", "Paths below /v1/incidents/{ref}/roles continue with {role}."),
        (
            "/v1/incidents/INC-1/timeline/2/corrections",
            "Did you mean /v1/incidents/{ref}/timeline/{seq}/correction?"
        ),
        ("/nothing/%3Cb%3Eat/all", "Paths begin with /v1/incidents, /v1/events,"),
        ("/v1/\(String(repeating: "x", count: 5_000))", "Paths below /v1 continue with incidents,"),
    ])
    func `a path that does not exist says which is near, and shows nothing of the request`(
        path: String, expected: String
    ) throws {
        let reply = try api.ask(.get, path)
        #expect(reply.slug == "not-found")
        let detail = try #require(reply.string("detail"))
        #expect(detail.hasPrefix("Nothing exists at this path. \(expected)"), "\(detail)")
        #expect(!detail.contains("INC-1") && !detail.contains("<b>"))
    }

    @Test func `who wants to change or delete an entry is told of corrections`() throws {
        try api.declare()
        for method in [Method.patch, .delete, .put] {
            let reply = try api.ask(method, "/v1/incidents/INC-1/timeline/1", method == .delete ? nil : "{}")
            #expect(reply.slug == "method-not-allowed")
            let detail = try #require(reply.string("detail"))
            #expect(
                detail.hasPrefix(
                    "This path allows GET, HEAD, OPTIONS. An entry is never changed or deleted: POST …/timeline/{seq}/correction"
                ), "\(detail)")
        }
        #expect(
            try api.ask(.post, "/v1/incidents/INC-1/timeline/1/correction", #"{"text": "x"}"#).status < 500)
    }

    @Test func `an open path needs no token for OPTIONS and 405 either`() throws {
        for path in ["/", "/healthz", "/readyz", "/metrics", "/problems/validation"] {
            #expect(try api.ask(.options, path, token: nil).status == 204, "\(path)")
            #expect(try api.ask(.delete, path, token: nil).slug == "method-not-allowed", "\(path)")
        }
    }

    @Test func `HEAD answers wherever GET does, with the same status and fields`() throws {
        try api.declare()
        for (method, path, _) in AccessTests.routes where method == .get {
            let get = try api.ask(.get, path)
            let head = try api.ask(.head, path)
            #expect(head.status == get.status, "\(path)")
            #expect(head.field("ETag") == get.field("ETag"), "\(path)")
            #expect(head.field("Content-Type") == get.field("Content-Type"), "\(path)")
        }
    }

    @Test func `health and readiness are open, say the status alone, and are not stored`() throws {
        for path in ["/healthz", "/readyz"] {
            let reply = try api.ask(.get, path, token: nil)
            #expect(reply.status == 200)
            #expect(reply.text == #"{"status":"ok"}"#)
            #expect(reply.field("Cache-Control") == "no-store")
            #expect(reply.field("ETag") == nil)
            #expect(try api.ask(.get, path + "?verbose=1", token: nil).slug == "invalid-parameter")
        }
        let sick = try TestAPI {
            $0.readiness = {
                Readiness([
                    .init(
                        "store", status: "refusing", isFailing: true, detail: "the disk is full", figures: [])
                ])
            }
        }
        let reply = try sick.ask(.get, "/readyz", token: nil)
        #expect(reply.status == 503)
        #expect(reply.field("Retry-After") != nil)
        #expect(!reply.text.contains("disk"))
        #expect(sick.log.lines.contains { $0.contains("the disk is full") })
    }

    @Test func `every slug has a page that is open`() throws {
        for type in ProblemType.all {
            let reply = try api.ask(.get, "/problems/\(type.slug)", token: nil)
            #expect(reply.status == 200)
            #expect(reply.text.contains(type.slug))
            #expect(reply.field("Content-Type") == "text/plain; charset=utf-8")
            let again = try api.ask(
                .get, "/problems/\(type.slug)", token: nil, ["If-None-Match": reply.field("ETag") ?? ""])
            #expect(again.status == 304)
        }
        #expect(try api.ask(.get, "/problems/nonsense", token: nil).slug == "not-found")
    }

    @Test func `a new token works at once, and stops working when it is revoked`() throws {
        let made = try api.ask(.post, "/v1/tokens", #"{"name": "bot", "scope": "read"}"#)
        let secret = try #require(made.string("token"))
        let fields = ["Authorization": "Bearer \(secret)"]
        #expect(try api.ask(.get, "/v1/incidents", token: nil, fields).status == 200)
        let id = try #require(made.string("id"))
        #expect(try api.ask(.delete, "/v1/tokens/\(id)").status == 204)
        #expect(try api.ask(.get, "/v1/incidents", token: nil, fields).status == 401)
    }
}

/// A secret with a valid form and checksum that was never issued.
enum TokenProbe {
    static let wrong = "dbt_" + String(repeating: "0", count: 30) + "1wQT5q"
}
