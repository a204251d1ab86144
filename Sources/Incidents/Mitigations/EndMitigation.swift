import Model
import Time

/// A mitigation ended.
public struct MitigationEnded: EntryPayload, Equatable {
    public static let kind: EntryKind = "mitigation_ended"
    public static let event = EventType("mitigation.ended", .status, "A mitigation ended")

    public static func isProgress(on incident: Incident, by author: Person) -> Bool { true }

    /// The seq of the entry that began it.
    public var of: Int
    public var state: Mitigation.Result
    /// What was seen.
    public var result: String?

    public init(of: Int, _ state: Mitigation.Result, result: String?) {
        self.of = of
        self.state = state
        self.result = result
    }

    /// A reader sees the last open one, and when it was mitigated.
    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        let (shown, mitigatedAt) = (incident.mitigations.current, incident.times.mitigatedAt)
        let before = incident.mitigations.change(of) { mitigation in
            mitigation.state = .ended(state)
            mitigation.endedSeq = place.seq
            mitigation.endedAt = place.recordedAt
        }
        switch state {
        case .worked where !incident.mitigations.hasWorked:
            incident.mitigations.hasWorked = true
            incident.times.mitigatedAt = place.recordedAt
        case .noEffect where before?.kind == .rollback, .madeWorse where before?.kind == .rollback:
            incident.mitigations.isRollbackSpent = true
        case .worked, .noEffect, .madeWorse, .abandoned: break
        }
        return shown != incident.mitigations.current || mitigatedAt != incident.times.mitigatedAt
    }
}

extension MitigationEnded {
    public init(from fields: FieldReader) throws(FieldError) {
        of = try fields.facts.read("of")
        state = try fields.facts.read("state")
        result = try fields.words.read("result")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("of", of)
        fields.facts.write("state", state)
        fields.words.write("result", result)
    }
}

/// Says how a mitigation ended.
public struct EndMitigation: RequestedAction {
    public static let name = "endMitigation"
    public static let priority = WritePriority.critical

    public var id: String
    public var state: Mitigation.Result
    public var result: String?

    public init(_ id: String, _ state: Mitigation.Result, result: String? = nil) {
        self.id = id
        self.state = state
        self.result = result
    }

    public init(from body: BodyReader) throws(Refusal) {
        id = try body.mitigationID()
        state = body.choice("state", or: .worked)
        result = body.optionalText("result", .paragraph, "What was seen.")
    }

    public func targetExists(in incident: Incident) -> Bool { incident.mitigations[id: id] != nil }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        try incident.requireOpen("a change of a mitigation")
        let mitigation = try incident.requireMitigation(id)
        switch mitigation.state {
        case .requested: try incident.requireApproval(of: mitigation, by: nil, at: given.now)
        case .ended(let known) where known == state: return Decision()
        case .declined, .ended:
            throw .notAllowed(
                on: mitigation, "ending it as \(state.rawValue)",
                "Start another one, or correct the entry that ended it.")
        case .open: break
        }
        let text =
            "\(given.author.person.name) ended the \(mitigation.kind.label) of entry \(mitigation.seq): \(state.label)"
        return Decision([
            given.entry(
                MitigationEnded(of: mitigation.seq, state, result: result),
                text + (result.map { ". \($0)" } ?? ""))
        ])
    }
}

extension BodyReader {
    /// The id of a mitigation in the path.
    func mitigationID() throws(Refusal) -> String {
        try path("id", sample: "sample", otherwise: "This mitigation does not exist.") { $0 }
    }
}

extension Refusal {
    /// A refusal because of a mitigation's state.
    static func notAllowed(on mitigation: Mitigation, _ wish: String, _ advice: String) -> Refusal {
        Refusal(
            .notAllowedFromStatus,
            "The \(mitigation.kind.label) of entry \(mitigation.seq) is \(mitigation.state.word), which does not allow \(wish). \(advice)",
            current: .text(mitigation.state.word))
    }
}
