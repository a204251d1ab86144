import Incidents
import Journal
import JSON
import Model
import Time

/// How a caller names an incident: by number or by id.
public enum IncidentName: Sendable, Equatable {
    /// By the number in `INC-42`.
    case number(Int)
    /// By its opaque id.
    case id(Incident.ID)
}

/// What somebody wants the write lane to do. There is no other way to change anything.
public enum Order: Sendable {
    /// Begin an incident.
    case declare(Declare)
    /// Perform an action on one. `ifMatch` lists the versions it may have (`nil`: any).
    case change(IncidentName, any Action<Incident>, showing: Shown = .incident, ifMatch: [Int]?)
    /// Change one's status, where the incident it duplicates has still to be looked up.
    case cancelAsDuplicate(IncidentName, of: IncidentName, ifMatch: [Int]?)
    /// Announce that a deadline is near, if it still stands.
    case announce(incident: Int, dueAt: Timestamp)
    /// Keep a new token.
    case createToken(Token)
    /// Revoke a token, by id.
    case revokeToken(String)
    /// Keep a new webhook.
    case createWebhook(Webhook)
    /// Change a webhook, by id, if it is as the caller thinks (`nil`: in any case).
    case editWebhook(String, WebhookEdit, ifMatch: (@Sendable (Webhook) -> Bool)?)
    /// Give a webhook another secret; the ones before it sign that long at most.
    case rotateSecret(webhook: String, to: String, overlap: Duration)
    /// Forget a webhook, by id.
    case deleteWebhook(String)
    /// Send a test event to a webhook, by id.
    case testWebhook(String)
    /// Send a delivery again, by its message id, whatever became of it.
    case retryDelivery(String)
    /// Record how an attempt to deliver ended; `nil` when the delivery was worthless before it could be sent.
    case recordAttempt(delivery: Int, AttemptEnd?)
    /// Mark a webhook as far behind, by that much, or as one that has caught up (`nil`).
    case recordBacklog(webhook: String, Backlog?)
    /// Forget what was kept long enough, and try the store again when it refused.
    case keep

    /// What the answer to a change shows.
    public enum Shown: Sendable {
        /// The incident as it is then.
        case incident
        /// The last entry that was added to it.
        case entry
    }

    /// Critical are nags, declaring, raising, delivery results (design.md, decision 3), and publishing, which a nag asks for.
    ///
    /// So each of them may come before what others sent earlier. A caller who has the answer to one write before sending the next
    /// sees both in that order.
    public var priority: WritePriority {
        switch self {
        case .declare, .announce, .recordAttempt: .critical
        case .change(_, let action, _, _): type(of: action).priority
        default: .ordinary
        }
    }
}

/// What becomes of a webhook; `nil` leaves it as it is.
public struct WebhookEdit: Sendable, Equatable {
    /// Where to.
    public var url: String?
    /// Which event types, as patterns.
    public var events: [String]?
    /// Whether it is on.
    public var isEnabled: Bool?

    /// An edit that changes nothing yet.
    public init() {}
}

/// The end of an attempt to deliver.
public struct AttemptEnd: Sendable, Equatable {
    /// How it ended.
    public var result: OutboundResult
    /// Where it went; what happened there says nothing of where the webhook leads by now.
    public var url: String
    /// When it began.
    public var startedAt: Timestamp
    /// How long it took.
    public var duration: Duration

    /// An attempt that ended so.
    public init(_ result: OutboundResult, url: String, startedAt: Timestamp, duration: Duration) {
        self.result = result
        self.url = url
        self.startedAt = startedAt
        self.duration = duration
    }
}

/// A caller's key for a write, with the digest of the request it came with (api.md, "Conventions").
public struct IdempotencyKey: Sendable, Equatable {
    /// SHA-256 of token id and key, its first 16 bytes.
    public let keyDigest: [UInt8]
    /// SHA-256 of method, target and body, its first 16 bytes.
    public let requestDigest: [UInt8]

    /// A key and the request it came with.
    public init(keyDigest: [UInt8], requestDigest: [UInt8]) {
        self.keyDigest = keyDigest
        self.requestDigest = requestDigest
    }
}

