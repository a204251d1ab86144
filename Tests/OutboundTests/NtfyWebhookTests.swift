import JSON
import Journal
import TestSupport
import Testing

@testable import Outbound

@Suite(.serialized, .timeLimit(.minutes(1)))
struct NtfyWebhookTests {
    private func json(_ notification: Notification) throws -> JSONValue {
        try JSONReader.read(NtfyWebhook(notification: notification, token: nil).body(topic: "oncall"))
    }

    private func ntfy(_ receiver: Receiver, token: String? = nil) -> OutboundMessage {
        OutboundMessage(
            url: "http://127.0.0.1:\(receiver.port)/on-call_1", id: "msg_01", sentAt: morning,
            .ntfy(Sample.overdue1.notification, token: token))
    }

    @Test func `a push has a title, the draft, a link and buttons`() throws {
        let push = try json(Sample.overdue1.notification)
        #expect(push["topic"]?.text == "oncall")
        #expect(
            push["title"]?.text
                == "INC-42 critical: status update overdue by 7 min, asked of bob (communicator)")
        #expect(push["message"]?.text == "People cannot sign in\n\n" + Sample.draft.trimmingEnd)
        #expect(push["priority"]?.number == 4)
        #expect(push["tags"]?.items?.compactMap(\.text) == ["rotating_light", "INC-42", "critical"])
        #expect(push["click"]?.text == "https://drumbeat.example/v1/incidents/INC-42")
        let actions = try #require(push["actions"]?.items)
        #expect(actions.compactMap { $0["label"]?.text } == ["Nothing new", "Snooze 10 min"])
        for action in actions {
            #expect(action["action"]?.text == "http" && action["method"]?.text == "POST")
            #expect(action["clear"] == .bool(true))
            #expect(action["url"]?.text?.hasPrefix("https://drumbeat.example/") == true)
        }
    }

    @Test func `the priority rises with the number of the nag and the severity`() {
        func priorities(_ severity: String) -> [Int] {
            (1...5).map { number in
                var notification = Sample.overdue1.notification
                notification.number = number
                notification.subject?.severity = severity
                return NtfyWebhook(notification: notification, token: nil).priority
            }
        }
        #expect(priorities("minor") == [3, 3, 4, 4, 4])
        #expect(priorities("major") == [3, 4, 5, 5, 5])
        #expect(priorities("critical") == [4, 5, 5, 5, 5])
        func priority(_ sample: Sample) -> Int {
            NtfyWebhook(notification: sample.notification, token: nil).priority
        }
        #expect(priority(.dueSoon) == 3 && priority(.published) == 3 && priority(.test) == 3)
        #expect(priority(.note) == 2)
    }

    @Test(arguments: Hostile.long + Hostile.huge + [Hostile.words])
    func `a push fits ntfy's limits, whatever people write`(words: String) throws {
        var notification = Hostile.notification(words)
        notification.buttons = Array(
            repeating: .init(
                label: "Nothing new", url: "https://a.example/" + String(repeating: "a", count: 600)),
            count: 5)
        let body = NtfyWebhook(notification: notification, token: nil).body(topic: "oncall")
        #expect(body.count <= 8_000)
        let push = try JSONReader.read(body)
        let message = try #require(push["message"]?.text)
        #expect(message.utf8.count <= 4_000 && message.utf8.count > 300)
        #expect(push["title"]?.text?.contains("\n") == false)
        #expect(push["actions"]?.items?.count == 3)
        #expect(!message.unicodeScalars.contains { $0.isHidingOrControl && $0 != "\n" })
    }

    @Test func `a push goes to the root with the topic of the path and the token`() async throws {
        let receiver = try Receiver.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        let result = try await transport().deliver(ntfy(receiver, token: "tk_abc"))
        #expect(result == .answered(status: 200, retryAfter: nil, excerpt: "{}"))
        let request = try #require(receiver.requests.first)
        #expect(request.head.first == "POST / HTTP/1.1")
        #expect(request.header("authorization") == "Bearer tk_abc")
        #expect(request.header("content-type") == "application/json")
        #expect(try JSONReader.read(request.body)["topic"]?.text == "on-call_1")
    }

    @Test(arguments: ["", "a b", "a\r\nX: y", "é", String(repeating: "a", count: 257)])
    func `a token that no header can have is not sent`(token: String) async throws {
        let receiver = try Receiver.accepting()
        let result = try await transport().deliver(ntfy(receiver, token: token))
        #expect(result.failure.contains("access token"))
        #expect(receiver.connections == 0)
    }

    @Test(arguments: [200, 202, 301, 400, 401, 403, 404, 408, 413, 429, 500, 503, 507])
    func `ntfy's answers are final only where a repetition cannot help`(status: Int) async throws {
        let receiver = try Receiver.answering(
            "HTTP/1.1 \(status) So\r\nRetry-After: 9\r\nContent-Length: 5\r\n\r\nwords")
        let result = try await transport().deliver(ntfy(receiver))
        let isFinal = (400...499).contains(status) && status != 408 && status != 429
        #expect(
            result
                == (isFinal
                    ? .refused(status: status, excerpt: "words")
                    : .answered(status: status, retryAfter: .seconds(9), excerpt: "words")))
        #expect(receiver.connections == 1)
    }

    @Test func `an ntfy that hangs or talks nonsense has not the message`() async throws {
        let silent = try Receiver { $0.waitForClose() }
        let transport = try transport(timeouts: .init(total: .milliseconds(300)))
        #expect(await transport.deliver(ntfy(silent)).failure.contains("did not answer within 300ms"))
        let garbage = try Receiver.answering("\u{0}\u{1}nonsense\r\n\r\n")
        #expect(!(await transport.deliver(ntfy(garbage))).failure.isEmpty)
    }

    @Test(arguments: [
        "https://ntfy.example/oncall", "https://ntfy.example:8443/a",
        "https://ntfy.example/" + String(repeating: "a", count: 64),
    ])
    func `a topic is the path of the URL`(url: String) throws {
        #expect(try transport(allowed: []).refusal(of: url, for: .ntfy) == nil)
    }

    @Test(arguments: [
        "https://ntfy.example", "https://ntfy.example/", "https://ntfy.example/a/b",
        "https://ntfy.example/a/", "https://ntfy.example//a",
        "https://ntfy.example/a?auth=x", "https://ntfy.example/a?", "https://ntfy.example/a%20b",
        "https://ntfy.example/%61", "https://ntfy.example/a.b",
        "https://ntfy.example/x/../a", "https://ntfy.example/./a",
        "https://ntfy.example/" + String(repeating: "a", count: 65),
    ])
    func `another path is refused for ntfy`(url: String) throws {
        let reason = try #require(try transport(allowed: []).refusal(of: url, for: .ntfy))
        #expect(reason.contains("https://ntfy.example.com/topic"), "\(reason)")
    }
}

extension String {
    var trimmingEnd: String { String(reversed().drop { $0.isWhitespace }.reversed()) }
}
