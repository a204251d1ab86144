import HTTP
import ServiceSupport
import Testing

/// Webhooks and tokens: secrets are shown once and nowhere else.
struct AdminTests {
    let api: TestAPI
    private static let webhook = [
        "id", "kind", "url", "person", "from", "to", "username", "events", "enabled", "created_at",
        "disabled_at", "disabled_reason", "failing_since",
        "behind_since", "previous_secret_expires_at",
    ]
    private static let token = [
        "id", "name", "scope", "created_at", "expires_at", "last_used_at", "revoked_at",
    ]

    init() throws { api = try TestAPI() }

    @Test func `a webhook is made, listed, read and deleted, its secret shown once`() throws {
        let made = try api.ask(
            .post, "/v1/webhooks",
            #"{"url": "https://example.org/h", "events": ["update.*", "incident.*"], "author": "alice"}"#)
        #expect(made.status == 201)
        #expect(made.names() == AdminTests.webhook + ["secret"])
        #expect(made.field("Cache-Control") == "no-store")
        #expect(made.field("ETag") == nil)
        let id = try #require(made.string("id"))
        #expect(made.field("Location") == "/v1/webhooks/\(id)")
        let secret = try #require(made.string("secret"))
        #expect(secret.hasPrefix("whsec_"))
        let read = try api.ask(.get, "/v1/webhooks/\(id)")
        #expect(read.names() == AdminTests.webhook)
        let list = try api.ask(.get, "/v1/webhooks")
        #expect(list.names("items.0") == AdminTests.webhook)
        for reply in [read, list] { #expect(!reply.text.contains(secret)) }
        #expect(!api.log.lines.contains { $0.contains(secret) })
        let gone = try api.ask(.delete, "/v1/webhooks/\(id)?author=alice")
        #expect(gone.status == 204)
        #expect(gone.body.isEmpty)
        #expect(try api.ask(.get, "/v1/webhooks/\(id)").slug == "not-found")
        #expect(try api.ask(.delete, "/v1/webhooks/\(id)").slug == "not-found")
    }

    @Test func `a webhook's secret may be brought along`() throws {
        let own = "whsec_" + String(repeating: "QUJD", count: 11)
        let made = try api.ask(
            .post, "/v1/webhooks", #"{"url": "https://x", "events": ["*"], "secret": "\#(own)"}"#)
        #expect(made.string("secret") == own)
    }

    @Test
    func `a webhook's test is accepted with the message's id, and refused for one that is switched off`()
        throws
    {
        let made = try api.ask(.post, "/v1/webhooks", #"{"url": "https://x", "events": ["*"]}"#)
        let id = try #require(made.string("id"))
        let test = try api.ask(.post, "/v1/webhooks/\(id)/test")
        #expect(test.status == 202)
        #expect(test.names() == ["id", "type", "webhook"])
        #expect(test.string("type") == "endpoint.test")
        #expect(try api.reader.delivery(messageID: test.string("id") ?? "") != nil)
        #expect(test.field("Location") == "/v1/deliveries/\(test.string("id") ?? "")")
        try api.switchOff(id)
        let refused = try api.ask(.post, "/v1/webhooks/\(id)/test")
        #expect(refused.slug == "validation")
        #expect(refused.string("detail")?.contains("410") == true)
        #expect(
            try api.ask(.get, "/v1/webhooks/\(id)").string("disabled_reason") == "its receiver answered 410"
        )
    }

    @Test func `a token answers with exactly what the plan says, and its secret once`() throws {
        try api.pass(.seconds(1))
        let made = try api.ask(
            .post, "/v1/tokens", #"{"name": "slackbot", "scope": "post", "author": "alice"}"#)
        #expect(made.status == 201)
        #expect(made.names() == ["id", "name", "scope", "token", "created_at", "expires_at", "last_used_at"])
        #expect(made.field("Cache-Control") == "no-store")
        let secret = try #require(made.string("token"))
        #expect(secret.hasPrefix("dbt_"))
        #expect(secret.utf8.count == 40)
        let id = try #require(made.string("id"))
        let location = try #require(made.field("Location"))
        #expect(location == "/v1/tokens/\(id)")
        let read = try api.ask(.get, location)
        #expect(read.names() == AdminTests.token)
        #expect(read.string("name") == "slackbot")
        #expect(try api.ask(.get, location + "x").slug == "not-found")
        let list = try api.ask(.get, "/v1/tokens")
        #expect(list.names("items.0") == AdminTests.token)
        #expect(!list.text.contains(secret))
        #expect(!api.log.lines.contains { $0.contains(secret) })
        #expect(
            try api.reader.tokens().allSatisfy {
                !String(decoding: $0.secretHash, as: UTF8.self).contains(secret)
            })
        #expect(try api.ask(.delete, "/v1/tokens/\(id)").status == 204)
        #expect(try api.ask(.delete, "/v1/tokens/\(id)").slug == "not-found")
        #expect(try api.ask(.get, "/v1/tokens").string("items.0.revoked_at") != nil)
    }
}
