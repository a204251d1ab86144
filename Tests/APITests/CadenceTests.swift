import HTTP
import ServiceSupport
import Testing

/// Another cadence, snoozes and escalations through the API.
struct CadenceTests {
    let api: TestAPI
    private let one = "/v1/incidents/INC-1"

    init() throws {
        api = try TestAPI()
        try api.declare(
            #""title": "People cannot sign in", "severity": "major", "roles": {"commander": "alice"}"#)
    }

    @Test func `an incident shows when it must be decided, and until when nags are snoozed`() throws {
        let declared = try api.ask(.get, one)
        let due = try #require(declared.string("cadence.decision_due_at"))
        #expect(declared["cadence.snoozed_until"] == .null)
        let snoozed = try api.ask(
            .post, "\(one)/cadence/snoozes",
            #"{"minutes": 10, "reason": "with the vendor", "author": "bob"}"#,
            token: .post)
        #expect(snoozed.status == 201, "\(snoozed.text)")
        #expect(snoozed.field("Location") == "\(one)/timeline/2")
        #expect(snoozed.names() == ShapeTests.entry)
        #expect(snoozed.string("kind") == "nag_snoozed")
        #expect(snoozed.string("text") == "bob snoozed the nags for 10 min: with the vendor")
        #expect(snoozed.integer("data.minutes") == 10)
        let after = try api.ask(.get, one)
        #expect(after.isTagged(2))
        #expect(after.string("cadence.snoozed_until") == snoozed.string("data.snoozed_until"))
        #expect(after.string("cadence.decision_due_at") == due)
        #expect(
            try api.ask(.get, "\(one)/cadence").string("snoozed_until")
                == snoozed.string("data.snoozed_until"))
        try api.ask(.put, "\(one)/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
        let ended = try api.ask(.get, one)
        #expect(ended["cadence.snoozed_until"] == .null)
        #expect(ended["cadence.decision_due_at"] == .null)
    }

    @Test func `a third snooze is refused, with what to call instead`() throws {
        func body(_ minutes: Int) -> String { #"{"minutes": \#(minutes), "reason": "x"}"# }
        for minutes in [10, 15] {
            #expect(try api.ask(.post, "\(one)/cadence/snoozes", body(minutes)).status == 201)
        }
        let head = try api.head()
        let refused = try api.ask(.post, "\(one)/cadence/snoozes", body(15))
        #expect(refused.slug == "snooze-limit")
        #expect(refused.status == 409)
        #expect(refused.string("links.0.href") == "\(one)/status-updates")
        #expect(try api.head() == head)
        try api.ask(.post, "\(one)/status-updates", #"{"text": "still investigating"}"#)
        try api.pass(.seconds(60))
        let early = try api.ask(.post, "\(one)/cadence/snoozes", body(5))
        #expect(early.slug == "nothing-to-snooze" && early.status == 409)
        let due = try #require(try api.ask(.get, one).string("cadence.next_update_due_at"))
        #expect(early.string("current.next_nag_at") == due)
        #expect(try api.ask(.post, "\(one)/cadence/snoozes", body(15)).status == 201)
    }

    @Test func `a snooze is ended, and the incident shows none`() throws {
        let path = "\(one)/cadence/snoozes"
        #expect(try api.ask(.delete, path, nil, token: .read).status == 403)
        let none = try api.ask(.delete, path, nil, token: .post)
        let before = try api.ask(.get, one)
        #expect(none.status == 200 && none.body == before.body)
        #expect(try api.ask(.post, path, #"{"minutes": 15, "reason": "x"}"#).status == 201)
        let ended = try api.ask(.delete, "\(path)?author=bob", nil, token: .post)
        #expect(ended.status == 200 && ended["cadence.snoozed_until"] == .null)
        let last = try api.ask(.get, "\(one)/timeline")
        #expect(last.items("kind").last == "nag_snoozed" && last.items("author").last == "bob")
        #expect(last.items("text").last == "bob ended the snooze of the nags")
    }

    @Test(arguments: [
        (#"{"minutes": 0, "reason": "x"}"#, "#/minutes"), (#"{"minutes": 16, "reason": "x"}"#, "#/minutes"),
        (#"{"minutes": 1.0, "reason": "x"}"#, "#/minutes"),
        (#"{"minutes": "1", "reason": "x"}"#, "#/minutes"),
        (#"{"minutes": 9223372036854775807, "reason": "x"}"#, "#/minutes"),
        (#"{"reason": "x"}"#, "#/minutes"),
        (#"{"minutes": 1}"#, "#/reason"), (#"{"minutes": 1, "reason": " "}"#, "#/reason"),
        (#"{"minutes": 1, "reason": "x", "until": "x"}"#, "#/until"),
    ])
    func `a snooze that does not fit names the member`(body: String, pointer: String) throws {
        let reply = try api.ask(.post, "\(one)/cadence/snoozes", body)
        #expect(reply.slug == "validation", "\(reply.text)")
        #expect(reply.pointers == [pointer])
    }

    @Test func `a quicker cadence answers with the incident, and the same one adds nothing`() throws {
        let quicker = try api.ask(
            .patch, "\(one)/cadence", #"{"interval_seconds": 600, "author": "eve"}"#, token: .command)
        #expect(quicker.status == 200, "\(quicker.text)")
        #expect(quicker.string("ref") == "INC-1")
        #expect(quicker.integer("cadence.interval_seconds") == 600)
        #expect(quicker.isTagged(2))
        let head = try api.head()
        let again = try api.ask(.patch, "\(one)/cadence", #"{"interval_seconds": 600}"#)
        #expect(again.status == 200)
        #expect(again.body == quicker.body)
        #expect(try api.head() == head)
        let stale = ["If-Match": "\"1-1\""]
        let refused = try api.ask(.patch, "\(one)/cadence", #"{"interval_seconds": 300}"#, stale)
        #expect(refused.slug == "precondition-failed")
        #expect(
            try api.ask(.patch, "\(one)/cadence", #"{"interval_seconds": 1}"#, token: .post).status == 403)
    }

    @Test func `a slower one is for the commander, after an hour, to four times the interval`() throws {
        let body = #"{"interval_seconds": 1800, "reason": "quiet", "author": "eve"}"#
        let refused = try api.ask(.patch, "\(one)/cadence", body)
        #expect(refused.slug == "commander-only")
        #expect(refused.string("links.0.href") == "\(one)/roles/commander")
        let early = try api.ask(
            .patch, "\(one)/cadence", #"{"interval_seconds": 1800, "reason": "quiet", "author": "alice"}"#)
        #expect(early.slug == "validation")
        #expect(early.pointers == ["#/interval_seconds"])
        try api.pass(.seconds(3_600))
        let silent = try api.ask(
            .patch, "\(one)/cadence", #"{"interval_seconds": 1800, "author": "alice"}"#)
        #expect(silent.pointers == ["#/reason"])
        let far = #"{"interval_seconds": 3601, "reason": "quiet", "author": "alice"}"#
        #expect(try api.ask(.patch, "\(one)/cadence", far).pointers == ["#/interval_seconds"])
        let slower = try api.ask(
            .patch, "\(one)/cadence", #"{"interval_seconds": 3600, "reason": "quiet", "author": "alice"}"#)
        #expect(slower.integer("cadence.interval_seconds") == 3_600)
        #expect(try api.ask(.get, "\(one)/timeline?kind=cadence_changed").items("text").count == 1)
    }

    @Test func `an escalation puts the decision off, and says to whom`() throws {
        try api.pass(.seconds(3_600))
        let nags = try api.ask(.get, "\(one)/timeline?kind=nag_sent")
        #expect(nags.items("text").count == 2, "for the update and the decision: \(nags.text)")
        let json = ["Accept": "application/json"]
        let draft = try api.ask(.get, "\(one)/status-updates/draft?audience=internal", nil, json)
        #expect(draft.string("template") == "decide")
        let escalated = try api.ask(
            .post, "\(one)/escalations", #"{"to": "the CTO", "reason": "nobody knows the database"}"#,
            token: .command)
        #expect(escalated.status == 201, "\(escalated.text)")
        #expect(escalated.string("kind") == "escalated")
        #expect(escalated.string("data.to") == "the CTO")
        let after = try api.ask(.get, one)
        #expect(after.string("cadence.decision_due_at") == escalated.string("data.decision_due_at"))
        #expect(
            try api.ask(.get, "\(one)/status-updates/draft?audience=internal", nil, json).string("template")
                == "internal")
        for body in [#"{"to": "x"}"#, #"{"reason": "x"}"#, #"{"to": "", "reason": "x"}"#] {
            #expect(try api.ask(.post, "\(one)/escalations", body).slug == "validation")
        }
        #expect(
            try api.ask(.post, "\(one)/escalations", #"{"to": "x", "reason": "x"}"#, token: .post).status
                == 403)
    }

    @Test func `a key replays a snooze, a cadence and an escalation`() throws {
        let writes: [(HTTP.Method, String, String)] = [
            (.post, "/cadence/snoozes", #"{"minutes": 15, "reason": "x"}"#),
            (.patch, "/cadence", #"{"interval_seconds": 300}"#),
            (.post, "/escalations", #"{"to": "x", "reason": "x"}"#),
        ]
        for (method, path, body) in writes {
            let key = ["Idempotency-Key": path]
            let first = try api.ask(method, one + path, body, key)
            let second = try api.ask(method, one + path, body, key)
            #expect(first.status < 300, "\(first.text)")
            #expect(second.field("Idempotency-Replayed") == "true")
            #expect(second.body == first.body)
            #expect(second.status == first.status)
        }
        #expect(try api.ask(.get, "\(one)/timeline").items("kind").count == 4)
    }

    @Test func `an ended incident takes none of them`() throws {
        try api.ask(.put, "\(one)/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
        let writes: [(HTTP.Method, String, String)] = [
            (.post, "/cadence/snoozes", #"{"minutes": 15, "reason": "x"}"#),
            (.patch, "/cadence", #"{"interval_seconds": 300}"#),
            (.post, "/escalations", #"{"to": "x", "reason": "x"}"#),
        ]
        for (method, path, body) in writes {
            #expect(try api.ask(method, one + path, body).slug == "incident-ended", "\(path)")
        }
    }
}
