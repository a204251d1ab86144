import Incidents
import Journal
import Model
import Time

/// What people do to webhooks and their deliveries.
extension Turn {
    /// How many secrets may sign beside the current one: with a third rotation within the overlaps the oldest ends early, so that the
    /// header stays short.
    static let previousSecretsMax = 2
    /// How long a delivery that has ended is kept, so that a dead letter outlives a long holiday.
    static let deliveryLifetime: Duration = .seconds(30 * 86_400)
    /// How many deliveries one turn looks through for those that may be forgotten: about 20 ms of the lane.
    static let forgottenMax = 1_000
    /// How long a nag that was sent again by hand is worth trying: its incident's interval says nothing about somebody's wish.
    static let renewedInterval: Duration = .seconds(900)

    /// Changes a webhook. What waits for one that is switched off is cancelled; one that is switched on, or leads elsewhere, begins
    /// with a clean record.
    mutating func edit(_ before: Webhook, _ edit: WebhookEdit, by author: Author) -> Outcome {
        var webhook = before
        webhook.events = edit.events ?? webhook.events
        if let url = edit.url, url != before.url {
            webhook.url = url
            webhook.failingSince = nil
        }
        switch edit.isEnabled {
        case true? where before.disabledAt != nil:
            webhook.disabledAt = nil
            webhook.disabledReason = nil
            webhook.failingSince = nil
        case false? where before.disabledAt == nil:
            webhook.disabledAt = now
            webhook.disabledReason = "switched off by \(author.person.name)"
            webhook.behindSince = nil
            cancelDeliveries(to: webhook)
        default: break
        }
        guard webhook != before else { return .editedWebhook(before) }
        write(webhook)
        context.log(
            .info, "webhook.changed",
            [
                ("endpoint", webhook.id), ("enabled", "\(webhook.disabledAt == nil)"),
                ("by", author.person.name),
            ])
        return .editedWebhook(webhook)
    }

    /// Gives a webhook another secret. The ones before it, of an earlier rotation too, sign beside it, each to its own end or to that
    /// of this overlap, whichever comes first; so an overlap of nothing ends them all.
    mutating func rotateSecret(
        of before: Webhook, to secret: String, overlap: Duration
    ) throws(LaneFault) -> Outcome {
        guard secret != before.secret else { throw .refusal(.sameSecret) }
        let end = now + overlap
        var webhook = before
        webhook.secret = secret
        let previous = [Webhook.PreviousSecret(secret: before.secret, until: end)] + before.previousSecrets
        webhook.previousSecrets = Array(
            previous.map { .init(secret: $0.secret, until: min($0.until, end)) }
                .filter { $0.until > now && $0.secret != secret }
                .prefix(Turn.previousSecretsMax))
        write(webhook)
        context.log(
            .info, "webhook.secret_rotated",
            [("endpoint", webhook.id), ("overlap_seconds", "\(overlap.wholeSeconds)")])
        return .rotatedSecret(webhook)
    }

    /// Forgets secrets that sign no more.
    mutating func forgetSecrets() {
        for webhook in webhooks where webhook.previousSecrets.contains(where: { $0.until <= now }) {
            var webhook = webhook
            webhook.previousSecrets.removeAll { $0.until <= now }
            write(webhook)
        }
    }

    /// Sends a delivery again at once, with the same `webhook-id`, whatever became of it: its schedule begins anew.
    mutating func retry(_ messageID: String) throws(LaneFault) -> Outcome {
        let found: Delivery?
        var attempts: [Attempt] = []
        do throws(StoreFault) {
            found = try lookup.delivery(messageID: messageID)
            if let found { attempts = try lookup.attempts(of: found.id) }
        } catch {
            throw .store(error)
        }
        guard let found, let delivery = try delivery(found.id) else {
            throw .refusal(.notFound(Turn.noDelivery))
        }
        guard let webhook = webhook(delivery.webhook) else {
            throw .refusal(
                .notFound(
                    "The webhook of this delivery, \(delivery.webhook), was deleted. Register it anew; what it missed is in the timeline."
                ))
        }
        guard webhook.disabledAt == nil else { throw .refusal(.webhookOff(webhook)) }
        let lifetime = RetrySchedule.lifetime(delivery.type.retryClass, interval: Turn.renewedInterval)
        let renewed = Batch.DeliveryResult(
            id: delivery.id, state: .pending, attempts: delivery.attempts,
            nextAt: try next(for: delivery), lastStatus: delivery.lastStatus, lastError: delivery.lastError,
            renewal: .init(
                expiresAt: max(delivery.expiresAt, now + lifetime), attemptsBefore: delivery.attempts))
        write(renewed, over: delivery)
        retriedWebhooks.insert(webhook.id)
        context.log(
            .info, "delivery.retried", [("endpoint", webhook.id), ("message", delivery.messageID)])
        return .retried(deliveriesChanged[delivery.id] ?? delivery, attempts)
    }

    /// What to say when a delivery is not there.
    static let noDelivery =
        "There is no such delivery, or it ended more than 30 days ago. GET /v1/webhooks/{id}/deliveries lists them."

    /// The moment that puts it before all that waits in its lane; but what was never tried does not overtake those before it.
    private func next(for delivery: Delivery) throws(LaneFault) -> Timestamp {
        guard delivery.attempts > 0 else { return delivery.state == .pending ? delivery.nextAt : now }
        do throws(StoreFault) {
            let first = try lookup.nextDelivery(to: delivery.webhook, delivery.type.retryClass)
            return min(now, first.map { $0 - .milliseconds(1) } ?? now)
        } catch {
            throw .store(error)
        }
    }

    /// Marks a webhook as far behind, or takes the mark away; once each.
    mutating func record(_ backlog: Backlog?, of id: String) {
        guard var webhook = webhook(id), webhook.disabledAt == nil,
            (webhook.behindSince != nil) != (backlog != nil)
        else { return }
        webhook.behindSince = backlog == nil ? nil : now
        write(webhook)
        guard let backlog else { return context.log(.info, "webhook.caught_up", [("endpoint", id)]) }
        var fields = [("endpoint", id), ("pending", "\(backlog.pending)")]
        if let firstDue = backlog.firstDue { fields.append(("first_due_at", firstDue.rfc3339)) }
        context.log(.warning, "webhook.behind", fields)
    }

    /// Forgets deliveries that ended long ago, from the old end on, a slice at a time; what is pending never, however old. Answers with
    /// the last one it looked at; 0 when the rest is younger.
    mutating func forgetDeliveries(after id: Int) throws(LaneFault) -> Int {
        let slice: [Delivery]
        do throws(StoreFault) {
            slice = try lookup.deliveries(after: id, limit: Turn.forgottenMax)
        } catch {
            throw .store(error)
        }
        let end = now - Turn.deliveryLifetime
        let old = slice.prefix { $0.createdAt < end }
        // One that was sent again by hand ended later than its age says.
        let ended = old.filter { delivery in
            let isPending = (deliveriesChanged[delivery.id] ?? delivery).state == .pending
            return !isPending && delivery.nextAt < end
        }
        batch.forgottenDeliveries += ended.map(\.id)
        return old.count == Turn.forgottenMax ? old.last?.id ?? 0 : 0
    }
}
