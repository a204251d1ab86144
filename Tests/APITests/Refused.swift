import HTTP
import ServiceSupport
import Testing

/// A request that must be refused: the expected slug, and the pointers of its errors.
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

extension TestAPI {
    /// INC-1 is open and critical with a commander; INC-2 has ended.
    static func withTwoIncidents() throws -> TestAPI {
        let api = try TestAPI()
        try api.declare(#""title": "a", "severity": "critical", "roles": {"commander": "alice"}"#)
        try api.declare()
        try api.ask(
            .put, "/v1/incidents/INC-2/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
        return api
    }

    /// Sends the request and checks the slug, the pointers and the words of the problem, and that nothing was stored.
    func check(_ bad: Refused) throws {
        let before = try head()
        let tokens = try reader.tokens().count
        let reply = try ask(bad.method, bad.path, bad.body)
        #expect(reply.slug == bad.slug, "\(reply.text)")
        #expect(reply.pointers == bad.pointers, "\(reply.text)")
        #expect(reply.string("detail")?.isEmpty == false)
        #expect(reply.string("request_id") == "req-1")
        #expect(try head() == before, "something was stored")
        #expect(try reader.tokens().count == tokens)
        #expect(try reader.webhooks().isEmpty)
    }
}
