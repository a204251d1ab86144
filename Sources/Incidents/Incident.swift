import Model
import Time

/// The state of an incident: what its entries add up to.
///
/// Changed by `apply(to:at:)` of its entries alone, so that the stored state is the fold of the entries at every prefix
/// (invariant I3). It keeps the seqs of entries, never their text.
public struct Incident: Sendable, Equatable {
    /// An incident's opaque id; people use `ref`.
    public struct ID: Hashable, Sendable {
        /// The id as text: 26 characters of a ULID.
        public let text: String

        /// The id that is written so.
        public init(_ text: String) {
            self.text = text
        }
    }

    /// Where it stands (domain.md, section 3).
    public enum Status: String, CaseIterable, Sendable {
        /// Nobody knows the cause yet.
        case investigating
        /// Something is being done about it.
        case mitigating
        /// It looks restored and is being watched.
        case monitoring
        /// It is over.
        case resolved
        /// It was none, or is another one's.
        case cancelled

        /// Whether an incident in this status is open.
        public var isOpen: Bool {
            self != .resolved && self != .cancelled
        }
    }

    /// What is to be done next, and by whom.
    public struct NextAction: Sendable, Equatable {
        /// What is to be done.
        public var text: String
        /// Who does it.
        public var owner: String?

        /// An action and its owner.
        public init(text: String, owner: String?) {
            self.text = text
            self.owner = owner
        }
    }

    /// A link to something outside.
    public struct Link: Sendable, Equatable {
        /// Where it leads.
        public var url: String
        /// What to call it.
        public var title: String?

        /// A link to `url`, called `title`.
        public init(url: String, title: String?) {
            self.url = url
            self.title = title
        }
    }

    /// The moments of an incident's course.
    public struct Times: Sendable, Equatable {
        /// When it began, as far as somebody knows.
        public var startedAt: Timestamp?
        /// When it was noticed.
        public var detectedAt: Timestamp?
        /// When it was declared.
        public var declaredAt: Timestamp
        /// The end of the first mitigation that worked, else the first `monitoring`.
        public var mitigatedAt: Timestamp?
        /// The last time it entered `monitoring`.
        public var monitoringAt: Timestamp?
        /// When it was resolved; `nil` again after reopening.
        public var resolvedAt: Timestamp?
        /// When it was cancelled; `nil` again after reopening.
        public var cancelledAt: Timestamp?
    }

    /// A confirmed finding or a completed change, which a draft may quote.
    public struct Evidence: Sendable, Equatable {
        public let seq: Int
        /// `finding` or `change`.
        public let kind: EntryKind
        /// The visibility in force: whether a public draft may use it.
        public internal(set) var visibility: Visibility
        /// The entry that holds its words: itself, or its last correction.
        public internal(set) var wordsOf: Int
    }

    /// A later entry that changed what drafts may quote.
    public struct EvidenceChange: Sendable, Equatable {
        public let seq: Int
        /// Of what was changed.
        public let visibility: Visibility
    }

    /// The opaque id.
    public let id: ID
    /// The number in `ref`.
    public let number: Int
    /// The seq of the last entry.
    public internal(set) var seq: Int
    /// The seq of the last entry that changed what a reader of the incident sees; a note does not.
    public internal(set) var version: Int
    /// When the last entry was recorded.
    public internal(set) var recordedAt: Timestamp
    /// When `version` was recorded.
    public internal(set) var changedAt: Timestamp
    /// One line that names it.
    public internal(set) var title: String
    /// Where it stands.
    public internal(set) var status: Status
    /// How bad it has become.
    public internal(set) var severity: Severity
    /// How bad it was said to be at first.
    public internal(set) var declaredSeverity: Severity
    /// How bad the review found it; `nil` before.
    public internal(set) var reviewedSeverity: Severity?
    /// Who is affected and how.
    public internal(set) var impact: String?
    /// What users can do meanwhile.
    public internal(set) var workaround: String?
    /// One sentence that says what restored means.
    public internal(set) var restoredWhen: String?
    /// What is to be done next.
    public internal(set) var nextAction: NextAction?
    /// Who declared it.
    public internal(set) var declaredBy: Person
    /// How often it has been opened: 1, and one more for each reopening.
    public internal(set) var episode: Int
    /// When the current episode began.
    public internal(set) var episodeStartedAt: Timestamp
    /// Who holds which role.
    public internal(set) var roles: [Role: Assignment]
    /// The clock of status updates.
    public internal(set) var cadence: Cadence
    /// When it must be resolved or escalated; `nil` for an episode that began under Drumbeat 0.1.0.
    public internal(set) var decision: DecisionDeadline?
    /// From when on the commander may slow the beat, in this episode.
    public internal(set) var slowsFrom: Timestamp
    /// Since when nobody has written anything.
    public internal(set) var inactivity: Inactivity
    /// The incident this one duplicates, by number.
    public internal(set) var duplicateOf: Int?
    /// The moments of its course.
    public internal(set) var times: Times
    /// What it is labelled with.
    public internal(set) var labels: [String: String]
    /// Links to elsewhere.
    public internal(set) var links: [Link]
    /// Where its people talk: `slack:C9`.
    public internal(set) var channel: String?
    /// What drafts may quote, in the order in which they came to.
    public internal(set) var evidence: [Evidence]
    /// The seqs after which a draft made before is stale: status, severity, a confirmed finding.
    public internal(set) var draftBreakers: [Int]
    /// What was confirmed, corrected or withdrawn later than it was posted.
    public internal(set) var evidenceChanges: [EvidenceChange]

    /// The name people use: `INC-42`.
    public var ref: String { Incident.ref(number) }

    /// Whether it is open.
    public var isOpen: Bool { status.isOpen }

    /// The name people use for the incident of that number.
    public static func ref(_ number: Int) -> String { "INC-\(number)" }

    /// The number in a `ref`, in any ASCII case and without leading zeros; `nil` for anything else.
    public static func number(inRef text: String) -> Int? {
        var bytes = text.utf8.makeIterator()
        // Twelve digits at most: every number that is read is one that a stream can have.
        guard (5...16).contains(text.utf8.count) else { return nil }
        for wanted in "inc".utf8 {
            guard let byte = bytes.next(), byte | 0x20 == wanted else { return nil }
        }
        guard bytes.next() == 0x2D else { return nil }
        var number = 0
        while let byte = bytes.next() {
            // No leading zero either: each incident has one name.
            guard (0x30...0x39).contains(byte), number > 0 || byte != 0x30 else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        return number
    }

    /// The holder of a role.
    public func holder(of role: Role) -> Person? {
        roles[role]?.person
    }

    /// Since when people have been affected: from noticing it, else from its start, else from declaring.
    public var impactStartedAt: Timestamp {
        times.detectedAt ?? times.startedAt ?? times.declaredAt
    }

    /// How long people have been affected, until its end or else until `now`; whole minutes, never negative.
    public func minutesOfImpact(at now: Timestamp) -> Int {
        let end = times.resolvedAt ?? times.cancelledAt ?? now
        return max(0, Int((end - impactStartedAt).wholeSeconds / 60))
    }
}

extension StreamName {
    /// `INC-42` in any case, or an id.
    public init?(incident text: String) {
        if let number = Incident.number(inRef: text) {
            self = .number(number)
            return
        }
        let bytes = Array(text.utf8)
        let isID =
            (1...64).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
                default: false
                }
            }
        guard isID else { return nil }
        self = .id(text)
    }
}
