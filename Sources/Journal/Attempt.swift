import Time

/// A finished delivery attempt.
public struct Attempt: Sendable, Equatable {
    /// How many attempts of a delivery are kept, the newest; a nag with a long interval may have thousands.
    public static let keptMax = 50

    /// The delivery's id.
    public var delivery: Int
    /// 1, 2, 3 … in the order of the delivery's attempts.
    public var number: Int
    public var startedAt: Timestamp
    /// Until the response or the failure.
    public var duration: Duration
    /// Status code of the response; `nil` when there was none.
    public var status: Int?
    /// With a status: at most 200 bytes of the response, escaped for display. Without one: why there is none.
    public var detail: String

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

/// Pending deliveries of a webhook.
public struct Backlog: Sendable, Equatable {
    /// Number of pending deliveries; at the query's limit it means at least that many.
    public var pending: Int
    /// When the earliest pending delivery is or was due; `nil` when none is pending.
    public var firstDue: Timestamp?

    public init(pending: Int, firstDue: Timestamp?) {
        self.pending = pending
        self.firstDue = firstDue
    }
}
