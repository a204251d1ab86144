import HTTP
import JSON
import Journal
import ServiceSupport
import TestSupport
import Testing

/// Tags: what a client holds, and what it may change on the strength of it.
struct ConditionalTests {
    let api: TestAPI

    init() throws { api = try TestAPI() }

    @Test func `a read whose tag the client holds answers 304 without a body, and 200 after a change`() throws
    {
        try api.declare()
        let paths = [
            "/v1/incidents", "/v1/incidents?state=all", "/v1/incidents?state=ended", "/v1/incidents/INC-1",
            "/v1/incidents/INC-1?at=2026-01-15T10:00:00Z", "/v1/incidents/INC-1/cadence",
            "/v1/incidents/INC-1/timeline", "/v1/incidents/INC-1/timeline/1",
            "/v1/incidents/INC-1/status-updates", "/v1/templates", "/v1/templates/update", "/v1/webhooks",
            "/v1/tokens",
        ]
        var tags: [String: String] = [:]
        for path in paths {
            let first = try api.ask(.get, path)
            let tag = try #require(first.field("ETag"), "\(path)")
            tags[path] = tag
            #expect(first.field("Cache-Control") == "no-cache", "\(path)")
            for held in [tag, "W/\(tag)", "\"a\", \(tag)", "*"] {
                let reply = try api.ask(.get, path, nil, ["If-None-Match": held])
                #expect(reply.status == 304, "\(path) \(held)")
                #expect(reply.body.isEmpty, "\(path)")
                #expect(reply.field("ETag") == tag, "\(path)")
            }
            for other in ["\"x\"", "x", "", "\"1-1", String(repeating: "\"x\", ", count: 200)] {
                #expect(
                    try api.ask(.get, path, nil, ["If-None-Match": other]).status == 200, "\(path) \(other)"
                )
            }
        }
        try api.ask(.put, "/v1/incidents/INC-1/status", #"{"status": "mitigating"}"#)
        for path in ["/v1/incidents/INC-1", "/v1/incidents/INC-1/timeline", "/v1/incidents"] {
            let held = ["If-None-Match": try #require(tags[path])]
            #expect(try api.ask(.get, path, nil, held).status == 200, "\(path)")
        }
    }

    /// A database that was restored or created again counts once more what a client saw counted before.
    @Test func `a tag of another database is not held, and lets no change pass`() throws {
        let other = try TestAPI()
        for (api, word) in [(api, "one"), (other, "two")] {
            try api.ask(.post, "/v1/incidents", #"{"title": "\#(word)", "severity": "major"}"#)
            let page = #"{"handles": {"slack": "\#(word)"}}"#
            #expect(try api.ask(.put, "/v1/inventory/people/bob", page).status == 201)
        }
        let paths = [
            "/v1/incidents", "/v1/incidents?state=all", "/v1/incidents/INC-1",
            "/v1/incidents/INC-1?at=2026-01-15T10:00:00Z", "/v1/incidents/INC-1/timeline",
            "/v1/incidents/INC-1/timeline/1", "/v1/incidents/INC-1/status-updates", "/v1/inventory/people",
            "/v1/inventory/people/bob",
        ]
        let forms =
            paths.map { ($0, "application/json") } + [
                ("/v1/incidents/INC-1", "text/plain"), ("/v1/incidents/INC-1/timeline", "text/plain"),
                ("/v1/incidents/INC-1/timeline", "text/markdown"),
            ]
        for token in [Scope.admin, .read] {
            for (path, type) in forms where token == .admin || !path.contains("inventory") {
                let tag = try #require(
                    try other.ask(.get, path, nil, token: token, ["Accept": type]).field("ETag"))
                let held = ["Accept": type, "If-None-Match": tag]
                #expect(try api.ask(.get, path, nil, token: token, held).status == 200, "\(path) \(type)")
                #expect(try other.ask(.get, path, nil, token: token, held).status == 304, "\(path) \(type)")
            }
        }
        let tag = try #require(try other.ask(.get, "/v1/incidents/INC-1").field("ETag"))
        let change = try api.ask(.patch, "/v1/incidents/INC-1", #"{"impact": "x"}"#, ["If-Match": tag])
        #expect(change.status == 412)
    }

    @Test func `If-None-Match takes a vacant role only, and excludes a version`() throws {
        try api.declare()
        let role = "/v1/incidents/INC-1/roles/commander"
        let vacant = ["If-None-Match": "*"]
        let taken = try api.ask(.put, role, #"{"person": "alice"}"#, vacant)
        #expect(taken.status == 200)
        let tag = try #require(taken.field("ETag"))
        for held in ["*", tag, "W/\(tag)", "\"x\", \(tag)"] {
            let reply = try api.ask(.put, role, #"{"person": "eve"}"#, ["If-None-Match": held])
            #expect(reply.slug == "precondition-failed", "\(held)")
            #expect(reply.field("ETag") == tag)
            #expect(try api.ask(.delete, role, nil, ["If-None-Match": held]).status == 412, "\(held)")
            let edit = try api.ask(
                .patch, "/v1/incidents/INC-1", #"{"impact": "x"}"#, ["If-None-Match": held])
            #expect(edit.status == 412, "\(held)")
        }
        #expect(try api.ask(.get, "/v1/incidents/INC-1").string("roles.commander.person") == "alice")
        #expect(try api.ask(.put, role, #"{"person": "eve"}"#, ["If-None-Match": "\"x\""]).status == 200)
        #expect(try api.ask(.delete, role).status == 200)
        #expect(try api.ask(.put, role, #"{"person": "bob"}"#, vacant).status == 200)
        let webhook = try api.ask(.post, "/v1/webhooks", #"{"url": "https://hook.example", "events": ["*"]}"#)
        let path = "/v1/webhooks/\(try #require(webhook.string("id")))"
        #expect(try api.ask(.patch, path, #"{"enabled": false}"#, vacant).status == 412)
        #expect(try api.ask(.patch, path, #"{"enabled": false}"#, ["If-None-Match": "\"x\""]).status == 200)
    }

    @Test(arguments: ["1-1", "\"1-1", "**", "*, \"1-1\""])
    func `an If-Match that is no entity tag matches nothing, and the answer says what one looks like`(
        value: String
    ) throws {
        try api.declare()
        let reply = try api.ask(.patch, "/v1/incidents/INC-1", #"{"impact": "x"}"#, ["If-Match": value])
        #expect(reply.status == 412)
        #expect(
            reply.string("detail")?.hasPrefix("If-Match is not an entity tag. Send the ETag of") == true,
            "\(reply.text)")
        let old = try api.ask(.patch, "/v1/incidents/INC-1", #"{"impact": "x"}"#, ["If-Match": "\"1-9\""])
        #expect(old.string("detail")?.contains("entity tag") == false)
    }

    @Test func `a note changes the timeline's tag and not the incident's`() throws {
        try api.declare()
        let tags = try ["", "/timeline"].map { try api.ask(.get, "/v1/incidents/INC-1\($0)").field("ETag") }
        try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#)
        let after = try ["", "/timeline"].map {
            try api.ask(.get, "/v1/incidents/INC-1\($0)").field("ETag")
        }
        #expect(tags[0] == after[0])
        #expect(tags[1] != after[1])
        #expect(try api.ask(.get, "/v1/incidents/INC-1").integer("version") == 1)
    }

    /// `2-1-H` stands for the current tag.
    @Test(arguments: [
        ("\"2-1-H\"", true), ("*", true), ("\"x\", \"2-1-H\"", true), ("\"2-1-H\", W/\"2-1-H\"", true),
        ("\"2-1-H-masked\"", true), ("W/\"2-1-H\"", false), ("\"2-2-H\"", false), ("\"1-1-H\"", false),
        ("2-1-H", false), ("", false), ("\"2-1-H", false), ("\"2-01-H\"", false), ("\"2-+1-H\"", false),
        ("\"2-1\"", false), ("\"2-1-\"", false), ("\"2-1-00000000\"", false), ("\"2-1-H0\"", false),
        ("\"2-1-H-\"", false), ("\"2-1-H-brief\"", false), ("\"2--H\"", false), ("\"2-\"", false),
        ("\"\"", false), ("\"2-99999999999999999999-H\"", false), ("*, \"2-1-H\"", false), ("**", false),
    ])
    func `a change with If-Match goes through only for a strong tag of the current version`(
        value: String, passes: Bool
    ) throws {
        try api.declare()
        let current = try #require(try api.ask(.get, "/v1/incidents/INC-1").field("ETag"))
        let value = value.replacing("2-1-H", with: current.dropFirst().dropLast())
            .replacing("H", with: current.dropFirst(5).dropLast())
        let head = try api.head()
        let changes: [(Method, String, String)] = [
            (.patch, "", #"{"impact": "All"}"#), (.put, "/severity", #"{"severity": "critical"}"#),
            (.put, "/status", #"{"status": "mitigating"}"#), (.put, "/roles/scribe", #"{"person": "carol"}"#),
            (.put, "/status", #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": "INC-2"}"#),
        ]
        for (method, path, body) in changes.prefix(passes ? 1 : changes.count) {
            let reply = try api.ask(method, "/v1/incidents/INC-1\(path)", body, ["If-Match": value])
            if passes {
                #expect(reply.status == 200)
            } else {
                #expect(reply.slug == "precondition-failed", "\(path)")
                #expect(reply.field("ETag") == current, "\(path)")
                #expect(try api.head() == head, "\(path)")
            }
        }
    }

    @Test func `a POST does not look at If-Match, for a bot must not lose an entry`() throws {
        try api.declare()
        let fields = ["If-Match": "\"nonsense\""]
        for (path, body) in [
            ("/timeline", #"{"text": "x"}"#), ("/status-updates", #"{"text": "x"}"#),
            ("/severity/disputes", #"{"claims": "minor", "reason": "x"}"#),
        ] {
            #expect(try api.ask(.post, "/v1/incidents/INC-1\(path)", body, fields).status == 201, "\(path)")
        }
    }

    /// A 304 is honest only when a tag stands for one body alone; so random changes are made, and everything is read after each.
    @Test(arguments: [1, 2, 3])
    func `the same tag of the same path never stands for two bodies`(seed: UInt64) throws {
        let random = SeededRandom(seed: seed)
        func pick<Element>(_ choices: [Element]) -> Element {
            choices[random.remainder(below: choices.count)]
        }
        for _ in 1...2 { try api.declare() }
        var seen: [String: [UInt8]] = [:]
        for step in 1...60 {
            let ref = pick(["INC-1", "INC-2"])
            let changes: [(Method, String, String?)] = [
                (.post, "/timeline", #"{"text": "x", "kind": "finding", "data": {"confirmed": true}}"#),
                (.post, "/timeline", #"{"text": "x"}"#),
                (.post, "/status-updates", #"{"text": "x"}"#),
                (.post, "/status-updates", #"{"text": "x", "occurred_at": "2026-01-15T09:00:00Z"}"#),
                (.post, "/status-updates", #"{"text": "x", "occurred_at": "2026-01-15T10:00:00Z"}"#),
                (.put, "/severity", #"{"severity": "\#(pick(["major", "critical"]))"}"#),
                (.post, "/severity/disputes", #"{"claims": "minor", "reason": "x"}"#),
                (
                    .put, "/status",
                    #"{"status": "\#(pick(["investigating", "mitigating", "monitoring", "resolved"]))"}"#
                ),
                (.put, "/roles/commander", #"{"person": "\#(pick(["alice", "bob"]))"}"#),
                (.delete, "/roles/commander", nil),
                (.patch, "", #"{"impact": "\#(step)"}"#),
            ]
            let (method, path, body) = pick(changes)
            let reply = try api.ask(method, "/v1/incidents/\(ref)\(path)", body)
            #expect(reply.status < 500, "seed \(seed): \(reply.text)")
            if random.next() % 3 == 0 { try api.pass(.seconds(Int(random.next() % 900))) }
            let paths =
                ["/v1/incidents", "/v1/incidents?state=all", "/v1/incidents?state=ended"]
                + ["", "/cadence", "/timeline?limit=200", "/status-updates?limit=200"].flatMap { tail in
                    ["INC-1", "INC-2"].map { "/v1/incidents/\($0)\(tail)" }
                }
            for path in paths {
                let read = try api.ask(.get, path)
                let name = "\(path) \(read.field("ETag") ?? "-")"
                #expect(seen[name] == nil || seen[name] == read.body, "seed \(seed) step \(step): \(name)")
                seen[name] = read.body
            }
        }
    }
}
