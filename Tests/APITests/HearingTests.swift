import HTTP
import JSON
import Journal
import ServiceSupport
import Testing
import Time

/// Whether anyone hears a nag (domain.md, section 6).
struct HearingTests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI()
    }

    private func webhook(_ events: String = #"["update.overdue"]"#, url: String = "https://a.example/") throws
        -> String
    {
        let made = try api.ask(.post, "/v1/webhooks", "{\"url\": \"\(url)\", \"events\": \(events)}")
        return try #require(made.string("id"))
    }

    private func codes(_ reply: Reply) -> [String] {
        (0..<9).compactMap { reply.string("warnings.\($0).code") }
    }

    private static let declaring =
        #"{"title": "x", "severity": "major", "impact": "Many", "labels": {"service": "web"}}"#

    @Test func `declaring, reopening and assigning a role say that no one hears`() throws {
        let declared = try api.ask(.post, "/v1/incidents", HearingTests.declaring)
        #expect(codes(declared) == ["nobody_hears"])
        #expect(
            declared.string("warnings.0.detail")
                == "Nobody hears the nags: no enabled webhook subscribes to update.overdue.")
        #expect(declared.string("warnings.0.links.0.operation") == "createWebhook")
        let ref = try #require(declared.string("ref"))
        #expect(
            codes(try api.ask(.put, "/v1/incidents/\(ref)/roles/scribe", #"{"person": "sam"}"#)) == [
                "nobody_hears"
            ])
        #expect(codes(try api.ask(.patch, "/v1/incidents/\(ref)", #"{"impact": "All"}"#)).isEmpty)
        let end = #"{"status": "cancelled", "reason": "false_alarm"}"#
        #expect(codes(try api.ask(.put, "/v1/incidents/\(ref)/status", end)).isEmpty)
        let reopened = try api.ask(.put, "/v1/incidents/\(ref)/status", #"{"status": "investigating"}"#)
        #expect(codes(reopened) == ["nobody_hears"])
        #expect(
            api.log.lines.filter { $0.contains("incident.nobody_hears incident=\(ref)") }.count == 1, "once")
    }

    @Test(arguments: [
        (#"["update.overdue"]"#, true), (#"["update.*"]"#, true), (#"["*"]"#, true),
        (#"["incident.*"]"#, false), (#"["cadence.breached"]"#, false),
    ])
    func `a webhook that subscribes to nags is enough`(events: String, isHeard: Bool) throws {
        let id = try webhook(events)
        let declared = try api.ask(.post, "/v1/incidents", HearingTests.declaring)
        #expect(codes(declared) == (isHeard ? [] : ["nobody_hears"]))
        try api.ask(.patch, "/v1/webhooks/\(id)", #"{"enabled": false}"#)
        #expect(codes(try api.ask(.post, "/v1/incidents", HearingTests.declaring)) == ["nobody_hears"])
    }

    @Test func `after three failures in a row no one hears, and after a success someone does`() throws {
        let id = try webhook()
        let message = try #require(try api.ask(.post, "/v1/webhooks/\(id)/test").string("id"))
        for failure in 1...3 {
            #expect(
                codes(try api.ask(.post, "/v1/incidents", HearingTests.declaring)).isEmpty,
                "after \(failure - 1)")
            try api.record(message, .failed("connection refused"))
        }
        let fields = ["Idempotency-Key": "once"]
        let unheard = try api.ask(.post, "/v1/incidents", HearingTests.declaring, fields)
        #expect(codes(unheard) == ["nobody_hears"])
        #expect(unheard.string("warnings.0.cause") == "failing")
        let failing = try #require(unheard.string("warnings.0.detail"))
        #expect(
            failing
                == "Nobody hears the nags: each webhook that subscribes to update.overdue failed three times in a row."
        )
        #expect(unheard.string("warnings.0.links.0.href") == "/v1/nags/test")
        #expect(try api.ask(.post, "/v1/nags/test").string("warnings.0.detail") == failing)
        #expect(try api.ask(.post, "/v1/incidents", HearingTests.declaring, fields).body == unheard.body)
        let other = try webhook(url: "https://b.example/")
        #expect(codes(try api.ask(.post, "/v1/incidents", HearingTests.declaring)).isEmpty, "the other hears")
        try api.ask(.delete, "/v1/webhooks/\(other)")
        try api.record(message, .answered(status: 200, retryAfter: nil, excerpt: ""))
        #expect(codes(try api.ask(.post, "/v1/incidents", HearingTests.declaring)).isEmpty)
    }

    @Test func `a nag that no one hears is logged and counted`() throws {
        let ref = try api.declare()
        try api.pass(.seconds(300))
        #expect(
            api.log.lines.contains {
                $0.contains("nag.sent incident=\(ref) about=update number=1 to=admin (declarer)")
            })
        #expect(api.service.lane.meters.nagsUnheard.total == 1)
        _ = try webhook()
        try api.pass(.seconds(300))
        #expect(api.service.lane.meters.nagsUnheard.total == 1)
    }

    @Test func `a test goes to whatever subscribes to nags, and says when that is no one`() throws {
        let none = try api.ask(.post, "/v1/nags/test")
        #expect(none.status == 202)
        #expect(none["messages"] == .array([]))
        #expect(codes(none) == ["nobody_hears"])
        #expect(none.names("warnings.0") == ["code", "detail", "links"])
        let hears = try webhook(#"["*"]"#)
        _ = try webhook(#"["incident.*"]"#)
        let sent = try api.ask(.post, "/v1/nags/test", #"{"person": "bob"}"#, ["Idempotency-Key": "once"])
        #expect(sent.items("webhook", in: "messages") == [hears])
        #expect(sent.string("messages.0.type") == "endpoint.test")
        let again = try api.ask(.post, "/v1/nags/test", #"{"person": "bob"}"#, ["Idempotency-Key": "once"])
        #expect(again.text == sent.text)
        let list = try api.ask(.get, "/v1/webhooks/\(hears)/deliveries")
        #expect(list.items("id") == [try #require(sent.string("messages.0.id"))])
        #expect(try api.ask(.post, "/v1/nags/test", #"{"person": ""}"#).pointers == ["#/person"])
    }

    @Test func `the cadence lists its nags, and when each first arrived`() throws {
        _ = try webhook()
        let second = try webhook(url: "https://b.example/")
        let ref = try api.declare()
        let path = "/v1/incidents/\(ref)/cadence"
        let before = try api.ask(.get, path)
        #expect(before["nags"] == .array([]))
        #expect(before.string("next_nag_at") == before.string("next_update_due_at"))
        try api.pass(.seconds(300))
        let waiting = try api.ask(.get, path)
        #expect(waiting.names("nags.0") == ["seq", "about", "number", "to", "delivered_at"])
        #expect(waiting.string("nags.0.about") == "update")
        #expect(waiting.integer("nags.0.number") == 1)
        #expect(waiting.string("nags.0.to.0.person") == "admin")
        #expect(waiting["nags.0.delivered_at"] == .null)
        let tag = try #require(waiting.field("ETag"))
        #expect(try api.ask(.get, path, nil, ["If-None-Match": tag]).status == 304)

        let message = try #require(
            try api.ask(.get, "/v1/webhooks/\(second)/deliveries").string("items.0.id"))
        try api.pass(.seconds(7))
        try api.record(message, .answered(status: 204, retryAfter: nil, excerpt: ""))
        let arrived = try api.ask(.get, path, nil, ["If-None-Match": tag])
        #expect(arrived.status == 200)
        #expect(arrived.string("nags.0.delivered_at") == api.time.wall().rfc3339)
        try api.pass(.seconds(300))
        #expect(try api.ask(.get, path)["nags.1.delivered_at"] == .null)
    }
}
