import API
import HTTP
import JSON
import Routing
import ServiceSupport
import Synchronization
import Testing

/// What those who watch over the service read.
struct HealthTests {
    private static let sick = Readiness([
        .ok("store"),
        .init(
            "scheduler", status: "silent", isFailing: true, detail: "Restart the service.",
            figures: [("lag_seconds", 12), ("last_seconds", nil)]),
        .init("outbox", status: "behind", isFailing: false, detail: "A receiver is down.", figures: []),
    ])

    @Test func `a good token of any scope sees each check, with what to do`() throws {
        let api = try TestAPI { $0.readiness = { HealthTests.sick } }
        let reply = try api.ask(.get, "/readyz", token: .read)
        #expect(reply.status == 503)
        #expect(
            reply.text
                == #"{"status":"unavailable","checks":{"store":{"status":"ok","detail":null},"scheduler":{"status":"silent","lag_seconds":12,"last_seconds":null,"detail":"Restart the service."},"outbox":{"status":"behind","detail":"A receiver is down."}}}"#
        )
        let head = try api.ask(.head, "/readyz", token: .read)
        #expect(head.status == 503)
    }

    @Test func `no token, a wrong one and a malformed one see the status alone`() throws {
        let api = try TestAPI { $0.readiness = { HealthTests.sick } }
        for value in [nil, "Bearer \(TokenProbe.wrong)", "Bearer", "Basic YTpi", ""] {
            let fields = value.map { ["Authorization": $0] } ?? [:]
            let reply = try api.ask(.get, "/readyz", token: nil, fields)
            #expect(reply.status == 503)
            #expect(reply.text == #"{"status":"unavailable"}"#, "\(value ?? "-")")
        }
        // What does not fail is nothing for the log, and what goes on failing is logged each ten seconds.
        let warnings = api.log.lines.filter { $0.contains("readiness.fault") }
        #expect(warnings.count == 1)
        #expect(
            warnings.allSatisfy { $0.contains("check=scheduler status=silent detail=Restart the service.") })
    }

    @Test func `a check that is no reason not to be ready is shown, and the answer stays 200`() throws {
        let api = try TestAPI {
            $0.readiness = {
                Readiness([.init("outbox", status: "behind", isFailing: false, detail: "x", figures: [])])
            }
        }
        let reply = try api.ask(.get, "/readyz")
        #expect(reply.status == 200)
        #expect(reply.text == #"{"status":"ok","checks":{"outbox":{"status":"behind","detail":"x"}}}"#)
        #expect(reply.field("Retry-After") == nil)
    }

    @Test func `the metrics are open text that is not stored`() throws {
        let api = try TestAPI { $0.metrics = { Array("a 1\n".utf8) } }
        let reply = try api.ask(.get, "/metrics", token: nil)
        #expect(reply.status == 200)
        #expect(reply.text == "a 1\n")
        #expect(reply.field("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        #expect(reply.field("Cache-Control") == "no-store")
        #expect(reply.field("ETag") == nil)
        #expect(try api.ask(.get, "/metrics?name=x", token: nil).slug == "invalid-parameter")
        #expect(try api.ask(.post, "/metrics", token: nil).slug == "method-not-allowed")
    }

    @Test func `requests count by route and code, whatever their path`() throws {
        let api = try TestAPI()
        let meters = api.meters
        try api.declare()
        for path in ["/v1/incidents/INC-1", "/v1/incidents/inc-1", "/v1/incidents/INC-9"] {
            try api.ask(.get, path)
        }
        try api.ask(.head, "/v1/incidents/INC-1")
        let tag = try api.ask(.get, "/v1/incidents/INC-1").field("ETag") ?? ""
        try api.ask(.get, "/v1/incidents/INC-1", nil, ["If-None-Match": tag])
        func totals(_ method: Method, _ pattern: String) throws -> [Int: Int] {
            let index = try #require(Route.all.firstIndex { $0.method == method && $0.pattern == pattern })
            return Dictionary(uniqueKeysWithValues: meters.routes[index].totals.map { ($0.code, $0.count) })
        }
        #expect(try totals(.get, "/v1/incidents/{ref}") == [200: 4, 404: 1, 304: 1])
        #expect(try totals(.post, "/v1/incidents") == [201: 1])
        #expect(try totals(.get, "/v1/templates") == [:])
    }

    @Test func `a request takes as long as the clock says between its last byte and its answer`() throws {
        let api = try TestAPI { $0.routing.monotonicNanoseconds = { 3_000_000 } }
        let meters = api.meters
        try api.ask(.get, "/healthz", token: nil)
        let index = try #require(Route.all.firstIndex { $0.pattern == "/healthz" })
        let snapshot = meters.routes[index].duration.snapshot
        #expect(snapshot.count == 1)
        #expect(snapshot.sum == 3_000_000)
        #expect(snapshot.cumulative.first == 0)
        try api.ask(.post, "/v1/incidents", #"{"title": "x", "severity": "major"}"#)
        #expect(
            api.log.lines.contains { $0.contains("route=/v1/incidents ") && $0.contains("duration_ms=3 ") })
    }

    @Test func `what is refused by its head counts under its problem, and failed tokens under their reason`()
        throws
    {
        let api = try TestAPI()
        let meters = api.meters
        try api.ask(.get, "/v1/incidents", token: nil)
        for _ in 0..<21 {
            try api.ask(.get, "/v1/incidents", token: nil, ["Authorization": "Bearer \(TokenProbe.wrong)"])
        }
        try api.ask(.get, "/v1/nothing")
        try api.ask(.post, "/v1/tokens", "{}", token: .read)
        _ = api.responder.refusal(.headersTooLarge, of: RefusedRequest(id: "x"))
        #expect(meters.refusals.total("unauthorized") == 21)
        #expect(meters.refusals.total("rate-limited") == 1)
        #expect(meters.refusals.total("not-found") == 1)
        #expect(meters.refusals.total("insufficient-scope") == 1)
        #expect(meters.refusals.total("headers-too-large") == 1)
        #expect(meters.authenticationFailures.total("missing") == 1)
        #expect(meters.authenticationFailures.total("wrong") == 20)
        #expect(meters.authenticationFailures.total("limited") == 1)
        #expect(meters.routes.allSatisfy { $0.totals.isEmpty })
    }

    @Test func `a guess of a token at the readiness check is counted like any other`() throws {
        let api = try TestAPI()
        for _ in 0..<21 {
            let reply = try api.ask(
                .get, "/readyz", token: nil, ["Authorization": "Bearer \(TokenProbe.wrong)"])
            #expect(reply.status == 200)
            #expect(reply["checks"] == nil)
        }
        #expect(api.meters.authenticationFailures.total("wrong") == 20)
        #expect(api.meters.authenticationFailures.total("limited") == 1)
        try api.ask(.get, "/readyz", token: .read)
        try api.ask(.get, "/readyz", token: nil)
        #expect(api.meters.authenticationFailures.total("limited") == 1)
        #expect(api.meters.authenticationFailures.total("missing") == 0)
    }

    @Test func `a failing check is logged when it begins to fail, and then each ten seconds`() throws {
        let status = Mutex<String?>("silent")
        let api = try TestAPI {
            $0.readiness = {
                Readiness([
                    status.withLock { $0 }.map {
                        .init("scheduler", status: $0, isFailing: true, detail: "Restart.", figures: [])
                    } ?? .ok("scheduler")
                ])
            }
        }
        func lines(afterAsking times: Int) throws -> Int {
            for _ in 0..<times { try api.ask(.get, "/readyz", token: nil) }
            return api.log.events.count { $0 == "readiness.fault" }
        }
        #expect(try lines(afterAsking: 100) == 1)
        try api.pass(.seconds(9))
        #expect(try lines(afterAsking: 1) == 1)
        try api.pass(.seconds(1))
        #expect(try lines(afterAsking: 2) == 2)
        status.withLock { $0 = "stuck" }
        #expect(try lines(afterAsking: 2) == 3)
        status.withLock { $0 = nil }
        #expect(try lines(afterAsking: 2) == 3)
        status.withLock { $0 = "stuck" }
        #expect(try lines(afterAsking: 2) == 4)
    }

    @Test func `refusals without a valid token are logged ten times a second, and the rest is counted`()
        throws
    {
        let api = try TestAPI()
        for _ in 0..<1_000 { try api.ask(.get, "/healthz?x=1", token: nil) }
        func lines() -> [String] { api.log.lines.filter { $0.contains(" request.") } }
        #expect(lines().count == 10)
        // A token's refusal is not lost among them.
        try api.ask(.get, "/v1/incidents/INC-9")
        #expect(lines().count == 11)
        #expect(lines().last?.contains("problem=not-found") == true)
        try api.pass(.seconds(1))
        try api.ask(.get, "/healthz?x=1", token: nil)
        #expect(lines().count == 13)
        #expect(
            lines()[11] == "warning request.refusals_suppressed token=- count=990", "\(lines().suffix(2))")
        api.responder.logSuppressed()
        #expect(lines().count == 13)
    }

    @Test func `the refusals of a token are logged a hundred times a second, and the rest is counted`() throws
    {
        let api = try TestAPI()
        for _ in 0..<150 { try api.ask(.get, "/v1/incidents/INC-9") }
        func lines() -> [String] { api.log.lines.filter { $0.contains(" request.") } }
        #expect(lines().count == 100)
        // Another token's refusal is not lost among them.
        try api.ask(.get, "/v1/incidents/INC-9", token: .read)
        #expect(lines().count == 101)
        try api.pass(.seconds(1))
        api.responder.logSuppressed()
        #expect(lines().count == 102)
        #expect(lines().last?.hasSuffix(" count=50") == true, "\(lines().suffix(2))")
    }

    @Test func `a line about a request says who asked, by which token, and what was wrong`() throws {
        let api = try TestAPI()
        let line: () -> String? = { api.log.lines.last { $0.contains("request.answered") } }
        try api.ask(.get, "/v1/incidents/INC-9", nil, ["Test-Address": "192.0.2.7"])
        #expect(
            line()
                == "info request.answered method=GET route=/v1/incidents/{ref} status=404 problem=not-found duration_ms=0 "
                + "token=admin client=192.0.2.7 request_id=req-1")
        try api.declare()
        #expect(line()?.contains("status=201 duration_ms=0 token=admin client=127.0.0.1 ") == true)
        _ = api.responder.refusal(
            .misdirected, of: RefusedRequest(id: "x", remoteAddress: "192.0.2.8", method: .get))
        #expect(
            line()
                == "info request.answered method=GET route=- status=421 problem=misdirected-request duration_ms=0 token=- "
                + "client=192.0.2.8 request_id=x")
    }

    @Test func `every fault of the wire has a slug that is counted`() throws {
        let faults: [HTTPError] = [
            .malformed("x", clause: ""), .contentTooLarge(bytesMax: 1), .uriTooLong, .headersTooLarge,
            .expectationFailed, .methodNotImplemented, .versionNotSupported, .misdirected, .contentEncoded,
            .requestTimeout, .overloaded, .bodiesFull, .responsesFull, .tooManyWaits, .gaveWay, .restarting,
            .outcomeUnknown, .unsendable,
        ]
        let known = try TestAPI().meters.refusals.labels
        for fault in faults { #expect(known.contains(fault.slug), "\(fault.slug)") }
    }
}
