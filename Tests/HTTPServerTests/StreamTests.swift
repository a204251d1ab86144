import Dispatch
import HTTP
import HTTPServer
import Testing

/// Streams: who gets what, in which frames, and who is let go.
@Suite(.serialized)
struct StreamTests {
    private final class StreamPermit: Sendable {}

    private static func listen(_ service: Service, _ path: String = "/events/1", _ fields: String = "") throws
        -> Client
    {
        let client = try #require(service.connect())
        client.get(path, fields)
        let head = try #require(client.read(to: ":hello\n\n\r\n"))
        try #require(head.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(head)")
        return client
    }

    /// How long a text says to wait before coming back, in milliseconds.
    private static func retry(in text: String) -> Int? {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        return lines.first { $0.hasPrefix("retry: ") }.flatMap { Int($0.dropFirst(7)) }
    }

    private func happen(_ text: String, in channel: EventChannel, _ service: Service) {
        service.responder.happen(text, in: channel)
        service.server.announceNews(in: [channel])
    }

    /// Lets so many long events happen, each once the client has the one before.
    private func flood(_ count: Int, _ service: Service, _ quick: Client) {
        let long = String(repeating: "x", count: 2_000)
        for id in 1...count {
            happen(long, in: .one(1), service)
            #expect(quick.read(to: "id: \(id)\n") != nil)
        }
    }

