import Metrics
import Synchronization
import Time

/// What waits to be delivered, as it was last counted.
public struct BacklogGauge: Sendable, Equatable {
    /// How many deliveries are pending; the count ends at `OutboxMeters.pendingMax`.
    public let pending: Int
    /// When the first of them is due, or was; `nil` when there is none.
    public let earliestDueAt: Timestamp?

    /// What was counted.
    public init(pending: Int, earliestDueAt: Timestamp?) {
        self.pending = pending
        self.earliestDueAt = earliestDueAt
    }

    /// For how long a delivery has been due that was not done; zero when none is.
    public func oldestDue(at now: Timestamp) -> Duration {
        earliestDueAt.map { max(.zero, now - $0) } ?? .zero
    }
}

/// What the outbox has done since the start, and what waits, for `/metrics` and `/readyz`: kept, so that nobody asks the store for it.
public final class OutboxMeters: Sendable {
    /// Where counting ends: enough to see that it is far too many.
    public static let pendingMax = 100_000

    /// How long attempts took, from handing one to the transport to its end.
    public let attemptDuration = Histogram.ofDurations()
    private let kept = Mutex(BacklogGauge(pending: 0, earliestDueAt: nil))

    /// What waits, as it was last counted.
    public var backlog: BacklogGauge { kept.withLock { $0 } }

    func set(_ backlog: BacklogGauge) {
        kept.withLock { $0 = backlog }
    }
}
