import Incidents
import Journal
import Model
import Routing

/// Many entries in one request.
extension DrumbeatAPI {
    var bulkRows: [Route] {
        [
            .write(
                .post, "/v1/incidents/{ref}/timeline/batch", .scope(.post), "postEntries",
                Documentation(
                    group: .timeline, summary: "Add many entries",
                    description:
                        "At most \(EntryBatch.entriesMax) entries. Each stands alone: one that is refused leaves the others in place, "
                        + "and its outcome has the problem. The outcomes are in the order of the entries. "
                        + "An entry may have an `author` of its own.",
                    examples: [
                        (
                            "batch",
                            #"{"entries": [{"text": "Error rate is back under 1 %"}, "#
                                + #"{"text": "Restarted the pool", "kind": "change", "author": "bob"}]}"#
                        )
                    ],
                    answers: [.json(200, .entryOutcomes, "The outcome of each entry.")]),
                reading: EntryBatch.init(from:)
            ) { try self.postBatch($0, $1, author: $2) }.takingLongText(),

            .write(
                .post, "/v1/incidents/{ref}/timeline/import", .scope(.post), "importChat",
                Documentation(
                    group: .timeline, summary: "Import a chat log",
                    description:
                        "Adds a note for each message that is not recorded yet: the same log again, or a longer one, adds only what "
                        + "is new. At most \(ChatLog.linesMax) lines. A message begins with a time and a name: "
                        + "`[10:04] alice: lag recovering`, `[10:04:30]`, or `10:04 alice: …`; another line goes on from the one "
                        + "before. A time more than 12 hours earlier than the one before is on the next day, and a line that is only "
                        + "a date sets the day. A wrong line is named by its number, and then nothing is added.",
                    examples: [
                        (
                            "log",
                            #"{"text": "[10:04] alice: lag recovering\n[10:06] bob: found it", "date": "2026-01-14", "#
                                + #""zone": "UTC", "dry_run": true}"#
                        )
                    ],
                    answers: [.json(200, .chatImport, "What was added.")], problems: [.clockSkew]),
                takesText: true, reading: ChatImport.init(from:)
            ) { try self.importChat($0, $1, author: $2) }.takingLongText(),
        ]
    }
}

extension Schema {
    static let entryOutcomes = Schema.object([
        "outcomes": .array(
            .either([
                Schema.object(
                    ["status": .integer, "entry": .ref(.entry)], optional: ["warnings": .warningsMember]
                )
                .describing([
                    "status": "201, or 200 for a message that was recorded before.", "entry": "The entry.",
                ]),
                Schema.object(["status": .integer, "problem": .ref(.problem)])
                    .describing(["status": "The status of the problem.", "problem": "Why it was refused."]),
            ]))
    ])
    .describing(["outcomes": "In the order of the entries."])

    static let chatImport = Schema.object(
        [
            "dry_run": .boolean, "added": .integer, "known": .integer,
            "entries": .array(.either([.ref(.entry), plannedEntry])),
        ], optional: ["warnings": .warningsMember]
    )
    .describing([
        "dry_run": "Whether nothing was added.", "added": "The number of new messages.",
        "known": "The number of messages that are recorded already.",
        "entries": "The entries of the new messages; with `dry_run` as they would be added.",
    ])

    private static let plannedEntry = Schema.object([
        "incident": .string, "kind": .string, "text": .string, "author": .string,
        "occurred_at": .responseTime,
        "late": .boolean, "visibility": .ref(.visibility),
    ])
    .describing([
        "incident": "The incident.", "kind": "A note.", "text": "The words.", "author": "Who said it.",
        "occurred_at": "When it was said.", "late": "Whether it is recorded late.",
        "visibility": "Who may read it.",
    ])
}