    @Test func `a stream opens with its head, a pause to come back after, and the preface`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.get("/events/1")
        let head = try #require(client.read(to: "\r\n\r\n"))
        #expect(head.contains("\r\nTransfer-Encoding: chunked\r\n"))
        #expect(head.contains("\r\nConnection: close\r\n"))
        #expect(!head.contains("Content-Length"))
        let first = try #require(client.read(to: "\n\n\r\n"))
        #expect((2_000...10_000).contains(try #require(Self.retry(in: first))))
        #expect(first.hasSuffix(":hello\n\n\r\n"))
        #expect(service.server.streamCount == 1)
    }

    @Test func `an event that is not shown sends nothing, and a stream that is gone ends`() throws {
        let service = try Service()
        let client = try Self.listen(service, "/events/1/0")
        happen("hidden", in: .one(1), service)
        happen("shown", in: .one(1), service)
        let text = try #require(client.read(to: "data: shown\n\n"))
        #expect(!text.contains("\r\n0\r\n"), "an empty chunk would end the body")
        happen("gone", in: .one(1), service)
        #expect(try #require(client.read(to: "0\r\n\r\n")).hasSuffix("\r\n0\r\n\r\n"))
        #expect(client.isClosed())
    }

    @Test func `what was there comes first, then what happens, each once and as a chunk`() throws {
        let service = try Service()
        service.responder.happen("old", in: .one(1))
        service.responder.happen("seen", in: .one(1))
        let client = try Self.listen(service, "/events/1/1")
        let old = "id: 2\nevent: e\ndata: seen\n\n"
        #expect(client.read(to: old + "\r\n") == "\(String(old.utf8.count, radix: 16))\r\n\(old)\r\n")
        happen("new", in: .one(1), service)
        let new = "id: 3\nevent: e\ndata: new\n\n"
        #expect(client.read(to: new + "\r\n") == "\(String(new.utf8.count, radix: 16))\r\n\(new)\r\n")
    }

    @Test func `only those who listen to a channel are told, and the slice is made once for all`() throws {
        let service = try Service()
        let ones = try (0..<200).map { _ in try Self.listen(service, "/events/1") }
        let two = try Self.listen(service, "/events/2")
        happen("x", in: .one(1), service)
        for client in ones { #expect(client.read(to: "data: x\n\n\r\n") != nil) }
        #expect(service.responder.pulls == 1)
        #expect(!two.hasSomething(withinMilliseconds: 50))
        happen("y", in: .one(2), service)
        #expect(two.read(to: "data: y\n\n\r\n") != nil)
    }

    @Test func `to HTTP 1.0 a stream goes without chunks`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.send("GET /events/1 HTTP/1.0\r\n\r\n")
        let head = try #require(client.read(to: ":hello\n\n"))
        #expect(!head.contains("Transfer-Encoding"))
        happen("x", in: .one(1), service)
        #expect(client.read(to: "data: x\n\n") == "id: 1\nevent: e\ndata: x\n\n")
    }

    @Test func `a HEAD gets the fields and no stream`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.send("HEAD /events/1 HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try #require(client.answer(toHead: true))
        #expect(answer.status == 200)
        // The fields of the GET, which has no length.
        #expect(!answer.head.contains("Content-Length"))
        #expect(answer.head.contains("\r\nTransfer-Encoding: chunked"))
        #expect(client.isClosed())
        #expect(service.server.streamCount == 0)
    }

    @Test func `a silent stream shows a sign of life`() throws {
        let service = try Service { $0.streamKeepAliveInterval = .milliseconds(100) }
        let client = try Self.listen(service)
        #expect(client.read(to: "3\r\n:\n\n\r\n") == "3\r\n:\n\n\r\n")
        #expect(client.read(to: "3\r\n:\n\n\r\n") == "3\r\n:\n\n\r\n")
    }

    @Test func `a client that leaves gives up the place and the permit`() throws {
        let service = try Service { $0.streamKeepAliveInterval = .milliseconds(50) }
        var permit: StreamPermit? = StreamPermit()
        weak let watched = permit
        service.responder.setPermit(try #require(permit))
        let staying = try Self.listen(service)
        let leaving = try (0..<3).map { _ in try Self.listen(service) }
        for client in leaving { client.close() }
        // A sign of life for each that is left: when one has come, the loop has seen the ends that came before.
        while service.server.streamCount > 1 { _ = staying.read(to: "3\r\n:\n\n\r\n") }
        happen("x", in: .one(1), service)
        #expect(staying.read(to: "data: x\n\n\r\n") != nil)
        // The responder never held it: what does is the stream that is open.
        permit = nil
        #expect(watched != nil)
        staying.close()
        let waiting = try Self.listen(service, "/events/9")
        while service.server.streamCount > 1 { _ = waiting.read(to: "3\r\n:\n\n\r\n") }
        #expect(watched == nil)
    }

    @Test func `a notice goes to those who listen now, without being asked for`() throws {
        let service = try Service()
        let client = try Self.listen(service)
        service.server.send(notice: Array("event: soon\ndata: {}\n\n".utf8), on: [.one(1)])
        #expect(client.read(to: "\n\n\r\n")?.hasSuffix("event: soon\ndata: {}\n\n\r\n") == true)
        #expect(service.responder.pulls == 0)
    }

    @Test func `a client that does not read is dropped, and no one else notices`() throws {
        let service = try Service()
        let slow = try #require(service.connect(receiveBufferBytes: 2_048))
        slow.get("/events/1")
        let quick = try Self.listen(service)
        // What the kernel takes for a client that does not read, and a thousand events beyond.
        flood(2_000, service, quick)
        #expect(slow.isReset())
        while service.server.streamCount > 1 { happen("more", in: .one(1), service) }
        #expect(service.responder.events.contains("http.stream_dropped"))
    }

    @Test func `a client that reads again after a while has missed nothing`() throws {
        let service = try Service()
        let client = try #require(service.connect(receiveBufferBytes: 4_096))
        client.get("/events/1")
        let quick = try Self.listen(service)
        flood(900, service, quick)
        for index in 0..<900 { #expect(client.read(to: "id: \(index + 1)\n") != nil) }
    }

    @Test func `the streams of an owner who is no longer good end, and only those`() throws {
        let service = try Service()
        let gone = try Self.listen(service, "/events/1", "X-Owner: gone\r\n")
        let good = try Self.listen(service, "/events/1", "X-Owner: good\r\n")
        service.server.endStreams { $0 == "good" }
        #expect(gone.read(to: "0\r\n\r\n") != nil)
        #expect(gone.isClosed())
        happen("x", in: .one(1), service)
        #expect(good.read(to: "data: x\n\n\r\n") != nil)
    }

    @Test func `draining bids every listener farewell, and tells it when to come back`() throws {
        let service = try Service()
        let clients = try (0..<3).map { _ in try Self.listen(service) }
        let drained = DispatchSemaphore(value: 0)
        service.server.drain(within: .seconds(30)) { drained.signal() }
        for client in clients {
            let text = try #require(client.read(to: "0\r\n\r\n"))
            #expect((1_000...5_000).contains(try #require(Self.retry(in: text))))
            #expect(text.contains("event: bye\ndata: {\"reason\":\"restart\"}\n\n"))
            client.close()
        }
        #expect(drained.wait(timeout: .now() + .seconds(5)) == .success)
    }
}
