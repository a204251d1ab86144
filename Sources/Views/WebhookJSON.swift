import Incidents
import Journal
import JSON
import Time

/// Webhooks and their deliveries as clients see them (api.md, "Around it").
extension JSONWriter {
    /// A webhook's members; its secret is shown by nothing but the answer that made it.
    public mutating func members(of webhook: Webhook) {
        member("id", webhook.id)
        member("url", webhook.url)
        name("events")
        beginArray()
        for pattern in webhook.events { string(pattern) }
        endArray()
        name("enabled")
        bool(webhook.disabledAt == nil)
        member("created_at", webhook.createdAt.rfc3339)
        member("disabled_at", webhook.disabledAt?.rfc3339)
        member("disabled_reason", webhook.disabledReason)
        member("failing_since", webhook.failingSince?.rfc3339)
        member("behind_since", webhook.behindSince?.rfc3339)
        member("previous_secret_expires_at", webhook.previousSecrets.map(\.until).max()?.rfc3339)
    }

    /// A delivery's members with its attempts, of which the newest are kept.
    public mutating func members(of delivery: Delivery, _ attempts: [Attempt]) {
        member("id", delivery.messageID)
        member("webhook", delivery.webhook)
        member("type", delivery.type.rawValue)
        member("incident", delivery.stream.map(Incident.ref(of:)))
        member("seq", delivery.seq)
        member("state", delivery.state.rawValue)
        member("created_at", delivery.createdAt.rfc3339)
        member("next_at", delivery.state == .pending ? delivery.nextAt.rfc3339 : nil)
        member("expires_at", delivery.expiresAt.rfc3339)
        member("last_status", delivery.lastStatus)
        member("last_error", delivery.lastError)
        member("attempt_count", delivery.attempts)
        name("attempts")
        beginArray()
        for attempt in attempts {
            beginObject()
            member("number", attempt.number)
            member("started_at", attempt.startedAt.rfc3339)
            member("duration_milliseconds", Int(attempt.duration.wholeMilliseconds))
            member("status", attempt.status)
            member("answer", attempt.status == nil ? nil : attempt.detail)
            member("error", attempt.status == nil ? attempt.detail : nil)
            endObject()
        }
        endArray()
    }
}
