import Model
import Time

/// Who does what in an incident; at most one holder each (domain.md, section 4).
public enum Role: String, CaseIterable, Sendable {
    /// Decides, and calls the all-clear.
    case commander
    /// Publishes the status updates, and is the first to be nagged.
    case communicator
    /// Keeps the times.
    case scribe
    /// Drives the fix.
    case technicalLead = "technical_lead"
    /// Can say yes to a rollback at once.
    case rollbackApprover = "rollback_approver"
    /// Answers for the rollback approver when they are away.
    case rollbackBackup = "rollback_backup"

    /// The role as a person reads it: `technical lead`.
    public var label: String {
        rawValue.split(separator: "_").joined(separator: " ")
    }
}

extension Role {
    /// The roles' words, for messages.
    static var allNames: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension BodyReader {
    /// The role that the path names.
    func role() throws(Refusal) -> Role {
        try path(
            "role", sample: .commander,
            otherwise: "This role does not exist. The roles are \(Role.allNames).",
            Role.init(rawValue:))
    }
}

extension Incident {
    /// The first contact that a role of a person has.
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
    /// Who holds it.
    public let person: Person
    /// How to reach them, printed by every nag: `tel:+49…`, `call, do not text`.
    public let contact: String?
    /// Since when.
    public let since: Timestamp

    /// A holder since a moment.
    public init(person: Person, contact: String?, since: Timestamp) {
        self.person = person
        self.contact = contact
        self.since = since
    }
}
