import Model
import Time

/// Deploys are frozen: the severity was raised, the label `service` changed, or the incident was reopened. At the declaration the freeze is
/// part of `declared`.
public struct FreezeStarted: EntryPayload, Equatable {
    public static let kind: EntryKind = "freeze_started"
    public static let event = EventType(
        "freeze.started", .status, "A freeze of deploys began, or its scope changed")

    public var until: Timestamp
    /// `nil` for everything, also once erased: a freeze that cannot be read must not let a deploy through.
    public var scope: String?

    public init(_ scope: DeployScope, until: Timestamp) {
        self.scope = scope.isEverything ? nil : scope.name
        self.until = until
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.freeze = Incident.Freeze(scope: scope.map { DeployScope($0) } ?? .everything, until: until)
        return true
    }
}

extension FreezeStarted {
    public init(from fields: FieldReader) throws(FieldError) {
        until = try fields.facts.read("until")
        scope = try fields.words.read("scope")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("until", until)
        fields.words.write("scope", scope)
    }
}

extension Incident {
    /// The freeze that begins with a severity that was raised, or with another episode; none while one runs.
    func freezeStarting(
        as severity: Severity, _ given: Circumstances<Incident>
    ) -> (entries: [NewEntry<Incident>], warnings: [Warning]) {
        guard given.policy.freezes(severity), !(freeze?.runs(at: given.now) ?? false) else { return ([], []) }
        return Incident.freezing(deployScope, until: given.now + Freeze.lifetime, given)
    }

    /// The freeze that runs, in the scope that an edit gives it. It ends when it would have ended.
    func freezeMoved(
        by edit: Edited, _ given: Circumstances<Incident>
    ) -> (entries: [NewEntry<Incident>], warnings: [Warning]) {
        guard let service = edit.labels["service"], let freeze, freeze.runs(at: given.now) else {
            return ([], [])
        }
        let scope = service.map { DeployScope($0) } ?? .everything
        return scope == freeze.scope ? ([], []) : Incident.freezing(scope, until: freeze.until, given)
    }

    private static func freezing(
        _ scope: DeployScope, until: Timestamp, _ given: Circumstances<Incident>
    ) -> (entries: [NewEntry<Incident>], warnings: [Warning]) {
        let what = scope.isEverything ? "all deploys" : "deploys of \(scope.name)"
        let entry = given.entry(
            FreezeStarted(scope, until: until), "Froze \(what) until \(until.rfc3339)")
        return ([entry], scope.isEverything ? [.freezesEverything] : [])
    }
}
