import HTTP
import HTTPServer
import Testing

/// What one owner may take of places, bodies and unread responses, and that the others get theirs (docs/decisions/0010). The field
/// `X-Owner` names the owner.
@Suite(.serialized)
struct ShareTests {
    private func open(_ path: String, by owner: String, on service: Service) throws -> Client {
        let client = try #require(service.connect())
        client.get(path, "X-Owner: \(owner)\r\n")
        return client
    }

    private func stream(by owner: String, on service: Service) throws -> Client {
        let client = try open("/events/1", by: owner, on: service)
        let head = try #require(client.read(to: ":hello\n\n\r\n"))
        try #require(head.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(head)")
        return client
    }

    @Test func `one owner's streams take a quarter of the places, and another's request is served`() throws {
        let service = try Service { $0.connectionsMax = 64 }
        let clients = try (0..<64).map { _ in try open("/events/1", by: "greedy", on: service) }
        var opened = 0
        for client in clients {
            let head = try #require(client.read(to: "\r\n\r\n"))
            if head.hasPrefix("HTTP/1.1 200 ") {
                opened += 1
            } else {
                #expect(head.hasPrefix("HTTP/1.1 503 "))
            }
        }
        #expect(opened == 16)
        #expect(service.server.streamCount == 16)
        let other = try self.open("/x", by: "admin", on: service)
        #expect(other.answer()?.status == 200)
    }

