import HTTP
import JSON
import ServiceSupport
import Testing

/// What the answers look like: api.md's members, in its order, `null` and never absent.
struct ShapeTests {
    static let incident = [
        "id", "ref", "version", "title", "public_title", "status", "severity", "declared_severity",
        "reviewed_severity",
        "impact", "workaround", "restored_when", "next_action", "declared_by", "episode", "roles", "cadence",
        "freeze", "watch", "mitigation", "duplicate_of", "times", "labels", "links", "channel",
        "suspects", "todos", "scope", "users_affected", "security", "confidential",
    ]
    static let entry = [
        "seq", "position", "id", "incident", "kind", "text", "data", "author", "posted_by", "occurred_at",
        "recorded_at", "late", "visibility", "source", "hash", "became", "corrections",
    ]
    static let cadence = [
        "interval_seconds", "last_update_at", "next_update_due_at", "nags_sent", "breached", "snoozed_until",
        "decision_due_at",
    ]

    let api: TestAPI

    /// With a webhook that hears the nags, so that no answer warns of silence.
    init() throws {
        api = try TestAPI()
        try api.ask(.post, "/v1/webhooks", #"{"url": "https://a.example/", "events": ["update.overdue"]}"#)
    }

    @Test func `a declared incident answers 201 with all its members in order`() throws {
        let reply = try api.ask(
            .post, "/v1/incidents",
            #"{"title": "People cannot sign in", "severity": "P2", "impact": "Many users cannot sign in", "#
                + #""author": "alice", "started_at": "2026-01-15T10:02:00+01:00", "channel": "slack:C9", "#
                + #""labels": {"service": "web"}, "roles": {"commander": "alice"}}"#)
        #expect(reply.status == 201)
        #expect(reply.field("Location") == "/v1/incidents/INC-1")
        #expect(reply.isTagged(1))
        #expect(reply.field("Content-Type") == "application/json")
        #expect(reply.names() == ShapeTests.incident)
        #expect(
            reply.names("roles") == [
                "commander", "communicator", "scribe", "technical_lead", "rollback_approver",
                "rollback_backup",
            ])
        #expect(reply.names("roles.commander") == ["person", "contact", "since"])
        #expect(reply.names("cadence") == ShapeTests.cadence)
        #expect(
            reply.names("times") == [
                "started_at", "detected_at", "declared_at", "mitigated_at", "monitoring_at", "restored_at",
                "resolved_at", "cancelled_at",
            ])
        #expect(reply.string("severity") == "major")
        #expect(reply.string("declared_by") == "alice")
        #expect(reply.string("times.started_at") == "2026-01-15T09:02:00.000Z")
        #expect(reply.string("cadence.next_update_due_at") == "2026-01-15T10:05:00.000Z")
        #expect(reply.integer("cadence.interval_seconds") == 900)
        #expect(reply.names("freeze") == ["scope", "until"])
        for name in ["watch", "mitigation", "duplicate_of", "reviewed_severity", "next_action"] {
            #expect(reply[name] == .null, "\(name)")
        }
        #expect(reply["roles.communicator"] == .null)
        #expect(reply["links"] == .array([]))
    }

