import Journal
import Model
import Time

/// What the lane is asked to do: it performs itself inside a transaction. There is no other way to change anything.
public protocol WriteRequest: Sendable {
    /// Critical are nags, declaring, raising, delivery results (design.md, decision 3), and publishing, which a nag asks for.
    ///
    /// So each of them may come before what others sent earlier. A caller who has the answer to one write before sending the next
    /// sees both in that order.
    var priority: WritePriority { get }
    /// Decides first and writes then: what it throws leaves nothing behind in the transaction.
    func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome
}

extension WriteRequest {
    public var priority: WritePriority { .ordinary }
}

/// Why a request is not performed: it alone is refused, or the store fails the whole transaction.
public enum WriteFault: Error {
    case refused(Refusal)
    case store(StoreFault)
}

/// What a request led to: enough to answer now, and to answer the same again for an idempotency key.
public struct Outcome: Sendable {
    /// What the answer shows.
    public enum Subject: Sendable {
        case entry(StoredEntry)
        /// A stream's state as of a snapshot.
        case state(any AnySnapshot)
        case resource(ShownResource)
        case nothing
    }

    /// What was done; the raw value is the status code of the answer.
    public enum Effect: Int, Sendable {
        /// It is as was asked; perhaps it was before.
        case done = 200
        case created = 201
        /// It will be done.
        case accepted = 202
        /// There is nothing to show.
        case finished = 204
    }

    public var effect: Effect
    public var subject: Subject
    public var warnings: [Warning]
    /// Whether the same request would find more to do.
    public var isUnfinished = false

    public init(_ effect: Effect, _ subject: Subject, warnings: [Warning] = []) {
        self.effect = effect
        self.subject = subject
        self.warnings = warnings
    }

    static let finished = Outcome(.finished, .nothing)
}

/// A token, a webhook or a delivery as an answer shows it: the store holds only what it is now, not what it was then.
public struct ShownResource: Sendable {
    public var kind: IdempotencyRecord.Resource
    public var id: String
    /// Its body as JSON, secrets as `null`: what is kept under a key.
    public var body: [UInt8]
    /// The same with its secret, for the first answer; `nil` when it has none, or is shown again.
    public var bodyWithSecret: [UInt8]?

    public init(
        _ kind: IdempotencyRecord.Resource, id: String, body: [UInt8], bodyWithSecret: [UInt8]? = nil
    ) {
        self.kind = kind
        self.id = id
        self.body = body
        self.bodyWithSecret = bodyWithSecret
    }
}

/// How the lane answers a request that was not refused.
public enum WriteAnswer: Sendable {
    case performed(Outcome)
    /// The same key came with the same request before; this is what it led to.
    case kept(IdempotencyRecord)
}

/// A caller's key for a write, with the digest of the request it came with (api.md, "Conventions").
public struct IdempotencyKey: Sendable, Equatable {
    /// SHA-256 of token id and key, its first 16 bytes.
    public let keyDigest: [UInt8]
    /// SHA-256 of method, target and body, its first 16 bytes.
    public let requestDigest: [UInt8]

    public init(keyDigest: [UInt8], requestDigest: [UInt8]) {
        self.keyDigest = keyDigest
        self.requestDigest = requestDigest
    }
}

extension IdempotencyRecord {
    init(_ outcome: Outcome, id: Int, under key: IdempotencyKey, at now: Timestamp) {
        let subject: Subject
        var shown: [UInt8]?
        switch outcome.subject {
        case .entry(let entry): subject = .entry(entry.stream, seq: entry.seq)
        case .state(let snapshot): subject = .state(snapshot.stream, seq: snapshot.seq)
        case .resource(let resource):
            subject = .resource(resource.kind, id: resource.id)
            shown = resource.body
        case .nothing: subject = .nothing
        }
        self.init(
            id: id, keyDigest: key.keyDigest, requestDigest: key.requestDigest,
            status: outcome.effect.rawValue,
            subject: subject, warnings: outcome.warnings.map(\.code), shown: shown, createdAt: now)
    }
}
