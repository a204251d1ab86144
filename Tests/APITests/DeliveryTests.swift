import HTTP
import JSON
import Journal
import ServiceSupport
import Testing
import Time

/// What became of events on their way, for the person who has to find out at night.
struct DeliveryTests {
    let api: TestAPI
    private let id: String
    private var path: String { "/v1/webhooks/\(id)" }
    private static let names = [
        "id", "webhook", "type", "incident", "seq", "state", "created_at", "next_at", "expires_at",
        "last_status", "last_error", "attempt_count", "attempts",
    ]

    init() throws {
        api = try TestAPI()
        let made = try api.ask(.post, "/v1/webhooks", #"{"url": "https://a/", "events": ["*"]}"#)
        id = try #require(made.string("id"))
    }

    private func test() throws -> String {
        try #require(try api.ask(.post, "\(path)/test").string("id"))
    }

    @Test func `a delivery shows every attempt with its end, its duration and what was answered`() throws {
        let ref = try api.declare()
        let list = try api.ask(.get, "\(path)/deliveries")
        #expect(list.names("items.0") == DeliveryTests.names)
        let message = try #require(list.string("items.0.id"))
        #expect(list.string("items.0.incident") == ref)
        #expect(list.string("items.0.state") == "pending")
        #expect(list.string("items.0.next_at") == api.time.wall().rfc3339)
        #expect(list["items.0.attempts"] == .array([]))

        try api.record(message, .failed("connection refused"))
        try api.pass(.seconds(10))
        try api.record(message, .answered(status: 503, retryAfter: nil, excerpt: "busy\\x1B"))
        try api.pass(.seconds(60))
        try api.record(message, .answered(status: 204, retryAfter: nil, excerpt: ""))
        let read = try api.ask(.get, "/v1/deliveries/\(message)")
        #expect(read.names() == DeliveryTests.names)
        #expect(read.string("state") == "delivered")
        #expect(read["next_at"] == .null)
        #expect(read.integer("attempt_count") == 3)
        #expect(
            read.names("attempts.0") == [
                "number", "started_at", "duration_milliseconds", "status", "answer", "error",
            ])
        #expect(read["attempts.0.status"] == .null && read["attempts.0.answer"] == .null)
        #expect(read.string("attempts.0.error") == "connection refused")
        #expect(read.integer("attempts.1.status") == 503)
        #expect(read.string("attempts.1.answer") == "busy\\x1B")
        #expect(read["attempts.1.error"] == .null)
        #expect(read.integer("attempts.2.number") == 3)
        #expect(read.string("attempts.2.answer") == "")
        #expect(read.integer("attempts.2.duration_milliseconds") == 40)
        #expect(read.string("attempts.2.started_at") == (api.time.wall() - .milliseconds(40)).rfc3339)
        #expect(
            try api.ask(
                .get, "/v1/deliveries/\(message)", nil, ["If-None-Match": read.field("ETag") ?? ""]
            ).status == 304)
    }

    @Test func `deliveries are listed newest first, page by page, and by state`() throws {
        let all = try (0..<5).map { _ in
            try api.pass(.seconds(1))
            return try test()
        }
        try api.record(all[1], .answered(status: 200, retryAfter: nil, excerpt: "ok"))
        try api.record(all[3], .answered(status: 200, retryAfter: nil, excerpt: "ok"))
        var found: [String] = []
        var target = "\(path)/deliveries?limit=2"
        while true {
            let page = try api.ask(.get, target)
            found += page.items("id")
            guard let next = page.string("next") else { break }
            #expect(page.field("Link") == "<\(path)/deliveries?limit=2&after=\(next)>; rel=\"next\"")
            target = "\(path)/deliveries?limit=2&after=\(next)"
        }
        #expect(found == all.reversed())
        let delivered = try api.ask(.get, "\(path)/deliveries?state=delivered")
        #expect(delivered.items("id") == [all[3], all[1]])
        #expect(delivered["next"] == .null)
        #expect(try api.ask(.get, "\(path)/deliveries?state=exhausted").items("id") == [])
        for bad in ["state=dead", "after=msg_x", "after=0", "limit=0", "limit=201", "type=x"] {
            #expect(try api.ask(.get, "\(path)/deliveries?\(bad)").slug == "invalid-parameter", "\(bad)")
        }
    }

    @Test func `a dead letter is found by one call, and sent again by hand`() throws {
        try api.declare()
        let message = try #require(try api.ask(.get, "\(path)/deliveries").string("items.0.id"))
        for _ in 0..<11 {
            try api.record(message, .answered(status: 500, retryAfter: nil, excerpt: "no"))
            try api.pass(.seconds(1))
        }
        let dead = try api.ask(.get, "\(path)/deliveries?state=exhausted")
        #expect(dead.items("id") == [message])
        #expect(dead.string("items.0.last_error") == "answered 500: no")
        #expect(
            api.log.lines.contains {
                $0.contains("delivery.exhausted") && $0.contains("host=a ") && $0.contains(message)
            })

        try api.pass(.seconds(3 * 86_400))
        let fields = ["Idempotency-Key": "again"]
        let retried = try api.ask(.post, "/v1/deliveries/\(message)/retry", "{}", fields)
        #expect(retried.status == 202)
        #expect(retried.field("Location") == "/v1/deliveries/\(message)")
        #expect(retried.names() == DeliveryTests.names)
        #expect(retried.string("state") == "pending")
        #expect(retried.string("id") == message)
        #expect(retried.integer("attempt_count") == 11)
        #expect(retried.string("expires_at") == (api.time.wall() + .seconds(86_400)).rfc3339)
        #expect(try api.ask(.get, "/v1/deliveries/\(message)").text == retried.text)

        // The schedule starts again: after a failure the next attempt is in five seconds, and the delivery is not given up.
        try api.record(message, .answered(status: 500, retryAfter: nil, excerpt: "no"))
        let waiting = try #require(try api.reader.delivery(messageID: message))
        #expect(waiting.state == .pending)
        #expect(waiting.attempts == 12)
        #expect(waiting.nextAt - api.time.wall() <= .seconds(6))
        let replay = try api.ask(.post, "/v1/deliveries/\(message)/retry", "{}", fields)
        #expect(replay.field("Idempotency-Replayed") == "true")
        #expect(replay.status == 202)
        #expect(replay.text == retried.text)
        #expect(replay.field("Location") == retried.field("Location"))
    }

    @Test func `what was delivered can be sent again, what has a webhook no more cannot`() throws {
        let message = try test()
        try api.record(message, .answered(status: 200, retryAfter: nil, excerpt: ""))
        let again = try api.ask(.post, "/v1/deliveries/\(message)/retry")
        #expect(again.string("state") == "pending")
        try api.record(message, .answered(status: 200, retryAfter: nil, excerpt: ""))
        #expect(try api.ask(.get, "/v1/deliveries/\(message)").string("state") == "delivered")

        try api.ask(.patch, path, #"{"enabled": false, "author": "alice"}"#)
        let off = try api.ask(.post, "/v1/deliveries/\(message)/retry")
        #expect(off.slug == "validation")
        #expect(off.string("detail")?.contains("disabled by alice") == true)
        #expect(off.string("links.0.href") == path)
        try api.ask(.delete, path)
        let gone = try api.ask(.post, "/v1/deliveries/\(message)/retry")
        #expect(gone.slug == "not-found")
        #expect(gone.string("detail")?.contains(id) == true)
        #expect(try api.ask(.get, "/v1/deliveries/\(message)").status == 200)
    }
}
