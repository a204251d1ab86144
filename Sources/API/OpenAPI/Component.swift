import Incidents
import Journal
import JSON
import Model
import Routing
import Routing

/// Schemas shared by several operations: `components.schemas`.
enum Component: String, CaseIterable, Sendable {
    case incident = "Incident"
    case entry = "Entry"
    case statusUpdate = "StatusUpdate"
    case cadence = "Cadence"
    case deadlines = "CadenceWithDeadlines"
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
    case anything = "Anything"

    var schema: Schema {
        switch self {
        case .incident: .incident
        case .entry: .entry
        case .statusUpdate: .statusUpdate
        case .cadence: .object(Schema.cadenceMembers)
        case .deadlines: .deadlines
        case .draft: .draft
        case .template: .object(["name": .string, "text": .string])
        case .person: .person
        case .webhook: .webhook
        case .delivery: .delivery
        case .token: .token
        case .nag: .nag
        case .problem: .problem(ProblemType.all)
        case .warnings: .warnings
        case .severity, .status, .role, .entryKind, .visibility: .words(words ?? [])
        case .severityInput: .severityInput
        case .nextAction: .object(["text": .string, "owner": .string.orNull])
        case .labels: Schema(["type": .string("object"), "additionalProperties": Schema.string.json])
        case .anything: .anything
        case .links: .array(.object(["url": .string, "title": .string.orNull]))
        }
    }

