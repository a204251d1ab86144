import Glibc
import HTTP
import ServiceSupport
import TestSupport
import Testing

/// Lists: pages, filters, order, and what a parameter may be.
struct ListTests {
    let api: TestAPI

    init() throws { api = try TestAPI() }

    /// Follows `next` and `Link` from page to page; answers every page's values of a member.
    private func pages(_ path: String, limit: Int, _ member: String) throws -> [[String]] {
        var pages: [[String]] = []
        var target = path + (path.contains("?") ? "&" : "?") + "limit=\(limit)"
        while true {
            let reply = try api.ask(.get, target)
            try #require(reply.status == 200, "\(target): \(reply.text)")
            #expect(reply.names() == ["items", "next"])
            pages.append(reply.items(member))
            guard let next = reply.string("next") else {
                #expect(reply["next"] == .null)
                #expect(reply.field("Link") == nil)
                return pages
            }
            let link = try #require(reply.field("Link"))
            #expect(link.hasSuffix(">; rel=\"next\""))
            target = String(link.dropFirst().prefix { $0 != ">" })
            #expect(target.hasSuffix("after=\(next)"))
            try #require(pages.count < 50)
        }
    }

    @Test func `incidents come newest first, in pages that neither skip nor repeat`() throws {
        for index in 1...7 {
            try api.declare(
                #""title": "\#(index)", "severity": "minor", "channel": "c&d=é", "labels": {"a": "b"}"#)
        }
        let expected = [["INC-7", "INC-6", "INC-5"], ["INC-4", "INC-3", "INC-2"], ["INC-1"]]
        for path in [
            "/v1/incidents", "/v1/incidents?state=all", "/v1/incidents?channel=c%26d%3D%C3%A9&label=a:b",
            "/v1/incidents?state=all&channel=c%26d%3D%C3%A9&label=a:b",
        ] {
            #expect(try pages(path, limit: 3, "ref") == expected, "\(path)")
        }
        #expect(try pages("/v1/incidents", limit: 7, "ref").count == 1)
        #expect(try api.ask(.get, "/v1/incidents?after=INC-3").items("ref") == ["INC-2", "INC-1"])
        #expect(try api.ask(.get, "/v1/incidents?after=3").items("ref") == ["INC-2", "INC-1"])
    }

    @Test func `a list of long incidents ends early, and its next page goes on`() throws {
        let title = String(repeating: "x", count: 200)
        let links = (0..<50).map { "{\"url\": \"tel:\($0)" + String(repeating: "1", count: 1_900) + "\"}" }
            .joined(separator: ",")
        for _ in 0..<30 {
            try api.declare("\"title\": \"\(title)\", \"severity\": \"minor\", \"links\": [\(links)]")
        }
        let first = try api.ask(.get, "/v1/incidents?limit=200")
        #expect(first.body.count < 1_200_000)
        #expect(first.items("ref").count < 30)
        let refs = try pages("/v1/incidents", limit: 200, "ref").flatMap(\.self)
        #expect(refs == (1...30).reversed().map { "INC-\($0)" })
    }

    @Test func `at most ten labels are asked for, each once, and many incidents are filtered off the loop`()
        throws
    {
        try api.declare(#""title": "1", "severity": "minor", "labels": {"k": "1"}"#)
        let labels = (1...11).map { "label=k:\($0)" }
        #expect(try api.ask(.get, "/v1/incidents?" + labels.prefix(10).joined(separator: "&")).status == 200)
        for query in [labels.joined(separator: "&"), "label=k:1&label=k:1"] {
            let reply = try api.ask(.get, "/v1/incidents?\(query)")
            #expect(reply.slug == "invalid-parameter")
            #expect(reply.string("detail")?.contains("10") == true)
        }
        for _ in 0..<501 { try api.declare(#""title": "x", "severity": "minor", "labels": {"k": "2"}"#) }
        let request = try api.request(.get, "/v1/incidents?label=k:1")
        guard case .proceed(_, let ticket) = api.responder.admit(request.head) else {
            Issue.record("the head was refused")
            return
        }
        // A reader's thread answers, so the answer comes from another one.
        let (threads, answers) = (Box<pthread_t>(), Box<Response>())
        api.responder.respond(to: request, ticket: ticket) {
            threads.put(pthread_self())
            answers.put($0)
        }
        let answer = try #require(answers.wait(within: TestAPI.limit))
        #expect(threads.value != pthread_self())
        #expect(Reply(answer).items("ref") == ["INC-1"])
    }

    @Test func `timelines ascend, and next is the last seq`() throws {
        try api.declare()
        for index in 2...7 { try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "\#(index)"}"#) }
        #expect(
            try pages("/v1/incidents/INC-1/timeline", limit: 3, "seq") == [
                ["1", "2", "3"], ["4", "5", "6"], ["7"],
            ])
        #expect(try api.ask(.get, "/v1/incidents/INC-1/timeline?limit=2&after=3").string("next") == "5")
        #expect(try api.ask(.get, "/v1/incidents/INC-1/timeline?after=7").items("seq") == [])
        #expect(try api.ask(.get, "/v1/incidents/INC-1/timeline?after=0&limit=1").items("seq") == ["1"])
    }

    @Test func `a timeline is filtered by kind and visibility`() throws {
        try api.declare()
        try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "a", "kind": "finding"}"#)
        try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "b", "visibility": "public"}"#)
        try api.ask(
            .post, "/v1/incidents/INC-1/timeline",
            #"{"text": "c", "kind": "finding", "visibility": "public"}"#)
        let path = "/v1/incidents/INC-1/timeline"
        #expect(try api.ask(.get, "\(path)?kind=finding").items("seq") == ["2", "4"])
        #expect(try api.ask(.get, "\(path)?visibility=public").items("seq") == ["3", "4"])
        #expect(try api.ask(.get, "\(path)?visibility=public&kind=finding&after=2").items("seq") == ["4"])
        #expect(try api.ask(.get, "\(path)?kind=declared").items("seq") == ["1"])
        #expect(try api.ask(.get, "\(path)?kind=finding&limit=1").string("next") == "2")
    }

    @Test func `status updates, webhooks, tokens and templates come in pages`() throws {
        try api.declare()
        for index in 1...5 {
            try api.ask(.post, "/v1/incidents/INC-1/status-updates", #"{"text": "\#(index)"}"#)
            try api.ask(
                .post, "/v1/webhooks", #"{"url": "https://example.org/\#(index)", "events": ["*"]}"#)
            try api.pass(.seconds(1))
        }
        #expect(
            try pages("/v1/incidents/INC-1/status-updates", limit: 2, "text") == [
                ["5", "4"], ["3", "2"], ["1"],
            ])
        let urls = try pages("/v1/webhooks", limit: 2, "url").flatMap(\.self)
        #expect(urls == (1...5).reversed().map { "https://example.org/\($0)" })
        #expect(try pages("/v1/tokens", limit: 3, "id").map(\.count) == [3, 1])
        #expect(try pages("/v1/templates", limit: 4, "name").map(\.count) == [4, 3])
    }

    @Test func `a page goes on where it was though the cursor's item is gone`() throws {
        var ids: [String] = []
        for index in 1...4 {
            let made = try api.ask(
                .post, "/v1/webhooks", #"{"url": "https://example.org/\#(index)", "events": ["*"]}"#)
            ids.append(try #require(made.string("id")))
            try api.pass(.seconds(1))
        }
        let next = try #require(try api.ask(.get, "/v1/webhooks?limit=2").string("next"))
        try api.ask(.delete, "/v1/webhooks/\(next)")
        let rest = try api.ask(.get, "/v1/webhooks?after=\(next)")
        #expect(rest.items("id") == [ids[1], ids[0]])
    }

    @Test func `incidents are filtered`() throws {
        try api.declare(
            #""title": "1", "severity": "minor", "channel": "x", "labels": {"a": "1", "b:c": "d:e"}"#)
        try api.pass(.seconds(60))
        try api.declare(#""title": "2", "severity": "critical", "labels": {"a": "2", "e": ""}"#)
        try api.declare(
            #""title": "3", "severity": "minor"# + #"", "labels": {"a": "1", "caf\u00e9": "x"}"#)
        try api.ask(.put, "/v1/incidents/INC-2/status", #"{"status": "mitigating"}"#)
        try api.ask(
            .put, "/v1/incidents/INC-3/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
        let cases: [(String, [String])] = [
            ("", ["INC-2", "INC-1"]), ("state=open", ["INC-2", "INC-1"]), ("state=ended", ["INC-3"]),
            ("state=all", ["INC-3", "INC-2", "INC-1"]), ("severity=minor", ["INC-1"]),
            ("severity=P1", ["INC-2"]),
            ("state=all&severity=sev3", ["INC-3", "INC-1"]), ("status=mitigating", ["INC-2"]),
            ("status=cancelled", []), ("status=cancelled&state=all", ["INC-3"]), ("channel=x", ["INC-1"]),
            ("channel=X", []), ("label=a:1", ["INC-1"]), ("label=a:1&state=all", ["INC-3", "INC-1"]),
            ("label=a:1&label=b:c:d:e", ["INC-1"]), ("label=a:1&label=a:2", []), ("label=e:", ["INC-2"]),
            ("label=a:", []), ("state=all&label=caf%C3%A9:x", ["INC-3"]),
            ("state=all&label=cafe%CC%81:x", []),
            ("since=2026-01-15T10:01:00Z", ["INC-2"]), ("since=2026-01-15T10:01:00.001Z", []),
            ("since=2026-01-15T10:00:00Z", ["INC-2", "INC-1"]),
            ("state=ended&since=2026-01-15T11:01:00%2B01:00", ["INC-3"]),
        ]
        for (query, expected) in cases {
            let reply = try api.ask(.get, "/v1/incidents?\(query)")
            #expect(reply.items("ref") == expected, "\(query): \(reply.text)")
        }
    }

    @Test func `an unknown or bad parameter of any route is 400 and named`() throws {
        try api.declare()
        let bad = [
            (
                "/v1/incidents", "limit",
                ["0", "201", "-1", "+5", "5.0", "", "1e2", "٥", "99999999999999999999"]
            ),
            ("/v1/incidents", "after", ["x", "INC-", "-1", "", "INC-1%20"]),
            ("/v1/incidents", "state", ["closed", "", "OPENED", "ẞ"]),
            ("/v1/incidents", "severity", ["p4", "SEV-0", ""]),
            ("/v1/incidents", "status", ["done", ""]), ("/v1/incidents", "label", ["a", "", ":b"]),
            ("/v1/incidents", "since", ["2026-01-15", "2026-01-15T10:00:00", "2026-01-15T10:00:00+01:00"]),
            ("/v1/incidents/INC-1/timeline", "after", ["-1", "x", "99999999999"]),
            ("/v1/incidents/INC-1/timeline", "kind", ["notes", ""]),
            ("/v1/incidents/INC-1/timeline", "visibility", ["secret", ""]),
            ("/v1/incidents/INC-1/timeline", "wait", ["56", "x"]),
            ("/v1/incidents/INC-1/status-updates", "after", ["0", "x"]),
            ("/v1/incidents/INC-1/status-updates/draft", "audience", ["all", ""]),
            ("/v1/incidents/INC-1/status-updates/draft", "template", ["none", ""]),
            ("/v1/webhooks", "after", ["x", ""]), ("/v1/tokens", "limit", ["0"]),
        ]
        for (path, name, values) in bad {
            for value in values {
                let encoded = value.utf8.map {
                    $0 < 0x80 ? String(UnicodeScalar($0)) : "%\(String($0, radix: 16))"
                }
                let reply = try api.ask(.get, "\(path)?\(name)=\(encoded.joined())")
                #expect(reply.slug == "invalid-parameter", "\(path) \(name)=\(value)")
                #expect(reply.string("detail")?.hasPrefix("\(name): ") == true, "\(path) \(name)=\(value)")
            }
        }
        for (method, path, _) in AccessTests.routes {
            let body = [.post, .put, .patch].contains(method) ? "{}" : nil
            let reply = try api.ask(method, "\(path)?bogus=1", body)
            #expect(reply.slug == "invalid-parameter", "\(method) \(path)")
        }
        #expect(try api.ask(.get, "/v1/incidents?limit=1&limit=2").slug == "invalid-parameter")
        #expect(try api.ask(.get, "/v1/incidents?Limit=1").slug == "invalid-parameter")
        #expect(
            try api.ask(.delete, "/v1/incidents/INC-1/roles/scribe?author=").slug == "invalid-parameter")
    }

    @Test func `a search for what is rare ends after a thousand incidents, and goes on from there`() throws {
        try api.declare(#""title": "x", "severity": "minor", "labels": {"rare": "yes"}"#)
        for _ in 1...1_004 { try api.declareAround() }
        let found = try pages("/v1/incidents?state=all&label=rare:yes", limit: 3, "ref")
        #expect(found == [[], ["INC-1"]])
        let common = try pages("/v1/incidents?state=all&severity=major", limit: 200, "ref")
        #expect(common.map(\.count) == [200, 200, 200, 200, 200, 4])
    }

    @Test func `the default page has fifty items and the largest two hundred`() throws {
        try api.declare()
        for _ in 1...210 { try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#) }
        #expect(try api.ask(.get, "/v1/incidents/INC-1/timeline").items("seq").count == 50)
        #expect(try api.ask(.get, "/v1/incidents/INC-1/timeline?limit=200").items("seq").count == 200)
    }
}
