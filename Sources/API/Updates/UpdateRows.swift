import Incidents
import Model
import Routing

extension DrumbeatAPI {
    var updateRows: [Route] {
        [
            .handler(
                .get, "/v1/incidents/{ref}/status-updates/draft", .scope(.read), "readDraft",
                Documentation(
                    group: .cadence, summary: "Read a draft of the next status update",
                    description: "Plain text, or JSON when `Accept` asks for it.",
                    query: [
                        .query("audience", .ref(.visibility), "The audience; public by default."),
                        .query("template", .name, "`auto` or the name of a template."),
                        .query(
                            "next_update_in_minutes", .integer(Self.draftMinutes),
                            "The promised time of the next update, for the text; one interval by default."),
                    ],
                    answers: [
                        .init(
                            status: 200, description: "The draft.",
                            content: [("text/plain", .string), ("application/json", .ref(.draft))])
                    ])
            ) { try self.readDraft($0) }.rechecked(),

            .handler(
                .get, "/v1/incidents/{ref}/status-updates", .scope(.read), "listUpdates",
                Documentation(
                    group: .cadence, summary: "List status updates, newest first",
                    query: [
                        .query(
                            "after", .integer(1...Int(Int32.max)), "The value of `next` on the previous page."
                        ),
                        .limit,
                    ],
                    answers: [.page(of: .statusUpdate)])
            ) { try self.listEntries($0, of: UpdatePublished.kind) }.rechecked(),

            .write(
                .post, "/v1/incidents/{ref}/status-updates", .scope(.post), PublishUpdate.name,
                Documentation(
                    group: .cadence, summary: "Publish a status update",
                    description:
                        "Send either `text` or `template`. `fill` has texts for the template; `impact`, `workaround` and `next_action` are "
                        + "recorded as well. `status` requires scope command. All is stored together or not at all. The same text "
                        + "by the same author within a minute is not published again: the response is 200 with the first.",
                    examples: [
                        ("text", #"{"text": "We found the cause and are rolling back.", "basis_seq": 1}"#),
                        (
                            "status",
                            #"{"text": "The rollback runs.", "status": "mitigating", "audience": "internal"}"#
                        ),
                        ("template", #"{"template": "nothing_new"}"#),
                        (
                            "fill",
                            #"{"template": "update", "fill": {"impact": "Many people cannot sign in"}}"#
                        ),
                    ],
                    answers: [
                        .json(
                            200, .ref(.statusUpdate), "Already published: the first update.", location: true),
                        .json(201, .ref(.statusUpdate), "The update.", location: true),
                    ],
                    problems: [
                        .staleDraft, .notAllowedFromStatus, .commanderOnly, .incidentEnded,
                        .promiseExceedsCadence, .clockSkew, .unfilledDraft, .lintBlocked, .insufficientScope,
                        .notRestored,
                    ]),
                takesText: true, reading: PublishUpdate.init(from:)
            ) { try self.publishUpdate($0, $1, author: $2) }.takingLongText(),

            .handler(
                .get, "/v1/templates", .scope(.read), "listTemplates",
                Documentation(
                    group: .cadence, summary: "List the templates", query: [.limit, .cursor],
                    answers: [.page(of: .template)])
            ) { try self.listTemplates($0) },

            .handler(
                .get, "/v1/templates/{name}", .scope(.read), "readTemplate",
                Documentation(
                    group: .cadence, summary: "Read a template",
                    description: "Plain text, or JSON when `Accept` asks for it.",
                    answers: [
                        .init(
                            status: 200, description: "The template.",
                            content: [("text/plain", .string), ("application/json", .ref(.template))],
                            hasTag: true)
                    ])
            ) { try self.readTemplate($0) },
        ]
    }
}

extension Schema {
    static let statusUpdate = Schema([
        "allOf": .array([
            Schema.ref(.entry).json,
            Schema.object([
                "slot": .string, "late_by_seconds": .integer.orNull,
                "next_update_due_at": .responseTime.orNull,
                "lint": .findings,
            ])
            .describing([
                "slot": "Its place in the cadence: `T+0`, `T+15` …",
                "late_by_seconds": "How late it was; null if it was not.",
                "next_update_due_at": "When the next one is due.",
                "lint": "What the linter found in the text.",
            ]).json,
        ])
    ])

    static let draft = Schema.object([
        "audience": .ref(.visibility), "template": .string, "text": .string, "basis_seq": .integer,
        "used_seqs": .array(.integer), "missing": .array(.string), "optional": .array(.string),
    ])
    .describing([
        "audience": "Whom it is for.", "template": "The name of the template that was filled.",
        "text": "The text. It cannot be published while it contains `[FILL`.",
        "basis_seq": "Send this back when publishing: 409 if the incident changed meanwhile.",
        "used_seqs": "The seqs of the entries quoted.",
        "missing": "Values that the text still shows as `[FILL: …]`.",
        "optional": "Values without which lines were left out.",
    ])
}
