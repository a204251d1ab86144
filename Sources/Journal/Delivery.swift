import Model
import Time

/// One event on its way to one webhook. Holds no body: that is made at the attempt from the journal, which honours redactions.
public struct Delivery: Sendable, Equatable {
    /// What became of it.
    public enum State: String, CaseIterable, Sendable {
        /// It is due at `nextAt`.
        case pending
        /// The webhook took it.
        case delivered
        /// Every attempt failed; kept as a dead letter.
        case exhausted
        /// Something newer made it worthless before it arrived.
        case superseded
        /// Its webhook was switched off or deleted.
        case cancelled
    }

    /// Its number: 1…n in the order of their making.
    public var id: Int
    /// The `webhook-id`, the same in every attempt: `msg_…`.
    public var messageID: String
    /// The webhook, by id.
    public var webhook: String
    /// The type of event.
    public var type: EventType
    /// What it is about; `nil` for `endpoint.test`.
    public var stream: StreamID?
    /// The stream's seq as of which the body is made; `nil` for `endpoint.test`.
    public var seq: Int?
    /// The deadline that a nag or an announcement is about.
    public var dueAt: Timestamp?
    /// When it was made: the body's `timestamp`.
    public var createdAt: Timestamp
    /// When the next attempt is due.
    public var nextAt: Timestamp
    /// After which it is worthless.
    public var expiresAt: Timestamp
    /// How many attempts failed or succeeded so far.
    public var attempts: Int
    /// How many of them came before somebody had it sent again by hand; the schedule counts from there.
    public var attemptsBefore: Int
    /// What became of it.
    public var state: State
    /// The status code of the last attempt; `nil` when none was answered.
    public var lastStatus: Int?
    /// What the last attempt ended with, in words.
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
