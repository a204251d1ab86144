import Dispatch
import Glibc
import HTTP
import HTTPServer
import Testing

/// Timeouts, caps, and how a server ends; the settings are shortened, no one sleeps.
@Suite(.serialized)
struct ServerLimitTests {
    private static let short = Duration.milliseconds(150)

    @Test func `the defaults are those of the rules`() {
        let settings = ServerSettings()
        #expect(settings.firstByteTimeout == .seconds(10))
        #expect(settings.headersTimeout == .seconds(10))
        #expect(settings.bodyIdleTimeout == .seconds(10))
        #expect(settings.bodyBytesPerSecondMin == 1_024)
        #expect(settings.handlerTimeout == .seconds(10))
        #expect(settings.writeIdleTimeout == .seconds(30))
        #expect(settings.keepAliveTimeout == .seconds(75))
        #expect(settings.lingeringTimeout == .seconds(1))
        #expect(settings.connectionsMax == 12_000)
        #expect(settings.descriptorsReserved == 200)
        #expect(settings.unauthenticatedPerAddressMax == 256)
        #expect(settings.limits == WireLimits())
        #expect(settings.limits.requestsPerConnectionMax == 100_000)
        #expect(settings.limits.pipelinedMax == 16)
        #expect(settings.limits.lingeringBytesMax == 65_536)
    }

    @Test func `a connection that sends nothing is closed`() throws {
        let service = try Service { $0.firstByteTimeout = Self.short }
        let client = try #require(service.connect())
        #expect(client.isClosed())
    }

    @Test func `a head that trickles in is answered 408 whatever arrives`() throws {
        let service = try Service { $0.headersTimeout = Self.short }
        let client = try #require(service.connect())
        client.send("GET / HTTP/1.1\r\nHost: a\r\n")
        while !client.hasSomething(withinMilliseconds: 20) { client.send("X: y\r\n") }
        let answer = try #require(client.answer())
        #expect(answer.status == 408)
        #expect(answer.text == "request-timeout")
    }

    @Test func `a body that stops is answered 408`() throws {
        let service = try Service { $0.bodyIdleTimeout = Self.short }
        let client = try #require(service.connect())
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
        #expect(client.answer()?.status == 408)
        #expect(service.responder.served.isEmpty)
    }

    @Test func `a body that trickles in is answered 408`() throws {
        let service = try Service { $0.bodyIdleTimeout = Self.short }
        let client = try #require(service.connect())
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
        while !client.hasSomething(withinMilliseconds: 20) { client.send("x") }
        #expect(client.answer()?.status == 408)
    }

    @Test func `a body that keeps the rate is read to its end, however long that takes`() throws {
        let service = try Service { $0.bodyIdleTimeout = .milliseconds(400) }
        let client = try #require(service.connect())
        let piece = String(repeating: "x", count: 1_000)
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n")
        // Without a byte of credit it would have to end after 400 ms.
        for _ in 0..<50 {
            #expect(!client.hasSomething(withinMilliseconds: 20))
            client.send(piece)
        }
        #expect(client.answer()?.status == 200)
    }

