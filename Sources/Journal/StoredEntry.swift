import Incidents
import Model
import Time

/// An entry as the journal holds it: its place, its two halves (facts and words), and its link in the chain.
public struct StoredEntry: Sendable, Equatable {
    /// Its number over all incidents: 1…n, gapless, in commit order.
    public var position: Int
    /// The incident, by number.
    public var incident: Int
    /// Its number within the incident: 1…n, gapless.
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
    /// The entry's link in its incident's chain: SHA-256, 32 bytes (docs/chain.md).
    public var hash: [UInt8]
    /// What may stand in the incident's journal only once; `nil` for most entries.
    public var onceKey: String?

    /// An entry with all its columns.
    public init(
        position: Int, incident: Int, seq: Int, id: String, kind: EntryKind, author: String, postedBy: String,
        occurredAt: Timestamp, recordedAt: Timestamp, visibility: Visibility, facts: [UInt8], words: [UInt8]?,
        salt: [UInt8]?, wordsDigest: [UInt8], hash: [UInt8], onceKey: String?
    ) {
        self.position = position
        self.incident = incident
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
    }
}

/// What a list needs to know of an incident without folding it. Holds no words.
public struct IncidentRow: Sendable, Equatable {
    /// The incident's number.
    public var number: Int
    /// The incident's id.
    public var id: Incident.ID
    /// Where it stands.
    public var status: Incident.Status
    /// How bad it is.
    public var severity: Severity
    /// The seq of its last entry.
    public var seq: Int
    /// The seq of the last entry that changed what a reader sees.
    public var version: Int
    /// When it was declared.
    public var declaredAt: Timestamp
    /// When its last entry was recorded.
    public var recordedAt: Timestamp
    /// When `version` was recorded.
    public var changedAt: Timestamp
    /// The position of `version`.
    public var changedPosition: Int

    /// The row of an incident whose `version` has that position.
    public init(_ incident: Incident, changedPosition: Int) {
        self.init(
            number: incident.number, id: incident.id, status: incident.status, severity: incident.severity,
            seq: incident.seq, version: incident.version, declaredAt: incident.times.declaredAt,
            recordedAt: incident.recordedAt, changedAt: incident.changedAt, changedPosition: changedPosition)
    }

    /// A row with all its columns.
    public init(
        number: Int, id: Incident.ID, status: Incident.Status, severity: Severity, seq: Int, version: Int,
        declaredAt: Timestamp, recordedAt: Timestamp, changedAt: Timestamp, changedPosition: Int
    ) {
        self.number = number
        self.id = id
        self.status = status
        self.severity = severity
        self.seq = seq
        self.version = version
        self.declaredAt = declaredAt
        self.recordedAt = recordedAt
        self.changedAt = changedAt
        self.changedPosition = changedPosition
    }
}
