import Dispatch
import HTTP
import Journal
import ServiceSupport
import Synchronization
import Testing

/// Keys: a repeat answers what the first answered, and nothing happens twice.
struct IdempotencyTests {
    let api: TestAPI

    init() throws { api = try TestAPI() }

    static let writes: [(method: Method, path: String, body: String?)] = [
        (.post, "/v1/incidents", #"{"title": "y", "severity": "minor", "channel": "c"}"#),
        (.post, "/v1/incidents", #"{"title": "y", "severity": "minor"}"#),
        (.patch, "/v1/incidents/INC-1", #"{"impact": "All"}"#),
        (.put, "/v1/incidents/INC-1/severity", #"{"severity": "critical"}"#),
        (.post, "/v1/incidents/INC-1/severity/disputes", #"{"claims": "minor", "reason": "x"}"#),
        (.put, "/v1/incidents/INC-1/status", #"{"status": "monitoring"}"#),
        (.put, "/v1/incidents/INC-1/roles/scribe", #"{"person": "carol"}"#),
        (.delete, "/v1/incidents/INC-1/roles/commander?author=x", nil),
        (.post, "/v1/incidents/INC-1/timeline", #"{"text": "x", "source": {"system": "s", "ref": "2"}}"#),
        (.post, "/v1/incidents/INC-1/timeline", #"{"text": "other", "source": {"system": "s", "ref": "1"}}"#),
        (.post, "/v1/incidents/INC-1/timeline", #"{"text": "x", "occurred_at": "2026-01-15T10:05:00Z"}"#),
        (.post, "/v1/incidents/INC-1/status-updates", #"{"text": "x"}"#),
        (.post, "/v1/incidents/INC-1/status-updates", #"{"template": "nothing_new"}"#),
        (.post, "/v1/incidents/INC-1/checks", #"{"path": "sign in", "passed": false}"#),
        (.post, "/v1/webhooks/WHK/test", nil),
        (.post, "/v1/webhooks/WHK/test", #"{"author": "x"}"#),
    ]

    @Test func `a repeat answers the same status, fields and body, and stores nothing`() throws {
        try api.declare(#""title": "x", "severity": "major", "roles": {"commander": "alice"}"#)
        try api.ask(
            .post, "/v1/incidents/INC-1/timeline", #"{"text": "x", "source": {"system": "s", "ref": "1"}}"#)
        let webhook = try api.ask(
            .post, "/v1/webhooks", #"{"url": "https://example.org/", "events": ["*"]}"#)
        let id = try #require(webhook.string("id"))
        var answers: [(Reply, Method, String, String?, [String: String])] = []
        for (index, write) in IdempotencyTests.writes.enumerated() {
            let path = write.path.replacing("WHK", with: id)
            let fields = ["Idempotency-Key": "key-\(index)"]
            let first = try api.ask(write.method, path, write.body, fields)
            #expect((200...299).contains(first.status), "\(path): \(first.text)")
            #expect(first.field("Idempotency-Replayed") == nil)
            answers.append((first, write.method, path, write.body, fields))
        }
        try api.pass(.seconds(3_600))
        try api.ask(
            .put, "/v1/incidents/INC-1/status", #"{"status": "resolved", "override": true, "reason": "x"}"#)
        let head = try api.head()
        for (first, method, path, body, fields) in answers {
            let again = try api.ask(method, path, body, fields)
            #expect(again.status == first.status, "\(path)")
            #expect(again.text == first.text, "\(path)")
            for name in ["Location", "ETag", "Content-Type", "Cache-Control"] {
                #expect(again.field(name) == first.field(name), "\(path) \(name)")
            }
            #expect(again.field("Idempotency-Replayed") == "true", "\(path)")
        }
        #expect(try api.head() == head)
    }

    @Test
    func `a replayed secret is null, and the rest is as it was though it was revoked or switched off since`()
        throws
    {
        let fields = ["Idempotency-Key": "k"]
        let token = try api.ask(.post, "/v1/tokens", #"{"name": "bot", "scope": "post"}"#, fields)
        let id = try #require(token.string("id"))
        #expect(token.field("Cache-Control") == "no-store")
        try api.ask(.delete, "/v1/tokens/\(id)")
        let again = try api.ask(.post, "/v1/tokens", #"{"name": "bot", "scope": "post"}"#, fields)
        #expect(again.status == 201)
        #expect(again["token"] == .null)
        #expect(again.names() == token.names())
        #expect(again.string("created_at") == token.string("created_at"))
        #expect(again.field("Cache-Control") == "no-store")
        #expect(again.field("Location") == token.field("Location"))

        let body = #"{"url": "https://example.org/", "events": ["*"]}"#
        let hook = try api.ask(.post, "/v1/webhooks", body, ["Idempotency-Key": "h"])
        let replay = try api.ask(.post, "/v1/webhooks", body, ["Idempotency-Key": "h"])
        #expect(hook.string("secret")?.hasPrefix("whsec_") == true)
        #expect(replay["secret"] == .null)
        #expect(replay.names() == hook.names())
        #expect(replay.field("Cache-Control") == "no-store")
    }

    @Test func `a DELETE that answers 204 is replayed too`() throws {
        let hook = try api.ask(.post, "/v1/webhooks", #"{"url": "https://example.org/", "events": ["*"]}"#)
        let id = try #require(hook.string("id"))
        for expected in [nil, "true"] {
            let reply = try api.ask(.delete, "/v1/webhooks/\(id)", nil, ["Idempotency-Key": "k"])
            #expect(reply.status == 204)
            #expect(reply.field("Idempotency-Replayed") == expected)
        }
        #expect(try api.ask(.delete, "/v1/webhooks/\(id)").slug == "not-found")
    }

    @Test func `the same key with another method, path or body is refused with 422`() throws {
        try api.declare()
        try api.declare()
        let fields = ["Idempotency-Key": "k"]
        try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#, fields)
        let head = try api.head()
        let others: [(Method, String, String)] = [
            (.post, "/v1/incidents/INC-1/timeline", #"{"text": "y"}"#),
            (.post, "/v1/incidents/INC-1/timeline", #"{"text": "x", "kind": "finding"}"#),
            (.post, "/v1/incidents/INC-2/timeline", #"{"text": "x"}"#),
            (.patch, "/v1/incidents/INC-1", #"{"title": "x"}"#),
        ]
        for (method, path, body) in others {
            #expect(try api.ask(method, path, body, fields).slug == "idempotency-key-reused", "\(path)")
        }
        #expect(try api.head() == head)
        let other = try api.ask(
            .post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#, token: .post, fields)
        #expect(other.status == 201, "a key belongs to its token")
        #expect(other.field("Idempotency-Replayed") == nil)
    }

    @Test(arguments: [
        (
            "/v1/incidents/INC-1/timeline",
            #"{"author":"bob","text":"caf\u00e9","data":{"a":[1,{"x":1,"y":2}],"b":2}}"#
        ),
        (
            "/v1/incidents/inc-1/timeline",
            #"{ "data": {"b": 2, "a": [1, {"y": 2, "x": 1}]}, "text": "café", "author": "bob"}"#
        ),
        (
            "/v1/%69ncidents/I%4eC-1/timeline",
            #"{"text": "caf\u00E9", "data": {"a": [1, {"x": 1, "y": 2}], "b": 2}, "author": "b\u006fb"}"#
        ),
    ])
    func `a retry may order its members and spell its path otherwise`(path: String, body: String) throws {
        try api.declare()
        let fields = ["Idempotency-Key": "k"]
        let first = try api.ask(
            .post, "/v1/incidents/INC-1/timeline",
            #"{"text": "café", "author": "bob", "data": {"a": [1, {"x": 1, "y": 2}], "b": 2}}"#, fields)
        #expect(first.status == 201)
        let again = try api.ask(.post, path, body, fields)
        #expect(again.status == 201 && again.field("Idempotency-Replayed") == "true", "\(again.text)")
        #expect(again.body == first.body)
        #expect(try api.head().position == 2)
    }

    @Test func `the order of a list, a member that is null and the query are part of the request`() throws {
        try api.declare(#""title": "x", "severity": "major", "roles": {"scribe": "carol"}"#)
        let path = "/v1/incidents/INC-1"
        func links(_ first: String, _ second: String) -> String {
            #"{"links": [{"url": "https://\#(first).example/"}, {"url": "https://\#(second).example/"}]}"#
        }
        try api.ask(.patch, path, links("a", "b"), ["Idempotency-Key": "k1"])
        #expect(
            try api.ask(.patch, path, links("b", "a"), ["Idempotency-Key": "k1"]).slug
                == "idempotency-key-reused")
        try api.ask(.patch, path, #"{"impact": "x", "workaround": null}"#, ["Idempotency-Key": "k2"])
        #expect(
            try api.ask(.patch, path, #"{"impact": "x"}"#, ["Idempotency-Key": "k2"]).slug
                == "idempotency-key-reused")
        let role = "\(path)/roles/scribe"
        try api.ask(.delete, "\(role)?author=x", nil, ["Idempotency-Key": "k3"])
        #expect(
            try api.ask(.delete, "\(role)?author=y", nil, ["Idempotency-Key": "k3"]).slug
                == "idempotency-key-reused")
        #expect(
            try api.ask(.delete, "\(role)?author=%78", nil, ["Idempotency-Key": "k3"]).field(
                "Idempotency-Replayed") == "true")
    }

    @Test func `many at once with one key do it once and answer the same`() throws {
        try api.declare()
        let bodies = Mutex<[[UInt8]]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            let reply = try? api.ask(
                .post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#, ["Idempotency-Key": "k"])
            bodies.withLock { $0.append(reply?.body ?? []) }
        }
        #expect(Set(bodies.withLock { $0 }).count == 1)
        #expect(try api.head().position == 2)
    }

    @Test func `a key may be quoted or bare`() throws {
        try api.declare()
        let body = #"{"text": "x"}"#
        let first = try api.ask(
            .post, "/v1/incidents/INC-1/timeline", body, ["Idempotency-Key": "a b".replacing(" ", with: "-")])
        let second = try api.ask(
            .post, "/v1/incidents/INC-1/timeline", body, ["Idempotency-Key": "\"a-b\""])
        #expect(second.body == first.body)
        #expect(second.field("Idempotency-Replayed") == "true")
    }

    @Test(arguments: ["", "\"\"", "a b", "\u{e9}", "a\tb", String(repeating: "k", count: 256), "\u{7F}"])
    func `a key of other bytes or of another length is refused`(key: String) throws {
        try api.declare()
        let head = try api.head()
        let reply = try api.ask(
            .post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#, ["Idempotency-Key": key])
        #expect(reply.slug == "malformed-request")
        #expect(try api.head() == head)
    }

    @Test func `a key may have 255 characters`() throws {
        try api.declare()
        let key = String(repeating: "~", count: 255)
        let reply = try api.ask(
            .post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#, ["Idempotency-Key": key])
        #expect(reply.status == 201)
    }

    @Test func `a refusal is not kept: the retry is judged again`() throws {
        let fields = ["Idempotency-Key": "k"]
        let body = #"{"text": "x"}"#
        #expect(try api.ask(.post, "/v1/incidents/INC-1/timeline", body, fields).slug == "not-found")
        try api.declare()
        let reply = try api.ask(.post, "/v1/incidents/INC-1/timeline", body, fields)
        #expect(reply.status == 201)
        #expect(reply.field("Idempotency-Replayed") == nil)
    }

    @Test func `a key is forgotten after seven days`() throws {
        try api.declare()
        let fields = ["Idempotency-Key": "k"]
        let body = #"{"text": "x"}"#
        try api.ask(.post, "/v1/incidents/INC-1/timeline", body, fields)
        try api.pass(.seconds(7 * 86_400 - 1))
        #expect(
            try api.ask(.post, "/v1/incidents/INC-1/timeline", body, fields).field("Idempotency-Replayed")
                == "true")
        try api.pass(.seconds(1))
        #expect(
            try api.ask(.post, "/v1/incidents/INC-1/timeline", body, fields).field("Idempotency-Replayed")
                == nil)
    }
}