    @Test func `long polls are counted with streams`() throws {
        let service = try Service { $0.connectionsMax = 8 }
        let first = try stream(by: "greedy", on: service)
        let second = try open("/poll", by: "greedy", on: service)
        let reply = try #require(service.responder.nextParked())
        #expect(try open("/poll", by: "greedy", on: service).answer()?.status == 503)
        reply(Response(.ok))
        #expect(second.answer()?.status == 200)
        let third = try stream(by: "greedy", on: service)
        for client in [first, third] { #expect(!client.hasSomething(withinMilliseconds: 0)) }
    }

    @Test
    func `when all places for waiting are taken, the owner with the most gives one to an owner with less`()
        throws
    {
        let service = try Service {
            $0.connectionsMax = 16
            $0.waitsPerTokenMax = 8
        }
        let greedy = try (0..<8).map { _ in try stream(by: "greedy", on: service) }
        let others = try (0..<4).map { _ in try stream(by: "other", on: service) }
        let late = try stream(by: "late", on: service)
        #expect(greedy.first?.read(to: "event: bye\ndata: {\"reason\":\"full\"}\n\n\r\n0\r\n\r\n") != nil)
        for client in greedy.dropFirst() + others + [late] {
            #expect(!client.hasSomething(withinMilliseconds: 0))
        }
        #expect(service.server.streamCount == 12)
    }

    /// What a connection of the owner with most places does when another owner's comes.
    enum Doing: CaseIterable {
        case idle, sendsHead, sendsBody, readsSlowly, polls, writes
    }

    @Test(arguments: Doing.allCases, [1, 2])
    func `a new connection gets a place at once, whatever the owner of all places does`(
        doing: Doing, loops: Int
    ) throws {
        let service = try Service {
            $0.connectionsMax = 8
            $0.waitsPerTokenMax = 8
            $0.loops = loops
        }
        let greedy = try (0..<8).map { _ in
            let client = try #require(service.connect(receiveBufferBytes: 4_096))
            client.get("/x", "X-Owner: greedy\r\n")
            #expect(client.answer()?.status == 200)
            return client
        }
        var replies: [@Sendable (Response) -> Void] = []
        // Six: the other two places are kept from those that wait.
        for client in greedy.prefix(6) {
            switch doing {
            case .idle: break
            case .sendsHead: client.send("GET /x HTTP/1.1\r\nHost: a\r\n")
            case .sendsBody:
                client.send("POST /x HTTP/1.1\r\nHost: a\r\nX-Owner: greedy\r\nContent-Length: 100\r\n\r\nx")
            case .readsSlowly: client.get("/big/8000000", "X-Owner: greedy\r\n")
            case .polls:
                client.get("/poll", "X-Owner: greedy\r\n")
                replies.append(try #require(service.responder.nextParked()))
            case .writes:
                client.send(
                    "POST /park HTTP/1.1\r\nHost: a\r\nX-Owner: greedy\r\nContent-Length: 1\r\n\r\nx")
                replies.append(try #require(service.responder.nextParked()))
            }
        }
        let newcomers = try (1...4).map { try open("/x", by: "admin \($0)", on: service) }
        for newcomer in newcomers { #expect(newcomer.answer()?.status == 200) }
        guard doing == .writes else {
            let ended = greedy.count { $0.hasSomething(withinMilliseconds: Client.limitMilliseconds / 10) }
            return #expect(ended >= 4)
        }
        // A complete write is answered before its connection ends.
        for reply in replies { reply(Response(.ok)) }
        let answers = greedy.prefix(6).compactMap { $0.answer() }
        #expect(answers.map(\.status) == Array(repeating: 200, count: 6))
        #expect(answers.count { $0.closes } == 4)
    }

    @Test(arguments: [1, 2])
    func `a connection that gives way without a write in progress leaves no reservation behind`(loops: Int)
        throws
    {
        let service = try Service {
            $0.connectionsMax = 8
            $0.loops = loops
        }
        // More than may end after a response at a time.
        for round in 0..<40 {
            let greedy = try (0..<8).map { _ in try open("/x", by: "greedy", on: service) }
            for client in greedy { #expect(client.answer()?.status == 200, "\(round)") }
            let newcomers = try (0..<3).map { try open("/x", by: "other \($0)", on: service) }
            for newcomer in newcomers { #expect(newcomer.answer()?.status == 200, "\(round)") }
        }
    }

    @Test func `an idle connection of the owner with most places goes before that of another owner`() throws {
        let service = try Service { $0.connectionsMax = 8 }
        let quiet = try open("/x", by: "quiet", on: service)
        #expect(quiet.answer()?.status == 200)
        let greedy = try (0..<7).map { _ in try open("/x", by: "greedy", on: service) }
        for client in greedy { #expect(client.answer()?.status == 200) }
        for _ in 0..<4 { #expect(try open("/x", by: "admin", on: service).answer()?.status == 200) }
        quiet.get("/x", "X-Owner: quiet\r\n")
        #expect(quiet.answer()?.status == 200)
    }

    @Test func `a connection whose request has arrived is answered before it makes room`() throws {
        let service = try Service { $0.connectionsMax = 4 }
        let greedy = try (0..<4).map { _ in try open("/x", by: "greedy", on: service) }
        for client in greedy { #expect(client.answer()?.status == 200) }
        // The loop stands still; when it goes on, the newcomer is accepted before the request of the others is looked at.
        greedy[0].get("/hold", "X-Owner: greedy\r\n")
        #expect(service.responder.waitsForParked())
        let newcomer = try #require(service.connect())
        for client in greedy.dropFirst() { client.get("/x", "X-Owner: greedy\r\n") }
        service.responder.release()
        for client in greedy { #expect(client.answer()?.status == 200) }
        newcomer.get("/x", "X-Owner: admin\r\n")
        #expect(newcomer.answer()?.status == 200)
    }

    @Test func `responses that are not read are bounded for each owner, and in all`() throws {
        let service = try Service {
            $0.responsesBytesMax = 20_000_000
            $0.responsesBytesPerTokenMax = 9_000_000
        }
        func unread(_ owner: String) throws -> Client {
            let client = try #require(service.connect(receiveBufferBytes: 4_096))
            client.get("/big/8000000", "X-Owner: \(owner)\r\n")
            #expect(client.hasSomething(withinMilliseconds: Client.limitMilliseconds))
            return client
        }
        let first = try unread("greedy")
        #expect(try open("/big/8000000", by: "greedy", on: service).answer()?.status == 503)
        #expect(
            try open("/big/10000", by: "greedy", on: service).answer()?.body.count == 10_000, "not counted")
        let second = try unread("other")
        #expect(try open("/big/8000000", by: "third", on: service).answer()?.status == 503)
        first.close()
        second.close()
        var status = 0
        for _ in 0..<1_000 where status != 200 {
            status = try open("/big/8000000", by: "greedy", on: service).answer()?.status ?? 0
        }
        #expect(status == 200, "what is read or gone is given back")
    }

    @Test func `bodies are bounded for each owner`() throws {
        let service = try Service { $0.bodiesBytesPerTokenMax = 100_000 }
        func post(_ owner: String) throws -> Client {
            let client = try #require(service.connect())
            let body = String(repeating: "x", count: 80_000)
            client.send(
                "POST /park HTTP/1.1\r\nHost: a\r\nX-Owner: \(owner)\r\nContent-Length: 80000\r\n\r\n\(body)")
            return client
        }
        let first = try post("greedy")
        let reply = try #require(service.responder.nextParked())
        #expect(try post("greedy").answer()?.status == 503)
        let other = try post("other")
        let otherReply = try #require(service.responder.nextParked())
        for reply in [reply, otherReply] { reply(Response(.ok)) }
        #expect(first.answer()?.status == 200)
        #expect(other.answer()?.status == 200)
    }

    @Test func `a body that came quickly at first does not earn minutes`() throws {
        let service = try Service { $0.bodyTimeMax = .milliseconds(300) }
        let client = try #require(service.connect())
        let quick = String(repeating: "x", count: 100_000)
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n\(quick)")
        // By its rate alone it might take a hundred seconds.
        let began = ContinuousClock.now
        while !client.hasSomething(withinMilliseconds: 20), ContinuousClock.now - began < .seconds(5) {
            client.send("x")
        }
        #expect(client.answer()?.status == 408)
        #expect(service.responder.served.isEmpty)
    }

    @Test func `a long poll ends with its client, and its responder hears of it`() throws {
        let service = try Service()
        let client = try open("/poll", by: "a", on: service)
        _ = try #require(service.responder.nextParked())
        client.finish()
        #expect(client.isClosed())
        let reset = try open("/poll", by: "a", on: service)
        _ = try #require(service.responder.nextParked())
        reset.reset()
        let probe = try open("/x", by: "a", on: service)
        #expect(probe.answer()?.status == 200)
        for _ in 0..<1_000 where service.server.connectionCount > 1 {
            probe.get("/x")
            #expect(probe.answer()?.status == 200)
        }
        #expect(service.responder.abandoned == 2)
    }

    @Test(arguments: [
        "HEAD / HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HEAD / HTTP/2.0\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "HEAD /x#y HTTP/1.1\r\nHost: a\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n",
        "\r\nHEAD /" + String(repeating: "x", count: 9_000) + " HTTP/1.1\r\n",
    ])
    func `a HEAD that is refused before routing has no body either`(request: String) throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.send(request)
        let answer = try #require(client.answer(toHead: true))
        #expect((400...599).contains(answer.status))
        #expect(client.isClosed(), "a body follows the head of \(answer.status)")
    }

    @Test func `a HEAD whose rest does not come has no body in its answer`() throws {
        let service = try Service { $0.headersTimeout = .milliseconds(150) }
        let client = try #require(service.connect())
        client.send("HE")
        client.send("AD / HTTP/1.1\r\nHost: a\r\n")
        #expect(try #require(client.answer(toHead: true)).status == 408)
        #expect(client.isClosed())
    }
}
