import Model
import Time

/// The 16-byte digest of a key, stored without a heap allocation: up to two million are in memory.
public struct KeyDigest: Hashable, Sendable {
    private let first: UInt64
    private let second: UInt64

    /// From the first 16 bytes; shorter input is padded with zeros.
    public init(_ bytes: [UInt8]) {
        func word(from start: Int) -> UInt64 {
            (start..<start + 8).reduce(0) { word, index in
                word << 8 | (index < bytes.count ? UInt64(bytes[index]) : 0)
            }
        }
        first = word(from: 0)
        second = word(from: 8)
    }

    /// Half of it suffices: a digest is random already.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(first)
    }
}

/// In-memory index entry of an idempotency record; the rest of the record stays in the store.
public struct IdempotencyIndexEntry: Sendable, Equatable {
    /// The record's id.
    public let id: Int
    public let digest: KeyDigest
    /// Stands for the token: four bytes of a digest of its id; 0 in records of earlier builds.
    public let owner: UInt32
    public let createdAt: Timestamp

    public init(id: Int, digest: KeyDigest, owner: UInt32 = 0, createdAt: Timestamp) {
        self.id = id
        self.digest = digest
        self.owner = owner
        self.createdAt = createdAt
    }

    public init(id: Int, keyDigest: [UInt8], createdAt: Timestamp) {
        let owner = keyDigest.dropFirst(16).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        self.init(id: id, digest: KeyDigest(keyDigest), owner: owner, createdAt: createdAt)
    }

    public init(_ key: IdempotencyRecord) {
        self.init(id: key.id, keyDigest: key.keyDigest, createdAt: key.createdAt)
    }
}

/// The idempotency record of a write with an `Idempotency-Key`: its outcome, not the bytes of the answer (api.md, "Conventions").
public struct IdempotencyRecord: Sendable, Equatable {
    /// What the write returned; enough to render the answer again.
    public enum Subject: Sendable, Equatable {
        /// The entry `seq` of a stream.
        case entry(StreamID, seq: Int)
        /// The state of a stream as of `seq`.
        case state(StreamID, seq: Int)
        /// A resource that is not a stream, by id. `shown` has its body, because it may have changed or been deleted since.
        case resource(Resource, id: String)
        /// Many actions on a stream. `shown` has the status and the seq of each.
        case each(StreamID)
        /// Nothing to show.
        case nothing
    }

    /// Resources outside streams that answers to writes show.
    public enum Resource: String, CaseIterable, Sendable {
        case token
        case webhook
        /// A webhook with its secret.
        case webhookSecret = "webhook_secret"
        case delivery
        /// Test events to several webhooks.
        case test
        /// A deploy that no freeze stopped.
        case deploy
    }

    /// 1…n in order of creation.
    public var id: Int
    /// First 16 bytes of SHA-256 over token id and key; since keys have a share per token, 4 of SHA-256 over the token id follow.
    public var keyDigest: [UInt8]
    /// First 16 bytes of SHA-256 over what the request asks for; in records of earlier builds, over method, target and body as sent.
    public var requestDigest: [UInt8]
    /// Status code of the answer.
    public var status: Int
    public var subject: Subject
    /// Codes of the answer's warnings.
    public var warnings: [String]
    /// JSON body of a resource's answer, secrets as `null`; the outcomes of many actions; `nil` where the journal can render the answer
    /// again.
    public var shown: [UInt8]?
    public var createdAt: Timestamp

    public init(
        id: Int, keyDigest: [UInt8], requestDigest: [UInt8], status: Int, subject: Subject,
        warnings: [String], shown: [UInt8]? = nil,
        createdAt: Timestamp
    ) {
        self.id = id
        self.keyDigest = keyDigest
        self.requestDigest = requestDigest
        self.status = status
        self.subject = subject
        self.warnings = warnings
        self.shown = shown
        self.createdAt = createdAt
    }
}
