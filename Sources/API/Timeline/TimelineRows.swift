import Incidents
import Journal
import Model
import Routing

extension DrumbeatAPI {
    var timelineRows: [Route] {
        [
            .handler(
                .get, "/v1/incidents/{ref}/timeline", .scope(.read), "readTimeline",
                Documentation(
                    group: .timeline, summary: "Read the timeline, or wait for its next entry",
                    description:
                        "Plain text, a line for each entry, or a Markdown table, when `Accept` asks for it. "
                        + "With a filter, a request looks through \(TimelineQuery.scanMax) entries: "
                        + "a page may be short or empty and have a `next`. "
                        + "With `wait`, a request without a match waits for the first one. When the "
                        + "wait or the service ends, the response is an empty page, or 304 for a matching `If-None-Match`. "
                        + "To follow an incident, repeat with `after` set to the last seq and `wait=55`.",
                    query: [
                        .query(
                            "after", .integer(0...Int(Int32.max)),
                            "Only what follows this seq in the order asked for: the value of `next`."),
                        .query("before", .integer(1...Int(Int32.max)), "Only entries before this seq."),
                        .query(
                            "order", .words(of: TimelineQuery.Order.self),
                            "`asc` by seq, the default, or `desc`, newest first."), .limit,
                        .init(
                            name: "kind", schema: .words(Incident.payloads.map { $0.kind.rawValue }),
                            description:
                                "Only entries of this kind. Several are repeated, or joined by commas.",
                            isRepeatable: true),
                        .query("author", .text(.person), "Only entries on behalf of this person."),
                        .query("visibility", .ref(.visibility), "Only entries with this visibility."),
                        .query(
                            "source", .pattern("^[^:\\u0000-\\u001F\\u007F]+:[^\\u0000-\\u001F\\u007F]+$"),
                            "Only the entry of this message: `system:ref`."),
                        .query(
                            "wait", .integer(LongPoll.secondsRange),
                            "Maximum wait for a first entry, in seconds; not with `order=desc` or `before`."),
                    ],
                    answers: [
                        Documentation.ResponseDescription.page(of: .entry).orText([
                            "text/plain", "text/markdown",
                        ])
                    ]),
                handlerTimeout: LongPoll.handlerTimeout
            ) { try self.readTimeline($0) }.rechecked(),

            action(
                .post, "/v1/incidents/{ref}/timeline", .scope(.post), PostEntry.self, showing: .entry,
                takesText: true,
                Documentation(
                    group: .timeline, summary: "Add an entry",
                    description:
                        "A message with a known `source` is not added again: the response is 200 with the first entry. "
                        + "With `replaces` and a different text, it is added as a correction of that entry. "
                        + "`data` may have \(PostEntry.dataBytesMax) bytes. Times may be up to 10 minutes ahead of the server's clock.",
                    examples: [
                        ("note", #"{"text": "Error rate is back under 1 %"}"#),
                        (
                            "finding",
                            #"{"text": "The pool was exhausted", "kind": "finding", "data": {"confirmed": true}, "visibility": "public", "#
                                + #""author": "bob", "source": {"system": "slack", "ref": "C9/1768472220.1"}}"#
                        ),
                    ],
                    answers: [
                        .json(
                            200, .ref(.entry),
                            "Already recorded from this source: that entry, or with `replaces` the one that has its text.",
                            location: true)
                    ],
                    problems: [.clockSkew])
            ).takingLongText(),

            .handler(
                .get, "/v1/incidents/{ref}/timeline/{seq}", .scope(.read), "readEntry",
                Documentation(
                    group: .timeline, summary: "Read one entry",
                    answers: [.json(.either([.ref(.statusUpdate), .ref(.entry)]), "The entry.", tag: true)],
                    instead:
                        "An entry is never changed or deleted: POST …/timeline/{seq}/correction with text corrects it, "
                        + "with withdraws: true it takes it back.")
            ) { try self.readEntry($0) }.rechecked(),

            action(
                .post, "/v1/incidents/{ref}/timeline/{seq}/confirmation", .scope(.post), Confirm.self,
                showing: .entry,
                Documentation(
                    group: .timeline, summary: "Confirm an entry",
                    description:
                        "A finding takes `confirmed`, a hypothesis `state` `confirmed` or `ruled_out`, a todo `state` `done` or `dropped`, "
                        + "a change `complete`. Each of them also takes `visibility` `public`, alone or with these. No change: 200.",
                    examples: [
                        ("confirm", #"{"confirmed": true, "visibility": "public"}"#),
                        ("publish", #"{"visibility": "public"}"#),
                    ],
                    answers: [.json(200, .ref(.entry), "No change: the entry that says so.", location: true)])
            ),

            action(
                .post, "/v1/incidents/{ref}/timeline/{seq}/correction", .scope(.post), Correct.self,
                showing: .entry,
                Documentation(
                    group: .timeline, summary: "Correct an entry",
                    description:
                        "The old text is kept. The new text is shown with it and quoted by drafts. "
                        + "`withdraws` removes the entry from drafts. Nags, confirmations and corrections cannot be corrected.",
                    examples: [
                        ("correct", #"{"text": "The errors began at 10:05, not at 10:02"}"#),
                        ("withdraw", #"{"text": "It was another customer's dashboard", "withdraws": true}"#),
                    ],
                    answers: [
                        .json(200, .ref(.entry), "No change: the entry that has this text.", location: true)
                    ])),

            .handler(
                .get, "/v1/incidents/{ref}/events", .scope(.read), "followIncident",
                Documentation(
                    group: .timeline, summary: "Follow an incident",
                    description: Self.following + " An event's id is the entry's `seq`.",
                    query: [Self.lastSeen], answers: [Self.events])
            ) { try self.followIncident($0) }.rechecked(),

            .handler(
                .get, "/v1/events", .scope(.read), "followAll",
                Documentation(
                    group: .timeline, summary: "Follow all incidents",
                    description: Self.following + " An event's id is the entry's `position`.",
                    query: [Self.lastSeen], answers: [Self.events])
            ) { try self.followAll($0) },
        ]
    }

    private static let following =
        "Server-sent events, one for each committed entry. `event` is the webhook event type, `data` the entry as JSON. "
        + "After a disconnect, send the last id as `Last-Event-ID` to miss nothing. If that "
        + "id is too old, the first event is `reset`; its data names "
        + "what to read again. `bye` is sent before the service stops, a comment every 15 s. `update.due_soon` has no id."
    private static let lastSeen = Documentation.Parameter.query(
        "after", .integer(0...9_007_199_254_740_991),
        "The id of the last event seen, for a first request; `Last-Event-ID` takes precedence. Without both, the stream starts now."
    )
    private static let events = Documentation.ResponseDescription(
        status: 200, description: "The events, until either side closes the connection.",
        content: [("text/event-stream", .string)])
}

extension Documentation.ResponseDescription {
    /// The entry added by a POST.
    static let entry = json(201, .ref(.entry), "The entry.", location: true)
}

extension Schema {
    static let entry = Schema.object(
        [
            "seq": .integer, "position": .integer, "id": .string, "incident": .string,
            "kind": .ref(.entryKind),
            "text": .string,
            "data": Schema(["type": .string("object"), "additionalProperties": Schema.anything.json]),
            "author": .string,
            "posted_by": .string, "occurred_at": .responseTime, "recorded_at": .responseTime,
            "late": .boolean,
            "visibility": .ref(.visibility), "source": source.orNull, "hash": .pattern("^[0-9a-f]{64}$"),
            "became": became.orNull, "corrections": .array(correction),
        ], optional: ["warnings": .warningsMember]
    )
    .describing([
        "seq": "Its number in the incident, from 1 without gaps.",
        "position": "Its number in the journal, over all incidents.",
        "id": "Opaque; never changes.", "incident": "The incident's `ref`.",
        "kind": "What kind of fact it records.",
        "text": "The text as posted; empty if there is none or it was redacted.",
        "data":
            "The members of its kind. In a confirmation or correction, `of` is the seq of the entry that it amends.",
        "author": "The person on whose behalf it was written.",
        "posted_by": "The name of the token that wrote it.",
        "occurred_at": "When it happened.", "recorded_at": "When the service recorded it.",
        "late": "Whether it was recorded more than two minutes after it happened.",
        "visibility": "As posted; `became` has a later change.",
        "source": "The message of another system that it came from.",
        "hash": "Its link of the hash chain.",
        "became": "The latest confirmation; null in the response to a write.",
        "corrections": "Corrections of the text; empty in the response to a write.",
    ])

    private static let correction = Schema.object([
        "seq": .integer, "text": .string, "withdraws": .boolean,
    ])
    .describing([
        "seq": "The seq of the correction.", "text": "The text that replaces the entry's.",
        "withdraws": "Whether the entry is withdrawn.",
    ])

    /// The result of the confirmations of an entry.
    private static let became = Schema.object(
        ["seq": .integer, "visibility": .ref(.visibility)],
        optional: [
            "confirmed": .boolean, "state": .words(of: Confirmation.EndState.self), "complete": .boolean,
        ]
    )
    .describing([
        "seq": "The seq of the confirmation.", "visibility": "The visibility in force.",
        "confirmed": "Of a finding: whether it is confirmed.",
        "state": "Of a hypothesis or a todo: how it ended.",
        "complete": "Of a change: whether it is complete.",
    ])

    private static let source = Schema.object(["system": .string, "ref": .string, "url": .string.orNull])
        .describing([
            "system": "The other system, such as `slack`.", "ref": "The message's id there.",
            "url": "A link to the message.",
        ])
}
