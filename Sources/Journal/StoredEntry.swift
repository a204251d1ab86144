import Model
import Time

/// An entry as the journal holds it: its place, its two halves (facts and words), and its link in the chain.
public struct StoredEntry: Sendable, Equatable {
    /// Its number over all streams: 1…n, gapless, in commit order.
    public var position: Int
    public var stream: StreamID
    /// Its number within the stream: 1…n, gapless.
    public var seq: Int
    /// Its opaque id.
    public var id: String
    /// What it is about.
    public var kind: EntryKind
    /// Who did it, by name.
    public var author: String
    /// The token that brought it, by name.
    public var postedBy: String
    /// When it happened.
    public var occurredAt: Timestamp
    /// When it was stored; never earlier than the entry before it.
    public var recordedAt: Timestamp
    /// Who may see it.
    public var visibility: Visibility
    /// What fold and drafts need, as one compact JSON object; never erased.
    public var facts: [UInt8]
    /// All else, as one compact JSON object; `nil` once redacted.
    public var words: [UInt8]?
    /// The 16 random bytes before the words in their digest; `nil` once redacted.
    public var salt: [UInt8]?
    /// SHA-256 of salt and words; kept when they are erased.
    public var wordsDigest: [UInt8]
    /// The entry's link in its stream's chain: SHA-256, 32 bytes (docs/chain.md).
    public var hash: [UInt8]
    /// What may stand in the stream only once; `nil` for most entries.
    public var onceKey: String?
    /// The entry of the stream that it says something about, by seq, as its facts have it; `nil` for most entries.
    public var amends: Int?

    /// About how many bytes it takes, in memory and in the store.
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
