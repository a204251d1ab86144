import HTTP
import ServiceSupport
import Testing

/// Words that can be sent: templates with the author's texts, plain text, and who may record what updates say.
struct WordsTests {
    let api: TestAPI
    private let one = "/v1/incidents/INC-1"
    private let updates = "/v1/incidents/INC-1/status-updates"
    private let plain = ["Content-Type": "text/plain"]

    init() throws {
        api = try TestAPI()
        try api.declare(
            #""title": "db1 OOM after migration 42", "severity": "SEV-2", "public_title": "Sign-in problems""#
        )
    }

    // MARK: Drafts and templates

    @Test func `the team's templates are refused for the public`() throws {
        for name in ["decide", "internal"] {
            let read = try api.ask(.get, "\(updates)/draft?audience=public&template=\(name)")
            #expect(read.slug == "invalid-parameter", "\(read.text)")
            #expect(read.string("detail")?.hasPrefix("template: ") == true)
            let posted = try api.ask(.post, updates, #"{"audience": "public", "template": "\#(name)"}"#)
            #expect(posted.slug == "validation" && posted.pointers == ["#/template"], "\(posted.text)")
            #expect(try api.ask(.get, "\(updates)/draft?template=\(name)").status == 200)
        }
    }

    @Test func `after the end only the final words may be chosen, and with it too`() throws {
        let ending = #"{"template": "update", "status": "resolved", "override": true, "reason": "x"}"#
        #expect(try api.ask(.post, updates, ending).slug == "validation")
        let final = try api.ask(
            .post, updates,
            #"{"template": "auto", "status": "resolved", "override": true, "reason": "x", "fill": {"recovery": "We tried"}}"#
        )
        #expect(final.status == 201, "\(final.text)")
        #expect(final.string("data.template") == "resolution")
        #expect(
            final.string("text")
                == """
                Sign-in problems

                Resolved.

                The problem was fixed at 10:00 UTC.
                How we know that it is fixed: We tried

                We are sorry for the trouble that this caused.

                """)
        #expect(try api.ask(.get, "\(updates)/draft?template=update").slug == "invalid-parameter")
        #expect(try api.ask(.post, updates, #"{"template": "nothing_new"}"#).slug == "validation")
        let again = try api.ask(.post, updates, #"{"template": "auto", "status": "investigating"}"#)
        #expect(again.string("data.template") == "acknowledge", "\(again.text)")
    }

    @Test func `an update with a status speaks of that status`() throws {
        let reply = try api.ask(
            .post, updates, #"{"template": "acknowledge", "status": "mitigating"}"#, token: .command)
        #expect(reply.string("text")?.contains("\n\nWe are working on a fix.\n") == true, "\(reply.text)")
    }

    @Test func `filled texts are published and recorded in one request of scope post`() throws {
        let first = try api.ask(
            .post, updates,
            #"{"template": "update", "author": "bob", "fill": {"impact": "Many cannot sign in", "workaround": "Wait"}}"#,
            token: .post)
        #expect(first.status == 201, "\(first.text)")
        #expect(first.string("text")?.contains("What is affected: Many cannot sign in\n") == true)
        #expect(first.integer("seq") == 3)
        let incident = try api.ask(.get, one)
        #expect(incident.string("impact") == "Many cannot sign in")
        #expect(incident.string("workaround") == "Wait")
        let edited = try api.ask(.get, "\(one)/timeline/2")
        #expect(
            edited.string("kind") == "edited" && edited.string("text") == "bob changed impact, workaround")
        let head = try api.head()
        let wrong = try api.ask(.post, updates, #"{"template": "nothing_new", "fill": {"impact": "x"}}"#)
        #expect(wrong.slug == "validation" && wrong.pointers == ["#/fill/impact"], "\(wrong.text)")
        for body in [
            #"{"text": "x", "fill": {"impact": "x"}}"#, #"{"template": "update", "fill": {"status": "x"}}"#,
            #"{"template": "update", "fill": {"impact": ""}}"#, #"{"template": "update", "fill": "x"}"#,
            #"{"template": "update", "fill": {"impact": "\#(String(repeating: "x", count: 2_001))"}}"#,
        ] {
            #expect(try api.ask(.post, updates, body).slug == "validation", "\(body)")
        }
        #expect(try api.head() == head)
    }

    @Test func `minutes promise the next update, in the draft and with the update`() throws {
        let draft = try api.ask(.get, "\(updates)/draft?next_update_in_minutes=10")
        #expect(draft.text.contains("Next update by 10:10 UTC.\n"), "\(draft.text)")
        for minutes in ["0", "x", "-1", "10081"] {
            let reply = try api.ask(.get, "\(updates)/draft?next_update_in_minutes=\(minutes)")
            #expect(reply.slug == "invalid-parameter", "\(minutes)")
        }
        let posted = try api.ask(
            .post, updates, #"{"template": "acknowledge", "next_update_in_minutes": 10}"#, token: .post)
        #expect(posted.string("text") == draft.text)
        #expect(posted.string("next_update_due_at") == "2026-01-15T10:10:00.000Z")
        let both = try api.ask(
            .post, updates,
            #"{"text": "x", "next_update_in_minutes": 5, "next_update_at": "2026-01-15T10:05:00Z"}"#)
        #expect(both.slug == "validation" && both.pointers == ["#/next_update_in_minutes"])
        let far = try api.ask(.post, updates, #"{"text": "x", "next_update_in_minutes": 17}"#)
        #expect(far.slug == "promise-exceeds-cadence")
    }

    @Test func `a double tap is answered with the first update`() throws {
        let body = #"{"template": "nothing_new", "author": "bob"}"#
        let first = try api.ask(.post, updates, body)
        try api.pass(.seconds(20))
        let second = try api.ask(.post, updates, body)
        #expect(second.status == 200)
        #expect(second.field("Location") == first.field("Location"))
        #expect(second.integer("seq") == first.integer("seq"))
        #expect(second.names() == first.names())
        try api.pass(.seconds(41))
        #expect(try api.ask(.post, updates, #"{"text": "x"}"#).status == 201)
    }

    // MARK: Plain text

    @Test func `a plain text is an update, with the rest in the query`() throws {
        let text = "We're on it: \"sign-in\" is slow.\nMore soon.\n"
        let reply = try api.ask(
            .post, "\(updates)?author=bob&basis_seq=1&next_update_in_minutes=10&audience=internal", text,
            token: .post, plain)
        #expect(reply.status == 201, "\(reply.text)")
        #expect(reply.string("text") == String(text.dropLast()))
        #expect(reply.string("author") == "bob")
        #expect(reply.string("data.audience") == "internal")
        #expect(reply.string("next_update_due_at") == "2026-01-15T10:10:00.000Z")
        #expect(reply.integer("data.basis_seq") == 1)
        let forced = try api.ask(.post, "\(updates)?force=true", "[FILL: x]\r\n", plain)
        #expect(forced.string("text") == "[FILL: x]" && forced["data.forced"] == .bool(true))
    }

    @Test func `a plain text is an entry, too`() throws {
        let reply = try api.ask(
            .post, "\(one)/timeline?author=bob&kind=finding&visibility=public", "disk is full\n\n", plain)
        #expect(reply.status == 201, "\(reply.text)")
        #expect(reply.string("text") == "disk is full\n")
        #expect(reply.string("kind") == "finding" && reply.string("visibility") == "public")
        let typed = ["Content-Type": "Text/Plain; charset=UTF-8"]
        #expect(try api.ask(.post, "\(one)/timeline", "x", typed).string("text") == "x")
    }

    @Test(
        arguments: [
            ("?audience=all", "x", "invalid-parameter"), ("?basis_seq=x", "x", "invalid-parameter"),
            ("?force=yes", "x", "invalid-parameter"), ("?text=y", "x", "invalid-parameter"),
            ("?fill=y", "x", "invalid-parameter"), ("?nope=1", "x", "invalid-parameter"),
            ("?author=a&author=b", "x", "invalid-parameter"), ("?author=@@bob", "x", "invalid-parameter"),
            ("?occurred_at=10:00", "x", "invalid-parameter"), ("?reason=x", "x", "invalid-parameter"),
            ("", "", "validation"), ("", "\n", "validation"), ("", "a\u{0}b", "validation"),
            ("?template=update", "x", "validation"), ("?basis_seq=99", "x", "validation"),
        ])
    func `a plain text or its query that does not fit is refused`(query: String, text: String, slug: String)
        throws
    {
        let head = try api.head()
        let reply = try api.ask(.post, updates + query, text, plain)
        #expect(reply.slug == slug, "\(reply.text)")
        #expect(try api.head() == head)
    }

    @Test func `plain text is UTF-8, and only where there is a text`() throws {
        let bytes = try api.ask(.post, updates, bytes: [0x61, 0xFF], plain)
        #expect(bytes.slug == "validation" && bytes.pointers == ["#/text"])
        for type in ["text/plain; charset=latin1", "text/plain; charset=utf-16", "text/html"] {
            let reply = try api.ask(.post, updates, "x", ["Content-Type": type])
            #expect(reply.slug == "unsupported-media-type", "\(type)")
            #expect(reply.field("Accept") == "application/json, text/plain")
            #expect(reply.string("detail")?.contains("--data-binary") == true)
        }
        #expect(try api.ask(.put, "\(one)/status", "x", plain).slug == "unsupported-media-type")
        #expect(
            try api.ask(.post, "\(updates)?author=bob", #"{"text": "x"}"#).slug == "invalid-parameter")
    }

    @Test func `a key covers the text and the query`() throws {
        var fields = plain
        fields["Idempotency-Key"] = "k1"
        let first = try api.ask(.post, "\(one)/timeline?author=bob", "x", fields)
        let again = try api.ask(.post, "\(one)/timeline?author=bob", "x", fields)
        #expect(again.field("Idempotency-Replayed") == "true" && again.body == first.body)
        #expect(
            try api.ask(.post, "\(one)/timeline?author=eve", "x", fields).slug == "idempotency-key-reused")
        #expect(
            try api.ask(.post, "\(one)/timeline?author=bob", "y", fields).slug == "idempotency-key-reused")
    }

    // MARK: Recording

    @Test func `scope post records what updates say, and nothing else`() throws {
        let words =
            #"{"impact": "All", "workaround": null, "next_action": {"text": "Look"}, "public_title": "Sign-in"}"#
        let reply = try api.ask(.patch, one, words, token: .post)
        #expect(reply.status == 200, "\(reply.text)")
        #expect(reply.string("impact") == "All" && reply.string("public_title") == "Sign-in")
        let head = try api.head()
        for member in [
            #""title": "x""#, #""restored_when": "x""#, #""started_at": null"#, #""detected_at": null"#,
            #""channel": "x""#, #""labels": {"a": "b"}"#, #""labels": null"#, #""links": []"#,
            #""reviewed_severity": "minor""#, #""restored_at": null"#,
        ] {
            let refused = try api.ask(.patch, one, #"{"impact": "Some", \#(member)}"#, token: .post)
            #expect(refused.slug == "insufficient-scope", "\(member): \(refused.text)")
        }
        #expect(try api.ask(.patch, one, #"{"impact": "x"}"#, token: .read).slug == "insufficient-scope")
        #expect(try api.head() == head)
    }

    @Test func `a PATCH may name the type of RFC 7396`() throws {
        let type = ["Content-Type": "application/merge-patch+json"]
        #expect(try api.ask(.patch, one, #"{"impact": "All"}"#, type).string("impact") == "All")
        let refused = try api.ask(.patch, one, "{}", ["Content-Type": "text/plain"])
        #expect(refused.field("Accept") == "application/json, application/merge-patch+json")
        #expect(try api.ask(.post, updates, #"{"text": "x"}"#, type).slug == "unsupported-media-type")
    }

    @Test func `severities that do not exist are answered with those that do`() throws {
        for (severity, advice) in [
            ("P0", "send critical"), ("SEV0", "send critical"), ("SEV-4", "send minor"), ("P5", "send minor"),
            ("none", "one of minor, major, critical"),
        ] {
            let reply = try api.ask(.post, "/v1/incidents", #"{"title": "x", "severity": "\#(severity)"}"#)
            #expect(reply.slug == "validation" && reply.pointers == ["#/severity"])
            #expect(reply.string("detail")?.contains(advice) == true)
        }
    }

    @Test func `the end of the impact is set after the end`() throws {
        let early = #"{"restored_at": "2026-01-15T09:59:00Z"}"#
        #expect(try api.ask(.patch, one, early).slug == "not-allowed-from-status")
        try api.ask(.patch, one, #"{"started_at": "2026-01-15T09:30:00Z"}"#)
        try api.ask(.put, "\(one)/status", #"{"status": "resolved", "override": true, "reason": "x"}"#)
        let done = try api.ask(.patch, one, early)
        #expect(done.string("times.restored_at") == "2026-01-15T09:59:00.000Z")
        let draft = try api.ask(.get, "\(updates)/draft")
        #expect(draft.text.contains("fixed at 09:59 UTC.\nIt lasted 29 minutes.\n"), "\(draft.text)")
        let before = try api.ask(.patch, one, #"{"restored_at": "2026-01-15T09:29:59Z"}"#)
        #expect(before.slug == "validation" && before.pointers == ["#/restored_at"])
    }

    @Test func `what auto picked is published once, however often it is sent`() throws {
        let first = try api.ask(.post, updates, #"{"author": "bob", "template": "auto"}"#)
        #expect(first.status == 201)
        let again = try api.ask(.post, updates, #"{"author": "bob", "template": "auto"}"#)
        #expect(again.status == 200 && again.string("text") == first.string("text"), "\(again.text)")
        try api.ask(.post, "\(one)/timeline", #"{"text": "something happened"}"#)
        let later = try api.ask(.post, updates, #"{"author": "bob", "template": "auto"}"#)
        #expect(later.status == 201 && later.string("data.template") == "nothing_new")
    }

    @Test func `an update that says it is over warns while it is open`() throws {
        let early = try api.ask(
            .post, updates,
            #"{"template": "resolution", "fill": {"recovery": "We signed in"}, "author": "bob"}"#)
        #expect(early.status == 201 && early.string("warnings.0.code") == "still_open", "\(early.text)")
        let end = try api.ask(
            .post, updates,
            #"{"template": "resolution", "fill": {"recovery": "We signed in"}, "status": "resolved", "override": true, "reason": "Over"}"#
        )
        #expect(end.status == 201 && end.names().contains("warnings") == false, "\(end.text)")
    }

    @Test func `a template without its values says which, and how to send them`() throws {
        let reply = try api.ask(.post, updates, #"{"template": "update"}"#)
        #expect(reply.slug == "unfilled-draft")
        #expect(
            reply.string("detail")?.contains("The template lacks a value: impact.") == true, "\(reply.text)")
        #expect(reply.string("detail")?.contains(" Send it along in fill, ") == true, "\(reply.text)")
        #expect(reply.string("links.0.body.fill.impact") != nil, "\(reply.text)")
    }
}
