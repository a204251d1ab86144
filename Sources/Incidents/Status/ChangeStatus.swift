import Model
import Time

/// The incident moved between open statuses (domain.md, section 3).
public struct StatusChanged: EntryPayload, Equatable {
    public static let kind: EntryKind = "status_changed"
    public static let event = EventType(
        "incident.status_changed", .status, "The status of an incident changed")

    public static func isProgress(on incident: Incident, by author: Person) -> Bool { true }

    public var from: Incident.Status
    public var to: Incident.Status
    public var reason: String?
    /// The watch that starts with `monitoring`; `nil` in entries of Drumbeat 0.1.
    public var watch: Watch?

    public init(from: Incident.Status, to: Incident.Status, reason: String?, watch: Watch? = nil) {
        self.from = from
        self.to = to
        self.reason = reason
        self.watch = watch
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.enter(to, at: place)
        if let watch { incident.begin(watch, at: place) }
        return true
    }
}

extension StatusChanged {
    public init(from fields: FieldReader) throws(FieldError) {
        from = try fields.facts.read("from")
        to = try fields.facts.read("to")
        watch = try Watch(from: fields.facts)
        reason = try fields.words.read("reason")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("from", from)
        fields.facts.write("to", to)
        watch?.write(to: &fields.facts)
        fields.words.write("reason", reason)
    }
}

/// Moves an incident to another status, ends it, or reopens it.
public struct ChangeStatus: RequestedAction {
    public static let name = "changeStatus"
    public static let asksToBeHeard = true

    public var to: Incident.Status
    public var reason: String?
    /// Whether the commander overrides the guard.
    public var override: Bool
    /// The original incident of a duplicate, as the caller named it.
    public var otherName: StreamName?
    /// The same by number; 0 when there is no such incident.
    private(set) var duplicateOf: Int?

    public init(
        to: Incident.Status, reason: String? = nil, override: Bool = false, duplicateOf: StreamName? = nil
    ) {
        self.to = to
        self.reason = reason
        self.override = override
        otherName = duplicateOf
    }

    public func naming(_ number: Int) -> ChangeStatus {
        var named = self
        named.duplicateOf = number
        return named
    }

    public init(from body: BodyReader) {
        self.init(
            to: body.choice("status", or: .investigating), reason: body.optionalText("reason", .reason),
            override: body.bool("override"))
        otherName = body.optional(
            "duplicate_of", .pattern("^[A-Za-z0-9_-]{1,64}$"),
            otherwise: "It must be an incident: \"INC-7\" or its id.", StreamName.init(incident:))
        if otherName != nil, !isDuplicate {
            body.refuse(
                "duplicate_of", "It is allowed only for a cancellation with the reason duplicate.")
        }
    }

    /// Whether it cancels an incident as a duplicate.
    public var isDuplicate: Bool { to == .cancelled && reason == Cancelled.Reason.duplicate.rawValue }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        if to == incident.status {
            try requireSameCancellation(of: incident)
            return Decision()
        }
        guard incident.isOpen || to == .investigating else {
            throw incident.ended("the status \(to.rawValue)")
        }
        guard duplicateOf == nil || isDuplicate else {
            throw .invalid(
                "#/duplicate_of", "It is allowed only for a cancellation with the reason duplicate.")
        }
        guard incident.isOpen else { return reopen(incident, given) }
        switch to {
        case .investigating, .mitigating, .monitoring: return move(incident, given)
        case .resolved: return try resolve(incident, given)
        case .cancelled: return try cancel(incident, given)
        }
    }

    private func move(_ incident: Incident, _ given: Circumstances<Incident>) -> Decision<Incident> {
        let regressed = incident.status == .monitoring ? " (a regression)" : ""
        let text =
            "\(given.author.person.name) moved the status from \(incident.status.rawValue) to \(to.rawValue)\(regressed)"
        let moved = StatusChanged(
            from: incident.status, to: to, reason: reason,
            watch: to == .monitoring
                ? Watch(of: incident.severity, under: given.policy, at: given.now) : nil)
        return Decision(
            [given.entry(moved, text + because(reason))],
            warnings: to == .monitoring && incident.restoredWhen == nil ? [.restoredWhenMissing] : [])
    }
}

extension ProblemType {
    public static let notAllowedFromStatus = ProblemType(
        "not-allowed-from-status", 409, "Not allowed from this status",
        means:
            "The status of this incident, or of the one named, does not allow the change. allowed lists the possible next statuses.",
        remedy: "First change to one of the statuses in allowed, or follow the detail.")
}

extension Refusal {
    /// A refusal because of the status: `wish` names the action ("resolving"), `advice` the remedy.
    static func notAllowed(
        from status: Incident.Status, _ wish: String, allowed: [Incident.Status], _ advice: String,
        links: [Link] = []
    ) -> Refusal {
        Refusal(
            .notAllowedFromStatus, "The status \(status.rawValue) does not allow \(wish). \(advice)",
            current: .text(status.rawValue), allowed: allowed.map(\.rawValue), links: links)
    }
}

extension Warning {
    public static let restoredWhenMissing = Warning(
        "restored_when_missing", "No one has said what restored means, which the all-clear needs.",
        links: [
            .editing(
                detail: "says in one sentence what restored means", body: ["restored_when": "…"])
        ])
}
