import HTTP
import Incidents
import JSON
import Lint
import Model
import ServiceSupport
import Testing

/// The linter through the API: findings of updates, what blocks them, and texts that nobody publishes.
struct UpdateLintTests {
    private let one = "/v1/incidents/INC-1"

    private func api(_ mode: UpdateLint.Mode) throws -> TestAPI {
        var policy = TestService.policy
        policy.lint.mode = mode
        let api = try TestAPI(policy: policy)
        try api.declare()
        return api
    }

    private func publish(
        _ text: String, _ api: TestAPI, _ more: String = "", _ fields: [String: String] = [:]
    ) throws -> Reply {
        try api.ask(.post, "\(one)/status-updates", "{\"text\": \"\(text)\"\(more)}", fields)
    }

    private func rules(_ reply: Reply, _ member: String = "lint") -> [String] {
        guard case .array(let items)? = reply[member] else { return ["no \(member)"] }
        return items.indices.map { reply.string("\(member).\($0).rule") ?? "" }
    }

    @Test func `an update is published with its findings, and a repeat and a list show the same`() throws {
        let api = try api(.warn)
        let text = "It is probably DNS. Users cannot sign in. Next update at 10:30 UTC."
        let reply = try publish(text, api, "", ["Idempotency-Key": "k"])
        #expect(reply.status == 201)
        #expect(rules(reply) == ["guess"])
        #expect(reply.string("lint.0.text") == "probably")
        #expect(reply["lint.0.span"] == .array([.integer(6), .integer(14)]))
        #expect(reply.string("lint.0.suggestion") == "(not yet confirmed)")
        #expect(reply.names("lint.0") == ["rule", "span", "text", "suggestion"])
        let again = try publish(text, api, "", ["Idempotency-Key": "k"])
        #expect(again.field("Idempotency-Replayed") == "true")
        #expect(again.body == reply.body)
        let listed = try api.ask(.get, "\(one)/status-updates")
        #expect(listed["items.0.lint"] == reply["lint"])
        let entry = try api.ask(.get, "\(one)/timeline/2")
        #expect(entry["lint"] == reply["lint"])
        #expect(entry.string("data.lint.0.rule") == "guess")
    }

    @Test func `people of pages are known, as soon as the page is there`() throws {
        let api = try api(.warn)
        let text = "Users cannot pay. Quillfeather deployed version 5. Next update at 10:30 UTC."
        func found() throws -> [String] {
            try rules(api.ask(.post, "/v1/lint", "{\"text\": \"\(text)\"}"), "findings")
        }
        #expect(try found() == [])
        try api.ask(
            .put, "/v1/inventory/people/quinn", #"{"handles": {"chat": "quillfeather"}}"#,
            ["If-None-Match": "*"])
        #expect(try found() == ["blame"])
        #expect(try rules(publish(text, api)) == ["blame"])
        try api.ask(.delete, "/v1/inventory/people/quinn")
        #expect(try found() == [])
    }

