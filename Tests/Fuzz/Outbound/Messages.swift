import JSON
import Journal
import Model
import Time

@testable import Outbound

/// Words of people in messages of each kind: nothing breaks out of its place, and nothing exceeds a limit.
enum Messages {
    @Sendable static func check(_ input: Bytes) {
        let words = input.split(separator: 0x00, maxSplits: 5, omittingEmptySubsequences: false).map {
            text($0)
        }
        func word(_ index: Int) -> String { words.indices.contains(index) ? words[index] : "" }
        let moment = Timestamp(milliseconds: 1_768_472_220_000)
        let notification = Notification(
            type: EventType("update.overdue", .nag, ""),
            subject: .init(
                ref: "INC-42", id: "inc_1", severity: "major",
                words: .init(title: word(1), status: "mitigating", lastUpdateAt: nil)),
            matter: "late", headline: word(0),
            asked: [.init(person: word(2), role: "communicator", handles: ["slack": word(2)])], number: 1,
            dueAt: moment, text: word(3), draft: word(4), brief: word(5), link: "https://a.example/",
            buttons: [.init(label: "Snooze", url: "https://a.example/b")], createdAt: moment)
        checkSlack(notification)
        let push = NtfyWebhook(notification: notification, token: nil).body(topic: "a")
        demand(push.count <= 8_192, "a push of \(push.count) bytes")
        demand((try? JSONReader.read(push)) != nil, "no JSON: \(text(push))")
        checkMail(notification)
    }

    private static func checkSlack(_ notification: Notification) {
        let body = SlackWebhook(notification: notification).body
        guard case .object(let message)? = try? JSONReader.read(body),
            case .string(let shown)? = message["text"]
        else {
            return demand(false, "no JSON: \(text(body))")
        }
        demand(shown.utf16.count <= 2_000, "\(shown.utf16.count) characters")
        demand(!shown.utf8.contains { "<>".utf8.contains($0) }, "a sign of markup came out: \(shown)")
        demand(!shown.contains("](") && !shown.contains("```"), "markup came out: \(shown)")
        demand(!shown.contains("@everyone") && !shown.contains("@here"), "a mention came out: \(shown)")
    }

    private static func checkMail(_ notification: Notification) {
        let mail = Webhook.Mail(from: "a@b.example", to: ["c@d.example"], username: nil, password: nil)
        let lines = text(MailWebhook(notification: notification, mail: mail).text(id: "msg_1"))
            .split(separator: "\r\n", omittingEmptySubsequences: false)
        demand(
            lines.allSatisfy { $0.utf8.count <= 78 && !$0.utf8.contains { $0 < 0x20 || $0 > 0x7E } },
            "an odd line")
        demand(lines.firstIndex(of: "") == 12, "\(lines.prefix(14)) is another head")
    }
}

/// Replies of a mail server: at most the limits are kept.
enum Replies {
    @Sendable static func check(_ input: Bytes) {
        var replies = ReplyCollector()
        for line in input.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let line = Array(line) + [0x0A]
            guard line.withUnsafeBytes({ replies.take(line: $0) }) else { break }
        }
        for reply in [replies.last, replies.temporary].compactMap(\.self) {
            demand((0...999).contains(reply.code), "code \(reply.code)")
            demand(reply.text.count <= ReplyCollector.keptBytesMax, "\(reply.text.count) bytes were kept")
        }
    }
}

/// Addresses of mail: an accepted one ends neither a command nor a header.
enum Mailboxes {
    @Sendable static func check(_ input: Bytes) {
        let given = text(input)
        guard MailAddress.flaw(of: given) == nil else { return }
        demand(
            given.utf8.count <= 254 && given.utf8.count { $0 == UInt8(ascii: "@") } == 1, "taken: \(given)")
        demand(
            !given.utf8.contains { $0 <= 0x20 || $0 > 0x7E || "<>,;:\"()[]\\".utf8.contains($0) },
            "taken: \(given)")
    }
}
