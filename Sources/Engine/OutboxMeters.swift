import Metrics
import Synchronization
import Time

/// Pending deliveries at the last count.
public struct BacklogGauge: Sendable, Equatable {
    /// The count stops at `OutboxMeters.pendingMax`.
    public let pending: Int
    /// When the earliest pending delivery is or was due; `nil` when none is pending.
    public let earliestDueAt: Timestamp?

    public init(pending: Int, earliestDueAt: Timestamp?) {
        self.pending = pending
        self.earliestDueAt = earliestDueAt
    }

    /// How long the earliest pending delivery is overdue; zero when none is.
    public func oldestDue(at now: Timestamp) -> Duration {
        earliestDueAt.map { max(.zero, now - $0) } ?? .zero
    }
}

/// Outbox metrics for `/metrics` and `/readyz`. Cached, so that reading them does not query the store.
public final class OutboxMeters: Sendable {
    /// Where counting stops.
    public static let pendingMax = 100_000

    /// Time from passing an attempt to the transport until its result.
    public let attemptDuration = Histogram.ofDurations()
    private let kept = Mutex(BacklogGauge(pending: 0, earliestDueAt: nil))

    public var backlog: BacklogGauge { kept.withLock { $0 } }

    func set(_ backlog: BacklogGauge) {
        kept.withLock { $0 = backlog }
    }
}
