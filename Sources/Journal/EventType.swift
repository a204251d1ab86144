import Incidents

/// The types of events that leave the house (api.md, "Around it").
public enum EventType: String, CaseIterable, Sendable {
    case incidentDeclared = "incident.declared"
    case incidentEdited = "incident.edited"
    case incidentStatusChanged = "incident.status_changed"
    case incidentSeverityRaised = "incident.severity_raised"
    case incidentRoleAssigned = "incident.role_assigned"
    case incidentResolved = "incident.resolved"
    case incidentReopened = "incident.reopened"
    case incidentCancelled = "incident.cancelled"
    case entryAdded = "timeline.entry_added"
    case updatePublished = "update.published"
    case updateDueSoon = "update.due_soon"
    case updateOverdue = "update.overdue"
    case cadenceBreached = "cadence.breached"
    case decisionDue = "decision.due"
    case progressStalled = "progress.stalled"
    case freezeStarted = "freeze.started"
    case freezeLifted = "freeze.lifted"
    case mitigationStarted = "mitigation.started"
    case mitigationEnded = "mitigation.ended"
    case webhookTest = "endpoint.test"

    /// How long an event is worth retrying, and what it waits for.
    public var retryClass: RetryClass {
        switch self {
        case .updateDueSoon, .updateOverdue, .cadenceBreached, .decisionDue, .progressStalled, .webhookTest:
            .nag
        case .entryAdded: .record
        default: .status
        }
    }

    /// The type of a nag about something.
    public init(nagAbout about: NagSent.About) {
        switch about {
        case .update: self = .updateOverdue
        case .decision: self = .decisionDue
        case .noProgress: self = .progressStalled
        }
    }

    /// What is worthless once nobody needs to be asked about something any more, or is asked anew.
    public static func nags(about: NagSent.About) -> [EventType] {
        switch about {
        case .update: [.updateDueSoon, .updateOverdue, .cadenceBreached]
        case .decision: [.decisionDue]
        case .noProgress: [.progressStalled]
        }
    }

    /// Whether a pattern takes in a type: segments between dots, where `*` stands for one or more of them.
    public static func matches(pattern: String, _ type: String) -> Bool {
        matches(
            pattern.split(separator: ".", omittingEmptySubsequences: false)[...],
            type.split(separator: ".", omittingEmptySubsequences: false)[...])
    }

    /// Whether a pattern takes in any type at all; one that does not is a typo.
    public static func isUseful(pattern: String) -> Bool {
        allCases.contains { matches(pattern: pattern, $0.rawValue) }
    }

    private static func matches(_ pattern: ArraySlice<Substring>, _ type: ArraySlice<Substring>) -> Bool {
        guard let first = pattern.first else { return type.isEmpty }
        guard let segment = type.first else { return false }
        if first == "*" {
            return matches(pattern.dropFirst(), type.dropFirst()) || matches(pattern, type.dropFirst())
        }
        return first == segment && matches(pattern.dropFirst(), type.dropFirst())
    }
}

extension StoredEntry {
    /// The event that it is on a stream: one for each entry. A breach is no event of its own there; the nag's `data.breached` tells it.
    public func eventType() throws(UnreadableEntry) -> EventType {
        switch kind {
        case .declared: .incidentDeclared
        case .edited: .incidentEdited
        case .statusChanged: .incidentStatusChanged
        case .severityRaised: .incidentSeverityRaised
        case .roleAssigned: .incidentRoleAssigned
        case .resolved: .incidentResolved
        case .reopened: .incidentReopened
        case .cancelled: .incidentCancelled
        case .updatePublished: .updatePublished
        case .nagSent:
            if case .nagSent(let nag) = try folded().event {
                EventType(nagAbout: nag.about)
            } else {
                .entryAdded
            }
        case .note, .finding, .hypothesis, .change, .decision, .todo, .severityDisputed, .roleReleased,
            .nagSnoozed, .cadenceChanged, .escalated:
            .entryAdded
        }
    }
}

/// The three manners of retrying (api.md, "Around it").
public enum RetryClass: String, CaseIterable, Sendable {
    /// Worthless after the next nag; waits for nothing.
    case nag
    /// What happened to an incident; a day.
    case status
    /// The timeline; three days.
    case record
}
