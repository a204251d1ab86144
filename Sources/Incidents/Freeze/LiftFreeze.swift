import Model
import Time

/// The freeze of deploys was lifted before its time.
public struct FreezeLifted: EntryPayload, Equatable {
    public static let kind: EntryKind = "freeze_lifted"
    public static let event = EventType("freeze.lifted", .status, "A freeze of deploys was lifted")

    public init() {}

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.freeze = nil
        return true
    }
}

extension FreezeLifted {
    public init(from fields: FieldReader) throws(FieldError) {}
    public func write(to fields: inout FieldWriter) {}
}

/// Lifts the freeze; changes nothing when none runs.
public struct LiftFreeze: RequestedAction {
    public static let name = "liftFreeze"

    public init() {}
    public init(from body: BodyReader) {}

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        guard let freeze = incident.freeze, freeze.runs(at: given.now) else { return Decision() }
        let what = freeze.scope.isEverything ? "all deploys" : "deploys of \(freeze.scope.name)"
        return Decision([
            given.entry(FreezeLifted(), "\(given.author.person.name) lifted the freeze of \(what)")
        ])
    }
}
