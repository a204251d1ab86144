import HTTP
import ServiceSupport
import Testing

/// Drafts, status updates, templates and nags through the API.
struct BeatTests {
    let api: TestAPI
    private let one = "/v1/incidents/INC-1"

    init() throws {
        api = try TestAPI()
        try api.declare(
            #""title": "People cannot sign in", "severity": "major", "impact": "Many users", "roles": {"communicator": "bob"}"#
        )
    }

    @Test(
        arguments: [
            (nil, "text"), ("*/*", "text"), ("text/plain", "text"), ("text/html, */*;q=0.1", "text"),
            ("application/json", "json"), ("Application/JSON; q=0.9", "json"), ("application/*", "json"),
            ("application/json, text/plain", "json"), ("text/plain, application/json", "text"),
            ("application/json;q=0, text/plain", "text"), ("application/json; q=0", "text"), ("", "text"),
            ("application/json;q=0.5, text/plain", "text"), ("text/plain;q=0.5, application/json", "json"),
            ("application/json, */*", "json"), ("application/json;q=0.5, */*", "text"),
            ("text/*;q=0.123, application/*;q=0.124", "json"), ("*/*;q=0", "text"),
            ("application/*, application/json;q=0, text/plain;q=0.1", "text"),
        ] as [(String?, String)])
    func `a draft is words to a plain curl and an object to who asks for JSON`(accept: String?, form: String)
        throws
    {
        let fields = accept.map { ["Accept": $0] } ?? [:]
        let reply = try api.ask(.get, "\(one)/status-updates/draft", nil, fields)
        #expect(reply.status == 200)
        #expect(reply.field("Cache-Control") == "no-store")
        #expect(reply.field("ETag") == nil)
        #expect(reply.field("Vary") == "Accept")
        if form == "json" {
            #expect(reply.field("Content-Type") == "application/json")
            #expect(
                reply.names() == [
                    "audience", "template", "text", "basis_seq", "used_seqs", "missing", "optional",
                ])
        } else {
            #expect(reply.field("Content-Type") == "text/plain; charset=utf-8")
            #expect(reply.text.contains("What is affected: Many users"))
            #expect(!reply.text.contains("People cannot sign in"))
        }
        let template = try api.ask(.get, "/v1/templates/update", nil, fields)
        #expect(template.field("Content-Type") == reply.field("Content-Type"))
        #expect(template.field("Vary") == "Accept")
        #expect(template.field("ETag") != nil)
    }

    @Test func `a draft names what it used and what is missing, and keeps internal words from the public`()
        throws
    {
        let entries = [
            #"{"text": "SECRET cause", "kind": "finding", "data": {"confirmed": true}}"#,
            #"{"text": "Sign-in restarted", "kind": "change", "visibility": "public"}"#,
            #"{"text": "a guess", "kind": "finding", "visibility": "public"}"#,
        ]
        for entry in entries { try api.ask(.post, "\(one)/timeline", entry) }
        let json = ["Accept": "application/json"]
        let draft = try api.ask(.get, "\(one)/status-updates/draft?template=update", nil, json)
        #expect(draft.string("audience") == "public")
        #expect(draft.string("template") == "update")
        #expect(draft["used_seqs"] == .array([.integer(3)]))
        #expect(draft.integer("basis_seq") == 4)
        #expect(draft.string("text")?.contains("SECRET") == false)
        #expect(draft.string("text")?.contains("a guess") == false)
        let inner = try api.ask(
            .get, "\(one)/status-updates/draft?audience=internal&template=auto", nil, json)
        #expect(inner.string("template") == "internal")
        #expect(inner["used_seqs"] == .array([.integer(2), .integer(3)]))
    }

    @Test func `a template is filled and published, and an unfilled one only by force`() throws {
        let refused = try api.ask(.post, "\(one)/status-updates", #"{"template": "resolution"}"#)
        let forced = try api.ask(
            .post, "\(one)/status-updates", #"{"template": "resolution", "force": true}"#)
        #expect(forced.status == 201)
        #expect(forced["data.forced"] == .bool(true))
        #expect(forced.string("text")?.contains("[FILL:") == true)
        #expect(refused.slug == "unfilled-draft")
        let plain = try api.ask(
            .post, "\(one)/status-updates", #"{"template": "nothing_new"}"#, token: .post)
        #expect(plain.status == 201)
        #expect(plain.string("data.template") == "nothing_new")
        #expect(plain.string("text")?.contains("We have nothing new to report yet.") == true)
        #expect(plain.integer("data.basis_seq") != nil)
        let auto = try api.ask(.post, "\(one)/status-updates", #"{"template": "auto"}"#)
        #expect(auto.string("data.template") == "nothing_new")
    }

    @Test func `a template that the store gives no words for is a 503, and the log says why`() throws {
        try api.ask(
            .post, "\(one)/timeline", #"{"text": "x", "kind": "finding", "data": {"confirmed": true}}"#)
        api.reader.close()
        let reply = try api.ask(.post, "\(one)/status-updates", #"{"template": "internal"}"#)
        #expect(reply.slug == "storage-unavailable", "\(reply.text)")
        #expect(api.log.lines.contains { $0.contains("read.failed") && $0.contains("request_id=req-1") })
    }

    @Test func `a stale draft is refused with the entries that made it so, and published by force`() throws {
        try api.ask(.post, "\(one)/timeline", #"{"text": "x"}"#)
        try api.ask(.put, "\(one)/severity", #"{"severity": "critical"}"#)
        try api.ask(
            .post, "\(one)/timeline",
            #"{"text": "y", "kind": "finding", "data": {"confirmed": true}, "visibility": "public"}"#)
        let head = try api.head()
        let refused = try api.ask(.post, "\(one)/status-updates", #"{"text": "x", "basis_seq": 1}"#)
        #expect(refused.slug == "stale-draft")
        #expect(refused.integer("current.entries.0.seq") == 3)
        #expect(refused.integer("current.entries.1.seq") == 4)
        #expect(refused["current.entries.2"] == nil)
        #expect(refused.names("current.entries.0") == ShapeTests.entry)
        #expect(refused.string("links.0.href") == "\(one)/status-updates/draft?audience=public")
        #expect(try api.head() == head)
        let fresh = try api.ask(.post, "\(one)/status-updates", #"{"text": "fresh", "basis_seq": 4}"#)
        #expect(fresh.status == 201)
        let forced = try api.ask(
            .post, "\(one)/status-updates", #"{"text": "x", "basis_seq": 1, "force": true}"#)
        #expect(forced.status == 201)
    }

    @Test(
        arguments: [
            (.put, "/status", #"{"status": "mitigating"}"#, true),
            (.put, "/severity", #"{"severity": "critical"}"#, true),
            (.patch, "", #"{"impact": "All"}"#, true),
            (.patch, "", #"{"workaround": "Wait"}"#, true), (.patch, "", #"{"title": "y"}"#, false),
            (.put, "/roles/scribe", #"{"person": "eve"}"#, false),
            (.post, "/timeline", #"{"text": "x"}"#, false),
            (.post, "/timeline", #"{"text": "x", "kind": "finding", "visibility": "public"}"#, false),
            (
                .post, "/timeline",
                #"{"text": "x", "kind": "finding", "visibility": "public", "data": {"confirmed": true}}"#,
                true
            ), (.post, "/timeline", #"{"text": "x", "kind": "finding", "data": {"confirmed": true}}"#, false),
            (
                .post, "/timeline", #"{"text": "Rolled db1 back", "kind": "change", "visibility": "public"}"#,
                false
            ),
        ] as [(HTTP.Method, String, String, Bool)])
    func `what makes a public draft stale is listed, and nothing else makes it so`(
        method: HTTP.Method, path: String, body: String, isStale: Bool
    ) throws {
        let basis = try #require(try api.ask(.get, one).integer("version"))
        try #require((200...201).contains(try api.ask(method, one + path, body).status))
        let reply = try api.ask(
            .post, "\(one)/status-updates", #"{"text": "x", "basis_seq": \#(basis)}"#)
        #expect(reply.status == (isStale ? 409 : 201), "\(reply.text)")
        #expect(reply.items("seq", in: "current.entries") == (isStale ? ["\(basis + 1)"] : []))
    }

    @Test func `a status with an update needs the scope command, and both are stored or neither`() throws {
        let body = #"{"text": "x", "status": "mitigating"}"#
        let head = try api.head()
        let refused = try api.ask(.post, "\(one)/status-updates", body, token: .post)
        #expect(refused.slug == "insufficient-scope")
        #expect(refused.string("detail")?.contains("command") == true)
        let late = #"{"text": "x", "status": "mitigating", "next_update_at": "2026-01-15T12:00:00Z"}"#
        #expect(try api.ask(.post, "\(one)/status-updates", late).slug == "promise-exceeds-cadence")
        let ended = #"{"text": "x", "status": "resolved"}"#
        #expect(try api.ask(.post, "\(one)/status-updates", ended).slug == "not-allowed-from-status")
        #expect(try api.head() == head)
        let done = try api.ask(.post, "\(one)/status-updates", body, token: .command)
        #expect(done.integer("seq") == 3)
        #expect(try api.ask(.get, one).string("status") == "mitigating")
    }

    @Test func `a missed deadline is nagged about, and an update resets the count`() throws {
        try api.pass(.seconds(299))
        #expect(try api.ask(.get, one).integer("cadence.nags_sent") == 0)
        try api.pass(.seconds(1))
        let nagged = try api.ask(.get, one)
        #expect(nagged.integer("cadence.nags_sent") == 1)
        #expect(nagged.isTagged(2))
        try api.pass(.seconds(600))
        #expect(try api.ask(.get, one)["cadence.breached"] == .bool(true))
        let late = try api.ask(.post, "\(one)/status-updates", #"{"text": "x"}"#)
        #expect(late.integer("late_by_seconds") == 600)
        let after = try api.ask(.get, one)
        #expect(after.integer("cadence.nags_sent") == 0)
        #expect(after["cadence.breached"] == .bool(false))
        let nags = try api.ask(.get, "\(one)/timeline?kind=nag_sent")
        #expect(nags.items("text").count == 2)
    }

    @Test func `the same message of another system is taken once`() throws {
        let body = #"{"text": "x", "source": {"system": "slack", "ref": "1"}}"#
        let first = try api.ask(.post, "\(one)/timeline", body)
        let second = try api.ask(.post, "\(one)/timeline", body)
        #expect(second.status == 200)
        #expect(second.body == first.body)
        #expect(second.field("Location") == first.field("Location"))
        let other = try api.ask(
            .post, "\(one)/timeline", #"{"text": "y", "source": {"system": "slack", "ref": "1"}}"#)
        #expect(other.status == 200)
        #expect(other.integer("seq") == 2)
        #expect(other.string("text") == "x")
        #expect(other.warnings == ["text_differs"])
        #expect(other.string("warnings.0.links.0.href")?.hasSuffix("/correction") == true)
    }

    @Test func `an ended incident still takes entries, updates, edits, roles and disputes`() throws {
        try api.ask(.put, "\(one)/status", #"{"status": "monitoring"}"#)
        try api.ask(.put, "\(one)/status", #"{"status": "resolved", "override": true, "reason": "x"}"#)
        let wishes: [(HTTP.Method, String, String)] = [
            (.post, "/timeline", #"{"text": "x"}"#), (.post, "/status-updates", #"{"text": "x"}"#),
            (.patch, "", #"{"reviewed_severity": "minor"}"#), (.put, "/roles/scribe", #"{"person": "x"}"#),
            (.post, "/severity/disputes", #"{"claims": "minor", "reason": "x"}"#),
            (.put, "/status", #"{"status": "resolved"}"#),
        ]
        for (method, path, body) in wishes {
            let reply = try api.ask(method, "\(one)\(path)", body)
            #expect(reply.status < 300, "\(path): \(reply.text)")
        }
        #expect(try api.ask(.get, one)["cadence.next_update_due_at"] == .null)
        let reopened = try api.ask(.put, "\(one)/status", #"{"status": "investigating"}"#)
        #expect(reopened.integer("episode") == 2)
        #expect(reopened["times.resolved_at"] == .null)
        #expect(reopened.string("reviewed_severity") == "minor")
    }

    @Test func `a duplicate names the other incident by ref or id`() throws {
        try api.declare()
        let id = try #require(try api.ask(.get, one).string("id"))
        for (name, ref) in [("inc-1", "INC-2"), (id, "INC-3")] {
            if ref == "INC-3" { try api.declare() }
            let reply = try api.ask(
                .put, "/v1/incidents/\(ref)/status",
                #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": "\#(name)"}"#)
            #expect(reply.string("duplicate_of") == "INC-1", "\(reply.text)")
        }
    }
}
