/// A value that a template can insert, as `{{name}}`.
public enum Placeholder: String, CaseIterable, Sendable {
    case ref, title
    case publicTitle = "public_title"
    case status, severity, impact, workaround, known, changes, minutes, duration
    case watchUntil = "watch_until"
    case fixedAt = "fixed_at"
    case recovery
    case usersMust = "users_must"
    case whatNext = "what_next"
    case falseAlarm = "false_alarm"
    case duplicateOf = "duplicate_of"
    case commander, communicator
    case technicalLead = "technical_lead"
    case nextAction = "next_action"
    case nextActionOwner = "next_action_owner"
    case nextUpdate = "next_update"
    case restoredWhen = "restored_when"
    case decision
    case scope
    case usersAffected = "users_affected"

    /// Whether a public draft may contain it (domain.md, section 7). The title, names and plans are for the team.
    var isPublic: Bool {
        switch self {
        case .title, .severity, .commander, .communicator, .technicalLead, .nextAction, .nextActionOwner,
            .restoredWhen, .decision, .scope, .usersAffected:
            false
        default: true
        }
    }

    /// Whether it is a text that an author may fill in; the others are computed.
    var isText: Bool {
        switch self {
        case .ref, .status, .severity, .minutes, .duration, .watchUntil, .fixedAt, .falseAlarm, .duplicateOf,
            .nextUpdate, .usersAffected:
            false
        default: true
        }
    }

    /// The texts that an author may fill in.
    public static let texts = allCases.filter(\.isText)

    /// The text of an unfilled placeholder: `[FILL: what we know]`.
    var prompt: String {
        switch self {
        case .known: "what we know"
        case .changes: "what we are doing"
        case .commander: "who is on point"
        case .technicalLead: "who is fixing"
        case .nextActionOwner: "who does it"
        case .nextUpdate: "time of the next update"
        case .usersMust: "what users must do"
        case .whatNext: "what happens next"
        case .decision: "resolve or escalate, and why"
        case .scope: "who of all users"
        default: rawValue.split(separator: "_").joined(separator: " ")
        }
    }
}
