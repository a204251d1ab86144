import Glibc
import JSON
import Journal
import OperatingSystem
import TestSupport
import Testing

@testable import Outbound

/// What people see of each sort of message by each kind of webhook, printed on docs/notifications.md; and its bytes, kept in golden.txt.
struct NotificationsPageTests {
    private static let mail = Webhook.Mail(
        from: "drumbeat@corp.example", to: ["oncall@corp.example"], username: nil, password: nil)

    private func expectSame(_ printed: String, as file: String) throws {
        let path = repository + "/" + file
        if getenv("DRUMBEAT_TEST_WRITE") != nil {
            let stream = try #require(fopen(path, "w"))
            fputs(printed, stream)
            fclose(stream)
        }
        let written = String(decoding: try Files.read(path, bytesMax: 1 << 20), as: UTF8.self)
        let first = zip(printed.split(separator: "\n"), written.split(separator: "\n")).first { $0 != $1 }
        #expect(
            printed == written,
            """
            \(file) is not what is printed, first at: \(first.map { "\($0.0)" } ?? "its end").
            DRUMBEAT_TEST_WRITE=1 swift test --skip-build --filter NotificationsPageTests writes it; then read it aloud.
            """)
    }

    @Test func `the bytes of each kind are as before`() throws {
        var text = ""
        for sample in Sample.allCases {
            let notification = sample.notification
            let slack = SlackWebhook(notification: notification).body
            let ntfy = NtfyWebhook(notification: notification, token: nil).body(topic: "oncall")
            let mail = MailWebhook(notification: notification, mail: Self.mail).text(id: "msg_01")
            for (kind, bytes) in [("slack", slack), ("ntfy", ntfy), ("smtp", mail)] {
                // Mail tests check that its line ends are CRLF.
                let shown = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
                text += "== \(kind) \(sample.rawValue)\n\(shown)\n"
            }
        }
        try expectSame(text, as: "Tests/OutboundTests/golden.txt")
    }

    @Test func `the first 120 characters of each message say what is asked`() throws {
        for sample in Sample.allCases {
            let notification = sample.notification
            let slack = try JSONReader.read(SlackWebhook(notification: notification).body)
            let ntfy = try JSONReader.read(
                NtfyWebhook(notification: notification, token: nil).body(topic: "a"))
            let mail = MailWebhook(notification: notification, mail: Self.mail).words
            for text in [slack["text"]?.text, ntfy["title"]?.text, mail] {
                // Slack has entities for the characters of its markup.
                let beginning = try #require(text?.prefix(160)).replacing("&lt;", with: "<")
                    .replacing("&gt;", with: ">").replacing("&amp;", with: "&").prefix(120)
                #expect(beginning.hasPrefix(notification.headline), "\(beginning)")
                #expect(beginning.contains(notification.matter))
            }
        }
    }

    @Test func `Slack's own models take the blocks of each message, also of hostile and long ones`() throws {
        let notifications =
            Sample.allCases.map(\.notification) + [Hostile.notification()]
            + (Hostile.long + Hostile.huge).map { Hostile.notification($0) }
        let lines = notifications.map {
            String(decoding: SlackWebhook(notification: $0).body, as: UTF8.self) + "\n"
        }
        let script = """
            import inspect, json, sys
            from slack_sdk.models.blocks import Block
            from slack_sdk.webhook import WebhookClient
            for line in sys.stdin:
                message = json.loads(line)
                blocks = Block.parse_all(message["blocks"])
                assert len(blocks) == len(message["blocks"]) <= 50
                for block, given in zip(blocks, message["blocks"]):
                    block.validate_json()
                    assert block.to_dict() == given, (block.to_dict(), given)
                assert set(message) == {"text", "blocks", "unfurl_links", "unfurl_media"}
                assert message["unfurl_links"] is message["unfurl_media"] is False
                assert set(message) <= set(inspect.signature(WebhookClient.send).parameters)
                assert 0 < len(message["text"]) <= 2000
            print("valid")
            """
        let run = try Child.run(
            [try Python.withPackages(), "-c", script], in: "/tmp", input: lines.joined(), within: .seconds(30)
        )
        #expect(run.output == "valid\n", "\(run.errors)")
    }

    @Test func `the page prints every message`() throws {
        var page = """
            # Every message

            `NotificationsPageTests` prints this page and fails when it is not what the code gives. It shows what people see of each sort of
            message, by each kind of webhook that people read. Receivers of kind `standard` get JSON instead ([api.md](api.md)). The messages
            are of 10:17 UTC; the page of bob has `"slack": "U7BOB"`, which Slack shows as @bob; that of carol has no name in Slack.

            In each message the first 120 characters say which incident it is, what is asked or has happened, and of whom. What hides in words
            of people is written out (`\\u{202E}`), and they mention no one. An address in them stays a link as it is written, of which Slack
            shows no preview. Slack shows blocks; Mattermost, Rocket.Chat, Discord and Slack's own notifications show the text. A mail has the
            text only, and all mails about an incident are one thread.

            """
        for sample in Sample.allCases {
            page += "\n## \(sample.title)\n\n`\(sample.notification.type.rawValue)`\n"
            for (name, text) in [
                ("In Slack", try slack(sample.notification)),
                ("In Mattermost, Rocket.Chat and Discord", try chatText(sample.notification)),
                ("On a phone, by ntfy", try push(sample.notification)),
                ("As a mail", mail(sample.notification)),
            ] {
                page += "\n\(name):\n\n```text\n\(text)\n```\n"
            }
        }
        try expectSame(page, as: "docs/notifications.md")
    }

    private func slack(_ notification: Notification) throws -> String {
        let message = try JSONReader.read(SlackWebhook(notification: notification).body)
        var lines: [String] = []
        for block in try #require(message["blocks"]?.items) {
            let text = block["text"]?["text"]?.text ?? ""
            switch block["type"]?.text {
            case "header": lines.append("# " + text)
            case "context":
                lines.append("_" + (block["elements"]?.items?.first?["text"]?.text ?? "") + "_")
            case "section" where block["fields"] != nil:
                lines += (block["fields"]?.items ?? []).map {
                    ($0["text"]?.text ?? "").replacing("\n", with: "  ")
                }
            default:
                lines.append(
                    text.replacing("```\n", with: "| ").replacing("\n```", with: "").replacing(
                        "\n", with: "\n| "))
            }
        }
        return lines.joined(separator: "\n").replacing("\n| \n", with: "\n|\n")
    }

    private func chatText(_ notification: Notification) throws -> String {
        try #require(try JSONReader.read(SlackWebhook(notification: notification).body)["text"]?.text)
    }

    private func push(_ notification: Notification) throws -> String {
        let push = try JSONReader.read(
            NtfyWebhook(notification: notification, token: nil).body(topic: "oncall"))
        let tags = (push["tags"]?.items ?? []).compactMap(\.text).joined(separator: ", ")
        let buttons = (push["actions"]?.items ?? []).compactMap { $0["label"]?.text.map { "[\($0)]" } }
        return [
            push["title"]?.text ?? "", push["message"]?.text ?? "",
            "(priority \(push["priority"]?.number ?? 0), tags \(tags), opens \(push["click"]?.text ?? ""))",
            buttons.joined(separator: " "),
        ].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private func mail(_ notification: Notification) -> String {
        let mail = MailWebhook(notification: notification, mail: Self.mail)
        let subject = String(decoding: mail.text(id: "msg_01"), as: UTF8.self).split(separator: "\r\n").first
        {
            $0.hasPrefix("Subject: ")
        }
        return "\(subject ?? "")\n\n\(mail.words)"
    }
}
