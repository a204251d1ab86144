import Model
import Time

/// One event to be sent to one webhook. Has no body: the body is built from the journal at each attempt, which honours redactions.
public struct Delivery: Sendable, Equatable {
    public enum State: String, CaseIterable, Sendable {
        /// Due at `nextAt`.
        case pending
        /// The webhook answered 2xx.
        case delivered
        /// Every attempt failed; kept as a dead letter.
        case exhausted
        /// Outdated by a newer event before it was delivered.
        case superseded
        /// The webhook was disabled or deleted.
        case cancelled
    }

    /// 1…n in order of creation.
    public var id: Int
    /// The `webhook-id`, the same in every attempt: `msg_…`.
    public var messageID: String
    /// Id of the webhook.
    public var webhook: String
    public var type: EventType
    /// The stream it concerns; `nil` for `endpoint.test`.
    public var stream: StreamID?
    /// The body shows the stream as of this seq; `nil` for `endpoint.test`.
    public var seq: Int?
    /// The deadline of a nag or of `update.due_soon`.
    public var dueAt: Timestamp?
    /// The body's `timestamp`.
    public var createdAt: Timestamp
    /// When the next attempt is due.
    public var nextAt: Timestamp
    /// No attempt is made after this.
    public var expiresAt: Timestamp
    /// Number of finished attempts.
    public var attempts: Int
    /// Number of attempts before the last manual retry; the backoff schedule counts from there.
    public var attemptsBefore: Int
    public var state: State
    /// Status code of the last attempt; `nil` when it got no response.
    public var lastStatus: Int?
    /// Error of the last attempt, for people.
    public var lastError: String?

    public init(
        id: Int, messageID: String, webhook: String, type: EventType, stream: StreamID?, seq: Int?,
        dueAt: Timestamp?,
        createdAt: Timestamp, nextAt: Timestamp, expiresAt: Timestamp, attempts: Int = 0,
        attemptsBefore: Int = 0, state: State = .pending,
        lastStatus: Int? = nil, lastError: String? = nil
    ) {
        self.id = id
        self.messageID = messageID
        self.webhook = webhook
        self.type = type
        self.stream = stream
        self.seq = seq
        self.dueAt = dueAt
        self.createdAt = createdAt
        self.nextAt = nextAt
        self.expiresAt = expiresAt
        self.attempts = attempts
        self.attemptsBefore = attemptsBefore
        self.state = state
        self.lastStatus = lastStatus
        self.lastError = lastError
    }
}
