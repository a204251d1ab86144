import Dispatch
import Glibc
import HTTP
import HTTPServer
import TestSupport
import Testing

/// A server that leaves its socket and its connections to the next one. `RestartTests` hold it over `exec`.
@Suite(.serialized)
struct InPlaceRestartTests {
    /// A service that has handed over, or is about to, and what it left. The socket stays open, as over `exec`: the next server may
    /// still use it when a test ends, and its number would be another test's by then.
    private final class Leaving {
        let service: Service
        let retained: RetainedConnections
        private let drained = DispatchSemaphore(value: 0)

        init(_ service: Service, room: Int = 100) {
            self.service = service
            retained = RetainedConnections(most: room)
        }

        func handOver(within limit: Duration = .seconds(30)) {
            service.server.handOver(within: limit, into: retained) { [drained] in drained.signal() }
        }

        func isDone(within seconds: Int = 5) -> Bool {
            drained.wait(timeout: .now() + .seconds(seconds)) == .success
        }

        /// The next server, on the same socket with the same connections.
        func next(_ change: (inout ServerSettings) -> Void = { _ in }) throws -> Service {
            service.server.stop()
            return try Service { settings in
                settings.inherited = service.server.socket
                settings.connections = retained.descriptors
                settings.strangers = retained.strangers
                change(&settings)
            }
        }
    }

    private func idle(_ service: Service) throws -> Client {
        let client = try #require(service.connect())
        client.get("/first")
        #expect(client.answer()?.status == 200)
        return client
    }

    @Test
    func `connections between two requests and new ones are left open, and the next server serves them`()
        throws
    {
        let leaving = Leaving(try Service())
        let kept = try idle(leaving.service)
        let new = try #require(leaving.service.connect())
        // Behind it on the same loop, so that both are accepted.
        let other = try idle(leaving.service)
        defer { other.close() }
        leaving.handOver()
        #expect(leaving.isDone())
        #expect(leaving.retained.descriptors.count == 3)
        #expect(leaving.service.server.connectionCount == 0)
        kept.get("/second")
        new.get("/third")
        let waiting = try #require(leaving.service.connect(), "no one listens any more")
        waiting.get("/fourth")
        let next = try leaving.next()
        for (client, path) in [(kept, "/second"), (new, "/third"), (waiting, "/fourth")] {
            let answer = try #require(client.answer(), "\(path)")
            #expect(answer.text == "GET \(path) ")
            #expect(!answer.closes)
        }
        #expect(Set(next.responder.served) == ["/second", "/third", "/fourth"])
        #expect(leaving.service.responder.served == ["/first", "/first"])
    }

    @Test func `a request under way is answered first, and its connection stays`() throws {
        let leaving = Leaving(try Service())
        let busy = try #require(leaving.service.connect())
        busy.get("/park")
        let reply = try #require(leaving.service.responder.nextParked())
        let late = try #require(leaving.service.connect())
        late.send("POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nha")
        let other = try idle(leaving.service)
        defer { other.close() }
        leaving.handOver()
        reply(Response(.ok, body: Array("done".utf8)))
        let answer = try #require(busy.answer())
        #expect(answer.text == "done")
        #expect(!answer.closes)
        late.send("lf")
        #expect(late.answer()?.text == "POST /late half")
        #expect(leaving.isDone())
        busy.get("/more")
        late.get("/more")
        let next = try leaving.next()
        #expect(busy.answer()?.text == "GET /more ")
        #expect(late.answer()?.text == "GET /more ")
        #expect(next.responder.served == ["/more", "/more"])
    }

