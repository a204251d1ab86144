import Time

/// One attempt to deliver, once it has ended.
public struct Attempt: Sendable, Equatable {
    /// How many attempts of a delivery are kept, the newest; a nag with a long interval may have thousands.
    public static let keptMax = 50

    /// Whose it is, by the delivery's id.
    public var delivery: Int
    /// Its number: 1, 2, 3 … in the order of a delivery's attempts.
    public var number: Int
    /// When it began.
    public var startedAt: Timestamp
    /// How long it took until it was answered, or failed.
    public var duration: Duration
    /// The status code that was answered; `nil` when none was.
    public var status: Int?
    /// With a status, at most 200 bytes of the answer, escaped for people; without one, why there is none.
    public var detail: String

    /// An attempt with all its columns.
    public init(
        delivery: Int, number: Int, startedAt: Timestamp, duration: Duration, status: Int?, detail: String
    ) {
        self.delivery = delivery
        self.number = number
        self.startedAt = startedAt
        self.duration = duration
        self.status = status
        self.detail = detail
    }
}

/// What waits for a webhook.
public struct Backlog: Sendable, Equatable {
    /// How many deliveries are pending; a count that reached its limit means at least so many.
    public var pending: Int
    /// When the first of them is due, or was; `nil` when none is pending.
    public var firstDue: Timestamp?

    /// A backlog.
    public init(pending: Int, firstDue: Timestamp?) {
        self.pending = pending
        self.firstDue = firstDue
    }
}
