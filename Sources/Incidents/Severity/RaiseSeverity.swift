import Model
import Time

/// The severity was raised (domain.md, section 2).
public struct SeverityRaised: EntryPayload, Equatable {
    public static let kind: EntryKind = "severity_raised"
    public static let event = EventType("incident.severity_raised", .status, "The severity was raised")

    public static func isProgress(on incident: Incident, by author: Person) -> Bool { true }

    public var from: Severity
    public var to: Severity
    /// The new deadline.
    public var beat: Beat
    public var reason: String?

    public init(from: Severity, to: Severity, beat: Beat, reason: String?) {
        self.from = from
        self.to = to
        self.beat = beat
        self.reason = reason
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.severity = to
        incident.checklist.begin(at: to, place.recordedAt)
        incident.cadence.shift(to: beat, at: place.recordedAt)
        incident.breakDrafts(at: place)
        return true
    }
}

extension SeverityRaised {
    public init(from fields: FieldReader) throws(FieldError) {
        from = try fields.facts.read("from")
        to = try fields.facts.read("to")
        beat = try Beat(from: fields.facts)
        reason = try fields.words.read("reason")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("from", from)
        fields.facts.write("to", to)
        beat.write(to: &fields.facts)
        fields.words.write("reason", reason)
    }
}

/// Raises the severity; the deadline of the next update may only come nearer (domain.md, sections 2 and 6).
public struct RaiseSeverity: RequestedAction {
    public static let name = "raiseSeverity"
    public static let priority = WritePriority.critical

    public var to: Severity
    public var reason: String?

    public init(to: Severity, reason: String?) {
        self.to = to
        self.reason = reason
    }

    public init(from body: BodyReader) {
        self.init(to: body.requiredSeverity("severity"), reason: body.optionalText("reason", .reason))
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        try incident.requireOpen("raising the severity")
        if to == incident.severity { return Decision() }
        guard to > incident.severity else { throw refusal(on: incident) }
        let interval = given.policy.intervals(of: to).interval
        let due = min(incident.cadence.beat.dueAt, given.now + interval)
        let raised = SeverityRaised(
            from: incident.severity, to: to,
            beat: Beat(due: due, interval: interval, under: given.policy, setAt: given.now), reason: reason)
        let text =
            "\(given.author.person.name) raised the severity from \(incident.severity.rawValue) to \(to.rawValue)"
        let frozen = incident.freezeStarting(as: to, given)
        let reset = incident.watchReset(.severityRaised, of: to, given)
        return Decision(
            [given.entry(raised, text + because(reason)), reset].compactMap(\.self) + frozen.entries,
            warnings: frozen.warnings)
    }

    private func refusal(on incident: Incident) -> Refusal {
        Refusal(
            .severityOnlyRises,
            "The severity is \(incident.severity.rawValue) and can only rise while the incident is open; \(to.rawValue) is lower. "
                + "Record a dispute instead; it is listed for the review.",
            current: .text(incident.severity.rawValue),
            allowed: Severity.allCases.filter { $0 >= incident.severity }.map(\.rawValue),
            links: [
                .init(
                    DisputeSeverity.self, detail: "records a dispute",
                    body: ["claims": .text(to.rawValue), "reason": "…"])
            ])
    }
}

extension ProblemType {
    public static let severityOnlyRises = ProblemType(
        "severity-only-rises", 409, "Severity only rises",
        means:
            "While an incident is open, its severity can only rise. Record a dispute instead; the review "
            + "may set reviewed_severity after the end.",
        remedy: "Use the request in links: POST …/severity/disputes with claims and reason.")
}
