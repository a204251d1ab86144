import Engine
import HTTP
import Incidents
import Journal
import JSON
import Time

/// The one place where what the rules and the lane refuse becomes a problem.
extension Problem {
    init(_ refusal: Refusal) {
        switch refusal {
        case .violation(let violation, let snapshot):
            self.init(violation, on: snapshot?.incident)
        case .notFound(let detail):
            self.init(.notFound, detail)
        case .preconditionFailed(let snapshot):
            self.init(
                .preconditionFailed,
                "The incident is at version \(snapshot.incident.version) now. Read it again and decide anew."
            )
            current = JSONValue.string(ETags.incident(snapshot.incident)).encoded()
            fields = [("ETag", ETags.incident(snapshot.incident))]
        case .webhookChanged(let webhook):
            let tag = ETags.body(Representations.webhook(webhook).body)
            self.init(
                .preconditionFailed, "The webhook is another one by now. Read it again and decide anew.")
            current = JSONValue.string(tag).encoded()
            fields = [("ETag", tag)]
        case .webhookOff(let webhook):
            self = .validation([
                .init(
                    detail:
                        "The webhook is switched off (\(webhook.disabledReason ?? "by hand")). Switch it on first.",
                    pointer: "#")
            ])
            links = [
                Link(
                    method: "PATCH", href: "/v1/webhooks/\(webhook.id)",
                    detail: "{\"enabled\": true} switches it on")
            ]
        case .sameSecret:
            self = .validation([
                .init(
                    detail: "That is the secret the webhook has already; leave it out and one is made.",
                    pointer: "#/secret")
            ])
        case .keyReused:
            self.init(
                .idempotencyKeyReused,
                "This Idempotency-Key came with another method, path or body before. Make a new key for a new request."
            )
        case .overloaded(let retryAfter):
            self.init(
                .overloaded,
                "Too many writes wait already for the disk's pace. Nothing was written; wait as long as Retry-After says, then retry with "
                    + "the same Idempotency-Key. Declaring, raising severity and publishing are still taken."
            )
            fields = [("Retry-After", "\(retryAfter.components.seconds)")]
        case .storage(let why):
            self.init(
                .storageUnavailable,
                "The store takes no writes now: \(why). Nothing was acknowledged; retrying with the same Idempotency-Key is safe."
            )
            fields = [("Retry-After", "2")]
        case .internalFault:
            self.init(
                .internalFault,
                "Something is wrong on our side. Nothing was written; the log has more under the request_id.")
        }
    }

    private init(_ violation: Violation, on incident: Incident?) {
        let path = incident.map { "/v1/incidents/\($0.ref)" } ?? "/v1/incidents"
        switch violation {
        case .severityOnlyRises(let current, let requested):
            self.init(
                .severityOnlyRises,
                "The severity is \(current.rawValue) and only rises while the incident is open; \(requested.rawValue) is lower. "
                    + "Record a dispute instead: it is listed for the review.")
            self.current = JSONValue.string(current.rawValue).encoded()
            allowed = Severity.allCases.filter { $0 >= current }.map(\.rawValue)
            links = [
                Link(
                    method: "POST", href: "\(path)/severity/disputes",
                    detail: "{\"claims\": \"\(requested.rawValue)\", \"reason\": \"…\"}")
            ]
        case .notAllowedFromStatus(let current, let wish, let allowed, let advice):
            self.init(
                .notAllowedFromStatus, "The status \(current.rawValue) does not allow \(wish). \(advice)")
            self.current = JSONValue.string(current.rawValue).encoded()
            self.allowed = allowed.map(\.rawValue)
        case .incidentEnded(let status, let wish):
            self.init(
                .incidentEnded,
                "The incident is \(status.rawValue), which does not allow \(wish). Reopen it first if it goes on."
            )
            self.current = JSONValue.string(status.rawValue).encoded()
            allowed = [Incident.Status.investigating.rawValue]
            links = [
                Link(
                    method: "PUT", href: "\(path)/status",
                    detail: "{\"status\": \"investigating\", \"reason\": \"…\"}")
            ]
        case .commanderOnly(let wish, let commander):
            self.init(
                .commanderOnly,
                "The commander is \(commander.name), who alone decides on \(wish). Let them do it, name "
                    + "them as author, or take the role first."
            )
            self.current = JSONValue.string(commander.name).encoded()
            links = [
                Link(
                    method: "PUT", href: "\(path)/roles/commander",
                    detail: "{\"person\": \"…\"} takes the role")
            ]
        case .snoozeLimit(let until):
            let held = until.map { ", until \($0.rfc3339)" } ?? ""
            self.init(
                .snoozeLimit,
                "Nags were snoozed twice since the last update\(held): no third time. Publish an update, "
                    + "\"still investigating\" is enough: that sets a new deadline."
            )
            links = [
                Link(
                    method: "POST", href: "\(path)/status-updates",
                    detail: "{\"template\": \"nothing_new\"} publishes one")
            ]
        case .staleDraft(let basis, let newer):
            self.init(
                .staleDraft,
                "Status, severity or a confirmed finding changed after seq \(basis), on which the draft "
                    + "was made. Fetch a new draft, or publish with \"force\": true."
            )
            self.current = JSONValue.object(
                JSONObject([.init(name: "seqs", value: .array(newer.map { .integer(Int64($0)) }))])
            ).encoded()
            links = [
                Link(method: "GET", href: "\(path)/status-updates/draft", detail: "a new draft"),
                Link(method: "GET", href: "\(path)/timeline?after=\(basis)", detail: "what happened since"),
            ]
        case .unfilledDraft:
            self.init(
                .unfilledDraft,
                "The text still holds [FILL: …]. Replace it by what is true, leave the line out, or publish with \"force\": true."
            )
        case .promiseExceedsCadence(let limit, let interval):
            self.init(
                .promiseExceedsCadence,
                "With an interval of \(DurationText.format(interval)) the next update may be promised for \(limit.rfc3339) at the latest."
            )
            flaws = [Flaw(detail: "at most \(limit.rfc3339)", pointer: "#/next_update_at")]
        case .clockSkew(let pointer, let claimed, let now):
            self.init(
                .clockSkew,
                "\(claimed.rfc3339) lies more than 10 minutes ahead of the server's clock, which says "
                    + "\(now.rfc3339). Check the sender's clock."
            )
            self.current = JSONValue.string(now.rfc3339).encoded()
            flaws = [Flaw(detail: "at most 10 minutes after \(now.rfc3339)", pointer: pointer)]
        case .invalid(let pointer, let detail):
            self = .validation([Flaw(detail: detail, pointer: pointer)])
        }
    }
}
