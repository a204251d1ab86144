import Time

/// One delivery attempt, as the outbox passes it to the transport.
public struct OutboundMessage: Sendable {
    /// What is sent, by kind of webhook.
    public enum Content: Sendable {
        /// A signed event (Standard Webhooks).
        case event(SignedEvent)
        case slack(Notification)
        /// With the access token of the topic, if it needs one.
        case ntfy(Notification, token: String?)
        case mail(Notification, Webhook.Mail)
    }

    /// The bytes of an event, and what signs them.
    public struct SignedEvent: Sendable {
        /// The bytes to send and sign.
        public var body: [UInt8]
        /// The webhook's secrets, `whsec_…`; one signature each.
        public var secrets: [String]
        /// Number of pending deliveries, sent to a webhook that is behind; `nil` for others.
        public var backlog: Int?

        public init(body: [UInt8], secrets: [String], backlog: Int?) {
            self.body = body
            self.secrets = secrets
            self.backlog = backlog
        }
    }

    public var url: String
    /// The `webhook-id`, the same in every attempt.
    public var id: String
    /// Time of this attempt.
    public var sentAt: Timestamp
    public var content: Content
    /// When someone stops waiting for the result, if that may be before the transport's own timeout. What has not
    /// begun by then is not sent.
    public var deadline: ContinuousClock.Instant?

    public init(
        url: String, id: String, sentAt: Timestamp, _ content: Content,
        deadline: ContinuousClock.Instant? = nil
    ) {
        self.url = url
        self.id = id
        self.sentAt = sentAt
        self.content = content
        self.deadline = deadline
    }
}

/// Result of an attempt.
public enum OutboundResult: Sendable, Equatable {
    /// The webhook responded: delivered by a status from 200 to 299, otherwise to be repeated. `excerpt` has at most 200 bytes of the
    /// response, escaped for display.
    case answered(status: Int, retryAfter: Duration?, excerpt: String)
    /// The target refused the message for good: a repetition would be refused, too.
    case refused(status: Int, excerpt: String)
    /// No response; the reason for people.
    case failed(String)
    /// The service stopped before the attempt ended. Says nothing of the webhook and is no attempt: the next start sends the delivery.
    case stopped
}

/// Sends messages to webhooks.
public protocol Transport: AnyObject, Sendable {
    /// Sends a message. Calls `completion` once, on a thread of the transport. Never blocks.
    func send(_ message: OutboundMessage, completion: @escaping @Sendable (OutboundResult) -> Void)
    /// Why a URL can never be sent to by a kind of webhook, with what is allowed; `nil` when it may be.
    ///
    /// Checks the text only: a literal address in a refused network, another scheme, credentials. A host name is checked at delivery, by
    /// the address it resolves to.
    func refusal(of url: String, for kind: Webhook.Kind.Name) -> String?
}
