import Encoding
import JSON
import Journal
import Model

/// Kind `ntfy`: pushes to phones, through ntfy.sh or a server of one's own. Source: conventions.md 2.10.
struct NtfyWebhook: WebhookKind {
    let notification: Notification
    let token: String?

    /// Of the message, in bytes: ntfy makes an attachment of more than 4,096.
    private static let messageBytesMax = 4_000
    /// Of the request: ntfy takes 8,192.
    private static let bodyBytesMax = 8_000
    private static let actionsMax = 3
    private static let urlBytesMax = 1_000

    /// `https://ntfy.example/oncall`: the path is the topic.
    static func target(_ url: String) throws(URLRefusal) -> WebhookURL {
        let target = try WebhookURL(url, schemes: WebScheme.web)
        guard target.query == nil, target.path.first == "/", isTopic(target.path.dropFirst()),
            // libcurl removes `..` from paths.
            url.utf8.count(where: { $0 == UInt8(ascii: "/") }) == 3
        else { throw .topic }
        return target
    }

    /// `[A-Za-z0-9_-]{1,64}`.
    private static func isTopic(_ text: Substring) -> Bool { StandardWebhook.isID(String(text)) }

    func request(_ message: OutboundMessage) throws(Unsendable) -> TransferRequest {
        let target = try WebhookURL.checked(message.url, Self.self)
        let topic = target.path.dropFirst()
        var headers = ["content-type: application/json"]
        if let token {
            guard NtfyWebhook.isToken(token) else {
                throw Unsendable(reason: "the access token has blanks, control bytes or non-ASCII letters")
            }
            headers.append("authorization: Bearer \(token)")
        }
        return TransferRequest(
            // Messages in JSON go to the root.
            target: target, url: String(message.url.dropLast(topic.count)), headers: headers,
            body: body(topic: String(topic)))
    }

    /// Whether a text can be sent as an access token: 1 to 256 printable ASCII characters.
    static func isToken(_ text: String) -> Bool {
        (1...256).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    func result(_ response: TransferResponse) -> OutboundResult { response.judged }

    /// The message, cut so that it and the request fit ntfy's limits.
    func body(topic: String) -> [UInt8] {
        let words = [notification.draft, notification.text, notification.brief].compactMap(\.self)
        let title = notification.subject?.words.map { $0.title.writtenOutOnOneLine + "\n\n" } ?? ""
        let whole =
            title
            + (words.first { !$0.isBlank } ?? notification.matter).withoutEnd.beginning(
                2 * Self.messageBytesMax + 2
            )
            .shownInLines
        var message = whole.cut(to: Self.messageBytesMax, .bytes)
        var body = json(topic, message)
        // Quotation marks, backslashes and line ends take two bytes in JSON: half of the excess is cut, then the next half.
        while body.count > Self.bodyBytesMax, !message.isEmpty {
            let excess = body.count - Self.bodyBytesMax
            message = whole.cut(to: max(0, message.utf8.count - (excess + 1) / 2), .bytes)
            body = json(topic, message)
        }
        return body
    }

    private func json(_ topic: String, _ message: String) -> [UInt8] {
        var json = JSONWriter(reserving: 8_192)
        json.beginObject()
        json.member("topic", topic)
        json.member("title", notification.headline.writtenOutOnOneLine.cut(to: 500, .bytes))
        json.member("message", message)
        json.member("priority", priority)
        json.member("tags", tags)
        if (1...Self.urlBytesMax).contains(notification.link.utf8.count) {
            json.member("click", notification.link)
        }
        let buttons = notification.buttons.filter { $0.url.utf8.count <= Self.urlBytesMax }
        if !buttons.isEmpty {
            json.name("actions")
            json.beginArray()
            for button in buttons.prefix(Self.actionsMax) {
                json.beginObject()
                json.member("action", "http")
                json.member("method", "POST")
                json.member("label", button.label)
                json.member("url", button.url)
                // The notification goes away once the button has worked.
                json.member("clear", true)
                json.endObject()
            }
            json.endArray()
        }
        json.endObject()
        return json.bytes
    }

    /// 1 to 5, by the number of the nag: 4 makes a long sound, 5 a sound that lasts.
    ///
    ///     nag        1  2  3 and later
    ///     minor      3  3  4
    ///     major      3  4  5
    ///     critical   4  5  5
    ///
    /// Other messages have 3, but entries of the timeline 2, which makes no sound.
    var priority: Int {
        guard notification.number > 0 else { return notification.type.retryClass == .record ? 2 : 3 }
        let number = min(notification.number, 3)
        return switch notification.subject?.severity {
        case "minor": [3, 3, 4][number - 1]
        case "critical": [4, 5, 5][number - 1]
        default: [3, 4, 5][number - 1]
        }
    }

    /// The first is shown as an emoji by its name.
    private var tags: [String] {
        let emoji =
            switch notification.type.retryClass {
            case .nag: notification.subject == nil ? "bell" : "rotating_light"
            case .status: "loudspeaker"
            case .record: "memo"
            }
        return [emoji] + (notification.subject.map { [$0.ref, $0.severity] } ?? [])
    }
}
