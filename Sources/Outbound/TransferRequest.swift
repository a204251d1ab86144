import Journal
import Time

/// How one kind of webhook works: which URLs it has, what an attempt sends, and what a response means.
///
/// Limits, timeouts, the address guard and TLS are the same for all kinds (`Transfer`).
protocol WebhookKind: Sendable {
    /// The parsed URL; refused if this kind of webhook cannot have it.
    static func target(_ url: String) throws(URLRefusal) -> WebhookURL
    /// What an attempt sends.
    func request(_ message: OutboundMessage) throws(Unsendable) -> TransferRequest
    /// What a response means.
    func result(_ response: TransferResponse) -> OutboundResult
}

/// What an attempt sends, and where to.
struct TransferRequest: Sendable {
    /// The checked URL: its scheme is the only one that libcurl may use.
    var target: WebhookURL
    /// What libcurl is given; may differ from the registered URL by its path.
    var url: String
    /// Header lines of the HTTP request, without line ends.
    var headers: [String] = []
    var body: [UInt8]
    /// For mail: sender, recipients and login.
    var mail: Webhook.Mail?
}

/// A response whose head is complete.
struct TransferResponse: Sendable {
    var status: Int
    /// `Retry-After` of the head.
    var retryAfter: Duration?
    /// The beginning of the body, at most `ResponseCollector.keptBytesMax` bytes.
    var body: [UInt8]
    /// Whether the body ended, or was longer than its limit. Otherwise the receiver hung or disconnected after the head.
    var isBodyComplete: Bool
    /// What the receiver said, escaped.
    var excerpt: String

    /// The response as an answer: delivered, or to be repeated, by its status.
    var answered: OutboundResult { .answered(status: status, retryAfter: retryAfter, excerpt: excerpt) }

    /// For targets that refuse a bad message or a deleted channel by a status from 400 to 499: all but 408 and 429 are final.
    var judged: OutboundResult {
        switch status {
        case 408, 429: answered
        case 400...499: .refused(status: status, excerpt: excerpt)
        default: answered
        }
    }
}

/// Why a message cannot be sent at all.
struct Unsendable: Error {
    let reason: String
}

extension OutboundMessage.Content {
    /// The kind of webhook that sends it.
    var kind: any WebhookKind {
        switch self {
        case .event(let event): SignedWebhook(event: event)
        case .slack(let notification): SlackWebhook(notification: notification)
        case .ntfy(let notification, let token): NtfyWebhook(notification: notification, token: token)
        case .mail(let notification, let mail): MailWebhook(notification: notification, mail: mail)
        }
    }
}

extension Webhook.Kind.Name {
    var kind: any WebhookKind.Type {
        switch self {
        case .standard: SignedWebhook.self
        case .slack: SlackWebhook.self
        case .ntfy: NtfyWebhook.self
        case .smtp: MailWebhook.self
        }
    }
}
