import Encoding
import Journal
import Time

/// Kind `smtp`: mail through a mail server, one message to all recipients. All messages about an incident are one thread.
///
/// Source: conventions.md 2.9, RFC 5321, RFC 5322, RFC 3834 (`Auto-Submitted`).
struct MailWebhook: WebhookKind {
    let notification: Notification
    let mail: Webhook.Mail

    /// Of each text that people wrote; the rest is cut.
    private static let textBytesMax = 100_000
    private static let subjectBytesMax = 200

    /// `smtps://mail.example`: host and port only.
    static func target(_ url: String) throws(URLRefusal) -> WebhookURL {
        let target = try WebhookURL(url, schemes: WebScheme.mail)
        guard target.path == "/", target.query == nil else { throw .mailPath }
        return target
    }

    func request(_ message: OutboundMessage) throws(Unsendable) -> TransferRequest {
        guard StandardWebhook.isID(message.id) else {
            throw Unsendable(reason: "the id of the message is not 1 to 64 letters, digits, _ and -")
        }
        guard (1...Webhook.Mail.recipientsMax).contains(mail.to.count) else {
            throw Unsendable(reason: "the mail has not 1 to \(Webhook.Mail.recipientsMax) recipients")
        }
        for address in [mail.from] + mail.to {
            if let flaw = MailAddress.flaw(of: address) {
                throw Unsendable(reason: "the address \(Excerpt.of(address.utf8)) \(flaw)")
            }
        }
        return TransferRequest(
            target: try .checked(message.url, Self.self), url: message.url, body: text(id: message.id),
            mail: mail)
    }

    /// A reply from 200 to 299 is a delivery. One from 500 to 599 is final; all others are repeated.
    func result(_ response: TransferResponse) -> OutboundResult {
        (500...599).contains(response.status)
            ? .refused(status: response.status, excerpt: response.excerpt) : response.answered
    }
}

extension MailWebhook {
    /// The message as it is sent, header and body. No header has words that people wrote.
    func text(id: String) -> [UInt8] {
        let host = MailAddress.domain(of: mail.from) ?? "localhost"
        var lines = [
            "From: \(mail.from)",
            // A line has at most 998 bytes.
            "To: " + mail.to.joined(separator: ",\r\n "),
            "Date: \(notification.createdAt.ofMail)",
            "Subject: \(subject)",
            "Message-ID: <\(id)@\(host)>",
        ]
        if let incident = notification.subject, StandardWebhook.isID(incident.id) {
            lines.append("In-Reply-To: <\(incident.id)@\(host)>")
            lines.append("References: <\(incident.id)@\(host)>")
            lines.append("X-Incident: \(incident.ref.asHeader)")
        }
        lines += [
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "",
        ]
        let body = words.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        let encoded = Array(Base64.encode(Array((body + "\r\n").utf8)).utf8)
        var start = 0
        while start < encoded.count {
            let end = min(start + 76, encoded.count)
            lines.append(String(decoding: encoded[start..<end], as: UTF8.self))
            start = end
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    /// `[INC-42] critical: status update overdue by 7 min`.
    private var subject: String {
        let place = notification.subject.map { "[\($0.ref)] \($0.severity): " } ?? ""
        return (place + notification.matter).asHeader.cut(to: Self.subjectBytesMax, .ascii)
    }

    /// The body before its encoding.
    var words: String {
        let day = notification.createdAt.day
        var head = [notification.headline.writtenOutOnOneLine]
        if let words = notification.subject?.words { head.append(words.title.writtenOutOnOneLine) }
        if !notification.asked.isEmpty {
            let asked = notification.asked.map { "\($0.person) (\($0.role))".writtenOutOnOneLine }
            head.append("Asked: " + asked.joined(separator: ", "))
        }
        if let due = notification.dueAt { head.append("Due: \(due.minute(on: day)) UTC") }
        if let last = notification.subject?.words?.lastUpdateAt {
            head.append("Last update: \(last.minute(on: day)) UTC")
        }
        var parts = [head.joined(separator: "\n").cut(to: Self.textBytesMax, .bytes)]
        for (label, text) in [
            ("Draft:\n\n", notification.draft), ("", notification.text), ("", notification.brief),
        ] {
            guard let text, !text.isBlank else { continue }
            parts.append(
                label
                    + text.withoutEnd.beginning(Self.textBytesMax + 1).shownInLines.cut(
                        to: Self.textBytesMax, .bytes))
        }
        parts.append(
            [notification.link]
                .map(\.writtenOutOnOneLine).joined(separator: "\n"))
        return parts.joined(separator: "\n\n")
    }
}

extension String {
    /// Printable ASCII only, so that no text can begin another header.
    fileprivate var asHeader: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { (0x20...0x7E).contains($0.value) ? $0 : "?" as Unicode.Scalar }))
    }
}

extension Timestamp {
    /// `Thu, 15 Jan 2026 10:17:00 +0000` (RFC 5322 §3.3).
    fileprivate var ofMail: String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        // A time before 1970 means a wrong clock.
        let day = max(0, milliseconds) / 86_400_000
        let date = CivilDate(daysSinceEpoch: day)
        let time = rfc3339.dropFirst(11).prefix(8)
        return "\(days[Int(day % 7)]), \(date.day) \(months[Int(date.month - 1)]) \(date.year) \(time) +0000"
    }
}
