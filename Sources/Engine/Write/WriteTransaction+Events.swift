import Encoding
import Journal
import Model
import Time

/// Deliveries of a batch.
extension WriteTransaction {
    /// Fan-out of an entry: one delivery per event and subscribed webhook (invariant I8).
    mutating func announce<State: StoredAggregate>(
        _ payload: any EntryPayload<State>, _ entry: StoredEntry, before: State?, after: State
    ) {
        let outdated = before.map { State.outdated(by: payload, from: $0, to: after) } ?? []
        if !outdated.isEmpty {
            batch.supersededNags.append((entry.stream, outdated, throughDelivery: head.delivery))
        }
        let webhooks = webhooks
        guard !webhooks.isEmpty, payload.event != .unannounced else { return }
        add(payload.event, of: payload, entry, after, to: webhooks)
        for type in payload.sideEvents(from: before, to: after) {
            add(type, of: payload, entry, after, to: webhooks)
        }
    }

    private mutating func add<State: StoredAggregate>(
        _ type: EventType, of payload: any EntryPayload<State>, _ entry: StoredEntry, _ state: State,
        to webhooks: [Webhook]
    ) {
        for webhook in webhooks where webhook.wants(type) {
            let urgency = state.urgency(of: payload)
            let end = now + RetrySchedule.lifetime(type.retryClass, interval: urgency.interval)
            add(
                type, to: webhook.id, of: entry.stream, seq: entry.seq, dueAt: urgency.deadline,
                expiresAt: max(min(end, urgency.replacedAt ?? end), now))
        }
    }

    /// Announces a deadline that is still ahead, once per webhook. The store prevents a duplicate after a restart.
    mutating func announce<State>(_ notice: Notice, of snapshot: Snapshot<State>) throws(WriteFault) {
        guard notice.at <= now, now < notice.deadline else { return }
        for webhook in webhooks where webhook.wants(notice.type) {
            let isDoneHere = batch.deliveries.contains {
                ($0.type, $0.webhook, $0.stream, $0.dueAt)
                    == (notice.type, webhook.id, snapshot.stream, notice.deadline)
            }
            if isDoneHere { continue }
            let isDone = try looking { () throws(StoreFault) in
                try lookup.isAnnounced(
                    notice.type, to: webhook.id, of: snapshot.stream, dueAt: notice.deadline)
            }
            if isDone { continue }
            add(
                notice.type, to: webhook.id, of: snapshot.stream, seq: snapshot.seq, dueAt: notice.deadline,
                expiresAt: notice.deadline)
        }
    }

    /// Adds a delivery that is due now; returns its message id.
    @discardableResult
    mutating func add(
        _ type: EventType, to webhook: String, of stream: StreamID?, seq: Int?, dueAt: Timestamp?,
        expiresAt: Timestamp
    ) -> String {
        head.delivery += 1
        let messageID = "msg_" + ULID.make(at: now, context.random)
        batch.deliveries.append(
            Delivery(
                id: head.delivery, messageID: messageID, webhook: webhook, type: type, stream: stream,
                seq: seq,
                dueAt: dueAt, createdAt: now, nextAt: now, expiresAt: expiresAt))
        return messageID
    }
}
