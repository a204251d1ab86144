import HTTP
import ServiceSupport
import Testing

/// One rule over every route and member that it concerns. Source: http-strictness.md, "JSON and values".
struct EveryMemberTests {
    let api: TestAPI
    private static let one = "/v1/incidents/INC-1"

    init() throws { api = try TestAPI.withTwoIncidents() }

    private static let writing = AccessTests.routes.filter { [.post, .put, .patch].contains($0.method) }

    @Test func `no route takes a member that is the service's to write, or that it does not know`() throws {
        let foreign = [
            "id", "ref", "seq", "position", "posted_by", "recorded_at", "hash", "version", "created_at",
            "declared_at", "__proto__",
        ]
        let body = "{" + foreign.map { "\"\($0)\": 1" }.joined(separator: ", ") + "}"
        for (method, path, _) in Self.writing {
            let head = try api.head()
            let reply = try api.ask(method, path, body)
            #expect(reply.slug == "validation", "\(method) \(path)")
            // What GET shows of a page may be put back; its version is not read.
            let shown = path.hasPrefix("/v1/inventory/") ? ["#/version"] : []
            let unnamed = Set(foreign.map { "#/\($0)" }).subtracting(reply.pointers + shown)
            #expect(unnamed.isEmpty, "\(method) \(path) says nothing about \(unnamed)")
            #expect(try api.head() == head)
        }
    }

    @Test func `every route with a body wants JSON by its name`() throws {
        for (method, path, _) in Self.writing {
            let head = try api.head()
            let reply = try api.ask(method, path, "{}", ["Content-Type": "text/html"])
            #expect(reply.slug == "unsupported-media-type", "\(method) \(path)")
            #expect(try api.head() == head)
        }
    }

    /// Every member that is a whole number; `%` stands for it.
    static let integers: [(pointer: String, method: HTTP.Method, path: String, body: String)] = [
        ("#/basis_seq", .post, "\(one)/status-updates", #"{"text": "x", "basis_seq": %}"#),
        ("#/eta_basis", .post, "\(one)/status-updates", #"{"text": "x", "eta_basis": %}"#),
        ("#/interval_seconds", .patch, "\(one)/cadence", #"{"interval_seconds": %}"#),
        ("#/minutes", .post, "\(one)/cadence/snoozes", #"{"minutes": %, "reason": "x"}"#),
        ("#/overlap_seconds", .post, "/v1/webhooks/x/rotate-secret", #"{"overlap_seconds": %}"#),
    ]

    @Test(arguments: [
        "1.0", "1.5", "1e0", "1E2", "10e-1", "-0", "-1", "1e999", "\"1\"", "true", "[1]", "{}",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
        "18446744073709551617",
    ])
    func `a whole number is written as one, and within its range`(number: String) throws {
        for (pointer, method, path, body) in Self.integers {
            try api.check(
                Refused(method, path, body.replacing("%", with: number), "validation", pointer))
        }
    }

    @Test(arguments: LimitTests.names + LimitTests.texts)
    func `no text may hold U+0000, half a surrogate pair or a bare control byte`(member: LimitTests.Member)
        throws
    {
        let bad = [
            "a\\u0000b", "\u{0}", "\\ud83d", "\\ude00", "\\ude00\\ud83d", "\\ud83dx", "a\u{1}b", "a\u{1F}b",
            "a\nb", "a\tb",
        ]
        for text in bad {
            let head = try api.head()
            let reply = try api.ask(member.method, member.path, member.body.replacing("%", with: text))
            #expect(reply.slug == "malformed-json", "\(text.unicodeScalars.map(\.value))")
            #expect(try api.head() == head)
        }
    }

    @Test func `the first and the last year are taken by their moment, not by their digits`() throws {
        for (name, method, path, body) in BadValueTests.times where name != "next_update_at" {
            for (time, slug) in [
                ("2000-01-01T00:00:00Z", nil), ("1999-12-31T23:00:00-01:00", nil),
                ("2000-01-01T00:59:59.999+01:00", "validation"), ("2100-12-31T23:00:00-01:00", "validation"),
                ("2101-01-01T00:59:59+01:00", "clock-skew"),
            ] {
                let reply = try api.ask(method, path, body.replacing("%", with: time))
                #expect(reply.slug == slug, "\(method) \(path) \(time): \(reply.text)")
                #expect(reply.pointers == (slug == nil ? [] : ["#/\(name)"]))
            }
        }
    }

    @Test func `a snooze's reason has at most 1000 characters, on one line`() throws {
        func snooze(_ reason: String) throws -> Reply {
            try api.ask(.post, "\(Self.one)/cadence/snoozes", #"{"minutes": 15, "reason": "\#(reason)"}"#)
        }
        let fitting = String(repeating: "é", count: 1_000)
        #expect(try snooze(fitting + "x").pointers == ["#/reason"])
        #expect(try snooze("a\\u001bb").pointers == ["#/reason"])
        #expect(try snooze(fitting).status == 201)
    }
}
