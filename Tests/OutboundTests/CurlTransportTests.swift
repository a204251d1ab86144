import Glibc
import Journal
import Outbound
import Synchronization
import TestSupport
import Testing
import Time

@Suite(.serialized, .timeLimit(.minutes(1)))
struct CurlTransportTests {
    @Test func `a delivery is one signed POST over HTTP 1.1`() async throws {
        let receiver = try Receiver.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let body = String(repeating: "é", count: 40_000)
        let result = try await transport().deliver(message(to: receiver.url(), body: body))

        #expect(result == .answered(status: 200, retryAfter: nil, excerpt: "ok"))
        let request = try #require(receiver.requests.first)
        #expect(receiver.connections == 1)
        #expect(request.head.first == "POST /hook HTTP/1.1")
        #expect(request.body == Array(body.utf8))
        #expect(request.header("content-type") == "application/json")
        #expect(request.header("user-agent") == "drumbeat/1.2.3")
        #expect(request.header("webhook-id") == "msg_01")
        #expect(request.header("webhook-timestamp") == "1768472220")
        let expected = StandardWebhook.signature(
            id: "msg_01", timestamp: 1_768_472_220, body: request.body,
            secrets: [try StandardWebhook.Secret(secret)])
        #expect(request.header("webhook-signature") == expected)
        for name in [
            "expect", "accept-encoding", "cookie", "authorization", "connection", "transfer-encoding",
            "drumbeat-backlog",
        ] {
            #expect(request.header(name) == nil)
        }
    }

    @Test func `a webhook that is far behind is told how much waits, and signed for with every secret`()
        async throws
    {
        let receiver = try Receiver.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        var late = message(to: receiver.url())
        late.event.backlog = 1_234
        late.event.secrets.append("whsec_" + String(repeating: "QUJD", count: 11))
        _ = try await transport().deliver(late)
        let request = try #require(receiver.requests.first)
        #expect(request.header("drumbeat-backlog") == "1234")
        let expected = StandardWebhook.signature(
            id: "msg_01", timestamp: 1_768_472_220, body: request.body,
            secrets: try late.event.secrets.map { try StandardWebhook.Secret($0) })
        #expect(request.header("webhook-signature") == expected)
        #expect(expected.split(separator: " ").count == 2)
    }

    @Test(arguments: [200, 204, 400, 404, 410, 500, 503])
    func `every final status is an answer`(status: Int) async throws {
        let receiver = try Receiver.answering("HTTP/1.1 \(status) So\r\nContent-Length: 0\r\n\r\n")
        let result = try await transport().deliver(message(to: receiver.url()))
        #expect(result == .answered(status: status, retryAfter: nil, excerpt: ""))
    }

    @Test func `a redirect is not followed and sets no cookie`() async throws {
        let receiver = try Receiver.answering(
            "HTTP/1.1 301 Moved\r\nLocation: /hook\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
        let transport = try transport()
        for _ in 0..<2 {
            let result = await transport.deliver(message(to: receiver.url()))
            let excerpt = "redirects are not followed; it points to /hook"
            #expect(result == .answered(status: 301, retryAfter: nil, excerpt: excerpt))
        }
        #expect(receiver.connections == 2)
        #expect(receiver.requests.allSatisfy { $0.header("cookie") == nil })
    }

    @Test(arguments: ["120", "Thu, 15 Jan 2026 10:19:00 GMT"])
    func `a pause that is asked for is reported`(value: String) async throws {
        let receiver = try Receiver.answering(
            "HTTP/1.1 429 Slow Down\r\nRetry-After: \(value)\r\nContent-Length: 0\r\n\r\n")
        let result = try await transport().deliver(message(to: receiver.url()))
        #expect(result == .answered(status: 429, retryAfter: .seconds(120), excerpt: ""))
    }

    @Test func `a connection is never used again`() async throws {
        let receiver = try Receiver { connection in
            _ = connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            connection.waitForClose()
        }
        let transport = try transport()
        for _ in 0..<3 { _ = await transport.deliver(message(to: receiver.url())) }
        #expect(receiver.connections == 3)
    }

    @Test func `who closes at once has not answered`() async throws {
        let receiver = try Receiver { _ in }
        let result = try await transport().deliver(message(to: receiver.url()))
        #expect(result.failure.contains("Empty reply"))
    }

    @Test func `another protocol is said in plain words`() async throws {
        let receiver = try Receiver.answering("SSH-2.0-OpenSSH\r\n")
        let result = try await transport().deliver(message(to: receiver.url()))
        #expect(
            result
                == .failed("it does not speak HTTP; check the port, and whether it needs https://"))
    }

