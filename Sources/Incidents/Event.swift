import Time

/// What an entry says happened, with all that follows from policy already worked out.
public enum Event: Sendable, Equatable {
    /// The incident begins.
    case declared(Declared)
    /// Texts, times, labels or links changed.
    case edited(Edit)
    /// It moved between the open statuses.
    case statusChanged(from: Incident.Status, to: Incident.Status, reason: String?)
    /// It got worse.
    case severityRaised(from: Severity, to: Severity, beat: Beat, reason: String?)
    /// Somebody holds another severity for true; changes nothing now.
    case severityDisputed(current: Severity, claims: Severity, reason: String)
    /// A role has a holder, or another one.
    case roleAssigned(Role, Person, previous: Person?, contact: String?)
    /// A role is vacant.
    case roleReleased(Role, previous: Person)
    /// A status update went out.
    case updatePublished(UpdatePublished)
    /// The service asked for what was missing.
    case nagSent(NagSent)
    /// The nags for a status update are held back; `number` is the first of them, `nil` when none was to come.
    case nagSnoozed(until: Timestamp, minutes: Int, number: Int?, reason: String)
    /// The beat is another one.
    case cadenceChanged(CadenceChanged)
    /// Somebody above was called on.
    case escalated(to: Person, decisionDueAt: Timestamp, reason: String)
    /// It is over.
    case resolved(from: Incident.Status, override: Bool, reason: String?)
    /// It was none, or is another one's.
    case cancelled(from: Incident.Status, Cancellation)
    /// It was not over.
    case reopened(Reopened)
    /// Something a person wrote.
    case posted(Posted)

    /// The kind under which the journal holds it.
    public var kind: EntryKind {
        switch self {
        case .declared: .declared
        case .edited: .edited
        case .statusChanged: .statusChanged
        case .severityRaised: .severityRaised
        case .severityDisputed: .severityDisputed
        case .roleAssigned: .roleAssigned
        case .roleReleased: .roleReleased
        case .updatePublished: .updatePublished
        case .nagSent: .nagSent
        case .nagSnoozed: .nagSnoozed
        case .cadenceChanged: .cadenceChanged
        case .escalated: .escalated
        case .resolved: .resolved
        case .cancelled: .cancelled
        case .reopened: .reopened
        case .posted(let posted): posted.kind.entryKind
        }
    }
}

/// The beginning of an incident.
public struct Declared: Sendable, Equatable {
    /// The incident's id.
    public var id: Incident.ID
    /// The incident's number.
    public var number: Int
    /// How bad it is said to be.
    public var severity: Severity
    /// What the person who declares knows.
    public var details: Details
    /// The first deadline.
    public var beat: Beat
    /// What is to happen when the incident goes on for long; `nil` in an entry of Drumbeat 0.1.0.
    public var episode: EpisodeClock?

    /// An incident with its first deadline.
    public init(
        id: Incident.ID, number: Int, severity: Severity, details: Details, beat: Beat, episode: EpisodeClock?
    ) {
        self.id = id
        self.number = number
        self.severity = severity
        self.details = details
        self.beat = beat
        self.episode = episode
    }

    /// What may be said about an incident at once.
    public struct Details: Sendable, Equatable {
        /// One line that names it.
        public var title: String
        /// Who is affected and how.
        public var impact: String?
        /// What users can do meanwhile.
        public var workaround: String?
        /// What restored means.
        public var restoredWhen: String?
        /// What is to be done next.
        public var nextAction: Incident.NextAction?
        /// When it began.
        public var startedAt: Timestamp?
        /// When it was noticed.
        public var detectedAt: Timestamp?
        /// Where its people talk.
        public var channel: String?
        /// What it is labelled with.
        public var labels: [String: String] = [:]
        /// Links to elsewhere.
        public var links: [Incident.Link] = []
        /// Who holds which role from the start, and how to reach them.
        public var roles: [Role: Holder] = [:]

        /// Details of which only the title is known.
        public init(title: String) {
            self.title = title
        }
    }

    /// A person named to a role, and how to reach them.
    public struct Holder: Sendable, Equatable {
        /// Who.
        public var person: Person
        /// How to reach them.
        public var contact: String?

        /// A person with a contact.
        public init(person: Person, contact: String?) {
            self.person = person
            self.contact = contact
        }
    }
}

/// A change to one field: left alone, emptied, or given a value (RFC 7396).
public enum Patch<Value: Sendable & Equatable>: Sendable, Equatable {
    /// The field stays.
    case keep
    /// The field becomes empty.
    case clear
    /// The field takes the value.
    case set(Value)

    /// The field after the change.
    public func applied(to current: Value?) -> Value? {
        switch self {
        case .keep: current
        case .clear: nil
        case .set(let value): value
        }
    }

    /// `keep` when the field already is what the change would make it.
    public func effective(on current: Value?) -> Patch {
        applied(to: current) == current ? .keep : self
    }
}

