import JSON
import Journal
import TestSupport
import Testing

@testable import Outbound

/// Slack's and ntfy's webhooks on the wire: requests, and what their answers mean.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ChatTransportTests {
    private func slack(_ receiver: Receiver) -> OutboundMessage {
        OutboundMessage(
            url: receiver.url(), id: "msg_01", sentAt: morning, .slack(Sample.overdue1.notification))
    }

    private func answer(_ status: Int, _ body: String, _ head: String = "") throws -> Receiver {
        try Receiver.answering(
            "HTTP/1.1 \(status) So\r\n\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    @Test func `a message to Slack is one POST of JSON without signature`() async throws {
        let receiver = try answer(200, "ok")
        let result = try await transport().deliver(slack(receiver))
        #expect(result == .answered(status: 200, retryAfter: nil, excerpt: "ok"))
        let request = try #require(receiver.requests.first)
        #expect(request.head.first == "POST /hook HTTP/1.1")
        #expect(request.header("content-type") == "application/json")
        #expect(request.header("user-agent") == "drumbeat/1.2.3")
        for name in ["webhook-id", "webhook-signature", "authorization", "expect", "cookie"] {
            #expect(request.header(name) == nil)
        }
        #expect(request.body == SlackWebhook(notification: Sample.overdue1.notification).body)
    }

    @Test(arguments: [
        (200, "ok"), (200, "ok\n"), (200, ""), (204, ""), (200, #"{"success":true}"#),
        (200, #"{"success": true, "a": 1}"#),
    ])
    func `these answers say that a chat has the message`(status: Int, body: String) async throws {
        let receiver = try answer(status, body)
        let result = try await transport().deliver(slack(receiver))
        #expect(
            result
                == .answered(status: status, retryAfter: nil, excerpt: Excerpt.of(body.utf8)))
    }

    @Test(arguments: [
        (200, "invalid_token"), (200, #"{"success":false}"#), (200, "<html>"), (400, "invalid_payload"),
        (401, ""),
        (403, "action_prohibited"), (404, "no_service"), (410, "channel_is_archived"), (413, ""), (422, ""),
    ])
    func `these answers say that no repetition helps`(status: Int, body: String) async throws {
        let receiver = try answer(status, body)
        let result = try await transport().deliver(slack(receiver))
        #expect(result == .refused(status: status, excerpt: body))
    }

    @Test(
        arguments: [
            (408, "", "", nil), (429, "", "Retry-After: 30\r\n", 30_000),
            (429, #"{"retry_after":0.7501}"#, "", 751),
            (429, #"{"retry_after":2,"global":false}"#, "Retry-After: 3\r\n", 3_000),
            (429, #"{"retry_after":1e99}"#, "", 3_600_000),
            (429, #"{"retry_after":-1}"#, "", nil), (429, #"{"retry_after":"1"}"#, "", nil),
            (429, "{", "", nil),
            (500, "rollup_error", "", nil), (503, "", "Retry-After: 7\r\n", 7_000), (302, "", "", nil),
        ] as [(Int, String, String, Int?)])
    func `these answers ask for a repetition`(status: Int, body: String, head: String, pause: Int?)
        async throws
    {
        let receiver = try answer(status, body, head)
        let result = try await transport().deliver(slack(receiver))
        #expect(
            result
                == .answered(
                    status: status, retryAfter: pause.map { .milliseconds($0) }, excerpt: body))
    }

    @Test func `a chat that hangs after the head of its answer has the message`() async throws {
        let receiver = try Receiver { connection in
            _ = connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhm")
            connection.waitForClose()
        }
        let transport = try transport(timeouts: .init(total: .milliseconds(300)))
        let result = await transport.deliver(slack(receiver))
        #expect(result == .answered(status: 200, retryAfter: nil, excerpt: "hm"))
    }

    @Test func `a chat that answers with megabytes, nonsense or nothing has not the message`() async throws {
        let large = try answer(200, String(repeating: "x", count: 100_000))
        #expect(
            try await transport().deliver(slack(large))
                == .refused(status: 200, excerpt: String(repeating: "x", count: 200)))
        let garbage = try Receiver.answering("\u{0}\u{1}nonsense\r\n\r\n")
        #expect(!(try await transport().deliver(slack(garbage))).failure.isEmpty)
        let silent = try Receiver { $0.waitForClose() }
        let transport = try transport(timeouts: .init(total: .milliseconds(300)))
        #expect(await transport.deliver(slack(silent)).failure.contains("did not answer within 300ms"))
    }

    @Test func `a redirect of a chat is not followed`() async throws {
        let receiver = try answer(302, "", "Location: http://127.0.0.1:1/\r\n")
        let result = try await transport().deliver(slack(receiver))
        #expect(
            result
                == .answered(
                    status: 302, retryAfter: nil,
                    excerpt: "redirects are not followed; it points to http://127.0.0.1:1/"))
        #expect(receiver.connections == 1)
    }

    @Test(arguments: Webhook.Kind.Name.allCases)
    func `an inner address is refused to every kind`(kind: Webhook.Kind.Name) async throws {
        let receiver = try answer(200, "ok")
        let transport = try transport(allowed: [])
        let mail = Webhook.Mail(from: "a@corp.example", to: ["b@corp.example"], username: nil, password: nil)
        let (content, url): (OutboundMessage.Content, String) =
            switch kind {
            case .standard: (message(to: "").content, "https://127.0.0.1:\(receiver.port)/hook")
            case .slack: (.slack(Sample.note.notification), "https://127.0.0.1:\(receiver.port)/hook")
            case .ntfy:
                (.ntfy(Sample.note.notification, token: nil), "https://localhost:\(receiver.port)/hook")
            case .smtp: (.mail(Sample.note.notification, mail), "smtps://127.0.0.1:\(receiver.port)")
            }
        #expect(transport.refusal(of: url, for: kind)?.contains("DRUMBEAT_WEBHOOK_ALLOW") == true)
        let result = await transport.deliver(
            OutboundMessage(url: url, id: "msg_01", sentAt: morning, content))
        #expect(result.failure.contains("is refused: it "), "\(result)")
        #expect(receiver.connections == 0)
    }
}