    @Test func `after sixteen pipelined requests another connection has its turn`() throws {
        let service = try Service()
        let many = try #require(service.connect())
        let other = try #require(service.connect())
        other.get("/first")
        #expect(other.answer()?.status == 200)
        // The loop stands still in the first request until both have sent all they have.
        many.get("/hold")
        #expect(service.responder.waitsForParked())
        many.send((1...100).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
        other.get("/other")
        service.responder.release()
        for number in 0...100 { #expect(many.answer()?.status == 200, "\(number)") }
        #expect(other.answer()?.status == 200)
        let place = try #require(service.responder.served.firstIndex(of: "/other"))
        // Before it: "/first", "/hold", and what is left of the turn, or one turn more when that had ended.
        #expect(place <= 2 + 16, "served as number \(place)")
    }

    @Test func `bodies that hold too much together are refused while they come, and small ones never are`()
        throws
    {
        let service = try Service { $0.bodiesBytesMax = 100_000 }
        let head = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 80000\r\n\r\n"
        let body = [UInt8](repeating: 0x78, count: 80_000)
        let first = try #require(service.connect())
        let second = try #require(service.connect())
        let probe = try #require(service.connect())
        // Once another connection has been answered, what was sent before has been read and weighed.
        for part in [Array(head.utf8) + body[..<35_000], Array(body[35_000..<70_000])] {
            first.send(part)
            probe.get("/probe")
            #expect(probe.answer()?.status == 200)
        }
        second.send(Array(head.utf8) + body[..<70_000])
        let refused = try #require(second.answer())
        #expect(refused.status == 503)
        #expect(refused.text == "overloaded")
        #expect(refused.head.contains("\r\nRetry-After: 1\r\n"))
        #expect(second.isClosed())
        probe.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        #expect(probe.answer()?.status == 200)
        first.send(Array(body[70_000...]))
        #expect(first.answer()?.status == 200)
        #expect(service.responder.served == ["/probe", "/probe", "/small", "/x"])
        // What was answered is weighed no more.
        for _ in 0..<5 {
            first.send(Array(head.utf8) + body)
            #expect(first.answer()?.status == 200)
        }
    }

    @Test func `a body counts until its request is answered, and goes with its connection`() throws {
        let service = try Service { $0.bodiesBytesMax = 100_000 }
        let body = String(repeating: "x", count: 80_000)
        let request = "POST /park HTTP/1.1\r\nHost: a\r\nContent-Length: 80000\r\n\r\n" + body
        let first = try #require(service.connect())
        first.send(request)
        let reply = try #require(service.responder.nextParked())
        let second = try #require(service.connect())
        second.send(request)
        #expect(second.answer()?.status == 503)
        reply(Response(.ok))
        #expect(first.answer()?.status == 200)
        first.send(request)
        _ = try #require(service.responder.nextParked())
        first.reset()
        // The place is free when the server has seen the end; until then it refuses.
        var statuses: [Int] = []
        for _ in 0..<1_000 where statuses.last != 200 {
            let next = try #require(service.connect())
            next.send(request.replacing("/park", with: "/x"))
            statuses.append(next.answer()?.status ?? 0)
        }
        #expect(statuses.last == 200)
    }

    @Test func `a handler that takes too long is answered for, and its late reply ignored`() throws {
        let service = try Service { $0.handlerTimeout = Self.short }
        let client = try #require(service.connect())
        client.get("/park")
        let reply = try #require(service.responder.nextParked())
        let answer = try #require(client.answer())
        #expect(answer.status == 503)
        #expect(answer.text == "overloaded")
        #expect(answer.head.contains("\r\nRetry-After: 1\r\n"))
        reply(Response(.ok, body: Array("late".utf8)))
        #expect(client.isClosed())
    }

    @Test func `a responder's own timeout wins over the handler timeout`() throws {
        let service = try Service(timeout: .seconds(60)) { $0.handlerTimeout = Self.short }
        let client = try #require(service.connect())
        client.get("/park")
        let reply = try #require(service.responder.nextParked())
        #expect(!client.hasSomething(withinMilliseconds: 400))
        reply(Response(.ok, body: Array("at last".utf8)))
        #expect(client.answer()?.text == "at last")
    }

    @Test func `a kept connection is closed when no request follows`() throws {
        let service = try Service { $0.keepAliveTimeout = Self.short }
        let client = try #require(service.connect())
        client.get("/x")
        #expect(client.answer()?.status == 200)
        #expect(client.isClosed())
    }

    @Test func `a client that does not read its answer is closed`() throws {
        let service = try Service { $0.writeIdleTimeout = Self.short }
        let client = try #require(service.connect(receiveBufferBytes: 4_096))
        client.get("/big/20000000")
        #expect(client.isReset())
        let other = try #require(service.connect())
        other.get("/x")
        #expect(other.answer()?.status == 200)
        #expect(service.server.connectionCount == 1)
    }

    @Test func `the kernel is given little of an answer to a client with a tiny window`() throws {
        let service = try Service()
        let client = try #require(service.connect(receiveBufferBytes: 4_096))
        client.get("/big/2000000")
        #expect(client.hasSomething(withinMilliseconds: Client.limitMilliseconds))
        // Once another connection has been answered, all that the socket takes has been given to it.
        let other = try #require(service.connect())
        other.get("/x")
        #expect(other.answer()?.status == 200)
        let unsent = try #require(unsentBytes(from: service.server.boundAddress))
        #expect(unsent > 0)
        #expect(unsent < 65_536)
    }

    /// The most that waits in the kernel to be sent or acknowledged on a connection from that port of 127.0.0.1, by proc(5), net/tcp.
    private func unsentBytes(from address: String) -> Int? {
        guard let port = address.split(separator: ":").last.flatMap({ Int($0) }),
            let file = fopen("/proc/net/tcp", "r")
        else { return nil }
        defer { fclose(file) }
        var most: Int?
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let words = text.split(separator: " ")
            // Established, from our port: 01 is TCP_ESTABLISHED.
            guard words.count > 4, words[3] == "01",
                words[1].split(separator: ":").last.flatMap({ Int($0, radix: 16) }) == port,
                let bytes = words[4].split(separator: ":").first.flatMap({ Int($0, radix: 16) })
            else { continue }
            most = max(most ?? 0, bytes)
        }
        return most
    }

    @Test func `over the cap a connection is told so and closed`() throws {
        let service = try Service { $0.connectionsMax = 2 }
        let first = try #require(service.connect())
        let second = try #require(service.connect())
        first.get("/1", "X-Owner: a\r\n")
        second.get("/2", "X-Owner: b\r\n")
        #expect(first.answer()?.status == 200)
        #expect(second.answer()?.status == 200)
        let third = try #require(service.connect())
        third.get("/3")
        let answer = try #require(third.answer())
        #expect(answer.status == 503)
        #expect(answer.head.contains("\r\nRetry-After: 1\r\n"))
        #expect(third.isClosed())
        #expect(service.server.connectionsRefused == 1)
        first.close()
        // The place is free when the server has seen the end; until then it refuses.
        var statuses: [Int] = []
        for _ in 0..<1_000 where statuses.last != 200 {
            let next = try #require(service.connect())
            next.get("/4")
            statuses.append(next.answer()?.status ?? 0)
        }
        #expect(statuses.last == 200)
    }

    @Test func `the last request of a connection says so`() throws {
        let service = try Service { $0.limits.requestsPerConnectionMax = 2 }
        let client = try #require(service.connect())
        client.get("/1")
        #expect(try #require(client.answer()).closes == false)
        client.get("/2")
        #expect(try #require(client.answer()).closes)
        #expect(client.isClosed())
    }

    @Test func `draining closes the idle, answers the busy and accepts no one`() throws {
        let service = try Service()
        let idle = try #require(service.connect())
        idle.get("/x")
        #expect(idle.answer()?.status == 200)
        let busy = try #require(service.connect())
        busy.get("/park")
        let reply = try #require(service.responder.nextParked())
        let drained = DispatchSemaphore(value: 0)
        service.server.drain(within: .seconds(30)) { drained.signal() }
        #expect(idle.isClosed())
        #expect(service.connect() == nil, "no one listens")
        reply(Response(.ok, body: Array("done".utf8)))
        let answer = try #require(busy.answer())
        #expect(answer.text == "done")
        #expect(answer.closes)
        busy.close()
        #expect(drained.wait(timeout: .now() + .seconds(5)) == .success)
    }

    @Test func `draining serves who was connected before it began`() throws {
        let service = try Service()
        let clients = (0..<20).compactMap { _ in service.connect() }
        for client in clients { client.get("/x") }
        let drained = DispatchSemaphore(value: 0)
        service.server.drain(within: .seconds(30)) { drained.signal() }
        for client in clients { #expect(client.answer()?.status == 200) }
        for client in clients { client.close() }
        #expect(drained.wait(timeout: .now() + .seconds(5)) == .success)
    }

    @Test func `draining ends at its limit whatever is left`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.get("/park")
        _ = try #require(service.responder.nextParked())
        let drained = DispatchSemaphore(value: 0)
        service.server.drain(within: Self.short) { drained.signal() }
        #expect(drained.wait(timeout: .now() + .seconds(5)) == .success)
        #expect(client.isClosed())
    }

    @Test func `stopping closes everything, also a second time`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.get("/x")
        #expect(client.answer()?.status == 200)
        service.server.stop()
        service.server.stop()
        #expect(client.isClosed())
    }

    @Test func `a port in use says what to do`() throws {
        let service = try Service()
        let address = service.server.boundAddress
        let port = try #require(address.split(separator: ":").last)
        let fault = #expect(throws: ServerFault.self) {
            try Service { $0.listen = address }
        }
        #expect(fault?.description == "port \(port) is in use: stop the other process or set DRUMBEAT_LISTEN")
    }

    @Test(arguments: [
        "", "8080", "localhost:80", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[127.0.0.1]:80", "a:+1",
    ])
    func `what is no address to listen on says what one looks like`(_ address: String) {
        let fault = #expect(throws: ServerFault.self) {
            try Service { $0.listen = address }
        }
        #expect(fault?.errno == 0)
    }

    @Test func `IPv6 is listened on in brackets`() throws {
        let service = try Service { $0.listen = "[::1]:0" }
        #expect(service.server.boundAddress.hasPrefix("[::1]:"))
    }

    @Test func `a list of hosts holds on the wire`() throws {
        let service = try Service { $0.hosts = ["a"] }
        let client = try #require(service.connect())
        client.get("/x")
        #expect(client.answer()?.status == 200)
        client.send("GET /x HTTP/1.1\r\nHost: b\r\n\r\n")
        #expect(client.answer()?.status == 421)
    }
}
