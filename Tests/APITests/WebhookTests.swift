import HTTP
import JSON
import Journal
import ServiceSupport
import Testing
import Time

/// Webhooks as people run them: changed, switched off and on, their secrets rotated.
struct WebhookTests {
    let api: TestAPI
    private let id: String
    private var path: String { "/v1/webhooks/\(id)" }

    init() throws {
        api = try TestAPI()
        let made = try api.ask(.post, "/v1/webhooks", #"{"url": "https://a/", "events": ["*"]}"#)
        id = try #require(made.string("id"))
    }

    private func webhook() throws -> Webhook {
        try #require(try api.reader.webhooks().first { $0.id == id })
    }

    @Test func `a PATCH changes what it names and answers with the whole webhook and its tag`() throws {
        let first = try api.ask(.patch, path, #"{"url": "https://b/"}"#)
        #expect(first.status == 200)
        #expect(first.string("url") == "https://b/")
        #expect(first["events"] == .array([.string("*")]))
        let second = try api.ask(.patch, path, #"{"events": ["update.*"], "author": "alice"}"#)
        #expect(second.string("url") == "https://b/")
        #expect(second["events"] == .array([.string("update.*")]))
        let read = try api.ask(.get, path)
        #expect(read.text == second.text)
        #expect(read.field("ETag") == second.field("ETag"))
        #expect(first.field("ETag") != second.field("ETag"))
    }

    @Test func `a PATCH that changes nothing answers the same and writes nothing`() throws {
        let read = try api.ask(.get, path)
        let revision = try api.reader.revision()
        for body in ["{}", #"{"url": "https://a/", "events": ["*"], "enabled": true}"#] {
            let reply = try api.ask(.patch, path, body)
            #expect(reply.status == 200)
            #expect(reply.text == read.text)
            #expect(reply.field("ETag") == read.field("ETag"))
        }
        #expect(try api.reader.revision() == revision)
    }

    @Test func `If-Match lets a PATCH pass for the tag that was read, and for no other`() throws {
        let tag = try #require(try api.ask(.get, path).field("ETag"))
        for foreign in ["\"1-1\"", "W/\(tag)", "x", ""] {
            let refused = try api.ask(.patch, path, #"{"url": "https://b/"}"#, ["If-Match": foreign])
            #expect(refused.slug == "precondition-failed", "\(foreign)")
            #expect(refused.field("ETag") == tag)
        }
        let passed = try api.ask(.patch, path, #"{"url": "https://b/"}"#, ["If-Match": "\"x\", \(tag)"])
        #expect(passed.status == 200)
        #expect(
            try api.ask(.patch, path, #"{"url": "https://c/"}"#, ["If-Match": tag]).slug
                == "precondition-failed")
        #expect(try api.ask(.patch, path, #"{"url": "https://c/"}"#, ["If-Match": "*"]).status == 200)
    }

    @Test func `a webhook that is switched off gets nothing until it is on again`() throws {
        let test = try #require(try api.ask(.post, "\(path)/test").string("id"))
        let off = try api.ask(.patch, path, #"{"enabled": false, "author": "alice"}"#)
        #expect(off["enabled"] == .bool(false))
        #expect(off.string("disabled_reason") == "disabled by alice")
        #expect(off.string("disabled_at") != nil)
        #expect(try api.reader.delivery(messageID: test)?.state == .cancelled)
        try api.declare()
        #expect(try api.head().delivery == 1)
        let again = try api.ask(.patch, path, #"{"enabled": false, "author": "bob"}"#)
        #expect(again.text == off.text)
        let refused = try api.ask(.post, "\(path)/test")
        #expect(refused.slug == "validation")
        #expect(refused.string("links.0.method") == "PATCH")
        #expect(refused.string("links.0.href") == path)

        let on = try api.ask(.patch, path, #"{"enabled": true}"#)
        #expect(on["enabled"] == .bool(true))
        for member in ["disabled_at", "disabled_reason", "failing_since"] {
            #expect(on[member] == .null, "\(member)")
        }
        try api.declare()
        #expect(try api.head().delivery == 2)
    }

    @Test func `switching on, and another URL, begin with a clean record`() throws {
        let test = try #require(try api.ask(.post, "\(path)/test").string("id"))
        try api.record(test, .answered(status: 500, retryAfter: nil, excerpt: "no"))
        #expect(try api.ask(.get, path).string("failing_since") != nil)
        #expect(try api.ask(.patch, path, #"{"events": ["update.*"]}"#).string("failing_since") != nil)
        #expect(try api.ask(.patch, path, #"{"url": "https://b/"}"#)["failing_since"] == .null)
        try api.record(test, .answered(status: 410, retryAfter: nil, excerpt: ""))
        let gone = try api.ask(.get, path)
        #expect(gone["enabled"] == .bool(false))
        #expect(gone.string("disabled_reason") == "it answered 410 Gone")
        let on = try api.ask(.patch, path, #"{"enabled": true}"#)
        #expect(on["failing_since"] == .null)
        #expect(on["disabled_reason"] == .null)
    }

    @Test func `a rotation answers with the new secret once, and the old one signs beside it for a day`()
        throws
    {
        let old = try webhook().secret
        let made = try api.ask(.post, "\(path)/rotate-secret", "{}", ["Idempotency-Key": "r"])
        #expect(made.status == 200)
        #expect(made.field("Cache-Control") == "no-store")
        #expect(made.field("ETag") == nil)
        let new = try #require(made.string("secret"))
        #expect(new.hasPrefix("whsec_") && new != old)
        let until = api.time.wall() + .seconds(86_400)
        #expect(made.string("previous_secret_expires_at") == until.rfc3339)
        #expect(try webhook().secrets(at: api.time.wall()) == [new, old])
        #expect(try webhook().secrets(at: until) == [new])
        let read = try api.ask(.get, path)
        #expect(read.names() == made.names().dropLast())
        for reply in [read, try api.ask(.get, "/v1/webhooks")] {
            #expect(!reply.text.contains(new) && !reply.text.contains(old))
        }
        #expect(!api.log.lines.contains { $0.contains(new) || $0.contains(old) })

        let replay = try api.ask(.post, "\(path)/rotate-secret", "{}", ["Idempotency-Key": "r"])
        #expect(replay.field("Idempotency-Replayed") == "true")
        #expect(replay["secret"] == .null)
        #expect(replay.names() == made.names())
        #expect(try webhook().secret == new)
    }

    @Test func `a rotation without a body, with a secret of one's own, and with the one that is there`()
        throws
    {
        #expect(try api.ask(.post, "\(path)/rotate-secret").status == 200)
        let own = "whsec_" + String(repeating: "QUJD", count: 11)
        let made = try api.ask(
            .post, "\(path)/rotate-secret", #"{"secret": "\#(own)", "overlap_seconds": 604800}"#)
        #expect(made.string("secret") == own)
        let same = try api.ask(.post, "\(path)/rotate-secret", #"{"secret": "\#(own)"}"#)
        #expect(same.slug == "validation")
        #expect(same.pointers == ["#/secret"])
    }

    @Test func `a replayed PATCH and a replayed registration show what was answered then`() throws {
        let body = #"{"url": "https://x/", "events": ["update.*"]}"#
        let made = try api.ask(.post, "/v1/webhooks", body, ["Idempotency-Key": "new"])
        let new = "/v1/webhooks/\(made.string("id") ?? "")"
        let edit = #"{"url": "https://y/"}"#
        let edited = try api.ask(.patch, new, edit, ["Idempotency-Key": "edit"])
        try api.ask(.patch, new, #"{"url": "https://z/", "enabled": false}"#)
        for isGone in [false, true] {
            if isGone { try api.ask(.delete, new) }
            let registered = try api.ask(.post, "/v1/webhooks", body, ["Idempotency-Key": "new"])
            #expect(registered.status == 201)
            #expect(registered.string("url") == "https://x/")
            #expect(registered.names() == made.names())
            #expect(registered["secret"] == .null)
            #expect(registered.field("Location") == new)
            let replayed = try api.ask(.patch, new, edit, ["Idempotency-Key": "edit"])
            #expect(replayed.status == 200)
            #expect(replayed.text == edited.text)
            #expect(replayed.field("ETag") == edited.field("ETag"))
        }
    }
}
