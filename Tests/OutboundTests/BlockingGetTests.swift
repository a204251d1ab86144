import Outbound
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct BlockingGetTests {
    private func answer(
        _ receiver: Receiver, headers: [String] = [], within limit: Duration = .seconds(30)
    ) -> BlockingGet.Answer? {
        BlockingGet.answer(
            from: "http://127.0.0.1:\(receiver.port)/readyz", headers: headers, within: limit)
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

    @Test(arguments: ["https://127.0.0.1:1/", "file:///etc/passwd", "http://a@127.0.0.1:1/", ""])
    func `only http without a user is asked`(url: String) {
        #expect(BlockingGet.answer(from: url, headers: [], within: .seconds(1)) == nil)
    }

    @Test func `a header with a line end is not sent`() throws {
        let receiver = try Receiver.accepting()
        #expect(answer(receiver, headers: ["Host: a\r\nX: b"]) == nil)
        #expect(receiver.connections == 0)
    }
}
