import HTTP
import JSON
import ServiceSupport
import Testing

/// Bad input: the slug that api.md gives it, a detail that says what to do, nothing stored, nothing lost, and no trap.
struct BadInputTests {
    let api: TestAPI

    init() throws {
        api = try TestAPI()
        // INC-1 is open and critical with a commander, INC-2 has ended.
        try api.declare(#""title": "a", "severity": "critical", "roles": {"commander": "alice"}"#)
        try api.declare()
        try api.ask(
            .put, "/v1/incidents/INC-2/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
    }

    static let one = "/v1/incidents/INC-1"

    @Test(arguments: [
        "", " ", "{", "}", "nul", "{\"title\": }", "{\"title\": \"x\",}", "{'title': 'x'}", "{title: \"x\"}",
        "{\"a\": 1} x", "{\"a\": 1}{}", "\u{FEFF}{}", "{\"a\": 01}", "{\"a\": +1}", "{\"a\": .5}",
        "{\"a\": 1.}",
        "{\"a\": NaN}", "{\"a\": \"\\ud800\"}", "{\"a\": \"\\udc00\\ud800\"}", "{\"a\": \"\\u0000\"}",
        "{\"a\": \"\u{0}\"}", "{\"a\": \"\t\"}", "{\"a\": \"\n\"}", "{\"a\": \"\\x\"}",
        "{\"a\": 1, \"a\": 2}",
        "{\"a\": 1, \"\\u0061\": 2}", "{\"title\": \"x\", \"labels\": {\"k\": \"1\", \"k\": \"2\"}}",
        "// x\n{}",
        "{\"a\": \(String(repeating: "[", count: 32))\(String(repeating: "]", count: 32))}",
        "[\(String(repeating: "1,", count: 1_000))1]", "{\"a\": tru}", "{\"a\": \"x}",
    ])
    func `what is not JSON as RFC 8259 has it, or names a member twice, is malformed`(body: String) throws {
        // Nothing in their bodies is required.
        let mayBeEmpty = ["/test", "/retry", "/rotate-secret", "/rotate", "/quick_checks"]
        for (method, path, _) in AccessTests.routes where [.post, .put, .patch].contains(method) {
            if body.isEmpty, mayBeEmpty.contains(where: path.hasSuffix) { continue }
            try api.check(Refused(method, path, body, "malformed-json"))
        }
    }

    @Test(
        arguments: [
            [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], [0x22, 0xC0, 0xAF, 0x22],
            [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x00],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are malformed`(bytes: [UInt8]) throws {
        let head = try api.head()
        let reply = try api.ask(.post, "/v1/incidents", bytes: bytes)
        #expect(reply.slug == "malformed-json")
        #expect(try api.head() == head)
    }

    @Test(arguments: ["[]", "\"x\"", "1", "null", "true"])
    func `a body that is no object is refused`(body: String) throws {
        for (method, path, _) in AccessTests.routes where [.post, .put, .patch].contains(method) {
            try api.check(Refused(method, path, body, "validation", "#"))
        }
    }

    @Test(arguments: [
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "sevirity": "x"}"#, "validation",
            "#/sevirity"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "id": "1", "seq": 2}"#,
            "validation", "#/id", "#/seq"),
        Refused(
            .post, "/v1/incidents",
            #"{"title": "x", "severity": "major", "next_action": {"text": "x", "by": "y"}}"#, "validation",
            "#/next_action/by"),
        Refused(
            .post, "/v1/incidents",
            #"{"title": "x", "severity": "major", "links": [{"url": "tel:u"}, {"url": "tel:u", "x": 1}]}"#,
            "validation", "#/links/1/x"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "roles": {"boss": "x"}}"#,
            "validation", "#/roles/boss"),
        Refused(
            .post, "/v1/incidents",
            #"{"title": "x", "severity": "major", "roles": {"scribe": {"person": "x", "since": "y"}}}"#,
            "validation", "#/roles/scribe/since"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "a/b~c": 1}"#, "validation",
            "#/a~1b~0c"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "titl\u00e9": 1}"#, "validation",
            "#/titlé"),
        Refused(.patch, one, #"{"severity": "critical"}"#, "validation", "#/severity"),
        Refused(.patch, one, #"{"status": "mitigating"}"#, "validation", "#/status"),
        Refused(.patch, one, #"{"version": 1}"#, "validation", "#/version"),
        Refused(.put, "\(one)/severity", #"{"severity": "critical", "x": null}"#, "validation", "#/x"),
        Refused(
            .post, "\(one)/severity/disputes", #"{"claims": "minor", "reason": "x", "severity": "minor"}"#,
            "validation", "#/severity"),
        Refused(.put, "\(one)/status", #"{"status": "mitigating", "force": true}"#, "validation", "#/force"),
        Refused(.put, "\(one)/roles/scribe", #"{"person": "x", "role": "scribe"}"#, "validation", "#/role"),
        Refused(.post, "\(one)/timeline", #"{"text": "x", "posted_by": "y"}"#, "validation", "#/posted_by"),
        Refused(
            .post, "\(one)/timeline", #"{"text": "x", "recorded_at": "2026-01-15T10:00:00Z", "hash": ""}"#,
            "validation", "#/recorded_at", "#/hash"),
        Refused(
            .post, "\(one)/timeline", #"{"text": "x", "source": {"system": "s", "ref": "r", "x": 1}}"#,
            "validation", "#/source/x"),
        Refused(
            .post, "\(one)/timeline", #"{"text": "x", "data": {"claimed_at": "x"}}"#, "validation",
            "#/data/claimed_at"),
        Refused(.post, "\(one)/status-updates", #"{"text": "x", "slot": "T+0"}"#, "validation", "#/slot"),
        Refused(.post, "\(one)/status-updates", #"{"text": "x", "reason": "y"}"#, "validation", "#/reason"),
        Refused(
            .post, "/v1/webhooks", #"{"url": "https://x", "events": ["*"], "id": "x"}"#, "validation", "#/id"),
        Refused(
            .post, "/v1/tokens", #"{"name": "x", "scope": "read", "token": "dbt_x"}"#, "validation", "#/token"
        ),
    ])
    func `an unknown member is refused with its name, nested too`(bad: Refused) throws {
        try api.check(bad)
    }

    @Test(arguments: [
        (
            #"{"titel": "x", "severity": "major"}"#,
            "#/titel: Unknown member. Did you mean title? The members are: "
        ),
        (#"{"title": "x", "Severity": "major"}"#, "#/Severity: Unknown member. Did you mean severity? "),
        (
            #"{"title": "x", "severity": "major", "startedAt": "now"}"#,
            "#/startedAt: Unknown member. Did you mean started_at? "
        ),
        (
            #"{"title": "", "severity": "major", "next_action": {"txt": "x"}}"#,
            "#/next_action/txt: Unknown member. Did you mean text? "
        ),
        (#"{"title": "", "severity": "major", "zzz": 1}"#, "#/zzz: Unknown member. The members are: "),
        (
            #"{"title": "x", "severity": "major", "roles": {"comander": "x"}}"#,
            "#/roles/comander: This role does not exist. Did you mean commander? "
        ),
    ])
    func `a misspelt member comes first, with what it may have meant`(body: String, expected: String) throws {
        let reply = try api.ask(.post, "/v1/incidents", body)
        #expect(reply.slug == "validation")
        #expect(reply.string("detail")?.hasPrefix(expected) == true, "\(reply.text)")
        #expect(reply.string("errors.0.pointer") == String(expected.prefix { $0 != ":" }))
    }

    @Test(arguments: [
        "\\u200b", "\\u2060\\ufeff", " \\u00ad\\n", "\\u3164", "\\u2800", "\\u202e\\u202c", "\\ufe0f",
    ])
    func `a text of invisible characters alone is empty`(text: String) throws {
        try api.check(
            Refused(
                .post, "\(BadInputTests.one)/status-updates", "{\"text\": \"\(text)\"}", "validation",
                "#/text"))
        try api.check(
            Refused(.post, "\(BadInputTests.one)/timeline", "{\"text\": \"\(text)\"}", "validation", "#/text")
        )
        let seen = try api.ask(.post, "\(BadInputTests.one)/timeline", "{\"text\": \"\(text)x\"}")
        #expect(seen.status == 201, "\(seen.text)")
    }

    @Test func `declaring warns of a channel in use and of crossed times, and only then`() throws {
        let declare = { (more: String) in
            try api.ask(
                .post, "/v1/incidents", #"{"title": "x", "severity": "minor", "impact": "x", \#(more)}"#)
        }
        let codes = { (reply: Reply) in (0..<9).compactMap { reply.string("warnings.\($0).code") } }
        // Someone hears, so that nothing else is warned of.
        try api.ask(.post, "/v1/webhooks", #"{"url": "https://hook.example", "events": ["*"]}"#)
        let first = try declare(#""channel": "slack:C9""#)
        #expect(codes(first) == [])
        #expect(codes(try declare(#""channel": "slack:C8""#)) == [])
        #expect(codes(try declare(#""channel": "slack:C9""#)) == ["channel_in_use"])
        let ref = try #require(first.string("ref"))
        for ref in [ref, "INC-5"] {
            try api.ask(
                .put, "/v1/incidents/\(ref)/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
        }
        #expect(codes(try declare(#""channel": "slack:C9""#)) == [], "both have ended")

        let late = #""started_at": "2026-01-15T09:00:00Z", "detected_at": "2026-01-15T08:59:59Z""#
        #expect(codes(try declare(late)) == ["times_crossed"])
        #expect(
            codes(
                try declare(#""started_at": "2026-01-15T09:00:00Z", "detected_at": "2026-01-15T09:00:00Z""#))
                == [])
        let path =
            "/v1/incidents/\(try #require(try declare(#""started_at": "2026-01-15T09:00:00Z""#).string("ref")))"
        #expect(
            codes(try api.ask(.patch, path, #"{"detected_at": "2026-01-15T08:00:00Z"}"#)) == ["times_crossed"]
        )
        #expect(codes(try api.ask(.patch, path, #"{"impact": "y"}"#)) == [], "said once, at the change")
        #expect(codes(try api.ask(.patch, path, #"{"started_at": "2026-01-15T07:00:00Z"}"#)) == [])
    }

    @Test func `a parameter that is misspelt, or a state where a status goes, is told what to send`() throws {
        let cases = [
            ("stat=open", "stat: unknown parameter; did you mean state? the parameters are"),
            ("status=open", "status: this is a state: send state=open."),
            ("status=Ended", "status: this is a state: send state=ended."),
            (
                "state=resolved",
                "state: this is a status; a state is open, ended or all. state=ended&status=resolved lists such incidents."
            ),
            (
                "state=mitigating",
                "state: this is a status; a state is open, ended or all. status=mitigating lists such incidents."
            ),
            ("status=x", "status: must be one of"),
        ]
        for (query, expected) in cases {
            let reply = try api.ask(.get, "/v1/incidents?\(query)")
            #expect(reply.slug == "invalid-parameter")
            #expect(reply.string("detail")?.hasPrefix(expected) == true, "\(reply.text)")
        }
    }

    @Test func `words of a list are taken in any case, numbers and truth values only without quotes`() throws
    {
        try api.declare(#""title": "b", "severity": "Major", "roles": {"Commander": "alice"}"#)
        let path = "/v1/incidents/INC-3"
        #expect(try api.ask(.get, path).string("roles.commander.person") == "alice")
        #expect(try api.ask(.put, "\(path)/roles/Scribe", #"{"person": "carol"}"#).status == 200)
        #expect(try api.ask(.put, "\(path)/status", #"{"status": "Mitigating"}"#).status == 200)
        let entry = try api.ask(
            .post, "\(path)/timeline", #"{"text": "x", "kind": "Finding", "visibility": "PUBLIC"}"#)
        #expect(entry.string("kind") == "finding" && entry.string("visibility") == "public")
        #expect(
            try api.ask(.post, "\(path)/status-updates", #"{"text": "x", "audience": "Internal"}"#).status
                == 201)
        #expect(
            try api.ask(.get, "/v1/incidents?state=ALL&status=Mitigating").string("items.0.ref") == "INC-3")
        #expect(try api.ask(.get, "/v1/incidents?state=all&severity=SEV-2").string("items.0.ref") == "INC-3")
        let zero = try api.ask(.post, "/v1/incidents", #"{"title": "x", "severity": "SEV-0"}"#)
        #expect(
            zero.string("detail")?.hasSuffix("none is above critical: send critical.") == true, "\(zero.text)"
        )
        let twice = #"{"title": "x", "severity": "major", "roles": {"scribe": "a", "Scribe": "b"}}"#
        #expect(try api.ask(.post, "/v1/incidents", twice).pointers == ["#/roles/Scribe"])
        // The Kelvin sign is no K.
        #expect(
            try api.ask(.post, "\(path)/timeline", #"{"text": "x", "kind": "ris\u212A"}"#).slug
                == "validation")

        let minutes = try api.ask(.post, "\(path)/cadence/snoozes", #"{"minutes": "5", "reason": "x"}"#)
        #expect(minutes.string("detail")?.hasSuffix(", without quotes.") == true, "\(minutes.text)")
        let force = try api.ask(.post, "\(path)/status-updates", #"{"text": "x", "force": "true"}"#)
        #expect(force.string("detail") == "#/force: It must be true or false, without quotes.")
    }

    @Test func `an unknown role, incident, entry, webhook or token of a GET or DELETE is not found`() throws {
        let targets: [(HTTP.Method, String)] = [
            (.delete, "/v1/incidents/INC-1/roles/boss"), (.delete, "/v1/incidents/INC-99/roles/scribe"),
            (.get, "/v1/incidents/INC-99"), (.get, "/v1/incidents/INC-99/timeline"),
            (.get, "/v1/incidents/INC-99/timeline/1"), (.get, "/v1/incidents/INC-99/cadence"),
            (.get, "/v1/incidents/INC-99/status-updates"),
            (.get, "/v1/incidents/INC-99/status-updates/draft"),
            (.get, "/v1/incidents/INC-1/timeline/99"), (.get, "/v1/incidents/INC-1/timeline/0"),
            (.get, "/v1/incidents/INC-1/timeline/-1"), (.get, "/v1/incidents/INC-1/timeline/+1"),
            (.get, "/v1/incidents/INC-1/timeline/01"), (.get, "/v1/incidents/INC-01"),
            (.get, "/v1/incidents/INC-1/timeline/9999999999999999"), (.get, "/v1/templates/poem"),
            (.get, "/v1/webhooks/x"), (.delete, "/v1/webhooks/x"), (.delete, "/v1/tokens/x"),
            (.get, "/v1/tokens/x"), (.get, "/v1/webhooks/x/deliveries"), (.get, "/v1/deliveries/x"),
            (.get, "/v1/deliveries/1"), (.post, "/v1/deliveries/msg_x/retry"),
            (.post, "/v1/webhooks/x/rotate-secret"),
            (.get, "/v1/nothing"),
            (.get, "/v1/incidents/"), (.get, "/v1/incidents/INC-1/"),
        ]
        for (method, path) in targets {
            let reply = try api.ask(method, path)
            #expect(reply.slug == "not-found", "\(method) \(path)")
        }
    }

    @Test(
        arguments: [
            nil, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonx",
            "application/json; charset=latin1",
            "application/json; charset=utf-8; x=y", "application/merge-patch+json",
            "application/json, text/plain", "text/json", "application/json;", "application/json; charset",
            "application/json; charset=", "application/json; charset=utf8",
            "application/json; charset=utf-16", "application/json; charset=us-ascii",
            "application/json; charset='utf-8'", "application/json; charset=\"utf-8",
            "application/json; charset=utf-8; charset=utf-8", "application/json charset=utf-8",
        ] as [String?])
    func `another content type is 415, which names curl --json`(type: String?) throws {
        let head = try api.head()
        var fields = ["Content-Type": type ?? ""]
        if type == nil { fields = ["Content-Type": ""] }
        let reply = try api.ask(.post, "/v1/incidents", #"{"title": "x", "severity": "minor"}"#, fields)
        #expect(reply.slug == "unsupported-media-type")
        #expect(reply.field("Accept") == "application/json")
        #expect(reply.string("detail")?.contains("curl --json") == true)
        #expect(try api.head() == head)
    }

    @Test(arguments: [
        "application/json", "Application/JSON", "application/json;charset=UTF-8",
        "application/json ; charset=\"utf-8\"",
    ])
    func `JSON by its name, with utf-8 or no charset, is taken`(type: String) throws {
        let reply = try api.ask(
            .post, "/v1/incidents", #"{"title": "x", "severity": "minor"}"#, ["Content-Type": type])
        #expect(reply.status == 201)
    }

    @Test func `a thousand unknown members are not answered one by one`() throws {
        let members = (1...999).map { "\"m\($0)\": 1" }.joined(separator: ",")
        let reply = try api.ask(.post, "/v1/incidents", "{\(members)}")
        #expect(reply.slug == "validation")
        #expect((1...50).contains(reply.pointers.count))
        #expect(reply.body.count < 32_768)
    }

    @Test func `null is a value that is absent, wherever a member is optional`() throws {
        let reply = try api.ask(
            .post, "/v1/incidents",
            #"{"title": "x", "severity": "minor", "impact": null, "labels": null, "links": null, "roles": null, "#
                + #""next_action": null, "started_at": null, "channel": null, "author": null}"#)
        #expect(reply.status == 201)
        let update = try api.ask(
            .post, "\(BadInputTests.one)/status-updates",
            #"{"text": null, "template": "nothing_new", "audience": null, "status": null, "force": null, "basis_seq": null}"#
        )
        #expect(update.status == 201, "\(update.text)")
    }
}
