import Addresses
import HTTP
import HTTPServer
import Testing

/// Eviction and rejection above the connection limits (docs/decisions/0010). The path "secret" is refused, so a request for it does not
/// authenticate its connection.
@Suite(.serialized)
struct EvictionTests {
    @Test
    func
        `over the cap of an address its longest waiting unauthenticated connection gives way, and is told so`()
        throws
    {
        let service = try Service {
            $0.unauthenticatedPerAddressMax = 2
            $0.burst = .zero
        }
        let known = try #require(service.connect())
        known.get("/x")
        #expect(known.answer()?.status == 200)
        let unauthenticated = [try #require(service.connect()), try #require(service.connect())]
        let newcomer = try #require(service.connect())
        newcomer.get("/y")
        #expect(newcomer.answer()?.status == 200, "a good token gets in past a flood from its own address")
        let told = try #require(unauthenticated.first?.answer())
        #expect(told.status == 503)
        #expect(told.head.contains("\r\nRetry-After: 1\r\n"))
        #expect(told.closes)
        let id = try #require(told.head.split(separator: "\r\n").first { $0.hasPrefix("X-Request-Id: ") })
        #expect(told.text.contains("\"request_id\":\"\(id.dropFirst(14))\""))
        #expect(unauthenticated.last?.hasSomething(withinMilliseconds: 0) == false)
        known.get("/z")
        #expect(known.answer()?.status == 200)
        #expect(service.server.connectionsRefused == 1)
    }

    @Test func `a known connection gives way to no unauthenticated connection while others can`() throws {
        let service = try Service { $0.connectionsMax = 4 }
        let known = try #require(service.connect())
        known.get("/x")
        #expect(known.answer()?.status == 200)
        let unauthenticated = (0..<3).compactMap { _ in service.connect() }
        for round in 0..<20 {
            let newcomer = try #require(service.connect())
            newcomer.get("/\(round)")
            #expect(newcomer.answer()?.status == 200)
            newcomer.close()
            // Its slot is free once the server has seen the end.
            known.get("/again")
            #expect(known.answer()?.status == 200)
        }
        #expect(unauthenticated.first?.answer()?.status == 503)
        #expect(service.server.connectionCount <= 4)
    }

    @Test func `an unauthenticated connection that was answered and is idle is closed without a word`() throws
    {
        let service = try Service {
            $0.unauthenticatedPerAddressMax = 1
            $0.burst = .zero
        }
        let refused = try #require(service.connect())
        refused.get("/nowhere")
        #expect(refused.answer()?.status == 404)
        let newcomer = try #require(service.connect())
        newcomer.get("/x")
        #expect(newcomer.answer()?.status == 200)
        #expect(refused.isClosed())
    }

    @Test func `a connection whose request waits in its socket is served before it gives way`() throws {
        let service = try Service {
            $0.unauthenticatedPerAddressMax = 2
            $0.burst = .zero
        }
        let known = try #require(service.connect())
        known.get("/x")
        #expect(known.answer()?.status == 200)
        let silent = (0..<2).compactMap { _ in service.connect() }
        try #require(silent.count == 2)
        // The loop stands still; when it goes on, the newcomers are accepted before the requests of the others are looked at.
        known.get("/hold")
        #expect(service.responder.waitsForParked())
        let newcomers = (0..<2).compactMap { _ in service.connect() }
        try #require(newcomers.count == 2)
        for client in silent { client.get("/x") }
        service.responder.release()
        for client in silent { #expect(client.answer()?.status == 200) }
        #expect(service.server.connectionsRefused == 2)
        #expect(known.answer()?.status == 200)
        for client in newcomers {
            client.get("/y")
            #expect(client.answer()?.status == 200)
        }
    }

    @Test func `a client may open several times the limit at once, and send its requests then`() throws {
        let service = try Service { $0.unauthenticatedPerAddressMax = 4 }
        let clients = (0..<16).compactMap { _ in service.connect() }
        try #require(clients.count == 16)
        let probe = try #require(clients.last)
        probe.get("/probe")
        #expect(probe.answer()?.status == 200)
        for client in clients { client.get("/x") }
        for client in clients { #expect(client.answer()?.status == 200) }
        #expect(service.server.connectionsRefused == 0)
    }

    @Test func `beyond four times the limit the longest waiting gives way at once`() throws {
        let service = try Service { $0.unauthenticatedPerAddressMax = 2 }
        let clients = (0..<9).compactMap { _ in service.connect() }
        try #require(clients.count == 9)
        #expect(clients.first?.answer()?.status == 503)
        clients.last?.get("/x")
        #expect(clients.last?.answer()?.status == 200)
    }

    @Test func `two loops agree on who gives way`() throws {
        let service = try Service {
            $0.loops = 2
            $0.unauthenticatedPerAddressMax = 3
            $0.burst = .zero
        }
        let unauthenticated = (0..<30).compactMap { _ in service.connect() }
        #expect(unauthenticated.count == 30)
        let newcomer = try #require(service.connect())
        newcomer.get("/x")
        #expect(newcomer.answer()?.status == 200)
        for client in unauthenticated.dropLast(2) { #expect(client.answer()?.status == 503) }
        for client in unauthenticated.suffix(2) { #expect(!client.hasSomething(withinMilliseconds: 0)) }
        #expect(service.server.connectionsRefused == 28)
    }

    @Test
    func `connections of a trusted proxy are not counted by address, and its word on the client is taken`()
        throws
    {
        let proxies = TrustedProxies([try CIDR("127.0.0.1")])
        let service = try Service {
            $0.unauthenticatedPerAddressMax = 1
            $0.burst = .zero
            $0.trustedProxies = proxies
        }
        let unauthenticated = (0..<5).compactMap { _ in service.connect() }
        let client = try #require(service.connect())
        client.get("/x", "X-Forwarded-For: 203.0.113.9\r\n")
        let answer = try #require(client.answer())
        #expect(answer.head.contains("\r\nX-From: 203.0.113.9\r\n"))
        for client in unauthenticated { #expect(!client.hasSomething(withinMilliseconds: 0)) }
    }

    @Test func `what others than members forward is not looked at`() throws {
        let proxies = TrustedProxies([try CIDR("10.0.0.0/8")])
        let service = try Service { $0.trustedProxies = proxies }
        let client = try #require(service.connect())
        client.get("/x", "X-Forwarded-For: 203.0.113.9\r\n")
        #expect(try #require(client.answer()).head.contains("\r\nX-From: 127.0.0.1\r\n"))
    }

    @Test(arguments: [
        ([], "10.0.0.1"),
        (["203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        (["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        (["203.0.113.9", "10.0.0.2"], "203.0.113.9"),
        (["10.0.0.3,10.0.0.2"], "10.0.0.3"),
        (["203.0.113.9", "nonsense"], "10.0.0.1"),
        (["203.0.113.9:443"], "10.0.0.1"),
        (["203.0.113.9,"], "10.0.0.1"),
        (["unknown, 10.0.0.2"], "10.0.0.2"),
        (["203.0.113.09"], "10.0.0.1"),
        (["\t2001:db8::7 "], "2001:db8::7"),
        (["::ffff:203.0.113.9"], "203.0.113.9"),
        (["203.0.113.9" + String(repeating: ",10.0.0.2", count: 16)], "10.0.0.2"),
    ])
    func `the client is the last address that a member vouches for`(lines: [String], client: String) throws {
        let proxies = TrustedProxies([try CIDR("10.0.0.0/8")])
        let fields = Fields(lines.map { (name: "X-Forwarded-For", value: $0) })
        #expect(proxies.client(fields, behind: .v4(0x0A00_0001)).description == client)
    }
}
