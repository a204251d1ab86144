import Model
import Time

/// A role became vacant.
public struct RoleReleased: EntryPayload, Equatable {
    public static let kind: EntryKind = "role_released"
    public static let event = EventType.entryAdded

    public var role: Role
    /// The previous holder.
    public var previous: Person

    public init(_ role: Role, previous: Person) {
        self.role = role
        self.previous = previous
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.roles[role] = nil
        return true
    }

    public func outdates(from before: Incident, to after: Incident) -> [EventType] {
        HandoverNag.outdated(by: role, from: before, to: after)
    }

    public func readdresses(from before: Incident, to after: Incident) -> [EventType] {
        Incident.nagsMisaddressed(by: role, from: before, to: after)
    }
}

extension RoleReleased {
    public init(from fields: FieldReader) throws(FieldError) {
        role = try fields.facts.read("role")
        previous = try fields.facts.read("previous")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("role", role)
        fields.facts.write("previous", previous)
    }
}

/// Makes a role vacant.
public struct ReleaseRole: RequestedAction {
    public static let name = "releaseRole"

    public var role: Role

    public init(_ role: Role) {
        self.role = role
    }

    public init(from body: BodyReader) throws(Refusal) {
        self.init(try body.role())
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        guard let previous = incident.roles[role]?.person else { return Decision() }
        return Decision([
            given.entry(
                RoleReleased(role, previous: previous), "\(role.label): vacant, released by \(previous.name)")
        ])
    }
}
