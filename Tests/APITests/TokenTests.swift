import Engine
import HTTP
import ServiceSupport
import Testing
import Time

/// Tokens: their end, their last use, their names, rotation, and what a token says of itself.
struct TokenTests {
    let api: TestAPI

    init() throws { api = try TestAPI() }

    private func create(_ name: String, _ more: String = "") throws -> Reply {
        try api.ask(.post, "/v1/tokens", #"{"name": "\#(name)", "scope": "read"\#(more)}"#)
    }

    private func status(_ secret: String?, _ path: String = "/v1/incidents") throws -> Int {
        let fields = ["Authorization": "Bearer \(try #require(secret))"]
        return try api.ask(.get, path, token: nil, fields).status
    }

    @Test func `a token says who it is, with any scope`() throws {
        let reply = try api.ask(.get, "/v1/me", token: .read)
        #expect(reply.text == #"{"name":"read-bot","scope":"read","expires_at":null}"#)
        #expect(reply.field("Vary") == "Authorization")
        let tag = try #require(reply.field("ETag"))
        #expect(try api.ask(.get, "/v1/me", nil, token: .read, ["If-None-Match": tag]).status == 304)
        #expect(try api.ask(.get, "/v1/me", nil, token: .post, ["If-None-Match": tag]).status == 200)
        #expect(try api.ask(.get, "/v1/me", token: nil).status == 401)
        let made = try create("short", #", "expires_at": "2026-01-15T11:00:00Z""#)
        let fields = ["Authorization": "Bearer \(made.string("token") ?? "")"]
        #expect(
            try api.ask(.get, "/v1/me", token: nil, fields).text
                == #"{"name":"short","scope":"read","expires_at":"2026-01-15T11:00:00.000Z"}"#)
    }

    @Test func `a token is refused from its end on, on a kept connection too`() throws {
        let made = try create("short", #", "expires_at": "2026-01-15T12:00:10+02:00""#)
        #expect(made.string("expires_at") == "2026-01-15T10:00:10.000Z")
        let secret = made.string("token")
        let fields = ["Authorization": "Bearer \(secret ?? "")"]
        guard
            case .proceed(_, let ticket) = api.responder.admit(
                try api.request(.get, "/v1/incidents", nil, token: nil, fields).head)
        else {
            Issue.record("refused before its end")
            return
        }
        api.time.advance(by: .milliseconds(9_999))
        #expect(try status(secret) == 200)
        #expect(api.responder.stillHolds(ticket: ticket))
        api.time.advance(by: .milliseconds(1))
        #expect(try status(secret) == 401)
        #expect(!api.responder.stillHolds(ticket: ticket))
        let id = try #require(made.string("id"))
        // Streams and long polls end with the tokens that are no longer valid.
        api.service.credentials.passTime(api.time.wall())
        #expect(!api.service.credentials.isValid(token: id, at: api.time.wall()))
        #expect(try api.ask(.delete, "/v1/tokens/\(id)").slug == "not-found")
        #expect(try api.ask(.get, "/v1/tokens/\(id)").string("expires_at") == "2026-01-15T10:00:10.000Z")
    }

    @Test(arguments: ["2026-01-15T10:00:00Z", "2025-01-01T00:00:00Z", "2026-01-15T10:00:00", "tomorrow"])
    func `an end is a time to come`(end: String) throws {
        let reply = try create("short", #", "expires_at": "\#(end)""#)
        #expect(reply.slug == "validation")
        #expect(reply.pointers == ["#/expires_at"])
    }

    @Test func `the last use is shown to the minute, and costs no write of its own`() throws {
        let made = try create("bot")
        let id = try #require(made.string("id"))
        func shown() throws -> String? { try api.ask(.get, "/v1/tokens/\(id)").string("last_used_at") }
        let credentials = api.service.credentials
        credentials.passTime(api.time.wall())
        #expect(try shown() == nil)
        api.time.advance(by: .seconds(150))
        let before = try api.reader.revision()
        for _ in 1...3 { #expect(try status(made.string("token")) == 200) }
        credentials.passTime(api.time.wall())
        #expect(try shown() == "2026-01-15T10:02:00.000Z")
        #expect(try api.reader.tokens().first { $0.id == id }?.lastUsedAt == nil)
        // What the keeper does once a minute.
        let uses = credentials.takeUses()
        #expect(uses.contains { $0.id == id })
        try api.commit(TestRequest(RecordTokenUses(uses)))
        #expect(
            try api.reader.tokens().first { $0.id == id }?.lastUsedAt?.rfc3339 == "2026-01-15T10:02:00.000Z")
        #expect(try api.reader.revision() == before)
        #expect(credentials.takeUses().isEmpty)
        _ = try create("other")
        #expect(try shown() == "2026-01-15T10:02:00.000Z")
    }

    @Test func `a name is unique among the valid tokens`() throws {
        let first = try create("slackbot")
        for name in ["slackbot", "SlackBot", "@slackbot"] {
            let second = try create(name)
            #expect(second.slug == "validation")
            #expect(second.pointers == ["#/name"])
            #expect(second.string("detail")?.contains(first.string("id") ?? "?") == true)
        }
        #expect(try api.ask(.delete, "/v1/tokens/\(first.string("id") ?? "")").status == 204)
        #expect(try create("slackbot", #", "expires_at": "2026-01-15T10:00:05Z""#).status == 201)
        #expect(try create("slackbot").slug == "validation")
        try api.pass(.seconds(5))
        #expect(try create("slackbot").status == 201)
    }

    @Test func `a rotated token has a successor of the same name and scope, and ends after the overlap`()
        throws
    {
        let old = try create("bot", #", "expires_at": "2026-03-01T00:00:00Z""#)
        let id = try #require(old.string("id"))
        let new = try api.ask(.post, "/v1/tokens/\(id)/rotate", #"{"overlap_minutes": 10}"#)
        #expect(new.status == 201)
        #expect(new.names() == old.names())
        #expect(new.field("Cache-Control") == "no-store")
        #expect(new.field("Location") == "/v1/tokens/\(new.string("id") ?? "")")
        for member in ["name", "scope", "expires_at"] { #expect(new[member] == old[member]) }
        #expect(new.string("id") != id && new.string("token") != old.string("token"))
        #expect(try api.ask(.get, "/v1/tokens/\(id)").string("expires_at") == "2026-01-15T10:10:00.000Z")
        try api.pass(.seconds(599))
        #expect(try status(old.string("token")) == 200)
        #expect(try status(new.string("token")) == 200)
        try api.pass(.seconds(1))
        #expect(try status(old.string("token")) == 401)
        #expect(try status(new.string("token")) == 200)
        #expect(try api.ask(.post, "/v1/tokens/\(id)/rotate", "{}").slug == "not-found")
    }

    @Test func `without an overlap the old token is revoked at once; a day is the default`() throws {
        let old = try create("bot")
        let new = try api.ask(
            .post, "/v1/tokens/\(old.string("id") ?? "")/rotate",
            #"{"overlap_minutes": 0, "expires_at": "2026-02-01T00:00:00Z"}"#)
        #expect(new.string("expires_at") == "2026-02-01T00:00:00.000Z")
        #expect(try status(old.string("token")) == 401)
        let id = try #require(new.string("id"))
        #expect(try api.ask(.post, "/v1/tokens/\(id)/rotate").status == 201)
        #expect(try api.ask(.get, "/v1/tokens/\(id)").string("expires_at") == "2026-01-16T10:00:00.000Z")
        for body in [
            #"{"overlap_minutes": -1}"#, #"{"overlap_minutes": 10081}"#, #"{"overlap_minutes": "5"}"#,
        ] {
            #expect(try api.ask(.post, "/v1/tokens/\(id)/rotate", body).pointers == ["#/overlap_minutes"])
        }
    }

    @Test func `a rotation that is repeated with its key answers the same, without the secret`() throws {
        let old = try create("bot")
        let path = "/v1/tokens/\(old.string("id") ?? "")/rotate"
        let new = try api.ask(.post, path, "{}", ["Idempotency-Key": "k"])
        let again = try api.ask(.post, path, "{}", ["Idempotency-Key": "k"])
        #expect(again.status == 201 && again.string("id") == new.string("id"))
        #expect(again["token"] == .null)
    }

    @Test
    func `a second rotation names the successor, and after its revocation keeps the end that was meant`()
        throws
    {
        let old = try api.ask(.post, "/v1/tokens", #"{"name": "bot", "scope": "post"}"#)
        let path = "/v1/tokens/\(old.string("id") ?? "")/rotate"
        let first = try api.ask(.post, path, #"{"overlap_minutes": 60}"#)
        #expect(first.status == 201 && first["expires_at"] == .null)
        let lost = try #require(first.string("id"))
        let again = try api.ask(.post, path, #"{"overlap_minutes": 60}"#)
        #expect(again.slug == "validation" && again.string("detail")?.contains(lost) == true, "\(again.text)")
        try api.ask(.delete, "/v1/tokens/\(lost)")
        let second = try api.ask(.post, path, #"{"overlap_minutes": 60}"#)
        #expect(second.status == 201 && second["expires_at"] == .null, "\(second.text)")
    }
}
