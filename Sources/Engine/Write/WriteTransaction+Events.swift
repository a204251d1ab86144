import Encoding
import Journal
import Model
import Time

/// Deliveries of a batch.
extension WriteTransaction {
    /// Fan-out of an entry: one delivery per webhook that subscribes to any of its events (invariant I8).
    mutating func announce<State: StoredAggregate>(
        _ payload: any EntryPayload<State>, _ entry: StoredEntry, before: State?, after: State
    ) throws(WriteFault) {
        if let before { try readdress(payload.readdresses(from: before, to: after), entry, after) }
        let outdated = before.map { State.outdated(by: payload, from: $0, to: after) } ?? []
        if !outdated.isEmpty {
            batch.supersededNags.append((entry.stream, outdated, throughDelivery: head.delivery))
        }
        if after.isConfidential, before?.isConfidential == false {
            batch.withheld.append((entry.stream, throughDelivery: head.delivery))
        }
        let webhooks = webhooks
        guard !webhooks.isEmpty else { return }
        var types = payload.events(on: after, at: entry.seq)
        if after.isConfidential { types.removeAll { !$0.leavesConfidential } }
        let asked = after.peopleAsked(by: payload)
        for webhook in webhooks where webhook.isFor(asked) {
            guard let type = types.first(where: webhook.wants) else { continue }
            let urgency = after.urgency(of: payload)
            let end = now + RetrySchedule.lifetime(type.retryClass, interval: urgency.interval)
            add(
                type, to: webhook.id, of: entry.stream, seq: entry.seq, dueAt: urgency.deadline,
                expiresAt: max(min(end, urgency.replacedAt ?? end), now))
        }
    }

    /// Replaces queued deliveries by new ones with new ids, as of the entry that changed whom they are for. A webhook of someone who is
    /// asked now and was not gets one, too.
    private mutating func readdress<State: StoredAggregate>(
        _ types: [EventType], _ entry: StoredEntry, _ state: State
    ) throws(WriteFault) {
        guard !types.isEmpty else { return }
        let queued = try queuedNags(of: entry.stream).filter { types.contains($0.type) }
        guard !queued.isEmpty else { return }
        batch.supersededNags.append((entry.stream, types, throughDelivery: head.delivery))
        for type in types {
            let queued = queued.filter { $0.type == type }
            guard let first = queued.first else { continue }
            let (today, then) = state.peopleAsked(byLast: type)
            for webhook in webhooks where webhook.isFor(today) {
                let isAskedNow = webhook.person.map { !then.contains($0) } ?? false
                let own = queued.first { $0.webhook == webhook.id }
                guard own != nil && webhook.disabledAt == nil || isAskedNow && webhook.wants(type) else {
                    continue
                }
                add(
                    type, to: webhook.id, of: entry.stream, seq: entry.seq, dueAt: (own ?? first).dueAt,
                    expiresAt: max((own ?? first).expiresAt, now))
            }
        }
    }

    /// Queued nags about a stream, as this batch sees them.
    private func queuedNags(of stream: StreamID) throws(WriteFault) -> [Delivery] {
        let stored = try looking { () throws(StoreFault) in try lookup.pendingNags(of: stream) }
        return (stored + batch.deliveries.filter { $0.stream == stream && $0.type.retryClass == .nag })
            .filter { delivery in
                let isEnded = deliveriesChanged[delivery.id].map { $0.state != .pending } ?? false
                return !isEnded
                    && !batch.supersededNags.contains {
                        $0.stream == stream && $0.types.contains(delivery.type)
                            && $0.throughDelivery >= delivery.id
                    }
            }
    }

    /// Announces a deadline that is still ahead, once per webhook. The store prevents a duplicate after a restart.
    mutating func announce<State>(_ notice: Notice, of snapshot: Snapshot<State>) throws(WriteFault) {
        guard notice.at <= now, now < notice.deadline else { return }
        for webhook in webhooks where webhook.wants(notice.type) && webhook.isFor(notice.people) {
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
