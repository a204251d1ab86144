@testable import API
@testable import Routing
import HTTP
import ServiceSupport
import Testing

/// `Link` on every list of the route table, wherever it was added.
struct LinkTests {
    /// The lists, by what the document says of them.
    private static let lists = Route.all.filter { route in
        route.operation.documentation.answers.contains(where: \.hasLink)
    }

    @Test func `every operation with a limit is a list, and the other way round`() {
        #expect(LinkTests.lists.count >= 6)
        for route in Route.all where route.method == .get {
            let hasLimit = route.operation.documentation.query.contains { $0.name == "limit" }
            let isList = LinkTests.lists.contains { $0.pattern == route.pattern }
            #expect(hasLimit == isList, "\(route.pattern)")
        }
    }

    @Test func `a list has a Link exactly when there is a next page, and it leads there`() throws {
        let api = try TestAPI()
        for index in 1...3 {
            try api.declare()
            try api.ask(.post, "/v1/incidents/INC-1/status-updates", #"{"text": "\#(index)"}"#)
            try api.ask(.post, "/v1/incidents/INC-1/checks", #"{"path": "sign in", "passed": true}"#)
            try api.ask(.post, "/v1/webhooks", #"{"url": "https://example.org", "events": ["*"]}"#)
            try api.ask(
                .post, "/v1/incidents/INC-1/mitigations", #"{"action": "a", "parallel_reason": "b"}"#)
            try api.ask(.put, "/v1/inventory/people/p\(index)", "{}")
            try api.pass(.seconds(1))
        }
        let webhook = try #require(try api.ask(.get, "/v1/webhooks").string("items.0.id"))
        for _ in 1...3 { try api.ask(.post, "/v1/webhooks/\(webhook)/test") }
        for route in LinkTests.lists {
            let path = route.pattern.replacing("{ref}", with: "INC-1").replacing("{id}", with: webhook)
            var target = "\(path)?limit=1"
            var pages = 0
            while true {
                let reply = try api.ask(.get, target)
                try #require(reply.status == 200, "\(target): \(reply.text)")
                #expect(reply.names() == ["items", "next"], "\(target)")
                pages += 1
                guard let next = reply.string("next") else {
                    #expect(reply["next"] == .null, "\(target)")
                    #expect(reply.field("Link") == nil, "\(target)")
                    break
                }
                let link = try #require(reply.field("Link"), "\(target)")
                #expect(link == "<\(path)?limit=1&after=\(next)>; rel=\"next\"", "\(target)")
                target = "\(path)?limit=1&after=\(next)"
                try #require(pages < 50, "\(path) does not end")
            }
            #expect(pages >= 3, "\(path)")
        }
    }
}
