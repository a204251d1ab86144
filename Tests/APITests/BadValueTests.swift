import HTTP
import ServiceSupport
import Testing

/// Values that do not fit, times that cannot be, and what the rules forbid: each its slug, nothing stored.
struct BadValueTests {
    let api: TestAPI
    private static let one = "/v1/incidents/INC-1"
    private static let ended = "/v1/incidents/INC-2"

    init() throws { api = try TestAPI.withTwoIncidents() }

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
        Refused(.patch, one, #"{"next_action": {"text": null}}"#, "validation", "#/next_action/text"),
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
        Refused(.put, "\(one)/status", #"{"status": "mitigated"}"#, "validation", "#/status"),
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
        Refused(.post, "/v1/deliveries/x/retry", #"{"x": 1}"#, "validation", "#/x"),
        Refused(.patch, "/v1/webhooks/x", #"{"enabled": null}"#, "validation", "#/enabled"),
        Refused(.patch, "/v1/webhooks/x", #"{"enabled": "yes"}"#, "validation", "#/enabled"),
        Refused(
            .patch, "/v1/webhooks/x", #"{"url": null, "events": null}"#, "validation", "#/url", "#/events"),
        Refused(.patch, "/v1/webhooks/x", #"{"secret": "x"}"#, "validation", "#/secret"),
        Refused(.post, "/v1/webhooks/x/rotate-secret", #"{"secret": "x"}"#, "validation", "#/secret"),
        Refused(
            .post, "/v1/webhooks/x/rotate-secret", #"{"overlap_seconds": 604801}"#, "validation",
            "#/overlap_seconds"),
        Refused(
            .post, "/v1/webhooks/x/rotate-secret", #"{"overlap_seconds": -1}"#, "validation",
            "#/overlap_seconds"),
        Refused(.post, "/v1/tokens", "{}", "validation", "#/name", "#/scope"),
        Refused(.post, "/v1/tokens", #"{"name": "", "scope": "root"}"#, "validation", "#/name", "#/scope"),
    ])
    func `a missing, empty or mistyped value is refused with a pointer`(bad: Refused) throws {
        try api.check(bad)
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
        for (name, method, path, body) in BadValueTests.times {
            try api.check(Refused(method, path, body.replacing("%", with: time), "validation", "#/\(name)"))
        }
        for (name, method, path, body) in BadValueTests.times {
            let number = body.replacing("\"%\"", with: "1768471200000")
            try api.check(Refused(method, path, number, "validation", "#/\(name)"))
        }
    }

    @Test func `a time far ahead is a skewed clock, one up to ten minutes ahead is taken as now`() throws {
        for (name, method, path, body) in BadValueTests.times where name != "next_update_at" {
            for ahead in ["2026-01-15T10:10:00.001Z", "2100-12-31T23:59:59Z"] {
                let reply = try api.ask(method, path, body.replacing("%", with: ahead))
                #expect(reply.slug == "clock-skew", "\(path)")
                #expect(reply.pointers == ["#/\(name)"])
                #expect(reply.string("current") == "2026-01-15T10:00:00.000Z")
            }
        }
        for (name, method, path, body) in BadValueTests.times where name != "next_update_at" {
            let reply = try api.ask(method, path, body.replacing("%", with: "2026-01-15T10:10:00Z"))
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
        Refused(.put, "\(one)/roles/scribes", #"{"person": "x"}"#, "not-found"),
        Refused(.post, "/v1/incidents/INC-99/timeline", #"{"text": "x"}"#, "not-found"),
        Refused(.post, "/v1/incidents/INC-99/status-updates", #"{"text": "x"}"#, "not-found"),
        Refused(.post, "/v1/incidents/INC-99/status-updates", #"{"template": "nothing_new"}"#, "not-found"),
        Refused(.post, "/v1/incidents/INC-0/timeline", #"{"text": "x"}"#, "not-found"),
        Refused(
            .put, "/v1/incidents/01ARZ3NDEKTSV4RRFFQ69G5FAV/status", #"{"status": "mitigating"}"#, "not-found"
        ),
        Refused(.patch, "/v1/incidents/a.b", #"{"impact": "x"}"#, "not-found"),
        Refused(.patch, "/v1/webhooks/x", #"{"url": "http://10.0.0.1/"}"#, "webhook-url-refused", "#/url"),
        Refused(.patch, "/v1/webhooks/whk_none", #"{"url": "https://x/"}"#, "not-found"),
        Refused(.post, "/v1/webhooks/whk_none/rotate-secret", "{}", "not-found"),
        Refused(.post, "/v1/deliveries/msg_none/retry", "{}", "not-found"),
        Refused(.post, "/v1/webhooks/whk_none/test", "{}", "not-found"),
    ])
    func `what the rules forbid gets its slug`(bad: Refused) throws {
        try api.check(bad)
    }
}
