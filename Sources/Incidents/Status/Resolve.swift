import Model
import Time

/// The incident was resolved.
public struct Resolved: EntryPayload, Equatable {
    public static let kind: EntryKind = "resolved"
    public static let event = EventType("incident.resolved", .status, "An incident was resolved")

    public var from: Incident.Status
    /// Whether the commander overrode the guard.
    public var override: Bool
    public var reason: String?
    /// When the public must be told; `nil` when it was told of nothing.
    public var closing: ClosingDeadline?

    public init(
        from: Incident.Status, override: Bool, reason: String?, closing: ClosingDeadline? = nil
    ) {
        self.from = from
        self.override = override
        self.reason = reason
        self.closing = closing
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.enter(.resolved, at: place)
        incident.times.resolvedAt = place.recordedAt
        incident.closing = closing
        incident.restore(from: from, at: place.recordedAt)
        return true
    }

    public func outdates(from before: Incident, to after: Incident) -> [EventType] {
        Incident.queuedNags
    }
}

extension Resolved {
    public init(from fields: FieldReader) throws(FieldError) {
        from = try fields.facts.read("from")
        override = try fields.facts.read("override")
        reason = try fields.words.read("reason")
        closing = try ClosingDeadline(from: fields.facts)
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("from", from)
        fields.facts.write("override", override)
        closing?.write(to: &fields.facts)
        fields.words.write("reason", reason)
    }
}

extension ChangeStatus {
    /// From `monitoring` by the resolve gate, which the commander may override; from other statuses by an override only.
    func resolve(
        _ incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        let overrides = try requireRestored(incident, given)
        let resolved = Resolved(
            from: incident.status, override: overrides, reason: reason,
            closing: ClosingDeadline(endOf: incident, given))
        let text = "\(given.author.person.name) resolved the incident\(overrides ? " by override" : "")"
        return Decision(
            incident.endingMitigations(given) + incident.endingExceptions(given)
                + [given.entry(resolved, text + because(reason))])
    }

    /// Refuses an end that is not allowed yet. Returns whether the commander overrides something.
    private func requireRestored(
        _ incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Bool {
        guard incident.status == .monitoring || override else {
            throw .notAllowed(
                from: incident.status, "resolving",
                allowed: [.investigating, .mitigating, .monitoring, .cancelled].filter {
                    $0 != incident.status
                },
                "Change to monitoring first, or let the commander override with a reason.",
                links: [
                    .init(ChangeStatus.self, detail: "starts the watch", body: ["status": "monitoring"]),
                    ResolveGate.overriding,
                ])
        }
        try incident.requireCommander(
            incident.status == .monitoring ? "the all-clear" : "resolving by override", given.author)
        if incident.status == .monitoring {
            let unmet = ResolveGate.unmet(on: incident, at: given.now)
            if unmet.isEmpty { return false }
            guard override else { throw .notRestored(unmet) }
        }
        guard let reason, !reason.isEmpty else {
            throw .invalid("#/reason", "An override requires a reason; the post-mortem shows it.")
        }
        return true
    }
}
