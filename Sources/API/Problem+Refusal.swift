import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Time

/// The one place where what the rules and the lane refuse becomes a problem.
extension Problem {
    init(_ refusal: WriteRefusal) {
        switch refusal {
        case .rule(let refusal, let snapshot):
            self.init(refusal, on: snapshot?.incident)
        case .newerKind(let ref, let kind):
            self.init(
                .storageUnavailable,
                "\(ref) has an entry of the kind \(kind), written by a newer version of Drumbeat; this version can show the incident "
                    + "and change nothing about it. Start the newer version again, then retry with the same Idempotency-Key."
            )
            fields = [("Retry-After", "60")]
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

    /// What a rule refuses; its links get the paths of the routes that they name.
    init(_ refusal: Refusal, on incident: Incident? = nil) {
        self.init(refusal.type, refusal.detail)
        switch refusal.current {
        case nil: break
        case .text(let text)?: current = JSONValue.string(text).encoded()
        case .seqs(let seqs)?:
            let value = JSONValue.array(seqs.map { .integer(Int64($0)) })
            current = JSONValue.object(JSONObject([.init(name: "seqs", value: value)])).encoded()
        }
        allowed = refusal.allowed
        flaws = refusal.flaws
        links = refusal.links.compactMap { Problem.link($0, on: incident) }
    }

    /// A link to the route that performs an operation; `nil` when no route does, which `scripts/house-rules` forbids.
    private static func link(_ link: Refusal.Link, on incident: Incident?) -> Link? {
        guard let route = Route.all.first(where: { $0.operation.name == link.operation }) else {
            return nil
        }
        var values = ([incident?.ref].compactMap(\.self) + link.parameters)[...]
        let path = route.pattern.split(separator: "/").map { segment in
            segment.hasPrefix("{") ? values.popFirst() ?? String(segment) : String(segment)
        }
        return Link(
            method: route.method.rawValue, href: "/" + path.joined(separator: "/") + link.query,
            detail: link.detail)
    }
}
