import Encoding
import Journal
import Model
import Time

/// Result of a delivery attempt.
public struct AttemptEnd: Sendable, Equatable {
    public var result: OutboundResult
    /// The URL of the attempt. A result for another URL does not affect the webhook's state.
    public var url: String
    public var startedAt: Timestamp
    public var duration: Duration

    public init(_ result: OutboundResult, url: String, startedAt: Timestamp, duration: Duration) {
        self.result = result
        self.url = url
        self.startedAt = startedAt
        self.duration = duration
    }
}

/// Records the result of an attempt for its delivery and its webhook. A delivery that is gone is ignored; one that was delivered already
/// ignores a late failure.
public struct RecordAttempt: WriteRequest {
    private let id: Int
    private let end: AttemptEnd?
    private let isWithheld: Bool

    /// `end` is `nil` when the delivery expired before it could be sent.
    public init(of delivery: Int, _ end: AttemptEnd?) {
        id = delivery
        self.end = end
        isWithheld = false
    }

    /// The delivery is not sent, because its incident has become confidential.
    init(withholding delivery: Int) {
        id = delivery
        end = nil
        isWithheld = true
    }

    public var priority: WritePriority { .critical }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        guard end?.result != .stopped, let delivery = try transaction.delivery(id) else { return .finished }
        if let end {
            record(end, of: delivery, in: &transaction)
        } else {
            drop(delivery, in: &transaction)
        }
        return .finished
    }

    private func record(_ end: AttemptEnd, of delivery: Delivery, in transaction: inout WriteTransaction) {
        let attempts = delivery.attempts + 1
        var row = Batch.DeliveryResult(
            id: id, state: .delivered, attempts: attempts, nextAt: transaction.now, lastStatus: nil,
            lastError: nil)
        var retryAfter: Duration?
        let detail: String
        var isFinal = false
        switch end.result {
        case .answered(let status, let after, let excerpt):
            row.lastStatus = status
            retryAfter = after
            detail = excerpt
            if !(200...299).contains(status) { row.lastError = "answered \(status): \(excerpt)" }
        case .refused(let status, let excerpt):
            row.lastStatus = status
            row.lastError = "refused with \(status): \(excerpt)"
            detail = excerpt
            isFinal = true
        case .failed(let why):
            detail = why
            row.lastError = why
        case .stopped: return
        }
        // A failure that is reported after a success changes nothing.
        guard delivery.state != .delivered || row.lastError == nil else { return }
        transaction.batch.attempts.append(
            Attempt(
                delivery: id, number: attempts, startedAt: end.startedAt, duration: end.duration,
                status: row.lastStatus, detail: detail))
        if row.lastError != nil {
            row.state = isFinal ? .exhausted : .pending
            if !isFinal { fail(delivery, &row, retryAfter: retryAfter, in: &transaction) }
        }
        transaction.write(row, over: delivery)
        if transaction.webhook(delivery.webhook)?.url == end.url {
            update(webhook: delivery.webhook, row, in: &transaction)
        }
        log(delivery, row, end.url, transaction.context)
    }

    private func drop(_ delivery: Delivery, in transaction: inout WriteTransaction) {
        let isSuperseded = isWithheld || delivery.type.retryClass == .nag
        let state: Delivery.State = isSuperseded ? .superseded : .exhausted
        let error = isWithheld ? "its incident is confidential" : "it expired before it could be sent"
        transaction.write(
            Batch.DeliveryResult(
                id: delivery.id, state: state, attempts: delivery.attempts, nextAt: delivery.nextAt,
                lastStatus: delivery.lastStatus, lastError: delivery.lastError ?? error), over: delivery)
        transaction.context.log(
            .warning, state == .exhausted ? "delivery.exhausted" : "delivery.dropped",
            [
                ("endpoint", delivery.webhook),
                ("host", Webhook.host(of: transaction.webhook(delivery.webhook)?.url ?? "")),
                ("message", delivery.messageID), ("type", delivery.type.rawValue),
                ("attempt", "\(delivery.attempts)"), ("error", error),
            ])
    }

    private func fail(
        _ delivery: Delivery, _ row: inout Batch.DeliveryResult, retryAfter: Duration?,
        in transaction: inout WriteTransaction
    ) {
        let next = RetrySchedule.next(
            after: row.attempts - delivery.attemptsBefore, delivery.type.retryClass,
            failedAt: transaction.now,
            retryAfter: retryAfter,
            expiresAt: delivery.expiresAt, jitter: jitter(transaction.context.random))
        if let next {
            row.nextAt = next
        } else {
            row.state = .exhausted
        }
    }

    /// Updates the webhook's failure state: 410 disables it, and so do five days of failures only.
    private func update(
        webhook id: String, _ row: Batch.DeliveryResult, in transaction: inout WriteTransaction
    ) {
        guard var webhook = transaction.webhook(id), webhook.disabledAt == nil else { return }
        if row.lastError == nil {
            guard webhook.failingSince != nil || webhook.failures > 0 else { return }
            webhook.failingSince = nil
            webhook.failures = 0
            return transaction.write(webhook)
        }
        let failures = min(webhook.failures + 1, Webhook.failuresMax)
        let since = webhook.failingSince ?? transaction.now
        let gone = row.lastStatus == 410
        if gone || transaction.now - since >= RetrySchedule.disableAfter {
            webhook.disabledAt = transaction.now
            webhook.behindSince = nil
            webhook.disabledReason = gone ? "it answered 410 Gone" : "every attempt failed for 5 days"
            transaction.cancelDeliveries(to: webhook)
            transaction.context.log(
                .warning, "webhook.disabled", [("endpoint", id), ("reason", webhook.disabledReason ?? "")])
        } else if webhook.failingSince != nil, webhook.failures == failures {
            return
        }
        webhook.failingSince = since
        webhook.failures = failures
        transaction.write(webhook)
    }

    private func log(_ delivery: Delivery, _ row: Batch.DeliveryResult, _ url: String, _ context: LaneContext)
    {
        var fields = [
            ("endpoint", delivery.webhook), ("host", Webhook.host(of: url)), ("message", delivery.messageID),
            ("type", delivery.type.rawValue),
            ("attempt", "\(row.attempts)"),
        ]
        if let status = row.lastStatus { fields.append(("status", "\(status)")) }
        guard let error = row.lastError else { return context.log(.info, "delivery.succeeded", fields) }
        fields.append(("error", error))
        if row.state == .pending { fields.append(("next_at", row.nextAt.rfc3339)) }
        context.log(.warning, row.state == .pending ? "delivery.failed" : "delivery.exhausted", fields)
    }

    /// 0…1, from the injected random source.
    private func jitter(_ random: any RandomSource) -> Double {
        let bytes = random.bytes(2)
        return Double(bytes.reduce(0) { $0 << 8 | Int($1) }) / 65_535
    }
}
