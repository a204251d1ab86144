import Model
import Time

/// The digest of a key: 16 bytes, held without an allocation, as there are up to two million of them in memory.
public struct KeyDigest: Hashable, Sendable {
    private let first: UInt64
    private let second: UInt64

    /// The digest that those bytes are, at most 16; shorter ones are filled up with zeros.
    public init(_ bytes: [UInt8]) {
        func word(from start: Int) -> UInt64 {
            (start..<start + 8).reduce(0) { word, index in
                word << 8 | (index < bytes.count ? UInt64(bytes[index]) : 0)
            }
        }
        first = word(from: 0)
        second = word(from: 8)
    }

    /// Half of it is enough: a digest's bytes are random already.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(first)
    }
}

/// By what memory finds a kept key: the rest of it stays in the store.
public struct IdempotencyIndexEntry: Sendable, Equatable {
    /// The key's number.
    public let id: Int
    /// The key's digest.
    public let digest: KeyDigest
    /// When it was kept.
    public let createdAt: Timestamp

    /// A mark of the key with that number.
    public init(id: Int, digest: KeyDigest, createdAt: Timestamp) {
        self.id = id
        self.digest = digest
        self.createdAt = createdAt
    }

    /// The mark of a key.
    public init(_ key: IdempotencyRecord) {
        self.init(id: key.id, digest: KeyDigest(key.keyDigest), createdAt: key.createdAt)
    }
}

/// What is kept of a write that carried an `Idempotency-Key`: its outcome, not its bytes (api.md, "Conventions").
public struct IdempotencyRecord: Sendable, Equatable {
    /// What a write led to, enough to render its answer again.
    public enum Subject: Sendable, Equatable {
        /// The entry `seq` of a stream.
        case entry(StreamID, seq: Int)
        /// The state of a stream as of `seq`.
        case state(StreamID, seq: Int)
        /// What is no stream, by id: `shown` holds its body, as it may since have changed or gone.
        case resource(Resource, id: String)
        /// Nothing to show.
        case nothing
    }

    /// What is kept outside streams and shown by the answers to writes.
    public enum Resource: String, CaseIterable, Sendable {
        case token
        case webhook
        /// A webhook with its secret.
        case webhookSecret = "webhook_secret"
        case delivery
    }

    /// Its number: 1…n in the order of their making.
    public var id: Int
    /// SHA-256 of token id and key, its first 16 bytes.
    public var keyDigest: [UInt8]
    /// SHA-256 of method, target and body, its first 16 bytes.
    public var requestDigest: [UInt8]
    /// The status code of the answer.
    public var status: Int
    /// What the answer shows.
    public var subject: Subject
    /// The codes of the warnings beside it.
    public var warnings: [String]
    /// The body of the answer as JSON, secrets as `null`, of a resource; `nil` where the journal can render it again.
    public var shown: [UInt8]?
    /// When it was kept.
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
