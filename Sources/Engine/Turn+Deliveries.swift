import Incidents
import Journal
import Model
import Platform
import Time

/// The outbox rows of a batch.
extension Turn {
    /// Makes the outbox rows of an entry: one for each of its events and each webhook that wants it (invariant I8).
    mutating func announce(
        _ payload: any EntryPayload<Incident>, _ seq: Int, before: Incident?, after: Incident
    ) {
        let outdated = before.map { Incident.outdated(by: payload, from: $0, to: after) } ?? []
        if !outdated.isEmpty {
            batch.supersededNags.append((after.number, outdated, throughDelivery: head.delivery))
        }
        let nag = payload as? NagSent
        let webhooks = webhooks
        add(payload.event, to: webhooks, incident: after, seq: seq, nag: nag)
        for type in payload.sideEvents(from: before, to: after) {
            add(type, to: webhooks, incident: after, seq: seq, nag: nag)
        }
    }

    /// Announces that a deadline is near, to each webhook once: also when a restart has forgotten that it was announced before.
    mutating func announceDueSoon(_ incident: Incident, dueAt: Timestamp) throws(LaneFault) {
        guard incident.isOpen, incident.cadence.beat.dueAt == dueAt, now < dueAt else { return }
        var wanting: [Webhook] = []
        for webhook in webhooks where webhook.wants(.updateDueSoon) {
            do throws(StoreFault) {
                let isDone = try lookup.isAnnounced(to: webhook.id, incident: incident.number, dueAt: dueAt)
                if !isDone { wanting.append(webhook) }
            } catch {
                throw .store(error)
            }
        }
        for webhook in wanting {
            add(
                to: webhook.id, .updateDueSoon, incident: incident.number, seq: incident.seq, dueAt: dueAt,
                expiresAt: dueAt)
        }
    }

    private mutating func add(
        _ type: EventType, to webhooks: [Webhook], incident: Incident, seq: Int, nag: NagSent?
    ) {
        for webhook in webhooks where webhook.wants(type) {
            // A nag is worthless after the next one, and after one interval at the latest.
            let lifetime =
                now + RetrySchedule.lifetime(type.retryClass, interval: incident.cadence.beat.interval)
            let next = nag.flatMap { incident.nextNagAt(about: $0.about) }
            add(
                to: webhook.id, type, incident: incident.number, seq: seq, dueAt: nag?.dueAt,
                expiresAt: max(min(lifetime, next ?? lifetime), now))
        }
    }

    @discardableResult
    private mutating func add(
        to webhook: String, _ type: EventType, incident: Int?, seq: Int?, dueAt: Timestamp?,
        expiresAt: Timestamp
    ) -> String {
        head.delivery += 1
        let messageID = "msg_" + ULID.make(at: now, context.random)
        batch.deliveries.append(
            Delivery(
                id: head.delivery, messageID: messageID, webhook: webhook, type: type, incident: incident,
                seq: seq,
                dueAt: dueAt, createdAt: now, nextAt: now, expiresAt: expiresAt))
        return messageID
    }

    /// Makes a test delivery.
    mutating func test(_ webhook: Webhook) throws(LaneFault) -> Outcome {
        guard webhook.disabledAt == nil else { throw .refusal(.webhookOff(webhook)) }
        let messageID = add(
            to: webhook.id, .webhookTest, incident: nil, seq: nil, dueAt: nil,
            expiresAt: now + .seconds(900))
        return .test(webhook: webhook.id, messageID: messageID)
    }
}