/// Changes to what is said about an incident.
public struct Edit: Sendable, Equatable {
    /// Its name; never cleared.
    public var title: Patch<String> = .keep
    /// Who is affected and how.
    public var impact: Patch<String> = .keep
    /// What users can do meanwhile.
    public var workaround: Patch<String> = .keep
    /// What restored means.
    public var restoredWhen: Patch<String> = .keep
    /// What is to be done next.
    public var nextAction: Patch<Incident.NextAction> = .keep
    /// When it began.
    public var startedAt: Patch<Timestamp> = .keep
    /// When it was noticed.
    public var detectedAt: Patch<Timestamp> = .keep
    /// Where its people talk.
    public var channel: Patch<String> = .keep
    /// How bad the review found it.
    public var reviewedSeverity: Patch<Severity> = .keep
    /// Labels to set, and those to drop (`nil`); the others stay.
    public var labels: [String: String?] = [:]
    /// All links anew.
    public var links: Patch<[Incident.Link]> = .keep
    /// Drops every label before `labels` apply. Only in a wish: `decide` spells out which they are.
    public var dropsLabels = false
    /// A next action by its parts. Only in a wish: `decide` makes it whole.
    public var nextActionParts: NextActionParts?

    /// What of the next action changes; a part that is kept stays as it is (RFC 7396 merges objects).
    public struct NextActionParts: Sendable, Equatable {
        /// What is to be done; never cleared.
        public var text: Patch<String>
        /// Who does it.
        public var owner: Patch<String>

        /// A change to those parts.
        public init(text: Patch<String>, owner: Patch<String>) {
            self.text = text
            self.owner = owner
        }
    }

    /// An edit that changes nothing yet.
    public init() {}

    /// Whether it changes nothing.
    public var isEmpty: Bool { self == Edit() }
}

/// Why an incident was cancelled.
public enum Cancellation: Sendable, Equatable {
    /// There was no incident.
    case falseAlarm
    /// It is the incident of that number.
    case duplicate(of: Int)

    /// The reason's word.
    public var reason: String {
        switch self {
        case .falseAlarm: "false_alarm"
        case .duplicate: "duplicate"
        }
    }
}

/// To whom an update speaks.
public enum Audience: String, CaseIterable, Sendable {
    /// Users.
    case `public`
    /// The team and its house.
    case `internal`
}

/// A status update as it was published.
public struct UpdatePublished: Sendable, Equatable {
    /// To whom it speaks.
    public var audience: Audience
    /// The last mark of the cadence since the episode began: `T+15`.
    public var slot: String
    /// Whether it counts as the last update; one older than that, or from before the episode, does not.
    public var counts: Bool
    /// The deadline it met or missed; `nil` when none stood open.
    public var dueAt: Timestamp?
    /// How late it came, in whole seconds; `nil` when no deadline stood open.
    public var lateBySeconds: Int?
    /// The clock it sets; `nil` when it moves no deadline.
    public var beat: Beat?
    /// When the next one was promised.
    public var promisedAt: Timestamp?
    /// The seq its draft was made on.
    public var basisSeq: Int?
    /// The entry that a promised time of resolution rests on.
    public var etaBasis: Int?
    /// The template it was made from.
    public var template: String?
    /// Whether its author overrode a refusal.
    public var forced: Bool
    /// The time its sender claimed, when that lay ahead of the service's clock.
    public var claimedAt: Timestamp?

    /// An update with its place in the cadence.
    public init(
        audience: Audience, slot: String, counts: Bool, dueAt: Timestamp?, lateBySeconds: Int?, beat: Beat?,
        promisedAt: Timestamp?, basisSeq: Int?, etaBasis: Int?, template: String?, forced: Bool,
        claimedAt: Timestamp? = nil
    ) {
        self.audience = audience
        self.slot = slot
        self.counts = counts
        self.dueAt = dueAt
        self.lateBySeconds = lateBySeconds
        self.beat = beat
        self.promisedAt = promisedAt
        self.basisSeq = basisSeq
        self.etaBasis = etaBasis
        self.template = template
        self.forced = forced
        self.claimedAt = claimedAt
    }
}

/// Something a person wrote.
public struct Posted: Sendable, Equatable {
    /// What it is, with what we read of its data.
    public enum Kind: Sendable, Equatable {
        /// Plain words.
        case note
        /// A symptom or evidence.
        case finding(confirmed: Bool)
        /// A suspected cause.
        case hypothesis(HypothesisState)
        /// Something that was changed.
        case change(complete: Bool)
        /// Something that was decided.
        case decision
        /// Something to be done.
        case todo

        /// The kind under which the journal holds it.
        public var entryKind: EntryKind {
            switch self {
            case .note: .note
            case .finding: .finding
            case .hypothesis: .hypothesis
            case .change: .change
            case .decision: .decision
            case .todo: .todo
            }
        }
    }

    /// How a hypothesis stands.
    public enum HypothesisState: String, CaseIterable, Sendable {
        /// Nobody knows yet.
        case open
        /// It was so.
        case confirmed
        /// It was not so.
        case ruledOut = "ruled_out"
    }

    /// What it is.
    public var kind: Kind
    /// The time its sender claimed, when that lay ahead of the service's clock.
    public var claimedAt: Timestamp?
    /// The rest of its data, as one encoded JSON object, stored as sent.
    public var data: [UInt8]

    /// A text of that kind.
    public init(kind: Kind, claimedAt: Timestamp?, data: [UInt8]) {
        self.kind = kind
        self.claimedAt = claimedAt
        self.data = data
    }
}
