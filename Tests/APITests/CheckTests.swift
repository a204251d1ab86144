import HTTP
import ServiceSupport
import Testing

/// Checks, the watch and the all-clear through the API.
struct CheckTests {
    let api: TestAPI
    private let one = "/v1/incidents/INC-1"

    init() throws {
        api = try TestAPI()
        try api.declare(
            #""title": "People cannot sign in", "severity": "major", "roles": {"commander": "alice"}"#)
    }

    private func monitor() throws -> Reply {
        try api.ask(.put, "\(one)/status", #"{"status": "monitoring", "author": "alice"}"#)
    }

    private func resolve(_ more: String = "") throws -> Reply {
        try api.ask(.put, "\(one)/status", #"{"status": "resolved", "author": "alice"\#(more)}"#)
    }

    @discardableResult
    private func check(_ path: String, passed: Bool = true) throws -> Reply {
        try api.ask(
            .post, "\(one)/checks",
            #"{"path": "\#(path)", "passed": \#(passed), "evidence": "seen", "by": "bob", "author": "carol"}"#,
            token: .post)
    }

    @Test func `a check is an entry with all that was said, at its place`() throws {
        let reply = try check("sign in")
        #expect(reply.status == 201)
        #expect(reply.field("Location") == "\(one)/timeline/2")
        #expect(reply.string("kind") == "check_recorded")
        #expect(reply.string("text") == "bob tried sign in: passed, seen")
        #expect(reply.string("author") == "carol")
        #expect(reply.string("visibility") == "internal")
        #expect(reply.names("data") == ["passed", "by", "path", "evidence"])
        #expect(reply.string("data.by") == "bob" && reply.string("data.path") == "sign in")
        #expect(try check("SIGN IN").integer("data.path_seq") == 2)
        #expect(try api.ask(.get, one).isTagged(1), "a reader of the incident sees nothing new")
    }

    @Test func `a failed check answers as itself, and starts the watch over before it`() throws {
        let monitored = try monitor()
        #expect(monitored.string("watch.started_at") == "2026-01-15T10:00:00.000Z")
        #expect(monitored.string("watch.middle_at") == "2026-01-15T10:07:30.000Z")
        #expect(monitored.string("watch.until") == "2026-01-15T10:15:00.000Z")
        try api.pass(.seconds(60))
        let failed = try check("sign in", passed: false)
        #expect(failed.status == 201)
        #expect(failed.string("kind") == "check_recorded")
        #expect(failed.integer("seq") == 4)
        let reset = try api.ask(.get, "\(one)/timeline/3")
        #expect(reset.string("kind") == "watch_reset")
        #expect(reset.string("data.reason") == "failed_check")
        #expect(reset.string("data.watch.until") == "2026-01-15T10:16:00.000Z")
        #expect(try api.ask(.get, one).string("watch.until") == "2026-01-15T10:16:00.000Z")
    }

    @Test func `what is lacking is listed with the calls that meet it, until nothing is`() throws {
        _ = try monitor()
        try check("pay", passed: false)
        let refused = try resolve()
        #expect(refused.status == 409)
        #expect(refused.slug == "not-restored")
        #expect(refused.items("code", in: "errors") == ["restored_when", "watch", "failed_check"])
        #expect(refused.string("errors.1.until") == "2026-01-15T10:15:00.000Z")
        #expect(refused.string("errors.2.path") == "pay")
        #expect(refused.string("errors.2.pointer") == "#/status")
        #expect(
            refused.items("href", in: "links") == [one, "\(one)/status", "\(one)/checks", "\(one)/status"])
        #expect(refused.items("method", in: "links") == ["PATCH", "PUT", "POST", "PUT"])
        try api.ask(.patch, one, #"{"restored_when": "people can pay"}"#)
        try api.pass(.seconds(900))
        #expect(try resolve().items("code", in: "errors") == ["failed_check"])
        try check("pay")
        let resolved = try resolve()
        #expect(resolved.status == 200, "\(resolved.text)")
        #expect(resolved["watch"] == .null)
        #expect(resolved.string("times.restored_at") == "2026-01-15T10:00:00.000Z")
        #expect(try check("pay").slug == "incident-ended")
    }

    @Test func `who may comes before what, and the commander overrides with a reason`() throws {
        _ = try monitor()
        let other = try api.ask(
            .put, "\(one)/status",
            #"{"status": "resolved", "override": true, "reason": "x", "author": "eve"}"#)
        #expect(other.slug == "commander-only")
        #expect(try resolve(#", "override": true"#).slug == "validation")
        let done = try resolve(#", "override": true, "reason": "a demo""#)
        #expect(done.string("status") == "resolved")
    }

    @Test func `an update with a status resolved is refused alike, and nothing is stored`() throws {
        _ = try monitor()
        let head = try api.head()
        let body = #"{"text": "Over.", "status": "resolved", "author": "alice"}"#
        let reply = try api.ask(.post, "\(one)/status-updates", body)
        #expect(reply.slug == "not-restored")
        #expect(reply.items("code", in: "errors").contains("no_check"))
        #expect(try api.head() == head)
    }

    @Test func `checks are listed newest first, in pages, with their corrections`() throws {
        for path in ["a", "b", "c"] { try check(path) }
        try api.ask(.post, "\(one)/timeline", #"{"text": "a note"}"#)
        try api.ask(
            .post, "\(one)/timeline/3/correction", #"{"text": "another account", "withdraws": true}"#)
        let all = try api.ask(.get, "\(one)/checks", token: .read)
        #expect(all.items("seq") == ["4", "3", "2"])
        #expect(all["items.1.corrections.0.withdraws"] == .bool(true))
        #expect(all["next"] == .null)
        let page = try api.ask(.get, "\(one)/checks?limit=2")
        #expect(page.string("next") == "3")
        #expect(try api.ask(.get, "\(one)/checks?limit=2&after=3").items("seq") == ["2"])
        let tag = try #require(all.field("ETag"))
        #expect(try api.ask(.get, "\(one)/checks", nil, ["If-None-Match": tag]).status == 304)
        #expect(try api.ask(.get, "/v1/incidents/INC-9/checks").status == 404)
    }

    @Test(arguments: [
        (#"{"passed": true}"#, "#/path"), (#"{"path": "", "passed": true}"#, "#/path"),
        (#"{"path": "a\nb", "passed": true}"#, "#/path"), (#"{"path": "a"}"#, "#/passed"),
        (#"{"path": "a", "passed": "yes"}"#, "#/passed"),
        (#"{"path": "a", "passed": true, "evidence": 1}"#, "#/evidence"),
        (#"{"path": "a", "passed": true, "by": "@@b"}"#, "#/by"),
        (#"{"path": "a", "passed": true, "result": "ok"}"#, "#/result"),
    ])
    func `an odd member is named`(body: String, pointer: String) throws {
        let reply = try api.ask(.post, "\(one)/checks", body)
        #expect(reply.slug == "validation")
        #expect(reply.items("pointer", in: "errors") == [pointer], "\(reply.text)")
    }

    @Test func `the team reads until when it is watched`() throws {
        _ = try monitor()
        let brief = try api.ask(.get, one, nil, ["Accept": "text/plain"])
        #expect(brief.text.contains("watching until 10:15 UTC"), "\(brief.text)")
        let draft = try api.ask(.get, "\(one)/status-updates/draft?audience=internal")
        #expect(draft.text.contains("Watching until: 10:15 UTC"), "\(draft.text)")
        try api.pass(.seconds(900))
        let later = try api.ask(.get, "\(one)/status-updates/draft?audience=internal")
        #expect(!later.text.contains("Watching until"), "\(later.text)")
    }
}
