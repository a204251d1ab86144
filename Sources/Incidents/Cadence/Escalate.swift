import Model
import Time

/// Someone superior was called in, which postpones the decision.
public struct Escalated: EntryPayload, Equatable {
    public static let kind: EntryKind = "escalated"
    public static let event = EventType.entryAdded

    public var to: Person
    public var decisionDueAt: Timestamp
    public var reason: String

    public init(to: Person, decisionDueAt: Timestamp, reason: String) {
        self.to = to
        self.decisionDueAt = decisionDueAt
        self.reason = reason
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        let isVisible = incident.decision?.dueAt != decisionDueAt
        incident.decision = DecisionDeadline(dueAt: decisionDueAt)
        return isVisible
    }

    public func outdates(from before: Incident, to after: Incident) -> [EventType] { DecisionNag.queued }
}

extension Escalated {
    public init(from fields: FieldReader) throws(FieldError) {
        to = try fields.facts.read("to")
        decisionDueAt = try fields.facts.read("decision_due_at")
        reason = try fields.words.read("reason")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("to", to)
        fields.facts.write("decision_due_at", decisionDueAt)
        fields.words.write("reason", reason)
    }
}

/// Calls in someone superior.
public struct Escalate: RequestedAction {
    public static let name = "escalate"

    public var to: Person
    public var reason: String

    public init(to: Person, reason: String) {
        self.to = to
        self.reason = reason
    }

    public init(from body: BodyReader) {
        self.init(to: body.person("to"), reason: body.text("reason", .reason))
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        try incident.requireOpen("an escalation")
        let escalated = Escalated(
            to: to, decisionDueAt: given.now + given.policy.decisionAfter, reason: reason)
        let text = "\(given.author.person.name) escalated to \(to.name)"
        return Decision([given.entry(escalated, text + because(reason))])
    }
}
