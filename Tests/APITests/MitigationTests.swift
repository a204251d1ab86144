import HTTP
import ServiceSupport
import Testing

/// One change at a time, through the API.
struct MitigationTests {
    let api: TestAPI
    private let path = "/v1/incidents/INC-1/mitigations"

    /// Minor, so that no freeze adds exceptions.
    init() throws {
        api = try TestAPI()
        try api.declare(
            #""title": "People cannot sign in", "severity": "minor", "roles": {"commander": "alice"}"#)
    }

    private static let members: Set<String> = [
        "id", "seq", "kind", "state", "action", "expected", "metric", "risk", "owner", "known_good",
        "database",
        "requested_at", "approval", "answered_by", "started_at", "ended_at", "result",
    ]

    private let flag =
        #"{"action": "Turn the new search off", "expected": "Errors fall", "metric": "error rate", "risk": "slower", "#
        + #""kind": "flag_off", "owner": "bob", "author": "alice"}"#

    @Test func `a mitigation is started, shown with the incident, and ended`() throws {
        let started = try api.ask(.post, path, flag)
        #expect(started.status == 201, "\(started.text)")
        #expect(started.field("Location") == "/v1/incidents/INC-1/timeline/2")
        #expect(started.names() == ShapeTests.entry)
        #expect(started.string("kind") == "mitigation_started")
        #expect(started.string("data.kind") == "flag_off")
        #expect(started.string("data.action") == "Turn the new search off")
        let id = try #require(started.string("id"))

        let incident = try api.ask(.get, "/v1/incidents/INC-1")
        #expect(incident.isTagged(2))
        #expect(incident.string("mitigation.id") == id)
        #expect(Set(incident.names("mitigation")) == Self.members)
        let list = try api.ask(.get, path, token: .read)
        #expect(Set(list.names("items.0")) == Self.members)
        for member in ["action", "expected", "metric", "risk", "owner", "kind", "state", "started_at"] {
            #expect(list.string("items.0.\(member)") == incident.string("mitigation.\(member)"))
            #expect(list.string("items.0.\(member)") != nil)
        }
        #expect(list["items.0.approval"] == .null)
        let brief = try api.ask(.get, "/v1/incidents/INC-1", nil, ["Accept": "text/plain"])
        #expect(brief.text.contains("\nMitigation: Turn the new search off (bob), since "))

        let ended = try api.ask(.patch, "\(path)/\(id)", #"{"state": "WORKED", "result": "Errors at 0.2 %"}"#)
        #expect(ended.status == 200, "\(ended.text)")
        #expect(ended.isTagged(3))
        #expect(ended["mitigation"] == .null)
        #expect(ended.string("times.mitigated_at") != nil)
        #expect(try api.ask(.patch, "\(path)/\(id)", #"{"state": "worked"}"#).isTagged(3))
        let after = try api.ask(.get, path)
        #expect(after.string("items.0.state") == "worked")
        #expect(after.string("items.0.result") == "Errors at 0.2 %")
        #expect(after.string("items.0.action") == "Turn the new search off")
        let other = try api.ask(.patch, "\(path)/\(id)", #"{"state": "no_effect"}"#)
        #expect(other.slug == "not-allowed-from-status")
        #expect(try api.ask(.patch, "\(path)/01HZX4", #"{"state": "worked"}"#).slug == "not-found")
    }

    @Test func `the list is newest first, in pages, and says when nothing changed`() throws {
        var ids: [String] = []
        for number in 1...3 {
            let reply = try api.ask(
                .post, path, #"{"action": "a\#(number)", "parallel_reason": "three regions"}"#)
            ids.append(try #require(reply.string("id")))
        }
        let first = try api.ask(.get, "\(path)?limit=2")
        #expect(first.string("items.0.id") == ids[2])
        #expect(first.string("next") == ids[1])
        let second = try api.ask(.get, "\(path)?limit=2&after=\(ids[1])")
        #expect(second.string("items.0.id") == ids[0])
        #expect(second["next"] == .null)
        #expect(try api.ask(.get, "\(path)?after=x").slug == "invalid-parameter")
        let tag = try #require(first.field("ETag"))
        #expect(try api.ask(.get, path, nil, ["If-None-Match": tag]).status == 304)
        try api.ask(.put, "/v1/incidents/INC-1/roles/rollback_approver", #"{"person": "carol"}"#)
        #expect(
            try api.ask(.get, path, nil, ["If-None-Match": tag]).status == 200, "the line depends on roles")
    }

    @Test func `a rollback waits for the yes of its line`() throws {
        let body =
            #"{"known_good": "2.13.4", "database": "safe", "expected": "x", "metric": "y", "author": "bob"}"#
        let requested = try api.ask(.post, path, body)
        #expect(requested.status == 201, "\(requested.text)")
        #expect(requested.string("kind") == "rollback_requested")
        #expect(requested["data.approved"] == .bool(false))
        let id = try #require(requested.string("id"))
        #expect(try api.ask(.get, "/v1/incidents/INC-1")["mitigation"] == .null)
        let listed = try api.ask(.get, path)
        #expect(listed.string("items.0.state") == "requested")
        #expect(listed.string("items.0.known_good") == "2.13.4")
        #expect(listed.string("items.0.approval.0.person") == "alice")
        #expect(listed["items.0.approval.1.role"] == .null)

        let early = try api.ask(.post, "\(path)/\(id)/approval", #"{"approved": true, "author": "bob"}"#)
        #expect(early.slug == "approval-needed")
        #expect(early.status == 409)
        #expect(early.string("current.approval.0.person") == "alice")
        #expect(early.string("links.0.href") == "\(path)/\(id)/approval")
        let yes = try api.ask(.post, "\(path)/\(id)/approval", #"{"approved": true, "author": "alice"}"#)
        #expect(yes.status == 201)
        #expect(yes.string("kind") == "rollback_answered")
        let again = try api.ask(.post, "\(path)/\(id)/approval", #"{"approved": true, "author": "eve"}"#)
        #expect(again.status == 200)
        #expect(again.integer("seq") == yes.integer("seq"))
        #expect(try api.ask(.get, "/v1/incidents/INC-1").string("mitigation.id") == id)
        #expect(try api.ask(.get, "/v1/incidents/INC-1").string("mitigation.answered_by") == "alice")
        try api.ask(.patch, "\(path)/\(id)", #"{"state": "no_effect"}"#)
        let spent = try api.ask(.post, path, body)
        #expect(spent.slug == "rollback-spent")
        #expect(spent.string("links.0.href") == path)
        #expect(try api.ask(.get, path).string("items.0.known_good") == "2.13.4", "from its entry")
    }

    @Test func `a request by someone who may answer answers with its own entry, and a replay the same`()
        throws
    {
        let body =
            #"{"kind": "rollback", "known_good": "2.13.4", "database": "forward_fix", "author": "alice"}"#
        let reply = try api.ask(.post, path, body, ["Idempotency-Key": "k"])
        #expect(reply.string("kind") == "rollback_requested")
        #expect(reply["data.approved"] == .bool(true))
        #expect(reply.string("warnings.0.code") == "mitigation_unmeasured")
        #expect(try api.ask(.get, "/v1/incidents/INC-1").string("mitigation.id") == reply.string("id"))
        let replay = try api.ask(.post, path, body, ["Idempotency-Key": "k"])
        #expect(replay.text == reply.text)
        #expect(replay.status == 201)
    }

    @Test(arguments: [
        ("{}", ["#"]), (#"{"action": ""}"#, ["#/action"]),
        (#"{"action": "a", "kind": "b"}"#, ["#/kind"]),
        (#"{"kind": "rollback"}"#, ["#/known_good", "#/database", "#"]),
        (#"{"known_good": "2"}"#, ["#/database"]),
        (#"{"known_good": "2", "database": "x"}"#, ["#/database"]),
        (#"{"action": "a", "database": "safe"}"#, ["#/database"]),
        (#"{"action": "a", "override": true, "reason": "r"}"#, ["#/override", "#/reason"]),
        (#"{"action": "a", "kind": "pause", "known_good": "2"}"#, ["#/known_good"]),
        (#"{"action": "a", "expect": "b"}"#, ["#/expect"]),
    ])
    func `what is missing or does not fit is refused by its name`(body: String, pointers: [String]) throws {
        let reply = try api.ask(.post, path, body)
        #expect(reply.slug == "validation", "\(reply.text)")
        #expect(reply.pointers == pointers)
    }

    @Test func `scopes and the end`() throws {
        #expect(try api.ask(.post, path, flag, token: .post).status == 403)
        #expect(try api.ask(.get, path, token: .read).status == 200)
        let id = try #require(try api.ask(.post, path, flag).string("id"))
        try api.ask(.put, "/v1/incidents/INC-1/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
        #expect(try api.ask(.get, path).string("items.0.state") == "abandoned")
        #expect(try api.ask(.post, path, flag).slug == "incident-ended")
        #expect(try api.ask(.patch, "\(path)/\(id)", #"{"state": "worked"}"#).slug == "incident-ended")
    }
}
