import Encoding
import JSON
import Journal
import Time

/// Kind `slack`: an incoming webhook of Slack, or of what takes the same: Mattermost, Rocket.Chat, Discord's address with `/slack`.
///
/// Slack shows `blocks`; the others, and Slack's notifications, show `text`. Source: conventions.md 2.3, 2.4, 2.6.
struct SlackWebhook: WebhookKind {
    let notification: Notification

    /// Of `text`: Discord takes 2,000.
    private static let textMax = 1_900
    /// Of a header block, which takes 150.
    private static let headerMax = 150
    /// Of a section's text, which takes 3,000, without the lines that fence code.
    private static let sectionMax = 2_900
    /// What is read of a long text: no text gets shorter than half by being escaped.
    private static let readMax = 2 * sectionMax + 2
    /// Of a field of a section, which takes 2,000.
    private static let fieldMax = 1_900
    private static let titleMax = 200
    /// A longer link is left out.
    private static let linkMax = 500
    /// People who are named; the rest are counted.
    private static let askedMax = 20

    static func target(_ url: String) throws(URLRefusal) -> WebhookURL {
        try WebhookURL(url, schemes: WebScheme.web)
    }

    func request(_ message: OutboundMessage) throws(Unsendable) -> TransferRequest {
        TransferRequest(
            target: try .checked(message.url, Self.self), url: message.url,
            headers: ["content-type: application/json"], body: body)
    }

    /// Slack and Mattermost answer `ok`, Discord nothing, Rocket.Chat `{"success":true}`. Slack answers some errors with 200 and their
    /// name.
    func result(_ response: TransferResponse) -> OutboundResult {
        var response = response
        if response.retryAfter == nil { response.retryAfter = SlackWebhook.pause(response.body) }
        guard (200...299).contains(response.status) else { return response.judged }
        let body = response.body.filter { $0 > 0x20 }
        let isAccepted =
            body.isEmpty || body.elementsEqual("ok".utf8) || body.starts(with: #"{"success":true"#.utf8)
            // The message has arrived, whatever the rest would have been.
            || !response.isBodyComplete
        return isAccepted
            ? response.answered : .refused(status: response.status, excerpt: response.excerpt)
    }

    /// Discord's `retry_after`, in seconds with a fraction.
    private static func pause(_ body: [UInt8]) -> Duration? {
        guard case .object(let members)? = try? JSONReader.read(body) else { return nil }
        let seconds: Double? =
            switch members["retry_after"] {
            case .integer(let value): Double(value)
            case .number(let text): Double(text)
            default: nil
            }
        guard let seconds, seconds >= 0 else { return nil }
        let longest = RetryAfter.longest
        return .milliseconds(Int64((min(seconds, Double(longest.wholeSeconds)) * 1_000).rounded(.up)))
    }
}

extension SlackWebhook {
    /// `{"text": …, "unfurl_links": false, "unfurl_media": false, "blocks": […]}`.
    ///
    /// An address in people's words stays a link. Slack would fetch it, and show what is there beneath the nag; the others ignore the two
    /// members.
    var body: [UInt8] {
        var json = JSONWriter(reserving: 8_192)
        json.beginObject()
        json.member("text", text)
        json.member("unfurl_links", false)
        json.member("unfurl_media", false)
        json.name("blocks")
        json.beginArray()
        json.block("header") { json in
            json.name("text")
            json.plain(notification.headline.writtenOutOnOneLine.forSlack.cut(to: Self.headerMax, .chat))
        }
        let fields = fields
        if !fields.isEmpty {
            json.block("section") { json in
                json.name("fields")
                json.beginArray()
                for field in fields { json.markdown(field.cut(to: Self.fieldMax, .chat)) }
                json.endArray()
            }
        }
        for words in [notification.text, notification.brief].compactMap(\.self) where !words.isBlank {
            json.block("section") { json in
                json.name("text")
                json.plain(words.withoutEnd.beginning(Self.readMax).forSlack.cut(to: Self.sectionMax, .chat))
            }
        }
        if let draft = notification.draft, !draft.isBlank {
            json.block("section") { json in
                json.name("text")
                json.markdown(
                    "```\n"
                        + draft.withoutEnd.beginning(Self.readMax).forSlack.cut(to: Self.sectionMax, .chat)
                        + "\n```")
            }
        }
        let context = context
        if !context.isEmpty {
            json.block("context") { json in
                json.name("elements")
                json.beginArray()
                json.markdown(context)
                json.endArray()
            }
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    /// Read alone in notifications and by all but Slack: what is asked, the words, the incident, the link.
    private var text: String {
        // An escaped headline has up to five times its 120 characters.
        let headline = notification.headline.writtenOutOnOneLine.forSlack.cut(to: 700, .chat)
        let end = [title, link].compactMap(\.self).map { "\n" + $0 }.joined()
        let label = notification.draft == nil ? "" : "Draft:\n"
        let words = notification.draft ?? notification.text ?? notification.brief ?? ""
        guard !words.isBlank else { return headline + (end.isEmpty ? "" : "\n" + end) }
        let rest = (headline + label + end).utf16.count + "\n\n\n".utf16.count
        let body = words.withoutEnd.beginning(Self.readMax).forSlack.cut(to: Self.textMax - rest, .chat)
        return headline + "\n\n" + label + body + (end.isEmpty ? "" : "\n" + end)
    }

    private var title: String? {
        notification.subject?.words.map {
            $0.title.writtenOutOnOneLine.forSlack.cut(to: Self.titleMax, .chat)
        }
    }

    /// The link, escaped. None if it does not fit, or has what ends a link.
    private var link: String? {
        let link = notification.link
        guard !link.isEmpty, link.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "|") })
        else {
            return nil
        }
        let escaped = link.unicodeScalars.reduce(into: "") { $0 += $1.entity ?? String($1) }
        return escaped.utf16.count <= Self.linkMax ? escaped : nil
    }

