import Incidents
import Model
import TestSupport
import Time

/// The visible part of an incident and its cadence (api.md): `version` must change exactly when this does.
struct Visible: Equatable {
    private let texts: [String?]
    private let words: [String?]
    private let nextAction: Incident.NextAction?
    private let roles: [Role: [String?]]
    private let since: [Role: Timestamp]
    private let interval: Duration
    private let moments: [Timestamp?]
    private let counts: [Int]
    private let marks: [Bool]
    private let deadlines: [Cadence.Deadline]
    private let mitigation: Mitigation?
    private let times: Incident.Times
    private let labels: [String: String]
    private let links: [Incident.Link]
    private let watch: Watch?
    private let freeze: Incident.Freeze?
    private let suspects: [Incident.Suspect]
    private let todos: [Incident.OpenTodo]

    init(_ incident: Incident) {
        let cadence = incident.cadence
        texts = [
            incident.title, incident.publicTitle, incident.impact, incident.workaround, incident.restoredWhen,
            incident.channel, incident.scope,
        ]
        words = [
            incident.status.rawValue, incident.severity.rawValue, incident.declaredSeverity.rawValue,
            incident.reviewedSeverity?.rawValue, incident.declaredBy.name,
        ]
        nextAction = incident.nextAction
        roles = incident.roles.mapValues { [$0.person.name, $0.contact] }
        since = incident.roles.mapValues(\.since)
        interval = cadence.interval
        moments = [
            cadence.lastUpdateAt, cadence.hasOpenDeadline ? cadence.beat.dueAt : nil,
            incident.isOpen ? cadence.snoozedUntil : nil, incident.isOpen ? incident.decision?.dueAt : nil,
        ]
        counts = [
            cadence.nagsSent, incident.episode, incident.duplicateOf ?? 0, incident.usersAffected ?? -1,
        ]
        marks = [cadence.breached, incident.isSecurity, incident.isConfidential]
        deadlines = cadence.deadlines
        mitigation = incident.mitigations.current
        times = incident.times
        labels = incident.labels
        links = incident.links
        watch = incident.watch
        freeze = incident.freeze
        suspects = incident.suspects
        todos = incident.todos
    }
}