    @Test func `a declared incident without impact answers with a warning, a read never does`() throws {
        let reply = try api.ask(.post, "/v1/incidents", #"{"title": "x", "severity": "minor"}"#)
        #expect(reply.names() == ShapeTests.incident + ["warnings"])
        #expect(reply.names("warnings.0") == ["code", "detail", "links"])
        #expect(reply.warnings == ["impact_missing"])
        let read = try api.ask(.get, "/v1/incidents/INC-1")
        #expect(read.names() == ShapeTests.incident)
        #expect(read.field("ETag") == reply.field("ETag"))
    }

    @Test func `the author is the token's name unless the body names one`() throws {
        let first = try api.ask(.post, "/v1/incidents", #"{"title": "x", "severity": "minor"}"#)
        #expect(first.string("declared_by") == "admin")
        let second = try api.ask(
            .post, "/v1/incidents", #"{"title": "x", "severity": "minor"}"#, token: .command)
        #expect(second.string("declared_by") == "command-bot")
        let note = try api.ask(
            .post, "/v1/incidents/INC-1/timeline", #"{"text": "x", "author": "@bob"}"#, token: .post)
        #expect(note.string("author") == "@bob")
        #expect(note.string("posted_by") == "post-bot")
        let released = try api.ask(.delete, "/v1/incidents/INC-1/roles/scribe?author=carol")
        #expect(released.status == 200)
    }

    @Test func `a posted entry answers 201 with its members in order and its place`() throws {
        try api.declare()
        let reply = try api.ask(
            .post, "/v1/incidents/inc-1/timeline",
            #"{"text": "it\u0007 \u001b[31mburns\u001b[0m", "kind": "finding", "data": {"confirmed": true, "n": 1.50}, "#
                + #""source": {"system": "slack", "ref": "C9/1", "url": "https://slack.example/1"}, "#
                + #""visibility": "public", "occurred_at": "2026-01-15T09:55:00Z"}"#, token: .post)
        #expect(reply.status == 201)
        #expect(reply.field("Location") == "/v1/incidents/INC-1/timeline/2")
        #expect(reply.names() == ShapeTests.entry)
        #expect(reply.names("source") == ["system", "ref", "url"])
        #expect(reply["late"] == .bool(true))
        #expect(reply.string("text") == "it\u{7} \u{1B}[31mburns\u{1B}[0m")
        #expect(reply["data.confirmed"] == .bool(true))
        #expect(reply["data.n"] == .number("1.50"))
        #expect(reply.string("hash")?.utf8.count == 64)
        let read = try api.ask(.get, "/v1/incidents/INC-1/timeline/2")
        #expect(read.body == reply.body)
        #expect(read.field("ETag") != nil)
        let plain = try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#)
        #expect(plain.string("kind") == "note")
        #expect(plain.string("visibility") == "internal")
        #expect(plain["source"] == .null)
        #expect(plain["data"] == .object(.init()))
    }

    @Test func `a status update answers with its entry, slot, lateness, next deadline and lint`() throws {
        try api.declare()
        try api.pass(.seconds(180))
        let reply = try api.ask(
            .post, "/v1/incidents/INC-1/status-updates",
            #"{"text": "Users cannot sign in. Next update in 15 minutes."}"#, token: .post)
        #expect(reply.status == 201)
        #expect(reply.field("Location") == "/v1/incidents/INC-1/timeline/2")
        #expect(
            reply.names() == ShapeTests.entry + ["slot", "late_by_seconds", "next_update_due_at", "lint"])
        #expect(reply.string("slot") == "T+0")
        #expect(reply.integer("late_by_seconds") == 0)
        #expect(reply.string("next_update_due_at") == "2026-01-15T10:18:00.000Z")
        #expect(reply["lint"] == .array([]))
        #expect(reply.string("visibility") == "public")
        let list = try api.ask(.get, "/v1/incidents/INC-1/status-updates")
        #expect(list.names("items.0") == reply.names())
        #expect(try api.ask(.get, "/v1/incidents/INC-1/timeline/2").body == reply.body)
    }

    @Test func `the cadence has its deadlines`() throws {
        try api.declare()
        try api.pass(.seconds(420))
        try api.ask(.post, "/v1/incidents/INC-1/status-updates", #"{"text": "x"}"#)
        let reply = try api.ask(.get, "/v1/incidents/INC-1/cadence")
        #expect(reply.names() == ShapeTests.cadence + ["next_nag_at", "closing_due_at", "deadlines", "nags"])
        #expect(reply.names("deadlines.0") == ["due_at", "met_at", "late_by_seconds", "nags"])
        #expect(reply.integer("deadlines.0.late_by_seconds") == 120)
        #expect(reply.integer("deadlines.0.nags") == 1)
        #expect(reply["deadlines.1.met_at"] == .null)
    }

    @Test func `the final public update is due at one time, whatever was nagged about it`() throws {
        let (one, cadence) = ("/v1/incidents/INC-1", "/v1/incidents/INC-1/cadence")
        try api.declare()
        #expect(try api.ask(.get, cadence)["closing_due_at"] == .null)
        try api.ask(.post, "\(one)/status-updates", #"{"text": "x"}"#)
        try api.ask(.put, "\(one)/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
        let due = try #require(try api.ask(.get, cadence).string("closing_due_at"))
        #expect(try api.ask(.get, cadence).string("next_nag_at") == due)
        try api.pass(.seconds(420))
        let after = try api.ask(.get, cadence)
        #expect(after.string("closing_due_at") == due && after.string("next_nag_at") != due)
        try api.pass(.seconds(7_200))
        let last = try api.ask(.get, cadence)
        #expect(last.string("closing_due_at") == due && last["next_nag_at"] == .null)
        try api.ask(.post, "\(one)/status-updates", #"{"text": "It is over.", "audience": "public"}"#)
        #expect(try api.ask(.get, cadence)["closing_due_at"] == .null)
    }

    @Test func `a problem has its members in order and says what to do`() throws {
        try api.declare(#""title": "x", "severity": "critical""#)
        let reply = try api.ask(
            .put, "/v1/incidents/INC-1/severity", #"{"severity": "minor"}"#, id: "my-request")
        #expect(reply.status == 409)
        #expect(
            reply.names() == [
                "type", "title", "status", "detail", "links", "current", "allowed", "request_id",
            ])
        #expect(reply.string("type") == "/problems/severity-only-rises")
        #expect(reply.integer("status") == 409)
        #expect(reply.string("current") == "critical")
        #expect(reply["allowed"] == .array([.string("critical")]))
        #expect(reply.names("links.0") == ["operation", "method", "href", "detail", "body"])
        #expect(reply.string("links.0.operation") == "disputeSeverity")
        #expect(reply.string("links.0.href") == "/v1/incidents/INC-1/severity/disputes")
        #expect(reply.string("links.0.body.claims") == "minor")
        #expect(reply.string("request_id") == "my-request")
        #expect(api.log.lines.contains { $0.contains("request_id=my-request") && $0.contains("status=409") })
    }

    @Test
    func `a PUT, PATCH or DELETE answers 200 with the whole incident, and no entry when nothing changes`()
        throws
    {
        try api.declare()
        let wishes: [(Method, String, String?)] = [
            (
                .patch, "",
                #"{"impact": "All", "labels": {"a": "b"}, "links": [{"url": "https://x", "title": null}]}"#
            ),
            (.put, "/severity", #"{"severity": "critical"}"#),
            (.put, "/status", #"{"status": "mitigating"}"#),
            (.put, "/roles/scribe", #"{"person": "carol", "contact": "tel:1"}"#),
            (.delete, "/roles/scribe", nil),
        ]
        var seq = 1
        for (method, path, body) in wishes {
            seq += 1
            let first = try api.ask(method, "/v1/incidents/INC-1\(path)", body)
            #expect(first.status == 200, "\(path): \(first.text)")
            #expect(first.names() == ShapeTests.incident, "\(path)")
            #expect(first.integer("version") == seq, "\(path)")
            #expect(first.isTagged(seq), "\(path)")
            #expect(first.field("Location") == nil, "\(path)")
            let head = try api.head()
            let again = try api.ask(method, "/v1/incidents/INC-1\(path)", body)
            #expect(again.status == 200, "\(path)")
            #expect(again.body == first.body, "\(path)")
            #expect(try api.head() == head, "\(path)")
        }
    }

    @Test func `an incident is known by its ref in any case and by its id`() throws {
        try api.declare()
        let id = try #require(try api.ask(.get, "/v1/incidents/INC-1").string("id"))
        for name in ["INC-1", "inc-1", "Inc-1", id] {
            let reply = try api.ask(.get, "/v1/incidents/\(name)")
            #expect(reply.string("ref") == "INC-1", "\(name)")
        }
        for name in [
            "INC-01", "INC-2", "1", "INC-", "INC-1x", "INC--1", "%E2%84%AANC-1", "a%20b",
            "INC-999999999999999",
        ] {
            let reply = try api.ask(.get, "/v1/incidents/\(name)")
            #expect(reply.slug == "not-found", "\(name)")
        }
    }

    @Test func `a dispute changes nothing but is an entry`() throws {
        try api.declare()
        let before = try api.ask(.get, "/v1/incidents/INC-1")
        let reply = try api.ask(
            .post, "/v1/incidents/INC-1/severity/disputes", #"{"claims": "minor", "reason": "few users"}"#,
            token: .post)
        #expect(reply.status == 201)
        #expect(reply.names() == ShapeTests.entry)
        #expect(reply.field("Location") == "/v1/incidents/INC-1/timeline/2")
        #expect(try api.ask(.get, "/v1/incidents/INC-1").body == before.body)
    }

    @Test func `the state at a time is what was recorded by it`() throws {
        try api.declare()
        try api.pass(.seconds(60))
        try api.ask(.put, "/v1/incidents/INC-1/severity", #"{"severity": "critical"}"#)
        let then = try api.ask(.get, "/v1/incidents/INC-1?at=2026-01-15T10:00:59.999Z")
        #expect(then.string("severity") == "major")
        #expect(then.isTagged(1))
        let there = try api.ask(.get, "/v1/incidents/INC-1?at=2026-01-15T11:01:00%2B01:00")
        #expect(there.string("severity") == "critical")
        let before = try api.ask(.get, "/v1/incidents/INC-1?at=2026-01-15T09:59:59.999Z")
        #expect(before.slug == "not-found")
        for bad in [
            "2026-01-15T10:00:59", "yesterday", "", "1999-01-01T00:00:00Z", "2026-01-15T10:00:59+01:00",
        ] {
            #expect(
                try api.ask(.get, "/v1/incidents/INC-1?at=\(bad)").slug == "invalid-parameter", "\(bad)")
        }
    }
}
