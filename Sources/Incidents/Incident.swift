import Model
import Time

/// The state of an incident: the fold of its entries.
///
/// Changed only by `apply(to:at:)` of its entries, so that the stored state is the fold of the entries at every prefix (invariant I3).
/// Holds the seqs of timeline entries, never their text.
public struct Incident: Sendable, Equatable {
    /// An incident's opaque id; people use `ref`.
    public struct ID: Hashable, Sendable {
        /// 26 characters of a ULID.
        public let text: String

        public init(_ text: String) {
            self.text = text
        }
    }

    /// The status of an incident (domain.md, section 3).
    public enum Status: String, CaseIterable, Sendable {
        /// The cause is unknown.
        case investigating
        /// Work on a fix is under way.
        case mitigating
        /// It seems restored, and is being watched.
        case monitoring
        /// It is over.
        case resolved
        /// It was a false alarm or a duplicate.
        case cancelled

        public var isOpen: Bool {
            self != .resolved && self != .cancelled
        }
    }

    public struct NextAction: Sendable, Equatable {
        /// What is to be done.
        public var text: String
        /// Who does it.
        public var owner: String?

        public init(text: String, owner: String?) {
            self.text = text
            self.owner = owner
        }
    }

    public struct Link: Sendable, Equatable {
        public var url: String
        public var title: String?

        public init(url: String, title: String?) {
            self.url = url
            self.title = title
        }
    }

    /// Milestones of an incident.
    public struct Times: Sendable, Equatable {
        /// When it began, if known.
        public var startedAt: Timestamp?
        /// When it was noticed.
        public var detectedAt: Timestamp?
        public var declaredAt: Timestamp
        /// The end of the first mitigation that worked, else the first `monitoring`; `nil` again after a regression or reopening.
        public var mitigatedAt: Timestamp?
        /// The last entry into `monitoring`.
        public var monitoringAt: Timestamp?
        /// When users were no longer affected; `nil` while the incident is open.
        public var restoredAt: Timestamp?
        /// `nil` again after reopening.
        public var resolvedAt: Timestamp?
        /// `nil` again after reopening.
        public var cancelledAt: Timestamp?
    }

    /// A confirmed finding or a completed change, which a draft may quote.
    public struct Evidence: Sendable, Equatable {
        public let seq: Int
        /// `finding` or `change`.
        public let kind: EntryKind
        /// The visibility in force: whether a public draft may quote it.
        public internal(set) var visibility: Visibility
        /// The seq of the entry with its words: itself, or its last correction.
        public internal(set) var wordsOf: Int
    }

