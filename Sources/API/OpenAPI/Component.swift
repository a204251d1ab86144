import Incidents
import Journal
import JSON
import Model
import Routing

/// Schemas shared by several operations: `components.schemas`.
enum Component: String, CaseIterable, Sendable {
    case incident = "Incident"
    case entry = "Entry"
    case statusUpdate = "StatusUpdate"
    case cadence = "Cadence"
    case deadlines = "CadenceWithDeadlines"
    case watch = "Watch"
    case mitigation = "Mitigation"
    case draft = "Draft"
    case template = "Template"
    case person = "Person"
    case webhook = "Webhook"
    case delivery = "Delivery"
    case token = "Token"
    case nag = "Nag"
    case problem = "Problem"
    case warnings = "Warnings"
    case severity = "Severity"
    case severityInput = "SeverityInput"
    case status = "Status"
    case role = "Role"
    case entryKind = "EntryKind"
    case visibility = "Visibility"
    case nextAction = "NextAction"
    case labels = "Labels"
    case links = "Links"
    case checklistItem = "ChecklistItem"
    case checklistItemName = "ChecklistItemName"
    case freezeAnswer = "FreezeAnswer"
    case context = "Context"

    var schema: Schema {
        switch self {
        case .incident: .incident
        case .entry: .entry
        case .statusUpdate: .statusUpdate
        case .cadence: .cadence
        case .deadlines: .deadlines
        case .watch: .watch
        case .mitigation: .mitigation
        case .draft: .draft
        case .freezeAnswer: .freezeAnswer
        case .context: .context
        case .template:
            .object(["name": .string, "text": .string])
                .describing(["name": "Its name.", "text": "The text, with its placeholders."])
        case .person: .person
        case .webhook: .webhook
        case .delivery: .delivery
        case .token: .token
        case .nag: .nag
        case .problem: .problem(ProblemType.all)
        case .warnings: .warnings
        case .severity, .status, .role, .entryKind, .visibility, .checklistItemName: .words(words ?? [])
        case .checklistItem: .checklistItem
        case .severityInput: .severityInput
        case .nextAction:
            .object(["text": .string, "owner": .string.orNull])
                .describing(["text": "What is done next.", "owner": "Who does it."])
        case .labels: Schema(["type": .string("object"), "additionalProperties": Schema.string.json])
        case .links:
            .array(
                .object(["url": .string, "title": .string.orNull])
                    .describing(["url": "Where it leads.", "title": "What to call it."]))
        }
    }

    /// The words of an enum component.
    private var words: [String]? {
        switch self {
        case .severity: Severity.allCases.map(\.rawValue)
        case .status: Incident.Status.allCases.map(\.rawValue)
        case .role: Role.allCases.map(\.rawValue)
        case .checklistItemName: ChecklistItem.allCases.map(\.rawValue)
        case .entryKind: Incident.payloads.map { $0.kind.rawValue }
        case .visibility: Visibility.allCases.map(\.rawValue)
        default: nil
        }
    }

    /// The component equal to a member of a body.
    init?(_ shape: BodyShape) {
        switch shape {
        case .pattern(Severity.inputPattern, bytesMax: nil):
            self = .severityInput
        case .word(let words):
            let same = Component.allCases.first { $0.words.map(Set.init) == Set(words) }
            guard let same else { return nil }
            self = same
        default:
            return nil
        }
    }
}

extension Schema {
    fileprivate static let warnings = Schema.array(
        .object(
            ["code": .words(warningCodes), "detail": .string],
            optional: [
                "cause": .words(Incident.warnings.compactMap(\.cause)), "links": .array(.suggestedCall),
            ]
        )
        .describing([
            "code": "The kind of warning.", "detail": "What happened.", "links": "What to call about it.",
            "cause":
                "Which cause it has, if it has several: nobody_hears with failing means that each webhook fails.",
        ])
    ).described("Returned with a successful write: something that needs attention.")

    /// Each once: some have several causes.
    private static let warningCodes = Incident.warnings.map(\.code).reduce(into: [String]()) { codes, code in
        if !codes.contains(code) { codes.append(code) }
    }

    /// The member `warnings` of what a write answers.
    static let warningsMember = ref(.warnings).described("Only in the answer to a write.")

    static func ref(_ component: Component) -> Schema { .ref(named: component.rawValue) }
}

extension Documentation.ResponseDescription {
    static func page(of component: Component) -> Self { .page(items: .ref(component)) }
}
