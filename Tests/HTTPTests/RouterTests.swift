import HTTP
import Testing

struct RouterTests {
    private let router: Router<String> = {
        var router = Router<String>()
        router.add(.get, "/", "root")
        router.add(.get, "/v1/incidents", "list")
        router.add(.post, "/v1/incidents", "declare")
        router.add(.get, "/v1/incidents/{ref}", "show")
        router.add(.get, "/v1/incidents/{ref}/timeline/{seq}", "entry")
        router.add(.post, "/v1/incidents/{ref}/timeline/batch", "batch")
        router.add(.post, "/v1/incidents/{ref}/timeline/{seq}/correction", "correct")
        router.add(.delete, "/v1/incidents/{ref}/roles/{role}", "vacate")
        router.add(.get, "/a/b/c", "literal")
        router.add(.get, "/a/{x}/d", "parameter")
        return router
    }()

    private func found(_ method: Method, _ path: [String]) -> String {
        switch router.match(method, path) {
        case .route(let route, let parameters): ([route] + parameters).joined(separator: " ")
        case .methodNotAllowed(let allow): allow.map(\.rawValue).joined(separator: ",")
        case .notFound: "-"
        }
    }

    @Test(arguments: [
        (Method.get, [], "root"),
        (.get, ["v1", "incidents"], "list"),
        (.head, ["v1", "incidents"], "list"),
        (.post, ["v1", "incidents"], "declare"),
        (.get, ["v1", "incidents", "INC-42"], "show INC-42"),
        (.get, ["v1", "incidents", "INC-42", "timeline", "17"], "entry INC-42 17"),
        (.post, ["v1", "incidents", "INC-42", "timeline", "batch"], "batch INC-42"),
        (.post, ["v1", "incidents", "INC-42", "timeline", "17", "correction"], "correct INC-42 17"),
        (.delete, ["v1", "incidents", "x", "roles", "scribe"], "vacate x scribe"),
        (.get, ["a", "b", "c"], "literal"),
        (.get, ["a", "b", "d"], "parameter b"),
        (.get, ["a", "b", "e"], "-"),
        (.get, ["v1"], "-"),
        (.get, ["v1", "incidents", ""], "-"),
        (.get, ["v1", "incidents", "INC-42", ""], "-"),
        (.get, ["V1", "incidents"], "-"),
        (.put, ["v1", "incidents"], "GET,HEAD,POST,OPTIONS"),
        (.get, ["v1", "incidents", "x", "roles", "scribe"], "DELETE,OPTIONS"),
        (.get, ["v1", "incidents", "x", "timeline", "batch"], "POST,OPTIONS"),
    ])
    func `a path leads to its route`(_ method: Method, _ path: [String], _ expected: String) {
        #expect(found(method, path) == expected)
    }

    @Test func `a literal is compared as bytes, not as characters`() {
        var router = Router<Int>()
        router.add(.get, "/K", 1)
        router.add(.get, "/é", 2)
        guard case .notFound = router.match(.get, ["\u{212A}"]) else {
            Issue.record("the Kelvin sign is not a K")
            return
        }
        guard case .notFound = router.match(.get, ["e\u{301}"]) else {
            Issue.record("a decomposed é is another segment")
            return
        }
    }

    @Test func `what is allowed is known without a method`() {
        #expect(router.allowed(["v1", "incidents"]) == [.get, .head, .post, .options])
        #expect(router.allowed(["nowhere"]).isEmpty)
    }
}
