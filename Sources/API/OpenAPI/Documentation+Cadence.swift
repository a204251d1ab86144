import Incidents
import JSON

/// The operations of the cadence, of status updates and their words.
extension Documentation {
    static let readCadence = Documentation(
        group: .cadence, summary: "Read the cadence and every deadline",
        answers: [.json(.ref(.deadlines), "The cadence.", tag: true)])

    static let changeCadence = Documentation(
        group: .cadence, summary: "Make the beat quicker or slower",
        description: "Quicker at any time; slower after an hour, by the commander, with a reason.",
        body: .write(
            ["interval_seconds": .integer(1...Int(APIResponder.intervalSecondsMax))],
            optional: ["reason": .text(.reason).orNull]),
        examples: [("quicker", #"{"interval_seconds": 600}"#)],
        answers: [.incident], problems: [.incidentEnded, .commanderOnly])

    static let snooze = Documentation(
        group: .cadence, summary: "Hold the nags for an update back",
        description: "For at most one interval, twice between two updates. The deadline stays.",
        body: .write([
            "minutes": .integer(1...Int(APIResponder.minutesMax)), "reason": .text(.reason),
        ]),
        examples: [("snooze", #"{"minutes": 5, "reason": "The fix is being rolled out"}"#)],
        answers: [.entry], problems: [.incidentEnded, .snoozeLimit])

    static let escalate = Documentation(
        group: .cadence, summary: "Call on somebody above", description: "Puts the decision off by an hour.",
        body: .write(["to": .text(.person), "reason": .text(.reason)]),
        examples: [("escalate", #"{"to": "vera", "reason": "We need the database team"}"#)],
        answers: [.entry], problems: [.incidentEnded])

    static let readDraft = Documentation(
        group: .cadence, summary: "Read a draft of the next status update",
        description: "Plain text, or JSON when `Accept` asks for it.",
        query: [
            .query("audience", .ref(.visibility), "For whom; public by default."),
            .query("template", .name, "`auto`, or a template's name."),
        ],
        answers: [
            ResponseDescription(
                status: 200, description: "The draft.",
                content: [("text/plain", .string), ("application/json", .ref(.draft))])
        ])

    static let listUpdates = Documentation(
        group: .cadence, summary: "List status updates, newest first",
        query: [
            .query("after", .integer(1...Int(Int32.max)), "What `next` of the page before said."), .limit,
        ],
        answers: [.page(of: .statusUpdate)])

    static let publishUpdate = Documentation(
        group: .cadence, summary: "Publish a status update",
        description:
            "Either a `text` or a `template`. `status` needs the scope command, and is stored together with the update or not at all.",
        body: Schema.write(
            [:],
            optional: [
                "text": .text(.text).orNull, "template": .text(.name).orNull,
                "audience": .ref(.visibility).orNull, "occurred_at": .momentIn.orNull,
                "next_update_at": .momentIn.orNull, "status": .ref(.status).orNull,
                "reason": .text(.reason).orNull.described("With a status only."),
                "override": Schema.boolean.orNull.described("With a status only."),
                "basis_seq": .integer(1...Int(Int32.max)).orNull,
                "eta_basis": .integer(1...Int(Int32.max)).orNull, "force": Schema.boolean.orNull,
            ]
        ).with("oneOf", .array([words("text"), words("template")])).with(
            "dependentSchemas",
            .members(["reason": words("status"), "override": words("status")])),
        examples: [
            ("text", #"{"text": "We found the cause and are rolling back.", "basis_seq": 1}"#),
            ("status", #"{"text": "The rollback runs.", "status": "mitigating", "audience": "internal"}"#),
            ("template", #"{"template": "nothing_new"}"#),
        ],
        answers: [.json(201, .ref(.statusUpdate), "The update.", location: true)],
        problems: [
            .staleDraft, .notAllowedFromStatus, .commanderOnly, .incidentEnded, .promiseExceedsCadence,
            .clockSkew, .unfilledDraft, .insufficientScope,
        ])

    static let listTemplates = Documentation(
        group: .cadence, summary: "List the templates", query: [.limit, .cursor],
        answers: [.page(of: .template)])

    static let readTemplate = Documentation(
        group: .cadence, summary: "Read a template",
        description: "Plain text, or JSON when `Accept` asks for it.",
        answers: [
            ResponseDescription(
                status: 200, description: "The template.",
                content: [("text/plain", .string), ("application/json", .ref(.template))], hasTag: true)
        ])

    /// An object in which that member is there, and not null.
    private static func words(_ name: String) -> JSONValue {
        .members([
            "properties": .members([name: .members(["type": .string("string")])]),
            "required": .strings([name]),
        ])
    }
}

extension Documentation.Parameter {
    /// The cursor of a list whose items have ids.
    static let cursor = query("after", .name, "What `next` of the page before said.")
}
