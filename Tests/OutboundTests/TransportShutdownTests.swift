import Dispatch
import Journal
import Outbound
import Synchronization
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct TransportShutdownTests {
    private static let stopping = OutboundResult.stopped

    @Test func `a shutdown aborts what has not ended, and tells everyone once`() async throws {
        let receiver = try Receiver { $0.waitForClose() }
        let transport = try transport()
        let results = Mutex<[OutboundResult]>([])
        let told = DispatchGroup()
        // More than are on the wire at a time, so that some still wait.
        for number in 0..<100 {
            told.enter()
            transport.send(message(to: receiver.url(), id: "msg_\(number)")) { result in
                results.withLock { $0.append(result) }
                told.leave()
            }
        }
        transport.shutdown(within: .milliseconds(50))
        #expect(told.wait(timeout: .now() + 5) == .success)
        #expect(results.withLock { $0 } == Array(repeating: Self.stopping, count: 100))
    }

    @Test func `a shutdown lets what is on the wire end`() async throws {
        let arrived = AsyncStream<Void>.makeStream()
        let mayAnswer = DispatchSemaphore(value: 0)
        let receiver = try Receiver { connection in
            arrived.continuation.finish()
            mayAnswer.wait()
            _ = connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        let transport = try transport()
        async let result = transport.deliver(message(to: receiver.url()))
        for await _ in arrived.stream {}
        mayAnswer.signal()
        transport.shutdown(within: .seconds(10))
        #expect(await result == .answered(status: 200, retryAfter: nil, excerpt: ""))
    }

    @Test func `after a shutdown, or one before the first message, everything is refused`() async throws {
        let transport = try transport()
        transport.shutdown(within: .seconds(1))
        #expect(await transport.deliver(message(to: "http://127.0.0.1/")) == Self.stopping)
        transport.shutdown(within: .seconds(1))
    }

    @Test func `a transport that is let go aborts what it carries`() async throws {
        let receiver = try Receiver { $0.waitForClose() }
        let results = AsyncStream<OutboundResult>.makeStream()
        do {
            let transport = try transport()
            transport.send(message(to: receiver.url())) { results.continuation.yield($0) }
        }
        for await result in results.stream {
            #expect(result == Self.stopping)
            break
        }
    }

    @Test func `too many waiting messages are refused`() async throws {
        let receiver = try Receiver { $0.waitForClose() }
        let transport = try transport()
        let refused = AsyncStream<OutboundResult>.makeStream()
        // 64 on the wire and 1,024 waiting: of 1,200 at least the rest has no place.
        for _ in 0..<1_200 {
            transport.send(message(to: receiver.url())) { refused.continuation.yield($0) }
        }
        for await result in refused.stream {
            #expect(result == .failed("the queue of 1024 deliveries is full"))
            break
        }
        transport.shutdown(within: .zero)
    }

    @Test func `a completion may send again`() async throws {
        let receiver = try Receiver.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let transport = try transport()
        let results = AsyncStream<OutboundResult>.makeStream()
        transport.send(message(to: receiver.url())) { [transport] _ in
            transport.send(message(to: receiver.url())) { results.continuation.yield($0) }
        }
        for await result in results.stream {
            #expect(result == .answered(status: 200, retryAfter: nil, excerpt: ""))
            break
        }
    }
}
