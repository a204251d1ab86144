import Journal
import Testing

@testable import Outbound

struct MailWebhookTests {
    @Test(arguments: [
        "a@b", "bob@corp.example", "on-call+db@ops.corp.example", "a.b!#$%&'*+-/=?^_`{|}~@x-1.example",
        "1@1.example",
        String(repeating: "a", count: 64) + "@corp.example",
    ])
    func `a plain address is taken`(address: String) {
        #expect(MailAddress.flaw(of: address) == nil)
    }

    @Test(arguments: [
        "", "@", "bob", "bob@", "@corp.example", "a@b@c", ".a@b", "a.@b", "a..b@c", "a@.b", "a@b.", "a@b..c",
        "a@-b", "a@b-",
        "Bob <bob@corp.example>", "bob@corp.example,al@corp.example", "\"b b\"@corp.example",
        "bob@[127.0.0.1]", "bo b@corp.example",
        "bob@corp.example\r\nBcc: all@corp.example", "bob@corp.example\u{0}", "böb@corp.example",
        "bob@cörp.example", "<bob@corp.example>",
        "bob(x)@corp.example", "bob;@corp.example", "a\\@b",
        String(repeating: "a", count: 65) + "@corp.example",
        "a@" + String(repeating: "b", count: 64) + ".example",
        "a@" + String(repeating: "b.", count: 130) + "example",
    ])
    func `anything else is refused with an example`(address: String) {
        #expect(MailAddress.flaw(of: address)?.contains(": use ") == true)
    }

    @Test(arguments: [
        "smtp://mail.example", "smtps://mail.example:465", "SMTP://mail.example:587/", "smtp://8.8.8.8:2525",
        "smtp://[2606:4700::1111]:25",
    ])
    func `a mail server's URL is host and port`(url: String) throws {
        #expect(try transport(allowed: []).refusal(of: url, for: .smtp) == nil)
    }

    @Test(arguments: [
        ("https://mail.example", "begin with smtps://"), ("mail.example:25", "begin with smtps://"),
        ("smtp:mail.example", "begin with smtps://"),
        ("smtp://mail.example/client.example", "only a host and a port"),
        ("smtp://mail.example?a", "only a host and a port"),
        ("smtps://a:b@mail.example", "user or a password"), ("smtps://a@mail.example", "user or a password"),
        ("smtps://a;AUTH=PLAIN@mail.example", "user or a password"), ("smtp://mail.example#a", "fragment"),
        ("smtps://", "smtps://mail.example.com"), ("smtps:///a", "smtps://mail.example.com"),
        ("smtp://mail.example:80", "25, 465 and 587"),
        ("smtp://mail.example:22", "25, 465 and 587"), ("smtp://8.8.8.8:443", "25, 465 and 587"),
        ("smtp://mail.example:0", "port 0"),
        ("smtp://127.0.0.1", "DRUMBEAT_WEBHOOK_ALLOW"), ("smtps://localhost:465", "DRUMBEAT_WEBHOOK_ALLOW"),
        ("smtp://0x7f.1", "DRUMBEAT_WEBHOOK_ALLOW"),
        ("smtp://169.254.169.254:25", "DRUMBEAT_WEBHOOK_ALLOW"),
        ("smtp://mail.example\r\nX", "percent-encoded"),
    ])
    func `another URL is refused for mail`(url: String, words: String) throws {
        let reason = try #require(try transport(allowed: []).refusal(of: url, for: .smtp))
        #expect(reason.contains(words), "\(reason)")
    }

    @Test func `web kinds keep to web schemes and ports`() throws {
        for kind in [Webhook.Kind.Name.standard, .slack, .ntfy] {
            for url in ["smtp://mail.example/a", "smtps://mail.example/a"] {
                #expect(try transport().refusal(of: url, for: kind)?.contains("begin with https://") == true)
            }
            #expect(
                try transport(allowed: []).refusal(of: "https://a.example:587/a", for: kind)?.contains(
                    "80 and 443") == true)
        }
    }

    @Test func `without TLS mail goes only to literal addresses of the operator's networks, and localhost`()
        throws
    {
        func isAllowed(_ host: String, _ allowed: [String]) throws -> Bool {
            try addressGuard(allowed).allowsPlainMail(to: MailWebhook.target("smtp://\(host)"))
        }
        for host in ["127.0.0.1", "localhost", "LOCALHOST.", "0x7f.1", "[::ffff:127.0.0.1]"] {
            #expect(try isAllowed(host, ["127.0.0.0/8"]))
            #expect(try !isAllowed(host, ["10.0.0.0/8"]))
        }
        #expect(try isAllowed("localhost", ["::1"]))
        for host in ["mail.corp.example", "mail.localhost", "localhost.localdomain", "10.1.2.3"] {
            #expect(try !isAllowed(host, ["127.0.0.0/8"]))
        }
    }

    @Test(arguments: Hostile.huge)
    func `a long text makes a long mail, not an endless one`(words: String) {
        let bytes = MailWebhook(
            notification: Hostile.notification(words),
            mail: .init(from: "a@corp.example", to: ["b@corp.example"], username: nil, password: nil)
        ).text(id: "msg_01")
        #expect(bytes.count < 700_000)
        #expect(!bytes.contains { $0 > 0x7E })
    }

    @Test func `many recipients are folded`() {
        let recipients = (0..<Webhook.Mail.recipientsMax).map {
            "\($0)" + String(repeating: "a", count: 60) + "@corp.example"
        }
        let text = String(
            decoding: MailWebhook(
                notification: Sample.test.notification,
                mail: .init(from: "a@corp.example", to: recipients, username: nil, password: nil)
            ).text(id: "msg_01"), as: UTF8.self)
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.utf8.count <= 100 })
    }

    @Test func `a matter that is not ASCII forges no header`() {
        var notification = Sample.overdue1.notification
        notification.matter = "late\r\nBcc: all@corp.example\u{85}é"
        notification.subject?.ref = "INC-1\r\nX: y"
        let text = String(
            decoding: MailWebhook(
                notification: notification,
                mail: .init(from: "a@corp.example", to: ["b@corp.example"], username: nil, password: nil)
            ).text(id: "msg_01"), as: UTF8.self)
        #expect(text.contains("\r\nSubject: [INC-1??X: y] critical: late??Bcc: all@corp.example??\r\n"))
        #expect(text.contains("\r\nX-Incident: INC-1??X: y\r\n"))
    }
}
