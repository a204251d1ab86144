import Incidents
import Journal
import JSON
import Time

/// JSON of webhooks and deliveries (api.md, "Around it").
extension JSONWriter {
    /// Writes a webhook's members without its secret, which only the responses to its creation and rotation have.
    public mutating func members(of webhook: Webhook) {
        member("id", webhook.id)
        member("kind", webhook.kind.name.rawValue)
        member("url", webhook.shownURL)
        member("person", webhook.person?.name)
        let mail: Webhook.Mail? = if case .smtp(let mail) = webhook.kind { mail } else { nil }
        member("from", mail?.from)
        member("to", mail?.to ?? [])
        member("username", mail?.username)
        member("events", webhook.events)
        member("enabled", webhook.disabledAt == nil)
        member("created_at", webhook.createdAt)
        member("disabled_at", webhook.disabledAt)
        member("disabled_reason", webhook.disabledReason)
        member("failing_since", webhook.failingSince)
        member("behind_since", webhook.behindSince)
        member("previous_secret_expires_at", webhook.previousSecrets.map(\.until).max())
    }

    /// Writes a delivery's members with its kept attempts.
    public mutating func members(of delivery: Delivery, _ attempts: [Attempt]) {
        member("id", delivery.messageID)
        member("webhook", delivery.webhook)
        member("type", delivery.type.rawValue)
        member("incident", delivery.stream.map(Incident.ref(of:)))
        member("seq", delivery.seq)
        member("state", delivery.state.rawValue)
        member("created_at", delivery.createdAt)
        member("next_at", delivery.state == .pending ? delivery.nextAt : nil)
        member("expires_at", delivery.expiresAt)
        member("last_status", delivery.lastStatus)
        member("last_error", delivery.lastError)
        member("attempt_count", delivery.attempts)
        name("attempts")
        beginArray()
        for attempt in attempts {
            beginObject()
            member("number", attempt.number)
            member("started_at", attempt.startedAt)
            member("duration_milliseconds", Int(attempt.duration.wholeMilliseconds))
            member("status", attempt.status)
            member("answer", attempt.status == nil ? nil : attempt.detail)
            member("error", attempt.status == nil ? attempt.detail : nil)
            endObject()
        }
        endArray()
    }
}
