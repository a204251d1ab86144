import Model
import Time

/// A journal entry: its place, its two halves (facts and words), and its link in the hash chain.
public struct StoredEntry: Sendable, Equatable {
    /// Number over all streams: 1…n, gapless, in commit order.
    public var position: Int
    public var stream: StreamID
    /// Number within the stream: 1…n, gapless.
    public var seq: Int
    /// Opaque id.
    public var id: String
    public var kind: EntryKind
    /// Name of the person who acted.
    public var author: String
    /// Name of the token that posted it.
    public var postedBy: String
    /// When it happened.
    public var occurredAt: Timestamp
    /// When it was stored; never decreases within a stream.
    public var recordedAt: Timestamp
    public var visibility: Visibility
    /// What fold and drafts need, as one compact JSON object; never erased.
    public var facts: [UInt8]
    /// Everything else, as one compact JSON object; `nil` once redacted.
    public var words: [UInt8]?
    /// The 16 random bytes before the words in their digest; `nil` once redacted.
    public var salt: [UInt8]?
    /// SHA-256 of salt and words; kept after a redaction.
    public var wordsDigest: [UInt8]
    /// The entry's link in its stream's chain: SHA-256, 32 bytes (docs/chain.md).
    public var hash: [UInt8]
    /// Deduplication key, unique within the stream; `nil` for most entries.
    public var onceKey: String?
    /// The seq of the entry it amends, as in its facts; `nil` for most entries.
    public var amends: Int?

    /// What a timeline that ends with it is tagged by.
    public var validator: Validator { Validator(counter: seq, ofHash: hash) }

    /// Approximate size in bytes, in memory and in the store.
    public var size: Int { facts.count + (words?.count ?? 0) + 256 }

    public init(
        position: Int, stream: StreamID, seq: Int, id: String, kind: EntryKind, author: String,
        postedBy: String,
        occurredAt: Timestamp, recordedAt: Timestamp, visibility: Visibility, facts: [UInt8], words: [UInt8]?,
        salt: [UInt8]?, wordsDigest: [UInt8], hash: [UInt8], onceKey: String?, amends: Int? = nil
    ) {
        self.position = position
        self.stream = stream
        self.seq = seq
        self.id = id
        self.kind = kind
        self.author = author
        self.postedBy = postedBy
        self.occurredAt = occurredAt
        self.recordedAt = recordedAt
        self.visibility = visibility
        self.facts = facts
        self.words = words
        self.salt = salt
        self.wordsDigest = wordsDigest
        self.hash = hash
        self.onceKey = onceKey
        self.amends = amends
    }
}