    @Test func `the first public update must say the impact, and so must the one after the impact changed`()
        throws
    {
        let api = try api(.warn)
        let next = "Next update at 10:30 UTC."
        #expect(try rules(publish("We know about it. \(next)", api)) == ["missing_impact"])
        #expect(try rules(publish("We look on. \(next)", api)) == [])
        try api.ask(.patch, one, #"{"impact": "Nobody can pay"}"#)
        let reply = try publish("We look further. \(next)", api)
        #expect(rules(reply) == ["missing_impact"])
        #expect(
            reply.string("lint.0.suggestion") == "What is affected: [FILL: impact]",
            "no copy of words that may be redacted")
        try api.ask(.patch, one, #"{"impact": "Nobody can pay or sign in"}"#)
        #expect(try rules(publish("It goes on. \(next)", api, #", "audience": "internal""#)) == [])
        let quiet = try api.ask(.post, "\(one)/status-updates", #"{"template": "nothing_new"}"#)
        #expect(rules(quiet) == [])
    }

    @Test func `a promised time is fine with the entry that it rests on, and nothing is due after the end`()
        throws
    {
        let api = try api(.warn)
        try api.ask(.post, "\(one)/timeline", #"{"text": "the copy takes 20 minutes", "kind": "finding"}"#)
        let text = "Nobody can sign in. It will be fixed by 11:00 UTC"
        #expect(try rules(publish(text, api)) == ["unverified_time"])
        #expect(try rules(publish(text + ".", api, #", "eta_basis": 2"#)) == [])
        try api.ask(.put, "\(one)/status", #"{"status": "resolved", "override": true, "reason": "x"}"#)
        #expect(try rules(publish("All works again.", api)) == [])
    }

    @Test func `blame is found for the people in roles`() throws {
        let api = try api(.warn)
        try api.ask(.put, "\(one)/roles/scribe", #"{"person": "Quill"}"#)
        let text = "quill broke sign-in for everyone. Next update at 10:30 UTC."
        #expect(try rules(publish(text, api)) == ["blame"])
    }

    @Test func `what blocks is refused with the findings, and force publishes it and says so`() throws {
        let api = try api(.block)
        let text = "It is probably DNS. Users cannot sign in. Next update at 10:30 UTC."
        let refused = try publish(text, api)
        #expect(refused.status == 422)
        #expect(refused.string("type") == "/problems/lint-blocked")
        #expect(rules(refused, "current.findings") == ["guess"])
        #expect(refused.string("current.findings.0.text") == "probably")
        #expect(refused["current.findings.0.span"] == .array([.integer(6), .integer(14)]))
        #expect(refused.string("errors.0.pointer") == "#/text")
        #expect(try api.ask(.get, "\(one)/status-updates")["items"] == .array([]))
        let forced = try publish(text, api, #", "force": true"#)
        #expect(forced.status == 201)
        #expect(rules(forced) == ["guess"])
        #expect(forced["data.lint_forced"] == .bool(true))
        let clean = try publish("Users cannot sign in. Next update at 10:30 UTC.", api, #", "force": true"#)
        #expect(clean["data.lint_forced"] == nil)
        #expect(clean["data.forced"] == .bool(false))
    }

    @Test func `switched off, updates have no findings, and texts are read all the same`() throws {
        let api = try api(.off)
        #expect(try rules(publish("It is probably DNS.", api)) == [])
        let reply = try api.ask(
            .post, "/v1/lint", #"{"text": "It is probably DNS.", "audience": "internal"}"#)
        #expect(rules(reply, "findings") == ["guess", "missing_next_time"])
    }

    @Test func `a text is read as the first public update, or as the next one of an incident`() throws {
        let api = try api(.warn)
        let first = try api.ask(.post, "/v1/lint", #"{"text": "Quill broke it on web-03."}"#, token: .read)
        #expect(first.status == 200)
        #expect(first.field("Cache-Control") == "no-store")
        #expect(rules(first, "findings") == ["internal_name", "missing_next_time"])
        try api.ask(.put, "\(one)/roles/scribe", #"{"person": "Quill"}"#)
        let named = try api.ask(
            .post, "/v1/lint", #"{"text": "Quill broke it on web-03.", "incident": "inc-1"}"#)
        #expect(rules(named, "findings") == ["blame", "internal_name", "missing_next_time"])
        let team = try api.ask(.post, "/v1/lint", #"{"text": "web-03 is back", "audience": "internal"}"#)
        #expect(rules(team, "findings") == ["missing_next_time"])
        #expect(try api.ask(.post, "/v1/lint", #"{"text": "x", "incident": "INC-9"}"#).status == 404)
        let odd = try api.ask(.post, "/v1/lint", #"{"text": "x", "incident": "a b"}"#)
        #expect(odd.status == 422 && odd.string("errors.0.pointer") == "#/incident")
    }

    @Test func `a secret is kept with a warning, in every text that people write, and in a repeat`() throws {
        let api = try api(.warn)
        let secret = "gh" + "p_" + "Ab12Cd34Ef56Gh78Ij90Kl12Mn34Op56Qr78"
        func warns(_ reply: Reply) -> Bool { reply.text.contains(#""code":"looks_like_a_secret""#) }
        let posted = try api.ask(
            .post, "\(one)/timeline", "{\"text\": \"line\\n\(secret)\"}", ["Idempotency-Key": "k"])
        #expect(posted.status == 201 && warns(posted))
        let again = try api.ask(
            .post, "\(one)/timeline", "{\"text\": \"line\\n\(secret)\"}", ["Idempotency-Key": "k"])
        #expect(again.body == posted.body)
        #expect(
            warns(
                try api.ask(.post, "\(one)/timeline", "{\"text\": \"x\", \"data\": {\"log\": \"\(secret)\"}}")
            ))
        #expect(warns(try api.ask(.patch, one, "{\"impact\": \"\(secret)\"}")))
        #expect(
            warns(
                try api.ask(
                    .put, "\(one)/severity", "{\"severity\": \"critical\", \"reason\": \"\(secret)\"}")))
        #expect(warns(try publish("Use \(secret)", api)))
        #expect(
            warns(try api.ask(.post, "/v1/incidents", "{\"title\": \"\(secret)\", \"severity\": \"minor\"}")))
        let source = "{\"text\": \"x\", \"source\": {\"system\": \"git\", \"ref\": \"\(secret)\"}}"
        #expect(!warns(try api.ask(.post, "\(one)/timeline", source)), "the id of a message")
        #expect(!warns(try api.ask(.post, "\(one)/timeline", #"{"text": "the token was replaced"}"#)))
    }

    @Test func `a change that says no steps is taken with a warning`() throws {
        let api = try api(.warn)
        func codes(_ body: String) throws -> [String] {
            let reply = try api.ask(.post, "\(one)/timeline", body)
            #expect(reply.status == 201)
            guard case .array(let items)? = reply["warnings"] else { return [] }
            return items.indices.map { reply.string("warnings.\($0).code") ?? "" }
        }
        #expect(try codes(#"{"text": "Rotated the key.", "kind": "change"}"#) == ["says_no_steps"])
        #expect(try codes(#"{"text": "Rotated the key of billing", "kind": "change"}"#) == [])
        #expect(try codes(#"{"text": "fixed", "kind": "note"}"#) == [])
    }
}
