import Time

/// Who may see an entry.
public enum Visibility: String, CaseIterable, Sendable {
    /// The team alone; it reaches no public view or draft (invariant I10).
    case `internal`
    /// Everybody.
    case `public`
}

/// What an entry is about (domain.md, section 5).
public enum EntryKind: String, CaseIterable, Sendable {
    // What people write.
    case note, finding, hypothesis, change, decision, todo
    // What the service writes.
    case declared, edited
    case statusChanged = "status_changed"
    case severityRaised = "severity_raised"
    case severityDisputed = "severity_disputed"
    case roleAssigned = "role_assigned"
    case roleReleased = "role_released"
    case updatePublished = "update_published"
    case nagSent = "nag_sent"
    case nagSnoozed = "nag_snoozed"
    case cadenceChanged = "cadence_changed"
    case escalated
    case resolved, reopened, cancelled

    /// Whether what an entry of this kind adds to the incident lasts. Of the others, of which bots write thousands, the last one counts
    /// alone: for its seq, its moment, and the inactivity it ends. So a start reads no more, by an index that names these kinds too.
    public var isShaping: Bool {
        switch self {
        case .note, .hypothesis, .decision, .todo: false
        default: true
        }
    }

    /// The kinds that people write; any other kind from outside is refused.
    public static let fromPeople: [EntryKind] = [.note, .finding, .hypothesis, .change, .decision, .todo]
}

/// The message elsewhere that an entry came from; unique per incident.
public struct Source: Sendable, Equatable {
    /// Which system: `slack`.
    public var system: String
    /// The message in it.
    public var ref: String
    /// Where to read it.
    public var url: String?

    /// A message of a system.
    public init(system: String, ref: String, url: String?) {
        self.system = system
        self.ref = ref
        self.url = url
    }
}

/// Who makes a change: the person it is done for, and the token that brought it.
public struct Author: Sendable, Equatable {
    /// Whom the caller names, else the token's name.
    public let person: Person
    /// The token's name, always.
    public let postedBy: String

    /// A person, through a token.
    public init(person: Person, postedBy: String) {
        self.person = person
        self.postedBy = postedBy
    }

    /// The service itself, as the author of nags.
    public static let service = Author(person: Person("drumbeat"), postedBy: "drumbeat")
}

/// An entry as `decide` proposes it: everything but its place in the journal.
public struct Proposal: Sendable, Equatable {
    /// What happened.
    public var event: Event
    /// The same for a person to read.
    public var text: String
    /// When it happened.
    public var occurredAt: Timestamp
    /// Who may see it.
    public var visibility: Visibility
    /// Where it came from.
    public var source: Source?
    /// What the journal may hold only once per incident: a nag's number, a source's message.
    public var once: Once?

    /// What may stand in an incident's journal only once.
    public enum Once: Sendable, Equatable {
        /// A nag, by what it is about, its deadline and its number (invariant I7).
        case nag(about: NagSent.About, due: Timestamp, number: Int)
        /// A message of another system.
        case source(system: String, ref: String)
    }
}

/// An entry as the fold reads it: an event and its place.
public struct Entry: Sendable, Equatable {
    /// Its number within the incident: 1…n, gapless.
    public let seq: Int
    /// Who did it.
    public let author: Person
    /// When it happened.
    public let occurredAt: Timestamp
    /// When it was stored.
    public let recordedAt: Timestamp
    /// Who may see it.
    public let visibility: Visibility
    /// What happened.
    public let event: Event

    /// How long after it happened an entry may be recorded without being late.
    public static let lateAfter: Duration = .seconds(120)

    /// Whether something was recorded so long after it happened that a reader should know (domain.md, section 5).
    public static func isLate(occurredAt: Timestamp, recordedAt: Timestamp) -> Bool {
        recordedAt - occurredAt > lateAfter
    }

    /// An event at its place.
    public init(
        seq: Int, author: Person, occurredAt: Timestamp, recordedAt: Timestamp, visibility: Visibility,
        event: Event
    ) {
        self.seq = seq
        self.author = author
        self.occurredAt = occurredAt
        self.recordedAt = recordedAt
        self.visibility = visibility
        self.event = event
    }
}
