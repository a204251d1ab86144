import Model
import Time

extension EventType {
    public static let escalated = EventType(
        "decision.escalated", .nag, "Someone superior was called in; nag.to names them")
}

/// Someone superior was called in, which postpones the decision.
public struct Escalated: EntryPayload, Equatable {
    public static let kind: EntryKind = "escalated"
    public static let event = EventType.escalated

    public static func isProgress(on incident: Incident, by author: Person) -> Bool { true }

    public var to: Person
    public var decisionDueAt: Timestamp
    /// How to reach the person.
    public var contact: String?
    public var reason: String

    public init(to: Person, decisionDueAt: Timestamp, contact: String? = nil, reason: String) {
        self.to = to
        self.decisionDueAt = decisionDueAt
        self.contact = contact
        self.reason = reason
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        let isVisible = incident.decision?.dueAt != decisionDueAt
        incident.decision = DecisionDeadline(dueAt: decisionDueAt)
        incident.lastEscalation = Incident.Escalation(to: to, seq: place.seq, at: place.recordedAt)
        return isVisible
    }

    public func outdates(from before: Incident, to after: Incident) -> [EventType] { DecisionNag.queued }

    /// Whom the event asks.
    public var recipient: NagSent.Recipient { NagSent.Recipient(role: Escalated.kind.rawValue, person: to) }
}

extension Escalated {
    public init(from fields: FieldReader) throws(FieldError) {
        to = try fields.facts.read("to")
        decisionDueAt = try fields.facts.read("decision_due_at")
        contact = try fields.words.read("contact")
        reason = try fields.words.read("reason")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("to", to)
        fields.facts.write("decision_due_at", decisionDueAt)
        fields.words.write("contact", contact)
        fields.words.write("reason", reason)
    }
}

extension Incident {
    /// The last person called in.
    public struct Escalation: Sendable, Equatable {
        let to: Person
        let seq: Int
        let at: Timestamp
    }
}

/// Calls in someone superior.
public struct Escalate: RequestedAction {
    public static let name = "escalate"

    /// The same person again within this time was called in already.
    static let repeatedWithin: Duration = .seconds(300)

    public var to: Person
    public var contact: String?
    public var reason: String

    public init(to: Person, contact: String? = nil, reason: String) {
        self.to = to
        self.contact = contact
        self.reason = reason
    }

    public init(from body: BodyReader) {
        self.init(
            to: body.person("to"), contact: body.optionalText("contact", .short),
            reason: body.text("reason", .reason))
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        try incident.requireOpen("an escalation")
        if let last = incident.lastEscalation, last.to == to,
            given.now - last.at < Escalate.repeatedWithin
        {
            return Decision(saidBy: last.seq)
        }
        let escalated = Escalated(
            to: to, decisionDueAt: given.now + given.policy.decisionAfter, contact: contact, reason: reason)
        let text = "\(given.author.person.name) escalated to \(to.name)"
        return Decision([given.entry(escalated, text + because(reason))])
    }
}
