import JSON
import Journal
import TestSupport
import Testing

/// A mail server of the tests, `mail_server.py`.
final class MailServer: Sendable {
    let port: String
    let certificate: String
    private let python: Child

    /// aiosmtpd, as an honest server. `tls` is `none`, `starttls` or `implicit`.
    static func honest(tls: String, name: String = "DNS:mail.localhost", login: [String]? = nil) throws
        -> MailServer
    {
        let members = #"{"tls":"\#(tls)","name":"\#(name)","login":\#(login.map { "\($0)" } ?? "null")}"#
        return try MailServer(members, try Python.withPackages())
    }

    /// A server that answers to commands, or their lines, as told: with a text, or `hang`, `close`, `endless`, `line`.
    static func answering(_ replies: [String: String]) throws -> MailServer {
        var json = JSONWriter()
        json.beginObject()
        json.name("replies")
        json.beginObject()
        for (command, reply) in replies {
            json.name(command)
            json.string(reply)
        }
        json.endObject()
        json.endObject()
        return try MailServer(String(decoding: json.bytes, as: UTF8.self), Python.plain)
    }

    private init(_ settings: String, _ program: String) throws {
        python = try Child(
            [program, repository + "/Tests/OutboundTests/mail_server.py", settings], in: "/tmp")
        let words = python.output.line { _ in true }?.split(separator: " ")
        guard let words, words.count == 2 else {
            throw TestFault("the mail server did not start: \(python.errors.text)")
        }
        port = String(words[0])
        certificate = String(words[1])
    }

    deinit {
        // By this it learns to end, and removes its files.
        python.closeInput()
        _ = python.wait()
    }

    func url(_ host: String = "127.0.0.1", scheme: String = "smtp") -> String {
        "\(scheme)://\(host):\(port)"
    }

    /// The first mail or conversation.
    func received() throws -> JSONValue {
        let line = try #require(python.output.line { $0.hasPrefix("{") }, "\(python.errors.text)")
        return try JSONReader.read(Array(line.utf8), limits: .stored)
    }

    /// Whether nothing was received, once all connections have ended.
    var hasReceivedNothing: Bool { !python.output.lines.contains { $0.hasPrefix("{") } }
}

func mail(
    to url: String, _ notification: Notification = Sample.overdue1.notification,
    recipients: [String] = ["bob@corp.example"], login: [String]? = nil
) -> OutboundMessage {
    OutboundMessage(
        url: url, id: "msg_01", sentAt: morning,
        .mail(
            notification,
            .init(from: "drumbeat@corp.example", to: recipients, username: login?[0], password: login?[1])))
}
