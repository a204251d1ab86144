import Incidents
import Journal
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
    case declare(Severity, Declared.Details)
    /// Change one. `ifMatch` lists the versions it may have (`nil`: any).
    case change(IncidentName, Change, ifMatch: [Int]?)
    /// Change one's status, where the incident it duplicates has still to be looked up.
    case cancelAsDuplicate(IncidentName, of: IncidentName, ifMatch: [Int]?)
    /// Announce that a deadline is near, if it still stands.
    case announce(incident: Int, dueAt: Timestamp)
    /// Keep a new token.
    case createToken(Token)
    /// Revoke a token, by id.
    case revokeToken(String)
    /// Keep a new endpoint.
    case createEndpoint(Endpoint)
    /// Forget an endpoint, by id.
    case deleteEndpoint(String)
    /// Send a test event to an endpoint, by id.
    case testEndpoint(String)
    /// Record how an attempt to deliver ended; `nil` when the delivery was worthless before it could be sent.
    case recordAttempt(delivery: Int, OutboundResult?)
    /// Forget keys that were kept long enough, and try the store again when it refused.
    case keep

    /// Whether it goes first: nags, declaring, raising, delivery results (design.md, decision 3).
    var isUrgent: Bool {
        switch self {
        case .declare, .announce, .recordAttempt, .change(_, .nag, _), .change(_, .raiseSeverity, _): true
        default: false
        }
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
    case declared(Published, warnings: [Warning])
    /// The incident is like this now; perhaps it was before.
    case incident(Published, warnings: [Warning])
    /// It kept a token.
    case token(Token)
    /// It kept an endpoint.
    case endpoint(Endpoint)
    /// It made a test delivery.
    case test(endpoint: String, messageID: String)
    /// It is done, and there is nothing to show.
    case done
    /// The same key came with the same request before; this is what it led to.
    case replayed(KeptKey)

    /// What is kept of it under a key.
    var kept: (status: Int, subject: KeptKey.Subject, warnings: [Warning])? {
        switch self {
        case .entry(let entry, let warnings):
            (201, .entry(incident: entry.incident, seq: entry.seq), warnings)
        case .existing(let entry, let warnings):
            (200, .entry(incident: entry.incident, seq: entry.seq), warnings)
        case .declared(let published, let warnings):
            (201, .incident(published.incident.number, seq: published.incident.seq), warnings)
        case .incident(let published, let warnings):
            (200, .incident(published.incident.number, seq: published.incident.seq), warnings)
        case .token(let token): (201, .token(token.id), [])
        case .endpoint(let endpoint): (201, .endpoint(endpoint.id), [])
        case .test(let endpoint, let messageID): (202, .test(endpoint: endpoint, messageID: messageID), [])
        case .done: (204, .nothing, [])
        case .replayed: nil
        }
    }
}

/// Why the lane did not do it. Nothing was written.
public enum Refusal: Error, Sendable {
    /// The rules forbid it; the incident as it stands, when there is one.
    case violation(Violation, Published?)
    /// There is no such incident, token or endpoint; in words.
    case notFound(String)
    /// `If-Match` named another version.
    case preconditionFailed(Published)
    /// The key was used with another request.
    case keyReused
    /// Too much waits already.
    case overloaded
    /// The store takes no writes for now.
    case storage(String)
    /// Our own fault; in words for the log, not for the caller.
    case internalFault(String)
}