    @Test func `of pipelined requests each is answered once and in order, be it by the next server`() throws {
        let leaving = Leaving(try Service())
        let client = try #require(leaving.service.connect())
        client.get("/park")
        let reply = try #require(leaving.service.responder.nextParked())
        for number in 1...5 { client.get("/\(number)") }
        leaving.handOver()
        reply(Response(.ok, body: Array("done".utf8)))
        #expect(client.answer()?.text == "done")
        #expect(leaving.isDone())
        for number in 6...8 { client.get("/\(number)") }
        let next = try leaving.next()
        for number in 1...8 { #expect(client.answer()?.text == "GET /\(number) ") }
        let served = leaving.service.responder.served + next.responder.served
        #expect(served == ["/park"] + (1...8).map { "/\($0)" })
    }

    @Test
    func `half a request of a client without a valid token, and a client that does not read, hold up no one`()
        throws
    {
        let leaving = Leaving(try Service())
        let stranger = try #require(leaving.service.connect())
        stranger.send("GET /half HTTP/1.1\r\nHost:")
        let slow = try #require(leaving.service.connect(receiveBufferBytes: 4_096))
        slow.get("/big/2000000")
        #expect(slow.hasSomething(withinMilliseconds: Client.limitMilliseconds))
        let body = try #require(leaving.service.connect())
        body.send("POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nha")
        let other = try idle(leaving.service)
        defer { other.close() }
        leaving.handOver(within: .seconds(60))
        #expect(leaving.isDone(within: 4))
        #expect(stranger.answer()?.status == 503)
        #expect(body.answer()?.status == 503)
        #expect(slow.isReset())
    }

    @Test func `an unauthenticated connection stays one, so that restarts do not let them pile up`() throws {
        let leaving = Leaving(try Service())
        let known = try idle(leaving.service)
        let strangers = try (0..<3).map { _ in
            let client = try #require(leaving.service.connect())
            client.get("/nowhere")
            #expect(client.answer()?.status == 404)
            return client
        }
        leaving.handOver()
        #expect(leaving.isDone())
        #expect(leaving.retained.strangers.count == 3)
        let next = try leaving.next {
            $0.unauthenticatedPerAddressMax = 2
            $0.burst = .zero
        }
        known.get("/again")
        #expect(known.answer()?.text == "GET /again ")
        #expect(strangers.first?.isClosed() == true)
        #expect(next.server.connectionCount == 3)
    }

    @Test func `when there is no room for all, the others are closed`() throws {
        let leaving = Leaving(try Service(), room: 1)
        let clients = [try idle(leaving.service), try idle(leaving.service)]
        leaving.handOver()
        #expect(leaving.isDone())
        #expect(leaving.retained.descriptors.count == 1)
        let next = try leaving.next()
        for client in clients { client.get("/again") }
        let answers = clients.map { $0.answer()?.text }
        #expect(answers.compactMap(\.self) == ["GET /again "])
        #expect(next.responder.served == ["/again"])
    }

    @Test func `the next server takes no more connections than it may have`() throws {
        let leaving = Leaving(try Service())
        let clients = [try idle(leaving.service), try idle(leaving.service)]
        leaving.handOver()
        #expect(leaving.isDone())
        let next = try leaving.next { $0.connectionsMax = 1 }
        // Before that, one could be answered and gone when the other is taken over.
        var sockets = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        #expect(poll(&sockets, 2, 5_000) == 1, "one is closed")
        for client in clients { client.get("/again") }
        #expect(clients.compactMap { $0.answer()?.text } == ["GET /again "])
        #expect(next.server.connectionCount == 1)
    }

    @Test func `a client that has gone meanwhile takes no place`() throws {
        let leaving = Leaving(try Service())
        let gone = [try idle(leaving.service), try idle(leaving.service)]
        let stays = try idle(leaving.service)
        leaving.handOver()
        #expect(leaving.isDone())
        #expect(leaving.retained.descriptors.count == 3)
        gone[0].reset()
        gone[1].close()
        let next = try leaving.next()
        stays.get("/here")
        #expect(stays.answer()?.status == 200)
        // Taken over before the one that was answered, on the same loop.
        #expect(next.server.connectionCount == 1)
    }

    @Test
    func `a request that is cut short ends with its client, and nothing of it is left to the next server`()
        throws
    {
        let leaving = Leaving(try Service())
        let client = try #require(leaving.service.connect())
        client.send("GET /x HTTP/1.1\r\nHo")
        let other = try idle(leaving.service)
        defer { other.close() }
        leaving.handOver()
        client.finish()
        #expect(client.isClosed())
        #expect(leaving.isDone())
        #expect(leaving.retained.descriptors.count == 1)
    }

    @Test func `two loops leave theirs, and two take them over`() throws {
        let leaving = Leaving(try Service { $0.loops = 2 })
        let clients = try (0..<6).map { _ in try idle(leaving.service) }
        leaving.handOver()
        #expect(leaving.isDone())
        #expect(leaving.retained.descriptors.count == 6)
        let next = try leaving.next { $0.loops = 2 }
        for client in clients { client.get("/again") }
        for client in clients { #expect(client.answer()?.text == "GET /again ") }
        #expect(next.server.connectionCount == 6)
    }

    @Test func `who was answered for the last time and does not close holds up no one`() throws {
        let leaving = Leaving(try Service { $0.lingeringTimeout = .seconds(60) })
        let before = try #require(leaving.service.connect())
        before.get("/x", "Connection: close\r\n")
        #expect(before.answer()?.status == 200)
        let during = try #require(leaving.service.connect())
        during.get("/park", "Connection: close\r\n")
        let reply = try #require(leaving.service.responder.nextParked())
        leaving.handOver(within: .seconds(60))
        reply(Response(.ok, body: Array("done".utf8)))
        #expect(during.answer()?.text == "done")
        #expect(leaving.isDone())
        #expect(leaving.retained.descriptors == [])
    }

    @Test func `listeners are bid farewell and hold up no one, though they do not close`() throws {
        let leaving = Leaving(try Service { $0.lingeringTimeout = .seconds(60) })
        let listeners = try (0..<3).map { _ in
            let client = try #require(leaving.service.connect())
            client.get("/events/1")
            _ = try #require(client.read(to: ":hello\n\n\r\n"))
            return client
        }
        leaving.handOver(within: .seconds(60))
        #expect(leaving.isDone())
        #expect(leaving.retained.descriptors == [])
        var retries: Set<String> = []
        for client in listeners {
            let farewell = try #require(
                client.read(to: "event: bye\ndata: {\"reason\":\"restart\"}\n\n\r\n0\r\n\r\n"))
            let retry = try #require(farewell.firstMatch(of: #/retry: (\d+)\n/#)?.1)
            #expect((1_000...5_000).contains(try #require(Int(retry))))
            retries.insert(String(retry))
            #expect(client.isClosed())
        }
        #expect(retries.count > 1, "all would come back at once")
    }

    @Test func `a listener that takes nothing holds up no one either`() throws {
        let leaving = Leaving(try Service())
        let slow = try #require(leaving.service.connect(receiveBufferBytes: 4_096))
        slow.get("/events/1")
        let quick = try #require(leaving.service.connect())
        quick.get("/events/1")
        _ = try #require(quick.read(to: ":hello\n\n\r\n"))
        // More than the kernel keeps for the slow one.
        let long = String(repeating: "x", count: 20_000)
        for id in 1...100 {
            leaving.service.responder.happen(long, in: .one(1))
            leaving.service.server.announceNews(in: [.one(1)])
            #expect(quick.read(to: "id: \(id)\n") != nil)
        }
        leaving.handOver(within: .seconds(60))
        #expect(leaving.isDone())
        #expect(slow.isReset())
        #expect(quick.read(to: "event: bye") != nil)
    }
}