    @Test func `who listens no more has not answered`() async throws {
        let result = try await transport().deliver(
            message(to: "http://127.0.0.1:\(try Loopback.closedPort())/"))
        #expect(result.failure.contains("Failed to connect"))
        #expect(result.failure.hasPrefix("it accepts no connection; "))
    }

    @Test func `who never answers is given up`() async throws {
        let receiver = try Receiver { $0.waitForClose() }
        let transport = try transport(timeouts: .init(total: .milliseconds(300)))
        let result = await transport.deliver(message(to: receiver.url()))
        #expect(
            result.failure
                == "the target did not answer within 300ms; it may be slow, down or behind a firewall")
    }

    @Test func `a message whose deadline is over before its turn is not sent`() async throws {
        let receiver = try Receiver.accepting()
        let mails = try ToldMailServer([:])
        for late in [message(to: receiver.url()), mail(to: mails.url())] {
            var late = late
            late.deadline = .now - .milliseconds(1)
            #expect(
                try await transport().deliver(late)
                    == .failed("too many other messages were being sent, and its time was over"))
        }
        #expect(receiver.connections == 0 && mails.connections == 0)
    }

    @Test func `a target that takes no connection is told from one that does not answer`() async throws {
        let full = try FullListener()
        let transport = try transport(timeouts: .init(connect: .milliseconds(300), total: .seconds(60)))
        #expect(
            await transport.deliver(message(to: "http://127.0.0.1:\(full.port)/")).failure
                == "no connection to the target within 300ms; it may be down or behind a firewall")
    }

    @Test func `a message with a deadline is given up then, and says how long it waited`() async throws {
        let receiver = try Receiver { $0.waitForClose() }
        var message = message(to: receiver.url())
        message.deadline = .now + .milliseconds(300)
        let result = try await transport().deliver(message)
        #expect(
            result.failure.wholeMatch(
                of: #/the target did not answer within \d{1,3}ms; it may be slow, down or behind a firewall/#)
                != nil,
            "\(result)")
    }

    @Test func `a status whose body never ends counts as the answer`() async throws {
        let receiver = try Receiver { connection in
            _ = connection.write("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nthanks\n")
            connection.waitForClose()
        }
        let transport = try transport(timeouts: .init(total: .milliseconds(300)))
        let result = await transport.deliver(message(to: receiver.url()))
        #expect(result == .answered(status: 202, retryAfter: nil, excerpt: "thanks\\n"))
    }

    @Test(arguments: ["X-Endless: yes\r\n", "X: " + String(repeating: "y", count: 8_000) + "\r\n"])
    func `endless headers are cut off`(line: String) async throws {
        let receiver = try Receiver { connection in
            connection.shrinkSendBuffer()
            guard connection.write("HTTP/1.1 200 OK\r\n") else { return }
            while connection.write(line) {}
        }
        let result = try await transport().deliver(message(to: receiver.url()))
        #expect(result == .failed("the response headers are longer than 16 KiB"))
    }

    @Test func `endless interim answers are cut off`() async throws {
        let receiver = try Receiver { connection in
            connection.shrinkSendBuffer()
            while connection.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") {}
        }
        let result = try await transport().deliver(message(to: receiver.url()))
        #expect(result == .failed("the response headers are longer than 16 KiB"))
    }

    @Test(arguments: [200, 500])
    func `a large body is cut off and its status counts`(status: Int) async throws {
        let sent = Mutex(0)
        let megabytes = 10
        let isOver = AsyncStream<Void>.makeStream()
        let receiver = try Receiver { connection in
            connection.shrinkSendBuffer()
            let head = "HTTP/1.1 \(status) So\r\nContent-Length: \(megabytes * 1_048_576)\r\n\r\n"
            _ = connection.write(head)
            let piece = [UInt8](repeating: 0x78, count: 16_384)
            while sent.withLock({ $0 }) < megabytes * 1_048_576, connection.write(piece) {
                sent.withLock { $0 += piece.count }
            }
            isOver.continuation.finish()
        }
        let result = try await transport().deliver(message(to: receiver.url()))
        #expect(
            result == .answered(status: status, retryAfter: nil, excerpt: String(repeating: "x", count: 200)))
        for await _ in isOver.stream {}
        #expect(sent.withLock { $0 } < 5 * 1_048_576, "the receiver could send all of it")
    }

    @Test(arguments: [
        "", "HTTP/1.1 ", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\n",
        "\u{0}\u{0}",
    ])
    func `what is no answer is a failure`(text: String) async throws {
        let receiver = try Receiver.answering(text)
        #expect(!(try await transport().deliver(message(to: receiver.url()))).failure.isEmpty)
    }

    @Test func `more than 64 at once wait for a place and all are delivered`() async throws {
        // The gate opens when 64 are there at the same time; with fewer places it would stay shut, and time
        // would run out.
        let gate = DoorCounter(opensAt: 64)
        let receiver = try Receiver { connection in
            gate.enter()
            _ = connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            connection.waitForClose()
            gate.leave()
        }
        let transport = try transport()
        let results = await withTaskGroup(of: OutboundResult.self) { group in
            for number in 0..<70 {
                group.addTask { await transport.deliver(message(to: receiver.url(), id: "msg_\(number)")) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == Array(repeating: .answered(status: 200, retryAfter: nil, excerpt: ""), count: 70))
        #expect(Set(receiver.requests.compactMap { $0.header("webhook-id") }).count == 70)
        #expect(gate.most >= 64)
    }

    @Test func `a message that cannot be signed is not sent`() async throws {
        let receiver = try Receiver.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let transport = try transport()
        var unsigned = message(to: receiver.url())
        unsigned.event.secrets = []
        #expect(await transport.deliver(unsigned).failure.contains("no signing secret"))
        unsigned.event.secrets = ["whsec_c2hvcnQ="]
        #expect(await transport.deliver(unsigned).failure.contains("24 to 64 bytes"))
        for id in ["", "a.b", "a\r\nX: y", String(repeating: "a", count: 65)] {
            #expect(
                await transport.deliver(message(to: receiver.url(), id: id)).failure.contains("webhook-id"))
        }
        #expect(receiver.connections == 0)
    }
}

/// Counts who is inside at the same time, and holds everyone until enough are.
private final class DoorCounter: Sendable {
    private struct State {
        var inside = 0
        var most = 0
    }

    private let state = Mutex(State())
    private let opensAt: Int
    private let condition = Mutex<[Int32]>([])

    init(opensAt: Int) { self.opensAt = opensAt }

    var most: Int { state.withLock { $0.most } }

    func enter() {
        // A pipe each: who is first waits to read, the one who completes the number writes to all.
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        condition.withLock { $0.append(ends[1]) }
        let isOpen = state.withLock { state in
            state.inside += 1
            state.most = max(state.most, state.inside)
            return state.most >= opensAt
        }
        if isOpen {
            condition.withLock { waiting in
                for end in waiting { close(end) }
                waiting = []
            }
        }
        var byte: UInt8 = 0
        _ = read(ends[0], &byte, 1)
        close(ends[0])
    }

    func leave() { state.withLock { $0.inside -= 1 } }
}
