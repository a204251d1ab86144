import Encoding
import Journal
import Model
import Time

/// A request to the lane. It performs itself inside a transaction; there is no other way to change anything.
public protocol WriteRequest: Sendable {
    /// Critical: nags, declaring, raising, delivery results (design.md, decision 3), and publishing, which a nag asks for.
    ///
    /// A critical request may overtake earlier ordinary ones of others. A caller that waits for one answer before the next write sees
    /// both in that order.
    var priority: WritePriority { get }
    /// Whether it is performed even while the clock shows a year that cannot be stored.
    var ignoresClock: Bool { get }
    /// Must decide first and write afterwards: a request that throws must leave nothing in the transaction.
    func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome
}

extension WriteRequest {
    public var priority: WritePriority { .ordinary }
    public var ignoresClock: Bool { false }
}

/// Why a request is not performed: it alone is refused or must wait for a state, or the store fails the whole transaction.
public enum WriteFault: Error {
    case refused(Refusal)
    /// The state is not in memory. The request is performed again when it was folded on a reader.
    case absent(AbsentState)
    case store(StoreFault)
}

/// A state that a request needs and that only the store has.
public struct AbsentState: Sendable {
    let stream: StreamID
    /// The display name.
    let ref: String
    /// Folds it. Blocks on the store.
    let load: @Sendable () throws -> (any AnySnapshot)?
}

extension WriteFault {
    /// An internal error; `cause` goes to the log only.
    static func internalFault(_ cause: String) -> WriteFault { .refused(.internalFault(cause)) }
}

extension Refusal {
    /// An internal error; `cause` goes to the log only.
    static func internalFault(_ cause: String) -> Refusal {
        Refusal(
            .internalFault,
            "An internal error occurred. Nothing was written; the log has the details under the request_id.",
            cause: cause)
    }

    /// Refuses the requests for this stream alone; others go on.
    static func damaged(_ ref: String, _ flaw: String) -> Refusal {
        .internalFault("\(ref) is damaged: \(flaw); run drumbeat verify")
    }

    /// The token was revoked, or came to its end, while the request waited.
    public static var tokenRevoked: Refusal {
        Refusal(
            .unauthorized,
            "This token was revoked while the request waited. Send the request with a valid token.")
    }
}

/// Result of a request: enough to answer now, and to repeat the answer for an idempotency key.
public struct Outcome: Sendable {
    public enum Subject: Sendable {
        case entry(StoredEntry)
        case state(any AnySnapshot)
        case resource(ShownResource)
        /// The outcomes of many actions on a stream, in their order.
        case each(StreamID, [EachOutcome])
        case nothing
    }

    /// The raw value is the status code of the answer.
    public enum Effect: Int, Sendable {
        /// The requested state holds; it may have held before.
        case done = 200
        case created = 201
        /// Will be done later.
        case accepted = 202
        /// Nothing to show.
        case finished = 204
    }

    public var effect: Effect
    public var subject: Subject
    public var warnings: [Warning]
    /// Whether the same request would find more work.
    public var isUnfinished = false
    /// The refusal that the caller gets although the request wrote something. No idempotency key keeps it: a retry is judged again.
    public var refusal: Refusal?

    public init(_ effect: Effect, _ subject: Subject, warnings: [Warning] = []) {
        self.effect = effect
        self.subject = subject
        self.warnings = warnings
    }

    static let finished = Outcome(.finished, .nothing)
}

/// A token, webhook or delivery as the answer shows it. It is kept because the store holds only its current state.
public struct ShownResource: Sendable {
    public var kind: IdempotencyRecord.Resource
    public var id: String
    /// JSON body with secrets as `null`: the form stored in the idempotency record.
    public var body: [UInt8]
    /// JSON body with the secret, for the first answer; `nil` when there is no secret, or for a repeated answer.
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

public enum WriteAnswer: Sendable {
    case performed(Outcome)
    /// The key came with the same request before; this is its record.
    case kept(IdempotencyRecord)
}

/// A client's idempotency key and the digest of its request (api.md, "Conventions").
public struct IdempotencyKey: Sendable, Equatable {
    /// First 16 bytes of SHA-256 over token id and key, then 4 of SHA-256 over the token id.
    public let keyDigest: [UInt8]
    /// First 16 bytes of SHA-256 over what the request asks for, however it is written.
    public let requestDigest: [UInt8]
    /// First 16 bytes of SHA-256 over method, target and body as sent: the digest in records of earlier builds.
    public let digestAsSent: [UInt8]

    public init(keyDigest: [UInt8], requestDigest: [UInt8], digestAsSent: [UInt8]) {
        self.keyDigest = keyDigest
        self.requestDigest = requestDigest
        self.digestAsSent = digestAsSent
    }

    /// The key of a part of a request that is written in parts. The first part has the key itself, so that another request with it is
    /// refused.
    public func part(_ index: Int) -> IdempotencyKey {
        guard index > 0 else { return self }
        let digest = Digest.sha256([Array(keyDigest.prefix(16)), Array("part \(index)".utf8)])
        return IdempotencyKey(
            keyDigest: Array(digest.prefix(16)) + keyDigest.dropFirst(16), requestDigest: requestDigest,
            digestAsSent: digestAsSent)
    }

    /// Whether that is the record of this key; records of earlier builds have its first 16 bytes only.
    func names(_ record: IdempotencyRecord) -> Bool {
        record.keyDigest.prefix(16).elementsEqual(keyDigest.prefix(16))
    }

    /// Whether that is the record of the same request.
    func isSameRequest(as record: IdempotencyRecord) -> Bool {
        record.requestDigest == requestDigest || record.requestDigest == digestAsSent
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
        case .each(let stream, let outcomes):
            subject = .each(stream)
            shown = EachOutcome.encode(outcomes)
        case .nothing: subject = .nothing
        }
        self.init(
            id: id, keyDigest: key.keyDigest, requestDigest: key.requestDigest,
            status: outcome.effect.rawValue,
            subject: subject, warnings: outcome.warnings.map(\.stored), shown: shown, createdAt: now)
    }
}