    /// The words of an enum component.
    private var words: [String]? {
        switch self {
        case .severity: Severity.allCases.map(\.rawValue)
        case .status: Incident.Status.allCases.map(\.rawValue)
        case .role: Role.allCases.map(\.rawValue)
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
    fileprivate static let incident = Schema.object(
        [
            "id": .string, "ref": .pattern("^INC-[1-9][0-9]*$"), "version": .number, "title": .string,
            "status": .ref(.status), "severity": .ref(.severity), "declared_severity": .ref(.severity),
            "reviewed_severity": .ref(.severity).orNull, "impact": .string.orNull,
            "workaround": .string.orNull, "restored_when": .string.orNull,
            "next_action": .ref(.nextAction).orNull, "declared_by": .string, "episode": .number,
            "roles": roles, "cadence": .ref(.cadence), "freeze": .null, "watch": .null, "mitigation": .null,
            "duplicate_of": .string.orNull, "times": times, "labels": .ref(.labels), "links": .ref(.links),
            "channel": .string.orNull,
        ], optional: ["warnings": .ref(.warnings)])

    fileprivate static let person = Schema.object(
        [
            "name": .string, "version": .number,
            "contact": .string.orNull.described(
                "The contact that nags print; null for tokens below scope `command`."),
            "backup_contact": .string.orNull, "handles": .ref(.labels), "can": .array(.string),
            "away_until": .moment.orNull, "deleted_at": .moment.orNull, "updated_at": .moment,
            "updated_by": .string,
        ], optional: ["warnings": .ref(.warnings)])

    /// The holder of each role; `null` for a vacant one.
    private static var roles: Schema {
        let holder = Schema.object(["person": .string, "contact": .string.orNull, "since": .moment])
        let members = Role.allCases.map { JSONObject.Member(name: $0.rawValue, value: holder.orNull.json) }
        return Schema([
            "type": .string("object"), "properties": .object(JSONObject(members)),
            "required": .strings(Role.allCases.map(\.rawValue)),
        ])
    }

    private static let times = Schema.object([
        "started_at": .moment.orNull, "detected_at": .moment.orNull, "declared_at": .moment,
        "mitigated_at": .moment.orNull, "monitoring_at": .moment.orNull, "resolved_at": .moment.orNull,
        "cancelled_at": .moment.orNull,
    ])

    fileprivate static let cadenceMembers: KeyValuePairs<String, Schema> = [
        "interval_seconds": .number, "last_update_at": .moment.orNull, "next_update_due_at": .moment.orNull,
        "nags_sent": .number, "breached": .boolean, "snoozed_until": .moment.orNull,
        "decision_due_at": .moment.orNull,
    ]

    fileprivate static let deadlines = Schema([
        "allOf": .array([
            Schema.ref(.cadence).json,
            Schema.object([
                "deadlines": .array(
                    .object([
                        "due_at": .moment, "met_at": .moment.orNull, "late_by_seconds": .number.orNull,
                        "nags": .number,
                    ]))
            ]).json,
        ])
    ])

    fileprivate static let entry = Schema.object(
        [
            "seq": .number, "position": .number, "id": .string, "incident": .string, "kind": .ref(.entryKind),
            "text": .string,
            "data": Schema(["type": .string("object")]).described(
                "The members of its kind. In a confirmation or correction, `of` is the seq of the entry that it amends."
            ), "author": .string,
            "posted_by": .string, "occurred_at": .moment, "recorded_at": .moment, "late": .boolean,
            "visibility": .ref(.visibility), "source": source.orNull, "hash": .pattern("^[0-9a-f]{64}$"),
            "became": became.orNull.described(
                "The latest confirmation; null in the response to a write."),
            "corrections": .array(.object(["seq": .number, "text": .string, "withdraws": .boolean]))
                .described("Corrections of the text; empty in the response to a write."),
        ], optional: ["warnings": .ref(.warnings)])

    /// The result of the confirmations of an entry.
    private static let became = Schema.object(
        ["seq": .number, "visibility": .ref(.visibility)],
        optional: [
            "confirmed": .boolean, "state": .words(of: Confirmation.EndState.self), "complete": .boolean,
        ])

    private static let source = Schema.object(["system": .string, "ref": .string, "url": .string.orNull])

    fileprivate static let statusUpdate = Schema([
        "allOf": .array([
            Schema.ref(.entry).json,
            Schema.object([
                "slot": .string.described("`T+0`, `T+15` …"), "late_by_seconds": .number.orNull,
                "next_update_due_at": .moment.orNull,
                "lint": .array(
                    .object([
                        "rule": .string, "span": .array(.number, 2...2), "text": .string,
                        "suggestion": .string,
                    ])),
            ]).json,
        ])
    ])

    fileprivate static let draft = Schema.object([
        "audience": .ref(.visibility), "template": .string, "text": .string, "basis_seq": .number,
        "used_seqs": .array(.number), "missing": .array(.string),
    ])

    fileprivate static let webhook = Schema.object([
        "id": .string, "url": .string, "events": .array(.string), "enabled": .boolean,
        "created_at": .moment, "disabled_at": .moment.orNull, "disabled_reason": .string.orNull,
        "failing_since": .moment.orNull, "behind_since": .moment.orNull,
        "previous_secret_expires_at": .moment.orNull,
    ])

    fileprivate static let delivery = Schema.object([
        "id": .string.described("Its `webhook-id`."), "webhook": .string,
        "type": .words(EventType.all.map(\.rawValue)),
        "incident": .string.orNull, "seq": .number.orNull, "state": .words(of: Delivery.State.self),
        "created_at": .moment, "next_at": .moment.orNull, "expires_at": .moment,
        "last_status": .number.orNull, "last_error": .string.orNull, "attempt_count": .number,
        "attempts": .array(
            .object([
                "number": .number, "started_at": .moment, "duration_milliseconds": .number,
                "status": .number.orNull, "answer": .string.orNull, "error": .string.orNull,
            ])),
    ])

    fileprivate static let token = Schema.object([
        "id": .string, "name": .string, "scope": .words(of: Scope.self), "created_at": .moment,
        "revoked_at": .moment.orNull,
    ])

    fileprivate static let nag = Schema.object([
        "about": .words(Incident.nagTopics.map { $0.about.rawValue }), "number": .number, "deadline": .moment,
        "late_seconds": .number,
        "to": .array(.object(["role": .string, "person": .string, "contact": .string.orNull])),
        "link": .string,
    ])

    fileprivate static let warnings = Schema.array(
        .object(["code": .words(Incident.warnings.map(\.code)), "detail": .string])
    ).described("Returned with a successful write: something that needs attention.")

    fileprivate static let severityInput = Schema.pattern(Severity.inputPattern).described(
        "`minor`, `major`, `critical`, or p3…p1, or sev3…sev1; case-insensitive.")
}

extension Schema {
    static func ref(_ component: Component) -> Schema { .ref(named: component.rawValue) }
}

extension Documentation.ResponseDescription {
    static func page(of component: Component) -> Self { .page(items: .ref(component)) }

    /// The entry added by a POST.
    static let entry = json(201, .ref(.entry), "The entry.", location: true)
    /// The incident after a PUT, PATCH or DELETE.
    static let incident = json(.ref(.incident), "The whole incident.", tag: true)
    /// The current page of a person.
    static let person = json(.ref(.person), "The page.", tag: true)
}
