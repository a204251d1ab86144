import Outbound
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct BlockingCallerTests {
    private func answer(
        _ receiver: Receiver, headers: [String] = [], within limit: Duration = .seconds(30)
    ) -> BlockingCaller.Answer? {
        try? ask("http://127.0.0.1:\(receiver.port)/readyz", headers: headers, within: limit)
    }

    private func ask(_ url: String, headers: [String], within limit: Duration) throws -> BlockingCaller.Answer
    {
        let limits = BlockingCaller.Limits(
            connect: limit, total: limit, silence: nil, bodyBytesMax: 65_536)
        return try #require(BlockingCaller()).perform(
            .init("GET", url, headers: headers, body: nil, limits: limits))
    }

    @Test func `a GET goes out with the headers that were given, and its answer comes back`() throws {
        let receiver = try Receiver.answering("HTTP/1.1 503 So\r\nContent-Length: 2\r\n\r\nno")
        let answer = answer(receiver, headers: ["Host: drumbeat.example", "Authorization: Bearer x"])
        #expect(answer?.status == 503)
        #expect(answer?.body == Array("no".utf8))
        let request = try #require(receiver.requests.first)
        #expect(request.head.first == "GET /readyz HTTP/1.1")
        #expect(request.head.dropFirst() == ["Host: drumbeat.example", "Authorization: Bearer x"])
        #expect(request.body.isEmpty)
    }

    @Test func `a redirect is not followed`() throws {
        let receiver = try Receiver.answering(
            "HTTP/1.1 302 So\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
        #expect(answer(receiver)?.status == 302)
        #expect(receiver.connections == 1)
    }

    @Test func `a body is read to its limit, and its status counts`() throws {
        let receiver = try Receiver { connection in
            _ = connection.write(
                "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + String(repeating: "x", count: 200_000))
        }
        let answer = answer(receiver)
        #expect(answer?.status == 200)
        #expect(answer?.body.count == 65_536)
    }

    @Test func `who says nothing is waited for until the limit`() throws {
        let receiver = try Receiver(keeping: .never) { $0.waitForClose() }
        let began = ContinuousClock.now
        #expect(answer(receiver, within: .milliseconds(200)) == nil)
        #expect(ContinuousClock.now - began < .seconds(10))
    }

    @Test func `a head that does not end is no answer`() throws {
        let receiver = try Receiver { connection in
            _ = connection.write("HTTP/1.1 200 OK\r\nX: y\r\n")
            connection.waitForClose()
        }
        #expect(answer(receiver, within: .milliseconds(200)) == nil)
    }

    @Test(arguments: ["", "HTTP/1.1 100 Continue\r\n\r\n", "hello\r\n\r\n"])
    func `what is no final answer is none`(text: String) throws {
        #expect(answer(try Receiver.answering(text)) == nil)
    }

    @Test func `what failed is said in plain words`() throws {
        func fault(_ url: String) -> BlockingCaller.Fault? {
            do {
                _ = try ask(url, headers: [], within: .milliseconds(500))
                return nil
            } catch {
                return error as? BlockingCaller.Fault
            }
        }
        let other = try Receiver.answering("SSH-2.0-OpenSSH\r\n")
        #expect(
            fault("http://127.0.0.1:\(other.port)/")
                == .foreign("it does not speak HTTP; check the port, and whether it needs https://"))
        let closing = try Receiver { _ in }
        #expect(
            fault("http://127.0.0.1:\(closing.port)/")
                == .unreachable("it closed the connection without an answer"))
        #expect(
            fault("http://127.0.0.1:\(try Loopback.closedPort())/")
                == .unreachable("it accepts no connection; it may be down, or the port may be wrong"))
        let silent = try Receiver(keeping: .never) { $0.waitForClose() }
        #expect(
            fault("http://127.0.0.1:\(silent.port)/") == .unreachable("it did not answer in time"))
    }

    @Test(arguments: ["file:///etc/passwd", "http://a@127.0.0.1:1/", "", "ftp://127.0.0.1:1/"])
    func `only http and https without a user are asked`(url: String) {
        #expect(throws: BlockingCaller.Fault.self) { try ask(url, headers: [], within: .seconds(1)) }
    }

    @Test func `a header with a line end is not sent`() throws {
        let receiver = try Receiver.accepting()
        #expect(answer(receiver, headers: ["Host: a\r\nX: b"]) == nil)
        #expect(receiver.connections == 0)
    }

    @Test func `a body is sent with its method, and the answer has the pause and the clock`() throws {
        let receiver = try Receiver.answering(
            "HTTP/1.1 503 So\r\nRetry-After: 7\r\nDate: Thu, 15 Jan 2026 10:17:00 GMT\r\nContent-Length: 0\r\n\r\n"
        )
        let caller = try #require(BlockingCaller())
        let limits = BlockingCaller.Limits(
            connect: .seconds(30), total: .seconds(30), silence: nil, bodyBytesMax: 100)
        let answer = try caller.perform(
            .init(
                "PUT", "http://127.0.0.1:\(receiver.port)/a", headers: ["Content-Type: application/json"],
                body: Array("{}".utf8), limits: limits))
        #expect(answer.status == 503 && answer.retryAfter == .seconds(7) && answer.cut == nil)
        #expect(answer.date?.rfc3339 == "2026-01-15T10:17:00.000Z")
        let request = try #require(receiver.requests.first)
        #expect(request.head.first == "PUT /a HTTP/1.1")
        #expect(request.head.contains("Content-Type: application/json"))
        #expect(request.body == Array("{}".utf8))
    }

    @Test func `a stream gets the body of a 200 in pieces, and ends the call`() throws {
        let receiver = try Receiver { connection in
            _ = connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: a\n\n")
            connection.waitForClose()
        }
        var received: [UInt8] = []
        let limits = BlockingCaller.Limits(
            connect: .seconds(30), total: nil, silence: .seconds(30), bodyBytesMax: 100)
        let answer = try #require(BlockingCaller()).perform(
            .init("GET", "http://127.0.0.1:\(receiver.port)/", headers: [], body: nil, limits: limits),
            into: .init(
                receive: { piece in
                    received += piece
                    return received.count < 5
                }, tick: { true }))
        #expect(answer.status == 200 && answer.cut != nil && answer.body.isEmpty)
        #expect(String(decoding: received, as: UTF8.self) == ": a\n\n")
    }

    /// Reads a stream until it ends, with the given silence.
    private func follow(_ receiver: Receiver, silence: Duration) throws -> (BlockingCaller.Answer, [UInt8]) {
        var received: [UInt8] = []
        let limits = BlockingCaller.Limits(
            connect: .seconds(30), total: nil, silence: silence, bodyBytesMax: 100)
        let answer = try #require(BlockingCaller()).perform(
            .init("GET", "http://127.0.0.1:\(receiver.port)/", headers: [], body: nil, limits: limits),
            into: .init(
                receive: {
                    received += $0
                    return true
                }, tick: { true }))
        return (answer, received)
    }

    private static let streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

    @Test func `a stream of less than a byte a second goes on`() throws {
        let receiver = try Receiver { connection in
            _ = connection.write(Self.streamHead)
            for _ in 0..<4 {
                // So that libcurl counts less than a byte a second. No signal is sent.
                _ = Signal().wait(within: .milliseconds(1_500))
                _ = connection.write(":")
            }
        }
        let (answer, received) = try follow(receiver, silence: .seconds(4))
        #expect(answer.cut == nil && received == Array("::::".utf8), "\(answer)")
    }

    @Test func `a stream that falls silent ends`() throws {
        let receiver = try Receiver { connection in
            _ = connection.write(Self.streamHead + ":")
            connection.waitForClose()
        }
        let (answer, received) = try follow(receiver, silence: .milliseconds(500))
        #expect(answer.cut == "it did not answer in time" && received == Array(":".utf8), "\(answer)")
    }
}
