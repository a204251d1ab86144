import Journal
import JSON
import Model
import Time
import Views

/// Sends a delivery again at once, with the same `webhook-id`, in any state. Its backoff schedule restarts.
public struct RetryDelivery: WriteRequest {
    /// Lifetime of a nag that is retried by hand. The incident's interval does not apply to a manual request.
    private static let renewedInterval: Duration = .seconds(900)

    private let messageID: String

    public init(_ messageID: String) {
        self.messageID = messageID
    }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        let lookup = transaction.lookup
        let found = try transaction.looking { () throws(StoreFault) in
            try lookup.delivery(messageID: messageID)
        }
        guard let found, let delivery = try transaction.delivery(found.id) else {
            throw .refused(Refusal(.notFound, Delivery.notFound))
        }
        let attempts = try transaction.looking { () throws(StoreFault) in try lookup.attempts(of: found.id) }
        guard let webhook = transaction.webhook(delivery.webhook) else {
            throw .refused(
                Refusal(
                    .notFound,
                    "The webhook of this delivery, \(delivery.webhook), was deleted. Register it again; the timeline has what it missed."
                ))
        }
        try webhook.requireOn()
        let lifetime = RetrySchedule.lifetime(
            delivery.type.retryClass, interval: RetryDelivery.renewedInterval)
        let renewed = Batch.DeliveryResult(
            id: delivery.id, state: .pending, attempts: delivery.attempts,
            nextAt: try next(for: delivery, in: transaction), lastStatus: delivery.lastStatus,
            lastError: delivery.lastError,
            renewal: .init(
                expiresAt: max(delivery.expiresAt, transaction.now + lifetime),
                attemptsBefore: delivery.attempts))
        let shown = transaction.write(renewed, over: delivery)
        transaction.retriedWebhooks.insert(webhook.id)
        transaction.context.log(
            .info, "delivery.retried", [("endpoint", webhook.id), ("message", delivery.messageID)])
        var writer = JSONWriter()
        writer.beginObject()
        writer.members(of: shown, attempts)
        writer.endObject()
        return Outcome(
            .accepted, .resource(ShownResource(.delivery, id: delivery.messageID, body: writer.bytes)))
    }

    /// A moment before everything else in its queue; a delivery that was never tried keeps its place.
    private func next(
        for delivery: Delivery, in transaction: WriteTransaction
    ) throws(WriteFault) -> Timestamp {
        let now = transaction.now
        guard delivery.attempts > 0 else { return delivery.state == .pending ? delivery.nextAt : now }
        let first = try transaction.looking { () throws(StoreFault) in
            try transaction.lookup.nextDelivery(to: delivery.webhook, delivery.type.retryClass)
        }
        return min(now, first.map { $0 - .milliseconds(1) } ?? now)
    }
}

/// Lets deliveries follow a clock that was set back: those that its former time created are due now, in their order.
///
/// Does a slice; `reached` is called with the last id of it, or with `nil` at the end, before the commit.
struct FollowClockWithDeliveries: WriteRequest {
    /// About 10 ms of the lane.
    private static let deliveriesMax = 200

    let after: Int
    let reached: @Sendable (Int?) -> Void

    var priority: WritePriority { .critical }

    func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        let (now, lookup) = (transaction.now, transaction.lookup)
        let pending = try transaction.looking { () throws(StoreFault) in
            try lookup.pendingDeliveries(after: after, limit: FollowClockWithDeliveries.deliveriesMax)
        }
        for delivery in pending {
            let isAhead = delivery.createdAt > now
            // A later one that was not tried yet waits for those before it.
            guard isAhead || delivery.attempts == 0 else { continue }
            let lifetime = max(.zero, delivery.expiresAt - delivery.createdAt)
            transaction.write(
                Batch.DeliveryResult(
                    id: delivery.id, state: delivery.state, attempts: delivery.attempts, nextAt: now,
                    lastStatus: delivery.lastStatus, lastError: delivery.lastError,
                    renewal: .init(
                        expiresAt: isAhead ? now + lifetime : delivery.expiresAt,
                        attemptsBefore: delivery.attemptsBefore)),
                over: delivery)
            transaction.retriedWebhooks.insert(delivery.webhook)
        }
        reached(pending.count < FollowClockWithDeliveries.deliveriesMax ? nil : pending.last?.id)
        return .finished
    }
}

extension Delivery {
    public static let notFound =
        "This delivery does not exist, or it ended more than 30 days ago. GET /v1/webhooks/{id}/deliveries lists the deliveries."
}
