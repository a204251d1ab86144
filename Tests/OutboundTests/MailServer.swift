import Dispatch
import Glibc
import JSON
import Journal
import Synchronization
import TestSupport
import Testing

/// A mail server that behaves: aiosmtpd, in `mail_server.py`.
final class MailServer: Sendable {
    let port: String
    let certificate: String
    private let python: Child

    /// `tls` is `none`, `starttls` or `implicit`.
    init(tls: String, name: String = "DNS:mail.localhost", login: [String]? = nil) throws {
        let login = JSONValue.array((login ?? []).map { .string($0) }).encoded()
        let settings =
            #"{"tls":"\#(tls)","name":"\#(name)","login":\#(String(decoding: login, as: UTF8.self))}"#
        let script = repository + "/Tests/OutboundTests/mail_server.py"
        python = try Child([try Python.withPackages(), script, settings], in: "/tmp")
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

    /// The first mail.
    func received() throws -> JSONValue {
        let line = try #require(python.output.line { $0.hasPrefix("{") }, "\(python.errors.text)")
        return try JSONReader.read(Array(line.utf8), limits: .stored)
    }

    /// Whether no mail was received.
    var hasReceivedNothing: Bool { !python.output.lines.contains { $0.hasPrefix("{") } }
}

/// A mail server that answers as told to commands, or to their whole lines, to the end of the data (`end`), and first (`greeting`): with a
/// text, or `late` (only after a client that speaks too early would have), `hang`, `close`, `endless` (lines), `line` (one without end).
final class ToldMailServer: Sendable {
    private let receiver: Receiver
    private let conversation: Conversation

    init(_ replies: [String: String]) throws {
        let conversation = Conversation(replies)
        self.conversation = conversation
        receiver = try Receiver(keeping: .never) { conversation.hold($0) }
    }

    func url(_ host: String = "127.0.0.1", scheme: String = "smtp") -> String {
        "\(scheme)://\(host):\(receiver.port)"
    }

    var connections: Int { receiver.connections }

    /// Whether so many conversations begin in time.
    func waitsForConversations(_ number: Int) -> Bool {
        (0..<number).allSatisfy { _ in conversation.hasBegun.wait(timeout: .now() + 30) == .success }
    }

    /// The commands of a conversation, once it is over.
    func heard() throws -> [String] {
        try #require(conversation.isOver.wait(timeout: .now() + 30) == .success)
        return conversation.heard.withLock { $0 }
    }

    private final class Conversation: Sendable {
        let heard = Mutex<[String]>([])
        let hasBegun = DispatchSemaphore(value: 0)
        let isOver = DispatchSemaphore(value: 0)
        private let replies: [String: String]

        init(_ replies: [String: String]) {
            let usual = [
                "greeting": "220 mail.localhost\r\n", "EHLO": "250-mail.localhost\r\n250 8BITMIME\r\n",
                "DATA": "354 go on\r\n", "end": "250 queued\r\n", "QUIT": "221 bye\r\n",
            ]
            self.replies = usual.merging(replies) { $1 }
        }

        func hold(_ connection: Connection) {
            hasBegun.signal()
            defer { isOver.signal() }
            connection.shrinkSendBuffer()
            var lines = Lines(descriptor: connection.descriptor)
            guard reply("greeting", connection) else { return }
            while let line = lines.next() {
                heard.withLock { $0.append(line) }
                let word = String(line.prefix { $0 != " " })
                let name = replies[line] == nil ? word : line
                guard reply(name, connection) else { return }
                guard word == "DATA", replies[name]?.hasPrefix("354") == true else { continue }
                while let line = lines.next(), line != "." {}
                guard reply("end", connection) else { return }
            }
        }

        /// `false` if the conversation is over.
        private func reply(_ name: String, _ connection: Connection) -> Bool {
            let reply = replies[name] ?? "250 ok\r\n"
            switch reply {
            case "hang":
                connection.waitForClose()
                return false
            case "close": return false
            case "late":
                var early = pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0)
                _ = poll(&early, 1, 400)
                return connection.write("220 mail.localhost\r\n")
            case "endless":
                while connection.write("250-more\r\n") {}
                return false
            case "line":
                while connection.write(String(repeating: "2", count: 4_096)) {}
                return false
            default: return connection.write(reply)
            }
        }
    }

    private struct Lines {
        let descriptor: Int32
        private var bytes: [UInt8] = []

        init(descriptor: Int32) { self.descriptor = descriptor }

        /// Without its line end; `nil` at the end.
        mutating func next() -> String? {
            while true {
                if let end = bytes.firstIndex(of: 0x0A) {
                    let line = bytes[..<end].filter { $0 != 0x0D }
                    bytes.removeSubrange(...end)
                    return String(decoding: line, as: UTF8.self)
                }
                var piece = [UInt8](repeating: 0, count: 4_096)
                let count = recv(descriptor, &piece, piece.count, 0)
                guard count > 0 else { return nil }
                bytes += piece.prefix(count)
            }
        }
    }
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
