import HTTP
import HTTPServer
import Testing

/// The CORS protocol (Fetch standard): which pages may read which responses.
@Suite(.serialized)
struct CrossOriginTests {
    private static let origin = "Origin: https://dashboard.example\r\n"
    private static let preflight =
        "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,content-type\r\n"

    private func service() throws -> Service {
        let origins = CrossOrigins(["https://dashboard.example", "http://localhost:5173"])
        return try Service { $0.crossOrigins = origins }
    }

    /// The response to a request with those fields.
    private func ask(_ service: Service, _ line: String, _ fields: String = "", _ body: String = "") throws
        -> Client.ClientResponse
    {
        let client = try #require(service.connect())
        client.send("\(line) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(body)")
        return try #require(client.answer(toHead: line.hasPrefix("HEAD")))
    }

    private func field(_ name: String, _ answer: Client.ClientResponse) -> [String] {
        answer.head.split(separator: "\r\n").filter { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
            .map { String($0.dropFirst(name.utf8.count + 2)) }
    }

    @Test func `a preflight is answered without a token`() throws {
        let answer = try ask(
            service(), "OPTIONS /secret", CrossOriginTests.origin + CrossOriginTests.preflight)
        #expect(answer.status == 204)
        #expect(field("Access-Control-Allow-Origin", answer) == ["https://dashboard.example"])
        #expect(field("Access-Control-Allow-Methods", answer) == ["GET, HEAD, POST, PUT, PATCH, DELETE"])
        #expect(
            field("Access-Control-Allow-Headers", answer) == [
                "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID"
            ])
        #expect(field("Access-Control-Max-Age", answer) == ["600"])
        #expect(field("Vary", answer) == ["Origin"])
        #expect(!answer.head.lowercased().contains("access-control-allow-credentials"))
    }

    @Test(arguments: [
        ("GET /1", "", 200), ("HEAD /1", "", 200), ("GET /secret", "", 401), ("GET /nowhere", "", 404),
        ("GET /split", "", 500), ("POST /small", "Content-Length: 11\r\n", 413), ("OPTIONS *", "", 204),
        ("OPTIONS /1", "", 200), ("GET /events/1", "", 200), ("HEAD /events/1", "", 200),
    ])
    func `every response can be read by a page of a listed origin, errors too`(
        line: String, fields: String, status: Int
    ) throws {
        let service = try service()
        let client = try #require(service.connect())
        client.send("\(line) HTTP/1.1\r\nHost: a\r\n\(CrossOriginTests.origin)\(fields)\r\n")
        let head = try #require(client.read(to: "\r\n\r\n"))
        #expect(head.hasPrefix("HTTP/1.1 \(status) "), "\(head)")
        #expect(head.contains("\r\nAccess-Control-Allow-Origin: https://dashboard.example\r\n"), "\(head)")
        #expect(
            head.contains(
                "\r\nAccess-Control-Expose-Headers: Date, ETag, Link, Location, Retry-After, X-Request-Id, "
                    + "Idempotency-Replayed, Drumbeat-Stale-Seconds\r\n"))
        #expect(head.contains("\r\nVary: Origin\r\n"))
    }

    @Test(arguments: [
        "", "Origin: https://evil.example\r\n", "Origin: null\r\n",
        "Origin: https://dashboard.example.evil.example\r\n",
        "Origin: http://dashboard.example\r\n", "Origin: https://DASHBOARD.example\r\n",
        "Origin: http://localhost\r\n",
    ])
    func `a page of another origin can read nothing, and caches are told`(origin: String) throws {
        let service = try service()
        for (line, fields) in [
            ("GET /1", ""), ("GET /secret", ""), ("OPTIONS /secret", CrossOriginTests.preflight),
        ] {
            let answer = try ask(service, line, origin + fields)
            #expect(answer.status == (line == "GET /1" ? 200 : 401))
            #expect(!answer.head.lowercased().contains("access-control-"))
            #expect(field("Vary", answer) == ["Origin"])
        }
    }

    @Test func `without the setting there is no field of CORS at all`() throws {
        let service = try Service()
        for (line, fields) in [("GET /1", ""), ("OPTIONS /secret", CrossOriginTests.preflight)] {
            let answer = try ask(service, line, CrossOriginTests.origin + fields)
            #expect(!answer.head.lowercased().contains("access-control-"))
            #expect(field("Vary", answer).isEmpty)
        }
    }

    @Test func `what varies already varies by origin too`() {
        let origins = CrossOrigins(["https://a.example"])
        let varying = Response(.ok, fields: [("Vary", "Authorization, Accept")])
        #expect(origins?.marked(varying, for: nil).fields.map(\.value) == ["Authorization, Accept, Origin"])
    }
}
