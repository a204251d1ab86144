import Model
import Time

/// The roles of an incident, with at most one holder each (domain.md, section 4).
public enum Role: String, CaseIterable, Sendable {
    /// Decides, and gives the all-clear.
    case commander
    /// Publishes the status updates; nagged first.
    case communicator
    /// Records the times.
    case scribe
    /// Leads the fix.
    case technicalLead = "technical_lead"
    /// Can approve a rollback at once.
    case rollbackApprover = "rollback_approver"
    /// Replaces the rollback approver when they are away.
    case rollbackBackup = "rollback_backup"

    /// The display name: `technical lead`.
    public var label: String {
        rawValue.split(separator: "_").joined(separator: " ")
    }
}

extension Role {
    /// For messages.
    static var allNames: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension BodyReader {
    /// The role named in the path.
    func role() throws(Refusal) -> Role {
        try path(
            "role", sample: .commander,
            otherwise: "This role does not exist. The roles are \(Role.allNames).",
            Role.init(typed:))
    }
}

extension Incident {
    /// The first contact among a person's roles.
    public func contact(of person: Person) -> String? {
        for role in Role.allCases {
            if let holder = roles[role], holder.person == person, let contact = holder.contact {
                return contact
            }
        }
        return nil
    }
}

/// The holder of a role.
public struct Assignment: Sendable, Equatable {
    public let person: Person
    /// How to reach the person, printed in every nag: `tel:+49…`, `call, do not text`.
    public let contact: String?
    public let since: Timestamp
    /// `nil` when no handover is asked for.
    var shift: Shift?

    public init(person: Person, contact: String?, since: Timestamp) {
        self.init(person: person, contact: contact, since: since, shift: nil)
    }

    init(person: Person, contact: String?, since: Timestamp, shift: Shift?) {
        self.person = person
        self.contact = contact
        self.since = since
        self.shift = shift
    }
}

/// The time after which the holder of a role is asked to hand it over.
struct Shift: Sendable, Equatable {
    /// Also the time from one nag to the next.
    let length: Duration
    let endsAt: Timestamp

    /// `nil` without a length.
    init?(of length: Duration?, from start: Timestamp) {
        guard let length, length > .zero else { return nil }
        self.init(length: length, endsAt: start + length)
    }

    private init(length: Duration, endsAt: Timestamp) {
        self.length = length
        self.endsAt = endsAt
    }

    func moved(by step: ClockStep) -> Shift { Shift(length: length, endsAt: step.moved(endsAt)) }
}
