import Time

/// What somebody asks for. Whoever asks (bot, page, command line, scheduler), it becomes one of these and
/// goes down the one lane.
public enum Change: Sendable, Equatable {
    /// Begins an incident under an id and a number that the journal has set aside.
    case declare(id: Incident.ID, number: Int, severity: Severity, Declared.Details)
    /// Changes texts, times, labels or links.
    case edit(Edit)
    /// Raises the severity.
    case raiseSeverity(to: Severity, reason: String?)
    /// Records that somebody holds another severity for true.
    case dispute(claims: Severity, reason: String)
    /// Moves, ends, or reopens.
    case changeStatus(StatusChange)
    /// Gives a role to a person.
    case assignRole(Role, Person, contact: String?)
    /// Leaves a role vacant.
    case releaseRole(Role)
    /// Adds something a person wrote.
    case post(Note)
    /// Publishes a status update.
    case publish(Update)
    /// Holds the nags for a status update back, for whole minutes.
    case snooze(minutes: Int, reason: String)
    /// Makes the beat quicker or slower.
    case changeInterval(to: Duration, reason: String?)
    /// Calls on somebody above, which puts the decision off.
    case escalate(to: Person, reason: String)
    /// Asks for what is missing, if it still is: the status update, the decision, a sign of progress.
    case nag

    /// A wish for another status.
    public struct StatusChange: Sendable, Equatable {
        /// The status wished for.
        public var to: Incident.Status
        /// Why.
        public var reason: String?
        /// Whether the commander overrides the guard.
        public var override: Bool
        /// The incident that this one duplicates, by number.
        public var duplicateOf: Int?

        /// A wish for a status.
        public init(
            to: Incident.Status, reason: String? = nil, override: Bool = false, duplicateOf: Int? = nil
        ) {
            self.to = to
            self.reason = reason
            self.override = override
            self.duplicateOf = duplicateOf
        }
    }

    /// Something a person wants on the timeline.
    public struct Note: Sendable, Equatable {
        /// What it is.
        public var kind: Posted.Kind
        /// Its words.
        public var text: String
        /// When it happened; `nil` for now.
        public var occurredAt: Timestamp?
        /// Who may see it.
        public var visibility: Visibility
        /// The message elsewhere it came from.
        public var source: Source?
        /// The rest of its data, as one encoded JSON object.
        public var data: [UInt8]

        /// A text of that kind.
        public init(
            kind: Posted.Kind, text: String, occurredAt: Timestamp? = nil, visibility: Visibility = .internal,
            source: Source? = nil, data: [UInt8] = Array("{}".utf8)
        ) {
            self.kind = kind
            self.text = text
            self.occurredAt = occurredAt
            self.visibility = visibility
            self.source = source
            self.data = data
        }
    }

    /// A status update someone wants to publish.
    public struct Update: Sendable, Equatable {
        /// To whom it speaks.
        public var audience: Audience
        /// Its words.
        public var text: String
        /// When it was published; `nil` for now.
        public var occurredAt: Timestamp?
        /// When the next one is promised.
        public var nextUpdateAt: Timestamp?
        /// The status to move to with it.
        public var status: StatusChange?
        /// The seq its draft was made on.
        public var basisSeq: Int?
        /// The entry that a promised time of resolution rests on.
        public var etaBasis: Int?
        /// The template it was made from.
        public var template: String?
        /// Whether to publish although the draft is stale or unfilled.
        public var force: Bool

        /// An update with those words.
        public init(
            audience: Audience, text: String, occurredAt: Timestamp? = nil, nextUpdateAt: Timestamp? = nil,
            status: StatusChange? = nil, basisSeq: Int? = nil, etaBasis: Int? = nil, template: String? = nil,
            force: Bool = false
        ) {
            self.audience = audience
            self.text = text
            self.occurredAt = occurredAt
            self.nextUpdateAt = nextUpdateAt
            self.status = status
            self.basisSeq = basisSeq
            self.etaBasis = etaBasis
            self.template = template
            self.force = force
        }
    }
}

/// What `decide` answers: the entries to append, none when nothing changes, and what to tell the one who asked.
public struct Decision: Sendable, Equatable {
    /// The entries, in order.
    public var entries: [Proposal]
    /// What to tell beside the answer.
    public var warnings: [Warning]

    /// Entries and warnings.
    public init(_ entries: [Proposal] = [], warnings: [Warning] = []) {
        self.entries = entries
        self.warnings = warnings
    }
}

/// Something the one who asked should know, though it was done.
///
/// Its words follow from its code alone, so that a replayed answer says the same.
public enum Warning: String, CaseIterable, Sendable {
    case impactMissing = "impact_missing"
    case restoredWhenMissing = "restored_when_missing"
    case commanderIsCommunicator = "commander_is_communicator"
    case clockSkew = "clock_skew"
    case textDiffers = "text_differs"
    case movesNoDeadline = "moves_no_deadline"

    /// What to do about it.
    public var detail: String {
        switch self {
        case .impactMissing:
            "Say who is affected and how: PATCH the incident with \"impact\"; public drafts show [FILL: impact] until then."
        case .restoredWhenMissing:
            "Say in one sentence what restored means: PATCH the incident with \"restored_when\"."
        case .commanderIsCommunicator:
            "One person is commander and communicator while others hold roles: hand one role over, so "
                + "that updates do not wait for decisions."
        case .clockSkew:
            "The time lay up to 10 minutes ahead of the server's clock and was taken as now: check the sender's clock."
        case .textDiffers:
            "This source was recorded before with another text, which stands: post a correction to the "
                + "entry under …/timeline/{seq}/correction."
        case .movesNoDeadline:
            "This update is older than the last one or than the episode, so it moves no deadline."
        }
    }
}
