import Incidents
import Model

extension Route {
    static let timeline: [Route] = [
        .handler(
            .get, "/v1/incidents/{ref}/timeline", .scope(.read), "readTimeline",
            Documentation(
                group: .timeline, summary: "Read the timeline, or wait for its next entry",
                description:
                    "With `wait`, a request that nothing matches yet is answered at the first match; when the "
                    + "time or the service ends, by an empty page, or by a 304 to whoever sent the tag of the page. "
                    + "`after` with the last seq and `wait=55` in a loop follows an incident.",
                query: [
                    .query("after", .integer(0...Int(Int32.max)), "Only entries after that seq."), .limit,
                    .query("kind", .words(Incident.payloads.map { $0.kind.rawValue }), "Only that kind."),
                    .query("visibility", .ref(.visibility), "Only that visibility."),
                    .query(
                        "wait", .integer(LongPoll.secondsRange),
                        "How long to wait for a first entry, in seconds."),
                ],
                answers: [.page(of: .entry)]),
            mayWait: true
        ) { try $0.readTimeline($1) },

        .action(
            .post, "/v1/incidents/{ref}/timeline", .scope(.post), PostEntry.self, showing: .entry,
            Documentation(
                group: .timeline, summary: "Add an entry",
                description:
                    "A message with the same `source` as one before is not added again: the answer is 200 with the first one; "
                    + "with `replaces` and other words it is added as the correction of that one. "
                    + "`data` may have \(PostEntry.dataBytesMax) bytes. Times may lie 10 minutes ahead of the server's clock.",
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
                        "It was recorded before, from the same source: that entry, or with `replaces` the one that has its text.",
                        location: true)
                ],
                problems: [.clockSkew])),

        .handler(
            .get, "/v1/incidents/{ref}/timeline/{seq}", .scope(.read), "readEntry",
            Documentation(
                group: .timeline, summary: "Read one entry",
                answers: [.json(.either([.ref(.statusUpdate), .ref(.entry)]), "The entry.", tag: true)])
        ) { try $0.readEntry($1) },

        .action(
            .post, "/v1/incidents/{ref}/timeline/{seq}/confirmation", .scope(.post), Confirm.self,
            showing: .entry,
            Documentation(
                group: .timeline, summary: "Say what became of an entry",
                description:
                    "A finding takes `confirmed`, a hypothesis `state` `confirmed` or `ruled_out`, a todo `state` `done` or `dropped`, "
                    + "a change `complete`; any of them, and alone, `visibility` `public`. What is said already is answered by 200.",
                examples: [
                    ("confirm", #"{"confirmed": true, "visibility": "public"}"#),
                    ("publish", #"{"visibility": "public"}"#),
                ],
                answers: [.json(200, .ref(.entry), "It says so already: that entry.", location: true)])),

        .action(
            .post, "/v1/incidents/{ref}/timeline/{seq}/correction", .scope(.post), Correct.self,
            showing: .entry,
            Documentation(
                group: .timeline, summary: "Correct an entry",
                description:
                    "The old words stay, the new ones are shown beside them and quoted by drafts. "
                    + "`withdraws` takes the entry out of drafts. Nags, confirmations and corrections cannot be corrected.",
                examples: [
                    ("correct", #"{"text": "The errors began at 10:05, not at 10:02"}"#),
                    ("withdraw", #"{"text": "It was another customer's dashboard", "withdraws": true}"#),
                ],
                answers: [.json(200, .ref(.entry), "Its words are those already.", location: true)])),

        .handler(
            .get, "/v1/incidents/{ref}/events", .scope(.read), "followIncident",
            Documentation(
                group: .timeline, summary: "Follow an incident",
                description: following + " The id of an event is the entry's `seq`.",
                query: [lastSeen], answers: [events])
        ) { try $0.followIncident($1) },

        .handler(
            .get, "/v1/events", .scope(.read), "followAll",
            Documentation(
                group: .timeline, summary: "Follow all incidents",
                description: following + " The id of an event is the entry's `position`.",
                query: [lastSeen], answers: [events])
        ) { try $0.followAll($1) },
    ]

    private static let following =
        "A stream of server-sent events: each entry as it is committed, `event` the type a webhook would get, `data` the entry as JSON. "
        + "A client that was cut off sends the last id as `Last-Event-ID` and misses nothing. When that "
        + "is too old, the first event is `reset`, whose data name "
        + "what to read anew. Before the service ends, `bye`. Every 15 s a comment. `update.due_soon` has no id."
    private static let lastSeen = Documentation.Parameter.query(
        "after", .integer(0...9_007_199_254_740_991),
        "The id of the last event that was seen, for a first request; `Last-Event-ID` wins. Without both the stream begins now."
    )
    private static let events = Documentation.ResponseDescription(
        status: 200, description: "The events, as long as both sides stay.",
        content: [("text/event-stream", .string)])
}
