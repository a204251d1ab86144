import Journal
import Time

/// What an attempt's end means for its delivery and its webhook.
struct AttemptRecord {
    let context: LaneContext

    /// Writes it down. A delivery that is gone, or that ended meanwhile, is left alone unless it arrived after all.
    func record(_ id: Int, _ end: AttemptEnd?, in turn: inout Turn) throws(LaneFault) {
        guard let delivery = try turn.delivery(id) else { return }
        guard let end else { return drop(delivery, in: &turn) }
        let attempts = delivery.attempts + 1
        var row = Batch.DeliveryResult(
            id: id, state: .delivered, attempts: attempts, nextAt: turn.now, lastStatus: nil, lastError: nil)
        var retryAfter: Duration?
        let detail: String
        switch end.result {
        case .answered(let status, let after, let excerpt):
            row.lastStatus = status
            retryAfter = after
            detail = excerpt
            if !(200...299).contains(status) { row.lastError = "answered \(status): \(excerpt)" }
        case .failed(let why):
            detail = why
            row.lastError = why
        }
        // An end that comes after a success changes nothing of it.
        guard delivery.state != .delivered || row.lastError == nil else { return }
        turn.batch.attempts.append(
            Attempt(
                delivery: id, number: attempts, startedAt: end.startedAt, duration: end.duration,
                status: row.lastStatus, detail: detail))
        if row.lastError != nil {
            row.state = .pending
            fail(delivery, &row, retryAfter: retryAfter, in: &turn)
        }
        turn.write(row, over: delivery)
        if turn.webhook(delivery.webhook)?.url == end.url {
            update(webhook: delivery.webhook, row, in: &turn)
        }
        log(delivery, row)
    }

    private func drop(_ delivery: Delivery, in turn: inout Turn) {
        let state: Delivery.State = delivery.type.retryClass == .nag ? .superseded : .exhausted
        let error = "it was worthless before it could be sent"
        turn.write(
            Batch.DeliveryResult(
                id: delivery.id, state: state, attempts: delivery.attempts, nextAt: delivery.nextAt,
                lastStatus: delivery.lastStatus, lastError: delivery.lastError ?? error), over: delivery)
        context.log(
            .warning, state == .exhausted ? "delivery.exhausted" : "delivery.dropped",
            [
                ("endpoint", delivery.webhook), ("message", delivery.messageID),
                ("type", delivery.type.rawValue), ("attempt", "\(delivery.attempts)"), ("error", error),
            ])
    }

    private func fail(
        _ delivery: Delivery, _ row: inout Batch.DeliveryResult, retryAfter: Duration?, in turn: inout Turn
    ) {
        let next = RetrySchedule.next(
            after: row.attempts - delivery.attemptsBefore, delivery.type.retryClass, failedAt: turn.now,
            retryAfter: retryAfter,
            expiresAt: delivery.expiresAt, jitter: jitter())
        if let next {
            row.nextAt = next
        } else {
            row.state = .exhausted
        }
    }

    /// Keeps the webhook's own record: switched off by 410, or after five days of nothing but failures.
    private func update(webhook id: String, _ row: Batch.DeliveryResult, in turn: inout Turn) {
        guard var webhook = turn.webhook(id), webhook.disabledAt == nil else { return }
        if row.lastError == nil {
            guard webhook.failingSince != nil else { return }
            webhook.failingSince = nil
            return turn.write(webhook)
        }
        let since = webhook.failingSince ?? turn.now
        let gone = row.lastStatus == 410
        if gone || turn.now - since >= RetrySchedule.disableAfter {
            webhook.disabledAt = turn.now
            webhook.behindSince = nil
            webhook.disabledReason = gone ? "it answered 410 Gone" : "every attempt failed for 5 days"
            turn.cancelDeliveries(to: webhook)
            context.log(
                .warning, "webhook.disabled", [("endpoint", id), ("reason", webhook.disabledReason ?? "")])
        } else if webhook.failingSince != nil {
            return
        }
        webhook.failingSince = since
        turn.write(webhook)
    }

    private func log(_ delivery: Delivery, _ row: Batch.DeliveryResult) {
        var fields = [
            ("endpoint", delivery.webhook), ("message", delivery.messageID),
            ("type", delivery.type.rawValue),
            ("attempt", "\(row.attempts)"),
        ]
        if let status = row.lastStatus { fields.append(("status", "\(status)")) }
        guard let error = row.lastError else { return context.log(.info, "delivery.succeeded", fields) }
        fields.append(("error", error))
        if row.state == .pending { fields.append(("next_at", row.nextAt.rfc3339)) }
        context.log(.warning, row.state == .pending ? "delivery.failed" : "delivery.exhausted", fields)
    }

    /// 0…1, from the source of randomness that was passed in.
    private func jitter() -> Double {
        let bytes = context.random.bytes(2)
        return Double(bytes.reduce(0) { $0 << 8 | Int($1) }) / 65_535
    }
}
