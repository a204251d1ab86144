import HTTP
import ServiceSupport
import Testing

/// An incident and its timeline as text, for people with nothing but curl.
struct TextFormTests {
    private static let incident = "/v1/incidents/INC-1"
    private static let timeline = "/v1/incidents/INC-1/timeline"
    private static let plain = ["Accept": "text/plain"]

    let api: TestAPI

    init() throws {
        api = try TestAPI()
        try api.declare(
            #""title": "People cannot sign in", "severity": "major", "impact": "Many users cannot sign in", "author": "alice", "#
                + #""started_at": "2026-01-15T09:58:00Z", "roles": {"commander": "alice"}"#)
    }

    private func post(_ body: String) throws {
        #expect(try api.ask(.post, TextFormTests.timeline, "{\(body)}").status == 201)
    }

    private func lines(_ path: String, _ accept: String = "text/plain") throws -> [String] {
        let reply = try api.ask(.get, path, nil, ["Accept": accept])
        #expect(reply.status == 200, "\(reply.text)")
        #expect(reply.field("Content-Type") == "\(accept); charset=utf-8")
        #expect(reply.text.isEmpty || reply.text.hasSuffix("\n"))
        return reply.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    @Test func `a brief says in a few lines what anyone who joins must know`() throws {
        try post(#""text": "It is DNS", "kind": "hypothesis", "author": "dave""#)
        try post(#""text": "It is the pool", "kind": "hypothesis", "author": "bob""#)
        try api.ask(.post, "\(TextFormTests.timeline)/2/confirmation", #"{"state": "ruled_out"}"#)
        try api.ask(
            .patch, TextFormTests.incident, #"{"next_action": {"text": "Roll back", "owner": "bob"}}"#)
        try api.ask(
            .put, "\(TextFormTests.incident)/roles/scribe", #"{"person": "carol", "contact": "tel:+1"}"#)
        try api.ask(.post, "\(TextFormTests.incident)/status-updates", #"{"text": "We are on it."}"#)
        #expect(
            try lines(TextFormTests.incident) == [
                "INC-1 People cannot sign in",
                "Status: investigating, major, since 2026-01-15 09:58 UTC, declared 10:00 UTC by alice",
                "Impact: Many users cannot sign in", "People: commander alice, scribe carol",
                "Next action: Roll back (bob)", "Deploys of everything frozen until 18:00 UTC",
                "Updates: last 10:00 UTC, next due 10:15 UTC",
                "Open hypotheses: It is the pool (bob)", "Last entries (UTC):",
                "10:00 bob hypothesis: It is the pool",
                "10:00 admin confirmation: admin ruled out entry 2",
                "10:00 admin edited: admin changed next_action", "10:00 admin role_assigned: scribe: carol",
                "10:00 admin update_published: We are on it.",
            ])
    }

    @Test func `a brief has at most fifteen lines, whatever is in it`() throws {
        let long = String(repeating: "line\\n", count: 300)
        try api.ask(
            .patch, TextFormTests.incident,
            #"{"title": "\#(String(repeating: "t", count: 200))", "impact": "\#(long)", "next_action": {"text": "\#(long)", "owner": "bob"}}"#
        )
        for index in 1...30 {
            try post(
                #""text": "\#(index)\#(long)", "kind": "hypothesis", "author": "\#(String(repeating: "a", count: 199))""#
            )
        }
        try api.ask(
            .post, TextFormTests.timeline, #"{"text": "x", "kind": "todo", "data": {"owner": "bob"}}"#)
        for action in ["\(long)1", "\(long)2"] {
            let plan = #"{"action": "\#(action)", "parallel_reason": "x", "author": "alice"}"#
            #expect(try api.ask(.post, "\(TextFormTests.incident)/mitigations", plan).status == 201)
        }
        let brief = try lines(TextFormTests.incident)
        #expect(brief.count == 15)
        #expect(brief.allSatisfy { $0.unicodeScalars.count < 1_500 })
        #expect(brief.first { $0.hasPrefix("Open hypotheses: ") }?.hasSuffix("; and 17 more") == true)
    }

    @Test func `a brief names the confirmed cause, what waits for a yes and who has todos`() throws {
        try post(#""text": "It is the pool", "kind": "hypothesis", "author": "bob""#)
        try api.ask(.post, "\(TextFormTests.timeline)/2/confirmation", #"{"state": "confirmed"}"#)
        for _ in 1...2 {
            try post(#""text": "x", "kind": "todo", "data": {"owner": "erin"}"#)
        }
        try api.ask(.put, "\(TextFormTests.incident)/roles/rollback_approver", #"{"person": "dana"}"#)
        let rollback = #"{"kind": "rollback", "known_good": "2.13", "database": "safe", "author": "bob"}"#
        let requested = try api.ask(.post, "\(TextFormTests.incident)/mitigations", rollback)
        #expect(requested.status == 201, "\(requested.text)")
        let brief = try lines(TextFormTests.incident)
        #expect(brief.contains("Open hypotheses: none; confirmed: It is the pool (bob)"), "\(brief)")
        let seq = try #require(requested.integer("seq"))
        #expect(brief.contains("Mitigation: a rollback to 2.13 waits for a yes (entry \(seq))"), "\(brief)")
        #expect(
            brief.contains("Deploys of everything frozen until 18:00 UTC; todos: 2 (erin)"), "\(brief)")
    }

    @Test func `an incident that has just been declared, or has ended, has a brief`() throws {
        try api.declare(#""title": "x", "severity": "minor", "author": "bob""#)
        #expect(
            try lines("/v1/incidents/INC-2") == [
                "INC-2 x", "Status: investigating, minor, since 2026-01-15 10:00 UTC by bob",
                "Impact: not recorded", "People: nobody has a role", "Next action: not recorded",
                "Updates: none yet, next due 10:05 UTC", "Open hypotheses: none", "Last entries (UTC):",
                "10:00 bob declared: Declared by bob as minor: x",
            ])
        try api.pass(.seconds(90_000))
        try api.ask(.put, "/v1/incidents/INC-2/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
        let ended = try lines("/v1/incidents/INC-2")
        #expect(
            ended[1]
                == "Status: cancelled, minor, since 2026-01-15 10:00 UTC by bob, ended 2026-01-16 11:00 UTC")
        #expect(ended[5] == "Updates: none yet")
        #expect(try lines("/v1/incidents/INC-2?at=2026-01-15T10:00:00Z").count == 9)
    }

    @Test func `a timeline is a line for each entry, with the date on another day`() throws {
        try api.pass(.seconds(360))
        let change = try api.ask(
            .post, TextFormTests.timeline,
            #"{"text": "restarted the WAL sender", "kind": "change", "author": "alice"}"#)
        let seq = try #require(change.integer("seq"))
        try api.pass(.seconds(86_400))
        try post(#""text": "still slow", "author": "bob""#)
        let correction = try api.ask(
            .post, "\(TextFormTests.timeline)/\(seq)/correction", #"{"text": "restarted the WAL receiver"}"#)
        #expect(
            try lines(TextFormTests.timeline + "?kind=declared,change,note,correction") == [
                "10:00 alice declared: Declared by alice as major: People cannot sign in",
                "10:06 alice change: restarted the WAL sender (corrected by \(correction.integer("seq") ?? 0))",
                "2026-01-16 10:06 bob note: still slow",
                "2026-01-16 10:06 admin correction: restarted the WAL receiver (corrects \(seq))",
            ])
    }

    @Test func `as Markdown it is a table`() throws {
        try post(#""text": "a", "author": "bob", "visibility": "public""#)
        #expect(
            try lines(TextFormTests.timeline + "?after=1", "text/markdown") == [
                "| seq | occurred (UTC) | author | kind | visibility | text |",
                "| --- | --- | --- | --- | --- | --- |", "| 2 | 2026-01-15 10:00 | bob | note | public | a |",
            ])
        #expect(try lines(TextFormTests.timeline + "?after=9", "text/markdown").count == 2)
        #expect(try lines(TextFormTests.timeline + "?after=9") == [])
    }

    /// Characters that end a line, open a cell, hide, or are markup.
    private static let forgery =
        #"x\n10:07 admin note: forged | y\r\nz\u2028\u2029\u0085\u202e\u200b\t`a` <b> [l](javascript:1) \\| & *_~!"#

    @Test func `no value forges a line or a cell`() throws {
        try post(#""text": "\#(TextFormTests.forgery)", "author": "bob\u202e|""#)
        try api.ask(
            .patch, TextFormTests.incident,
            #"{"impact": "\#(TextFormTests.forgery)", "next_action": {"text": "\#(TextFormTests.forgery)", "owner": "a|b"}}"#
        )
        let plain = try lines(TextFormTests.timeline)
        #expect(plain.count == 3)
        #expect(
            plain[1]
                == #"10:00 bob\u{202E}| note: x\n10:07 admin note: forged | y\u{D}\u{A}z\u{2028}\u{2029}\u{85}\u{202E}\u{200B}\u{9}"#
                + #"`a` <b> [l](javascript:1) \| & *_~!"#)
        let table = try lines(TextFormTests.timeline, "text/markdown")
        #expect(table.count == 5)
        #expect(
            table[3]
                == #"| 2 | 2026-01-15 10:00 | bob\u{202E}\| | note | internal | x\n10:07 admin note: forged \| y\u{D}\u{A}z\u{2028}"#
                + #"\u{2029}\u{85}\u{202E}\u{200B}\u{9}\`a\` &lt;b&gt; \[l\](javascript:1) \\\| &amp; \*\_\~\! |"#
        )
        #expect(try lines(TextFormTests.incident).count == 12)
    }

    @Test func `in a brief line ends and tabs are blanks, and what controls or hides is written out`() throws
    {
        try post(#""text": "\#(TextFormTests.forgery)", "author": "bob", "kind": "hypothesis""#)
        try api.ask(
            .patch, TextFormTests.incident,
            #"{"impact": "a\n\nb", "next_action": {"text": "c\r\nd"}, "author": "carol"}"#)
        try api.ask(
            .post, "\(TextFormTests.incident)/status-updates",
            #"{"text": "We are on it.\n\nNext update by 10:15.\n"}"#)
        let brief = try lines(TextFormTests.incident)
        let running =
            #"x 10:07 admin note: forged | y z \u{202E}\u{200B} `a` <b> [l](javascript:1) \| & *_~!"#
        #expect(brief.contains("Impact: a b"))
        #expect(brief.contains("Next action: c d"))
        #expect(brief.contains("Open hypotheses: \(running) (bob)"))
        #expect(brief.contains("10:00 bob hypothesis: \(running)"))
        #expect(brief.last == "10:00 admin update_published: We are on it. Next update by 10:15.")
        #expect(brief.count == 13)
    }

    @Test func `text comes in pages like JSON`() throws {
        for index in 2...5 { try post(#""text": "\#(index)""#) }
        let reply = try api.ask(
            .get, TextFormTests.timeline + "?limit=2&order=desc", nil, TextFormTests.plain)
        #expect(reply.text == "10:00 admin note: 5\n10:00 admin note: 4\n")
        #expect(
            reply.field("Link") == "</v1/incidents/INC-1/timeline?limit=2&order=desc&after=4>; rel=\"next\"")
        let poll = try api.begin(TextFormTests.timeline + "?after=5&wait=55", TextFormTests.plain)
        try post(#""text": "6""#)
        #expect(Reply(try #require(poll.wait(within: TestAPI.limit))).text == "10:00 admin note: 6\n")
    }

    @Test func `each form has a tag of its own, which changes with the last entry`() throws {
        let forms = [
            (TextFormTests.incident, "application/json"), (TextFormTests.incident, "text/plain"),
            (TextFormTests.timeline, "application/json"), (TextFormTests.timeline, "text/plain"),
            (TextFormTests.timeline, "text/markdown"),
        ]
        for (path, accept) in forms {
            let reply = try api.ask(.get, path, nil, ["Accept": accept])
            let tag = try #require(reply.field("ETag"))
            #expect(reply.field("Vary") == "Authorization, Accept")
            for (other, type) in forms where other == path {
                let again = try api.ask(.get, path, nil, ["Accept": type, "If-None-Match": tag])
                #expect(again.status == (type == accept ? 304 : 200), "\(accept) \(type)")
                #expect(again.field("Vary") == "Authorization, Accept")
            }
            try post(#""text": "x""#)
            // A note changes what the lines show, but not the incident.
            let after = try api.ask(.get, path, nil, ["Accept": accept, "If-None-Match": tag])
            #expect(
                after.status == (path == TextFormTests.incident && accept == "application/json" ? 304 : 200))
        }
    }

    @Test(arguments: [
        nil, "*/*", "application/json", "application/*", "text/html,*/*;q=0.8",
        "text/plain;q=0.5, application/json",
        "text/plain;q=0", "image/png", "text/plain, application/json;q=0.9, */*;q=0.1;q=2",
    ])
    func `JSON is the default`(accept: String?) throws {
        let fields = accept.map { ["Accept": $0] } ?? [:]
        let isText = accept?.hasPrefix("text/plain, ") == true
        for path in [TextFormTests.incident, TextFormTests.timeline] {
            let type = try api.ask(.get, path, nil, fields).field("Content-Type")
            #expect(type == (isText ? "text/plain; charset=utf-8" : "application/json"), "\(path)")
        }
    }
}
