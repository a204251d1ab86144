import HTTP
import JSON
import Testing

/// One request that must be refused: by which slug, and where its errors point.
struct Refused: CustomTestStringConvertible, Sendable {
    let method: HTTP.Method
    let path: String
    let body: String
    let slug: String
    let pointers: [String]

    init(_ method: HTTP.Method, _ path: String, _ body: String, _ slug: String, _ pointers: String...) {
        self.method = method
        self.path = path
        self.body = body
        self.slug = slug
        self.pointers = pointers
    }

    var testDescription: String { "\(method.rawValue) \(path) \(body.prefix(80))" }
}

/// Bad input: the slug that api.md gives it, a detail that says what to do, nothing stored, nothing lost, and no trap.
struct BadInputTests {
    let house: House

    init() throws {
        house = try House()
        // INC-1 is open and critical with a commander, INC-2 has ended.
        try house.declare(#""title": "a", "severity": "critical", "roles": {"commander": "alice"}"#)
        try house.declare()
        try house.ask(
            .put, "/v1/incidents/INC-2/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
    }

    private func check(_ bad: Refused) throws {
        let head = try house.head()
        let tokens = try house.reader.tokens().count
        let reply = try house.ask(bad.method, bad.path, bad.body)
        #expect(reply.slug == bad.slug, "\(reply.text)")
        #expect(reply.pointers == bad.pointers, "\(reply.text)")
        #expect(reply.string("detail")?.isEmpty == false)
        #expect(reply.string("request_id") == "req-1")
        #expect(try house.head() == head, "something was stored")
        #expect(try house.reader.tokens().count == tokens)
        #expect(try house.reader.endpoints().isEmpty)
    }

    static let one = "/v1/incidents/INC-1"
    static let ended = "/v1/incidents/INC-2"

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
        for (method, path, _) in AccessTests.routes where [.post, .put, .patch].contains(method) {
            if body.isEmpty, path.hasSuffix("/test") { continue }
            try check(Refused(method, path, body, "malformed-json"))
        }
    }

    @Test(
        arguments: [
            [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], [0x22, 0xC0, 0xAF, 0x22],
            [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x00],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are malformed`(bytes: [UInt8]) throws {
        let head = try house.head()
        let reply = try house.ask(.post, "/v1/incidents", bytes: bytes)
        #expect(reply.slug == "malformed-json")
        #expect(try house.head() == head)
    }

    @Test(arguments: ["[]", "\"x\"", "1", "null", "true"])
    func `a body that is no object is refused`(body: String) throws {
        for (method, path, _) in AccessTests.routes where [.post, .put, .patch].contains(method) {
            try check(Refused(method, path, body, "validation", "#"))
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
            #"{"title": "x", "severity": "major", "links": [{"url": "u"}, {"url": "u", "x": 1}]}"#,
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
        try check(bad)
    }

    @Test(arguments: [
        Refused(.post, "/v1/incidents", "{}", "validation", "#/title", "#/severity"),
        Refused(
            .post, "/v1/incidents", #"{"title": null, "severity": null}"#, "validation", "#/title",
            "#/severity"),
        Refused(
            .post, "/v1/incidents", #"{"title": 1, "severity": 2}"#, "validation", "#/title", "#/severity"),
        Refused(.post, "/v1/incidents", #"{"title": "x", "severity": "p4"}"#, "validation", "#/severity"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "impact": []}"#, "validation",
            "#/impact"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "labels": []}"#, "validation",
            "#/labels"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "labels": {"a": 1}}"#, "validation",
            "#/labels/a"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "labels": {"a": null}}"#,
            "validation", "#/labels/a"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "labels": {"": "x"}}"#,
            "validation", "#/labels/"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "labels": {"a\nb": "x"}}"#,
            "validation", "#/labels/a\nb"),
        Refused(
            .post, "/v1/incidents",
            #"{"title": "x", "severity": "major", "labels": {"\u00e9": "1", "e\u0301": "2"}}"#, "validation",
            "#/labels/e\u{301}"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "links": {}}"#, "validation",
            "#/links"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "links": ["x"]}"#, "validation",
            "#/links/0"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "links": [{"title": "x"}]}"#,
            "validation", "#/links/0/url"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "roles": {"scribe": 1}}"#,
            "validation", "#/roles/scribe"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "roles": {"scribe": ""}}"#,
            "validation", "#/roles/scribe"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "roles": {"scribe": {}}}"#,
            "validation", "#/roles/scribe/person"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "next_action": "x"}"#, "validation",
            "#/next_action"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "author": ""}"#, "validation",
            "#/author"),
        Refused(
            .post, "/v1/incidents", #"{"title": "x", "severity": "major", "author": "@"}"#, "validation",
            "#/author"),
        Refused(.patch, one, #"{"title": null}"#, "validation", "#/title"),
        Refused(.patch, one, #"{"title": ""}"#, "validation", "#/title"),
        Refused(.patch, one, #"{"title": " \u00a0 "}"#, "validation", "#/title"),
        Refused(.patch, one, #"{"labels": 1}"#, "validation", "#/labels"),
        Refused(.patch, one, #"{"labels": null}"#, "validation", "#/labels"),
        Refused(.patch, one, #"{"next_action": {}}"#, "validation", "#/next_action/text"),
        Refused(.put, "\(one)/severity", "{}", "validation", "#/severity"),
        Refused(.put, "\(one)/severity", #"{"severity": "critical", "reason": 1}"#, "validation", "#/reason"),
        Refused(.post, "\(one)/severity/disputes", #"{"claims": "minor"}"#, "validation", "#/reason"),
        Refused(
            .post, "\(one)/severity/disputes", #"{"claims": "minor", "reason": " "}"#, "validation",
            "#/reason"),
        Refused(.post, "\(one)/severity/disputes", #"{"reason": "x"}"#, "validation", "#/claims"),
        Refused(.put, "\(one)/status", "{}", "validation", "#/status"),
        Refused(.put, "\(one)/status", #"{"status": "done"}"#, "validation", "#/status"),
        Refused(.put, "\(one)/status", #"{"status": "Mitigating"}"#, "validation", "#/status"),
        Refused(
            .put, "\(one)/status", #"{"status": "resolved", "override": "yes", "reason": "x"}"#, "validation",
            "#/override"),
        Refused(.put, "\(one)/status", #"{"status": "resolved", "override": 1}"#, "validation", "#/override"),
        Refused(
            .put, "\(one)/status", #"{"status": "resolved", "override": true, "author": "alice"}"#,
            "validation", "#/reason"),
        Refused(.put, "\(one)/status", #"{"status": "cancelled"}"#, "validation", "#/reason"),
        Refused(
            .put, "\(one)/status", #"{"status": "cancelled", "reason": "bored"}"#, "validation", "#/reason"),
        Refused(
            .put, "\(one)/status", #"{"status": "cancelled", "reason": "duplicate"}"#, "validation",
            "#/duplicate_of"),
        Refused(
            .put, "\(one)/status",
            #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": "INC-1"}"#, "validation",
            "#/duplicate_of"),
        Refused(
            .put, "\(one)/status",
            #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": "INC-99"}"#, "validation",
            "#/duplicate_of"),
        Refused(
            .put, "\(one)/status", #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": "a b"}"#,
            "validation", "#/duplicate_of"),
        Refused(
            .put, "\(one)/status", #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": 2}"#,
            "validation", "#/duplicate_of"),
        Refused(
            .put, "\(one)/status", #"{"status": "mitigating", "duplicate_of": "INC-2"}"#, "validation",
            "#/duplicate_of"),
        Refused(.put, "\(one)/roles/scribe", "{}", "validation", "#/person"),
        Refused(.put, "\(one)/roles/scribe", #"{"person": "@"}"#, "validation", "#/person"),
        Refused(.put, "\(one)/roles/scribe", #"{"person": "a\u0085b"}"#, "validation", "#/person"),
        Refused(.post, "\(one)/timeline", "{}", "validation", "#/text"),
        Refused(.post, "\(one)/timeline", #"{"text": ""}"#, "validation", "#/text"),
        Refused(.post, "\(one)/timeline", #"{"text": " \n "}"#, "validation", "#/text"),
        Refused(.post, "\(one)/timeline", #"{"text": "x", "kind": "declared"}"#, "validation", "#/kind"),
        Refused(.post, "\(one)/timeline", #"{"text": "x", "kind": "nag_sent"}"#, "validation", "#/kind"),
        Refused(.post, "\(one)/timeline", #"{"text": "x", "kind": "gossip"}"#, "validation", "#/kind"),
        Refused(
            .post, "\(one)/timeline", #"{"text": "x", "visibility": "secret"}"#, "validation", "#/visibility"),
        Refused(.post, "\(one)/timeline", #"{"text": "x", "data": "x"}"#, "validation", "#/data"),
        Refused(.post, "\(one)/timeline", #"{"text": "x", "data": [1]}"#, "validation", "#/data"),
        Refused(
            .post, "\(one)/timeline", #"{"text": "x", "kind": "finding", "data": {"confirmed": "yes"}}"#,
            "validation", "#/data/confirmed"),
        Refused(
            .post, "\(one)/timeline", #"{"text": "x", "kind": "hypothesis", "data": {"state": "maybe"}}"#,
            "validation", "#/data/state"),
        Refused(
            .post, "\(one)/timeline", #"{"text": "x", "kind": "change", "data": {"complete": 1}}"#,
            "validation", "#/data/complete"),
        Refused(
            .post, "\(one)/timeline", #"{"text": "x", "source": {"system": "s"}}"#, "validation",
            "#/source/ref"),
        Refused(.post, "\(one)/timeline", #"{"text": "x", "source": "slack"}"#, "validation", "#/source"),
        Refused(.post, "\(one)/status-updates", "{}", "validation", "#/text"),
        Refused(
            .post, "\(one)/status-updates", #"{"text": "x", "template": "update"}"#, "validation", "#/text"),
        Refused(.post, "\(one)/status-updates", #"{"template": "poem"}"#, "validation", "#/template"),
        Refused(
            .post, "\(one)/status-updates", #"{"text": "x", "audience": "all"}"#, "validation", "#/audience"),
        Refused(
            .post, "\(one)/status-updates", #"{"text": "x", "basis_seq": 1.0}"#, "validation", "#/basis_seq"),
        Refused(
            .post, "\(one)/status-updates", #"{"text": "x", "basis_seq": 1e0}"#, "validation", "#/basis_seq"),
        Refused(
            .post, "\(one)/status-updates", #"{"text": "x", "basis_seq": "1"}"#, "validation", "#/basis_seq"),
        Refused(
            .post, "\(one)/status-updates", #"{"text": "x", "basis_seq": 0}"#, "validation", "#/basis_seq"),
        Refused(
            .post, "\(one)/status-updates", #"{"text": "x", "basis_seq": 99}"#, "validation", "#/basis_seq"),
        Refused(
            .post, "\(one)/status-updates", #"{"text": "x", "basis_seq": 99999999999999999999}"#,
            "validation", "#/basis_seq"),
        Refused(
            .post, "\(one)/status-updates", #"{"text": "x", "eta_basis": 99}"#, "validation", "#/eta_basis"),
        Refused(.post, "\(one)/status-updates", #"{"text": "x", "force": "no"}"#, "validation", "#/force"),
        Refused(
            .post, "\(one)/status-updates", #"{"text": "x", "status": "gone"}"#, "validation", "#/status"),
        Refused(
            .post, "\(one)/status-updates", #"{"text": "x", "next_update_at": "2026-01-15T10:00:00Z"}"#,
            "validation", "#/next_update_at"),
        Refused(.post, "/v1/webhooks", "{}", "validation", "#/url", "#/events"),
        Refused(.post, "/v1/webhooks", #"{"url": 1, "events": "x"}"#, "validation", "#/url", "#/events"),
        Refused(.post, "/v1/webhooks", #"{"url": "https://x", "events": []}"#, "validation", "#/events"),
        Refused(
            .post, "/v1/webhooks", #"{"url": "https://x", "events": ["*", "incidents.*", 1]}"#, "validation",
            "#/events/1", "#/events/2"),
        Refused(.post, "/v1/webhooks", #"{"url": "https://x", "events": [""]}"#, "validation", "#/events/0"),
        Refused(
            .post, "/v1/webhooks", #"{"url": "https://x", "events": ["update.*.*"]}"#, "validation",
            "#/events/0"),
        Refused(
            .post, "/v1/webhooks", #"{"url": "https://x", "events": ["*"], "secret": "short"}"#, "validation",
            "#/secret"),
        Refused(.post, "/v1/webhooks/x/test", #"{"x": 1}"#, "validation", "#/x"),
        Refused(.post, "/v1/tokens", "{}", "validation", "#/name", "#/scope"),
        Refused(.post, "/v1/tokens", #"{"name": "", "scope": "root"}"#, "validation", "#/name", "#/scope"),
    ])
    func `a missing, empty or mistyped value is refused with a pointer`(bad: Refused) throws {
        try check(bad)
    }

    /// Each time member of each route, so that `%` stands for the time.
    static let times: [(String, HTTP.Method, String, String)] = [
        ("started_at", .post, "/v1/incidents", #"{"title": "x", "severity": "major", "started_at": "%"}"#),
        ("detected_at", .post, "/v1/incidents", #"{"title": "x", "severity": "major", "detected_at": "%"}"#),
        ("started_at", .patch, one, #"{"started_at": "%"}"#),
        ("detected_at", .patch, one, #"{"detected_at": "%"}"#),
        ("occurred_at", .post, "\(one)/timeline", #"{"text": "x", "occurred_at": "%"}"#),
        ("occurred_at", .post, "\(one)/status-updates", #"{"text": "x", "occurred_at": "%"}"#),
        ("next_update_at", .post, "\(one)/status-updates", #"{"text": "x", "next_update_at": "%"}"#),
    ]

    @Test(arguments: [
        "2026-01-15T10:00:00", "2026-01-15", "10:00", "now", "", "2026-01-15T10:00:00Z ",
        "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-15T24:00:00Z",
        "2026-01-15T10:00:00.1234567890Z",
        "2026-01-15T10:00:00+24:00", "1999-12-31T23:59:59Z", "2101-01-01T00:00:00Z", "+2026-01-15T10:00:00Z",
        "２026-01-15T10:00:00Z", "99999-01-01T00:00:00Z",
    ])
    func `a time without an offset, out of range or of another shape is refused`(time: String) throws {
        for (name, method, path, body) in BadInputTests.times {
            try check(Refused(method, path, body.replacing("%", with: time), "validation", "#/\(name)"))
        }
        for (name, method, path, body) in BadInputTests.times {
            let number = body.replacing("\"%\"", with: "1768471200000")
            try check(Refused(method, path, number, "validation", "#/\(name)"))
        }
    }

    @Test func `a time far ahead is a skewed clock, one up to ten minutes ahead is taken as now`() throws {
        for (name, method, path, body) in BadInputTests.times where name != "next_update_at" {
            for ahead in ["2026-01-15T10:10:00.001Z", "2100-12-31T23:59:59Z"] {
                let reply = try house.ask(method, path, body.replacing("%", with: ahead))
                #expect(reply.slug == "clock-skew", "\(path)")
                #expect(reply.pointers == ["#/\(name)"])
                #expect(reply.string("current") == "2026-01-15T10:00:00.000Z")
            }
        }
        for (name, method, path, body) in BadInputTests.times where name != "next_update_at" {
            let reply = try house.ask(method, path, body.replacing("%", with: "2026-01-15T10:10:00Z"))
            #expect(reply.status < 300, "\(path): \(reply.text)")
            #expect(reply.warnings.contains("clock_skew"), "\(path)")
            let place = name == "occurred_at" ? name : "times.\(name)"
            #expect(reply.string(place) == "2026-01-15T10:00:00.000Z", "\(path)")
            if name == "occurred_at" {
                #expect(reply.string("data.claimed_at") == "2026-01-15T10:10:00.000Z", "\(path)")
            }
        }
    }

    @Test(arguments: [
        Refused(.put, "\(one)/severity", #"{"severity": "minor"}"#, "severity-only-rises"),
        Refused(.put, "\(ended)/severity", #"{"severity": "critical"}"#, "incident-ended"),
        Refused(.put, "\(ended)/status", #"{"status": "monitoring"}"#, "incident-ended"),
        Refused(
            .put, "\(ended)/status", #"{"status": "resolved", "override": true, "reason": "x"}"#,
            "incident-ended"),
        Refused(.put, "\(one)/status", #"{"status": "resolved"}"#, "not-allowed-from-status"),
        Refused(
            .put, "\(one)/status",
            #"{"status": "resolved", "override": true, "reason": "x", "author": "mallory"}"#, "commander-only"
        ),
        Refused(.patch, one, #"{"reviewed_severity": "minor"}"#, "not-allowed-from-status"),
        Refused(
            .post, "\(one)/status-updates", #"{"text": "x", "next_update_at": "2026-01-15T10:16:00.001Z"}"#,
            "promise-exceeds-cadence", "#/next_update_at"),
        Refused(.post, "\(one)/status-updates", #"{"text": "x [FILL: impact] y"}"#, "unfilled-draft"),
        Refused(.post, "\(one)/status-updates", #"{"template": "update"}"#, "unfilled-draft"),
        Refused(
            .post, "/v1/webhooks", #"{"url": "http://10.0.0.1/", "events": ["*"]}"#, "webhook-url-refused",
            "#/url"),
        Refused(.put, "\(one)/roles/boss", #"{"person": "x"}"#, "not-found"),
        Refused(.put, "\(one)/roles/Scribe", #"{"person": "x"}"#, "not-found"),
        Refused(.post, "/v1/incidents/INC-99/timeline", #"{"text": "x"}"#, "not-found"),
        Refused(.post, "/v1/incidents/INC-99/status-updates", #"{"text": "x"}"#, "not-found"),
        Refused(.post, "/v1/incidents/INC-99/status-updates", #"{"template": "nothing_new"}"#, "not-found"),
        Refused(.post, "/v1/incidents/INC-0/timeline", #"{"text": "x"}"#, "not-found"),
        Refused(
            .put, "/v1/incidents/01ARZ3NDEKTSV4RRFFQ69G5FAV/status", #"{"status": "mitigating"}"#, "not-found"
        ),
        Refused(.patch, "/v1/incidents/a.b", #"{"impact": "x"}"#, "not-found"),
        Refused(.post, "/v1/webhooks/whk_none/test", "{}", "not-found"),
    ])
    func `what the rules forbid gets its slug`(bad: Refused) throws {
        try check(bad)
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
            (.get, "/v1/incidents/INC-1/timeline/9999999999999999"), (.get, "/v1/templates/poem"),
            (.get, "/v1/webhooks/x"), (.delete, "/v1/webhooks/x"), (.delete, "/v1/tokens/x"),
            (.get, "/v1/nothing"),
            (.get, "/v1/incidents/"), (.get, "/v1/incidents/INC-1/"),
        ]
        for (method, path) in targets {
            let reply = try house.ask(method, path)
            #expect(reply.slug == "not-found", "\(method) \(path)")
        }
    }

    @Test(
        arguments: [
            nil, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonx",
            "application/json; charset=latin1",
            "application/json; charset=utf-8; x=y", "application/merge-patch+json",
            "application/json, text/plain",
        ] as [String?])
    func `another content type is 415, which names curl --json`(type: String?) throws {
        let head = try house.head()
        var fields = ["Content-Type": type ?? ""]
        if type == nil { fields = ["Content-Type": ""] }
        let reply = try house.ask(.post, "/v1/incidents", #"{"title": "x", "severity": "minor"}"#, fields)
        #expect(reply.slug == "unsupported-media-type")
        #expect(reply.field("Accept") == "application/json")
        #expect(reply.string("detail")?.contains("curl --json") == true)
        #expect(try house.head() == head)
    }

    @Test(arguments: [
        "application/json", "Application/JSON", "application/json;charset=UTF-8",
        "application/json ; charset=\"utf-8\"",
    ])
    func `JSON by its name, with utf-8 or no charset, is taken`(type: String) throws {
        let reply = try house.ask(
            .post, "/v1/incidents", #"{"title": "x", "severity": "minor"}"#, ["Content-Type": type])
        #expect(reply.status == 201)
    }

    @Test func `a thousand unknown members are not answered one by one`() throws {
        let members = (1...999).map { "\"m\($0)\": 1" }.joined(separator: ",")
        let reply = try house.ask(.post, "/v1/incidents", "{\(members)}")
        #expect(reply.slug == "validation")
        #expect((1...50).contains(reply.pointers.count))
        #expect(reply.body.count < 32_768)
    }

    @Test func `null is a value that is absent, wherever a member is optional`() throws {
        let reply = try house.ask(
            .post, "/v1/incidents",
            #"{"title": "x", "severity": "minor", "impact": null, "labels": null, "links": null, "roles": null, "#
                + #""next_action": null, "started_at": null, "channel": null, "author": null}"#)
        #expect(reply.status == 201)
        let update = try house.ask(
            .post, "\(BadInputTests.one)/status-updates",
            #"{"text": null, "template": "nothing_new", "audience": null, "status": null, "force": null, "basis_seq": null}"#
        )
        #expect(update.status == 201, "\(update.text)")
    }
}