    private var context: String {
        let name = notification.subject?.ref.forSlack
        let place = link.map { link in name.map { "<\(link)|\($0)>" } ?? "<\(link)>" } ?? name
        return [place, title].compactMap(\.self).joined(separator: ": ")
    }

    private var fields: [String] {
        var fields: [String] = []
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { fields.append("*\(name)*\n\(value)") }
        }
        let day = notification.createdAt.day
        func minute(_ moment: Timestamp) -> String { "\(moment.minute(on: day)) UTC" }
        add("Severity", notification.subject?.severity.forSlack)
        add("Status", notification.subject?.words?.status.forSlack)
        add("Asked", asked)
        add("Due", notification.dueAt.map(minute))
        add("Last update", notification.subject?.words.map { $0.lastUpdateAt.map(minute) ?? "none yet" })
        return fields
    }

    private var asked: String {
        let names = notification.asked.prefix(Self.askedMax).map { asked in
            "\(mention(of: asked)) (\(asked.role.writtenOutOnOneLine.forSlack))"
        }
        let others = notification.asked.count - names.count
        return (names + (others > 0 ? ["\(others) more"] : [])).joined(separator: ", ")
    }

    /// `<@U1>` if the person's page has a member id of Slack; otherwise the name.
    private func mention(of asked: Notification.Asked) -> String {
        if let handle = asked.handles["slack"], SlackWebhook.isMember(handle) { return "<@\(handle)>" }
        // Twenty of them fit a field.
        return asked.person.writtenOutOnOneLine.forSlack.cut(to: 60, .chat)
    }

    /// `[UW][A-Z0-9]{2,20}`.
    private static func isMember(_ handle: String) -> Bool {
        let bytes = Array(handle.utf8)
        guard let first = bytes.first, first == UInt8(ascii: "U") || first == UInt8(ascii: "W") else {
            return false
        }
        return (3...21).contains(bytes.count)
            && bytes.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
    }
}

extension String {
    /// The text as text alone: no mention, no link, no end of a code block, in Slack's mrkdwn and in Markdown.
    var forSlack: String {
        let scalars = Array(shownInLines.unicodeScalars)
        func at(_ index: Int) -> Unicode.Scalar? { scalars.indices.contains(index) ? scalars[index] : nil }
        // Breaks what precedes and what follows apart, and is not seen.
        let gap = "\u{200B}"
        var text = ""
        for (index, scalar) in scalars.enumerated() {
            text += scalar == "\t" ? " " : scalar.entity ?? String(scalar)
            switch scalar {
            case "@":
                let isInWord = at(index - 1)?.properties.isAlphabetic == true
                // Discord finds these inside words, too.
                let rest = scalars[(index + 1)...].prefix(8)
                let isGroup = ["everyone", "here", "channel", "all"].contains { group in
                    String(String.UnicodeScalarView(rest)).lowercased().hasPrefix(group)
                }
                if !isInWord || isGroup { text += gap }
            case "]":
                // Links of Markdown: [a](…), [a][b], [b]: ….
                if let next = at(index + 1), "([:".unicodeScalars.contains(next) { text += gap }
            case "`":
                if at(index + 1) == "`", at(index + 2) == "`" || at(index - 1) == "`" { text += gap }
            default: break
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    /// What Slack reserves, as it wants it escaped.
    fileprivate var entity: String? {
        switch self {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        default: nil
        }
    }
}

extension JSONWriter {
    fileprivate mutating func block(_ type: String, _ members: (inout JSONWriter) -> Void) {
        beginObject()
        member("type", type)
        members(&self)
        endObject()
    }

    /// A text without markup.
    fileprivate mutating func plain(_ text: String) {
        beginObject()
        member("type", "plain_text")
        member("text", text)
        member("emoji", false)
        endObject()
    }

    fileprivate mutating func markdown(_ text: String) {
        beginObject()
        member("type", "mrkdwn")
        member("text", text)
        endObject()
    }
}