    /// A later entry that changed what drafts may quote.
    public struct EvidenceChange: Sendable, Equatable {
        public let seq: Int
        /// Visibility of the changed evidence.
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
    /// One line, in the words of the team.
    public internal(set) var title: String
    /// One line for the public; `nil` for none.
    public internal(set) var publicTitle: String?
    public internal(set) var status: Status
    /// The current severity, which only rises while the incident is open.
    public internal(set) var severity: Severity
    /// The first severity.
    public internal(set) var declaredSeverity: Severity
    /// The severity found by the review; `nil` before.
    public internal(set) var reviewedSeverity: Severity?
    /// Who is affected and how.
    public internal(set) var impact: String?
    /// What users can do meanwhile.
    public internal(set) var workaround: String?
    /// One sentence on what "restored" means.
    public internal(set) var restoredWhen: String?
    public internal(set) var nextAction: NextAction?
    public internal(set) var declaredBy: Person
    /// 1, plus one for each reopening.
    public internal(set) var episode: Int
    public internal(set) var episodeStartedAt: Timestamp
    public internal(set) var roles: [Role: Assignment]
    /// The clock of status updates.
    public internal(set) var cadence: Cadence
    /// When it must be resolved or escalated; `nil` for an episode that began under Drumbeat 0.1.0.
    public internal(set) var decision: DecisionDeadline?
    /// From when on the commander may slow the cadence in this episode.
    public internal(set) var slowsFrom: Timestamp
    public internal(set) var inactivity: Inactivity
    /// While its status is `monitoring`; `nil` if that was entered under Drumbeat 0.1.
    public internal(set) var watch: Watch?
    /// Of this episode.
    public internal(set) var checks = Checks()
    /// The last nag on each topic.
    var lastNags: [NagSent.About: SentNag] = [:]
    /// In this episode; `nil` for none.
    var lastEscalation: Escalation?
    /// The final public update, while one is due: the incident has ended, and readers were told of it.
    public internal(set) var closing: ClosingDeadline?
    /// The number of the incident that this one duplicates.
    public internal(set) var duplicateOf: Int?
    /// The status from which it was resolved; `nil` while it is open.
    public internal(set) var resolvedFrom: Status?
    /// What the earlier episodes add to the impact.
    var earlierEpisodes = EarlierEpisodes()
    public internal(set) var times: Times
    public internal(set) var labels: [String: String]
    public internal(set) var links: [Link]
    /// Where the responders talk: `slack:C9`.
    public internal(set) var channel: String?
    /// Who of all users is affected: a region, a plan, a browser.
    public internal(set) var scope: String?
    /// How many users are affected, as far as known.
    public internal(set) var usersAffected: Int?
    /// Whether it is a matter of security.
    public internal(set) var isSecurity = false
    /// Whether it does not exist for callers below scope `command` (`Access.swift`).
    public internal(set) var isConfidential = false
    /// What responders tried in all episodes.
    public internal(set) var mitigations = Mitigations()
    /// The nags about shifts that are over.
    var handover = HandoverNags()
    /// What drafts may quote, in the order of confirmation.
    public internal(set) var evidence: [Evidence]
    /// The seq of the last entry that changed the impact; 0 for none since it was declared.
    var impactChangedBy = 0
    /// Seqs of entries that make all earlier drafts stale: status, severity, impact, workaround.
    public internal(set) var draftBreakers: [Int]
    /// Confirmed findings, and later confirmations, corrections and withdrawals of evidence.
    public internal(set) var evidenceChanges: [EvidenceChange]
    /// The last update of this episode.
    public internal(set) var lastUpdate: LastUpdate?
    /// The public updates of this episode.
    var publicUpdates = PublicUpdates()
    /// The first ten minutes of this episode.
    public internal(set) var checklist = Checklist()
    /// The freeze of deploys, until it is lifted or the incident ends. It ends by time alone as well: its `until` may have passed.
    public internal(set) var freeze: Freeze?
    /// The exceptions from freezes that run, and the last that ended.
    public internal(set) var exceptions: [FreezeException] = []
    /// The hypotheses that name what changed, in order.
    public internal(set) var suspects: [Suspect] = []
    /// What is still to be done, in order.
    public internal(set) var todos: [OpenTodo] = []

    /// The display name: `INC-42`.
    public var ref: String { Incident.ref(number) }

    public var isOpen: Bool { status.isOpen }

    /// The display name of an incident's number.
    public static func ref(_ number: Int) -> String { "INC-\(number)" }

    /// Parses a `ref`, in any ASCII case, without leading zeros; `nil` for anything else.
    public static func number(inRef text: String) -> Int? {
        var bytes = text.utf8.makeIterator()
        // At most twelve digits, so that every parsed number is in a stream's range.
        guard (5...16).contains(text.utf8.count) else { return nil }
        for wanted in "inc".utf8 {
            guard let byte = bytes.next(), byte | 0x20 == wanted else { return nil }
        }
        guard bytes.next() == 0x2D else { return nil }
        var number = 0
        while let byte = bytes.next() {
            // No leading zero, so that each incident has one name.
            guard (0x30...0x39).contains(byte), number > 0 || byte != 0x30 else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        return number
    }

    public func holder(of role: Role) -> Person? {
        roles[role]?.person
    }

}

extension StreamName {
    /// Parses `INC-42` in any case, or an id.
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
