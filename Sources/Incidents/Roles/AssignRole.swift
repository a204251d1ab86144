import Model
import Time

/// A role was assigned (domain.md, section 4).
public struct RoleAssigned: EntryPayload, Equatable {
    public static let kind: EntryKind = "role_assigned"
    public static let event = EventType("incident.role_assigned", .status, "A role was assigned")

    public var role: Role
    public var person: Person
    /// The previous holder.
    public var previous: Person?
    /// Contact of the new holder.
    public var contact: String?
    /// How long a new holder holds it before they are asked to hand it over; `nil` for as long as they like.
    public var shift: Duration?

    public init(
        _ role: Role, _ person: Person, previous: Person?, contact: String?, shift: Duration? = nil
    ) {
        self.role = role
        self.person = person
        self.previous = previous
        self.contact = contact
        self.shift = shift
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        // A changed contact changes neither `since` nor the shift.
        let known = incident.roles[role].flatMap { $0.person == person ? $0 : nil }
        incident.roles[role] = Assignment(
            person: person, contact: contact, since: known?.since ?? place.recordedAt,
            shift: known == nil ? Shift(of: shift, from: place.recordedAt) : known?.shift)
        return true
    }

    public func outdates(from before: Incident, to after: Incident) -> [EventType] {
        HandoverNag.outdated(by: role, from: before, to: after)
    }

    public func readdresses(from before: Incident, to after: Incident) -> [EventType] {
        Incident.nagsMisaddressed(by: role, from: before, to: after)
    }
}

extension RoleAssigned {
    public init(from fields: FieldReader) throws(FieldError) {
        role = try fields.facts.read("role")
        person = try fields.facts.read("person")
        previous = try fields.facts.read("previous")
        if fields.facts.has("shift_seconds") { shift = try fields.facts.read("shift_seconds") }
        contact = try fields.words.read("contact")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("role", role)
        fields.facts.write("person", person)
        fields.facts.writeOrNull("previous", previous?.name)
        fields.facts.write("shift_seconds", shift)
        fields.words.write("contact", contact)
    }
}

/// Assigns a role to a person.
public struct AssignRole: RequestedAction {
    public static let name = "assignRole"
    public static let asksToBeHeard = true

    public var role: Role
    public var person: Person
    /// Without one a holder keeps theirs, and a new one takes over that of another role of theirs.
    public var contact: Patch<String>

    public init(_ role: Role, _ person: Person, contact: Patch<String> = .keep) {
        self.role = role
        self.person = person
        self.contact = contact
    }

    public init(from body: BodyReader) throws(Refusal) {
        self.init(
            try body.role(), body.person("person"),
            contact: body.patch("contact") { body.optionalText("contact", .short) })
    }

    public func targetExists(in incident: Incident) -> Bool { incident.roles[role] != nil }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        var holders = incident.roles.mapValues(\.person)
        holders[role] = person
        let warnings: [Warning] =
            (Role.isOneForBoth(holders) ? [.commanderIsCommunicator] : []) + given.silence(to: [person])
        let previous = incident.roles[role]
        let contact = contact.applied(
            to: previous?.person == person ? previous?.contact : incident.contact(of: person))
        // By bytes: `String` takes two spellings of é for one.
        if let previous, previous.person == person, previous.person.name.utf8.elementsEqual(person.name.utf8),
            previous.contact.map({ Array($0.utf8) }) == contact.map({ Array($0.utf8) })
        {
            return Decision(warnings: warnings)
        }
        let shift = HandoverNag.roles.contains(role) ? given.policy.shiftToWrite : nil
        let assigned = RoleAssigned(
            role, person, previous: previous?.person, contact: contact, shift: shift)
        let takenFrom =
            switch previous?.person {
            case .some(let other) where other != person: ", who takes over from \(other.name)"
            default: ""
            }
        return Decision(
            [given.entry(assigned, "\(role.label): \(person.name)\(takenFrom)")], warnings: warnings)
    }
}

extension Role {
    /// Whether the commander is also the communicator although at least two people hold roles. Leads to a warning, not to an error.
    static func isOneForBoth(_ holders: [Role: Person]) -> Bool {
        guard let commander = holders[.commander], commander == holders[.communicator] else { return false }
        return Set(holders.values).count >= 2
    }
}

extension Warning {
    public static let commanderIsCommunicator = Warning(
        "commander_is_communicator",
        "One person is commander and communicator while others hold roles, so updates wait for decisions.",
        links: [
            Link(
                "assignRole", "PUT", "/v1/incidents/{ref}/roles/communicator",
                detail: "hands the role over", body: ["person": "…"])
        ])
}
