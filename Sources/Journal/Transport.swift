import Time

/// One attempt to deliver a message, as the outbox hands it over.
public struct OutboundMessage: Sendable {
    /// Where to.
    public var url: String
    /// The `webhook-id`, the same in every attempt.
    public var id: String
    /// The moment of this attempt.
    public var sentAt: Timestamp
    /// The bytes to send, and to sign.
    public var body: [UInt8]
    /// The webhook's secrets, `whsec_…`; one signature each.
    public var secrets: [String]
    /// How many deliveries wait for a webhook that is far behind, for it to know; `nil` while it keeps up.
    public var backlog: Int?

    /// An attempt at a URL.
    public init(
        url: String, id: String, sentAt: Timestamp, body: [UInt8], secrets: [String], backlog: Int? = nil
    ) {
        self.url = url
        self.id = id
        self.sentAt = sentAt
        self.body = body
        self.secrets = secrets
        self.backlog = backlog
    }
}

/// How an attempt ended.
public enum OutboundResult: Sendable, Equatable {
    /// The webhook answered. `excerpt` holds at most 200 bytes of it, escaped for people.
    case answered(status: Int, retryAfter: Duration?, excerpt: String)
    /// It did not; in words for people.
    case failed(String)
}

/// What carries messages out of the house.
public protocol Transport: AnyObject, Sendable {
    /// Sends, and reports how it ended, once, on a thread of its own. Returns at once; never blocks.
    func send(_ message: OutboundMessage, completion: @escaping @Sendable (OutboundResult) -> Void)
    /// Why a URL can never be sent to, in words that say what is allowed; `nil` when it may be.
    ///
    /// Looks at the text alone: a literal address in a refused network, another scheme, credentials. A name is judged at delivery, by the
    /// address it resolves to.
    func refusal(of url: String) -> String?
}