/// What the lane did.
public enum Outcome: Sendable {
    /// It added this entry.
    case entry(StoredEntry, warnings: [Warning])
    /// The same message was recorded before, as this entry.
    case existing(StoredEntry, warnings: [Warning])
    /// It began an incident.
    case declared(IncidentSnapshot, warnings: [Warning])
    /// The incident is like this now; perhaps it was before.
    case incident(IncidentSnapshot, warnings: [Warning])
    /// It kept a token.
    case token(Token)
    /// It kept a new webhook.
    case webhook(Webhook)
    /// The webhook is like this now; perhaps it was before.
    case editedWebhook(Webhook)
    /// The webhook has another secret.
    case rotatedSecret(Webhook)
    /// It made a test delivery.
    case test(webhook: String, messageID: String)
    /// A delivery is to be sent again; the attempts that it had.
    case retried(Delivery, [Attempt])
    /// It is done, and there is nothing to show.
    case done
    /// It is done as far as one turn goes: the same order would find more to do.
    case unfinished
    /// The same key came with the same request before; this is what it led to.
    case replayed(IdempotencyRecord)

    /// What is kept of it under a key.
    var kept: (status: Int, subject: IdempotencyRecord.Subject, warnings: [Warning])? {
        switch self {
        case .entry(let entry, let warnings):
            (201, .entry(incident: entry.incident, seq: entry.seq), warnings)
        case .existing(let entry, let warnings):
            (200, .entry(incident: entry.incident, seq: entry.seq), warnings)
        case .declared(let snapshot, let warnings):
            (201, .incident(snapshot.incident.number, seq: snapshot.incident.seq), warnings)
        case .incident(let snapshot, let warnings):
            (200, .incident(snapshot.incident.number, seq: snapshot.incident.seq), warnings)
        case .token(let token): (201, .token(token.id), [])
        case .webhook(let webhook): (201, .webhook(webhook.id), [])
        case .editedWebhook(let webhook), .rotatedSecret(let webhook): (200, .webhook(webhook.id), [])
        case .test(let webhook, let messageID):
            (202, .delivery(webhook: webhook, messageID: messageID), [])
        case .retried(let delivery, _):
            (202, .delivery(webhook: delivery.webhook, messageID: delivery.messageID), [])
        case .done, .unfinished: (204, .nothing, [])
        case .replayed: nil
        }
    }

    /// The body of its answer where the store holds only what is now, not what was then: secrets are `null`.
    var shown: [UInt8]? {
        var writer = JSONWriter()
        writer.beginObject()
        switch self {
        case .webhook(let webhook), .rotatedSecret(let webhook):
            writer.members(of: webhook)
            writer.member("secret", nil as String?)
        case .editedWebhook(let webhook): writer.members(of: webhook)
        case .retried(let delivery, let attempts): writer.members(of: delivery, attempts)
        default: return nil
        }
        writer.endObject()
        return writer.bytes
    }
}

/// Why the lane did not do it. Nothing was written.
public enum WriteRefusal: Error, Sendable {
    /// The rules forbid it; the incident as it stands, when there is one.
    case rule(Refusal, IncidentSnapshot?)
    /// The incident of that ref has an entry of that kind, which a newer version of Drumbeat wrote: this one reads it alone.
    case newerKind(String, EntryKind)
    /// There is no such incident, token or webhook; in words.
    case notFound(String)
    /// `If-Match` named another version.
    case preconditionFailed(IncidentSnapshot)
    /// `If-Match` named another state of a webhook.
    case webhookChanged(Webhook)
    /// The webhook is off, so that nothing is sent to it.
    case webhookOff(Webhook)
    /// The webhook has that very secret.
    case sameSecret
    /// The key was used with another request.
    case keyReused
    /// Too much waits already, or it would wait too long; how many whole seconds it takes to be answered.
    case overloaded(retryAfter: Duration)
    /// The store takes no writes for now.
    case storage(String)
    /// Our own fault; in words for the log, not for the caller.
    case internalFault(String)
}
