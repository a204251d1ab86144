import Engine
import HTTP
import Incidents
import Model
import JSON
import Routing
import Views

extension DrumbeatAPI {
    var cadenceRows: [Route] {
        [
            .handler(
                .get, "/v1/incidents/{ref}/cadence", .scope(.read), "readCadence",
                Documentation(
                    group: .cadence, summary: "Read the cadence, its latest deadlines and nags",
                    description: "The last 100 deadlines and nags, newest last.",
                    answers: [.json(.ref(.deadlines), "The cadence.", tag: true)])
            ) { try self.readCadence($0) }.rechecked(),

            action(
                .patch, "/v1/incidents/{ref}/cadence", .scope(.command), ChangeInterval.self,
                Documentation(
                    group: .cadence, summary: "Change the update interval",
                    description:
                        "A shorter interval is allowed at any time; a longer one after an hour, by the commander, with a reason.",
                    examples: [("quicker", #"{"interval_seconds": 600}"#)],
                    problems: [.incidentEnded, .commanderOnly])),

            action(
                .post, "/v1/incidents/{ref}/cadence/snoozes", .scope(.post), SnoozeNags.self, showing: .entry,
                Documentation(
                    group: .cadence, summary: "Snooze the nags for an update",
                    description:
                        "At most an hour and one interval, and at most twice between two updates. The deadline does not change. "
                        + "A snooze that would hold back no nag is refused.",
                    examples: [("snooze", #"{"minutes": 15, "reason": "The fix is being rolled out"}"#)],
                    problems: [.incidentEnded, .snoozeLimit, .nothingToSnooze])),

            action(
                .delete, "/v1/incidents/{ref}/cadence/snoozes", .scope(.post), EndSnooze.self,
                Documentation(
                    group: .cadence, summary: "End the snooze that runs",
                    description:
                        "The nags it held back are sent at their own times again, or now. The snooze stays counted.",
                    problems: [.incidentEnded])),

            .write(
                .post, "/v1/nags/test", .scope(.admin), "testNags",
                Documentation(
                    group: .cadence, summary: "Send a test event to every webhook that would hear a nag",
                    description:
                        "That is, to those that take `update.overdue`; with `person`, to those that reach this person.",
                    examples: [("test", "{}")],
                    answers: [
                        .json(
                            202,
                            .object(
                                [
                                    "messages": .array(
                                        .object(["id": .string, "type": .string, "webhook": .string]))
                                ], optional: ["warnings": .ref(.warnings)]),
                            "The deliveries are queued.")
                    ]),
                bodyMayBeAbsent: true, reading: { $0.optionalText("person", .person).map { Person($0) } }
            ) { context, person, author in context.submit(TestNags(of: person), author: author) },

            action(
                .post, "/v1/incidents/{ref}/escalations", .scope(.command), Escalate.self, showing: .entry,
                Documentation(
                    group: .cadence, summary: "Escalate the incident",
                    description: "Moves the decision deadline to one hour from now.",
                    examples: [
                        (
                            "escalate",
                            #"{"to": "vera", "contact": "tel:+49 30 99", "reason": "We need the database team"}"#
                        )
                    ],
                    answers: [
                        .json(
                            200, .ref(.entry), "The same person within five minutes: the entry that says so.",
                            location: true)
                    ],
                    problems: [.incidentEnded])),
        ]
    }
}

/// The cadence and its deadlines.
extension DrumbeatAPI {
    func readCadence(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let name = try context.incidentName()
        context.read { [self] in
            let snapshot = try services.requireIncident(name)
            let stream = snapshot.stream
            let entries = try services.reader.latestEntries(
                of: stream, kind: NagSent.kind, before: nil, limit: Cadence.deadlinesMax)
            let nags = try entries.sorted { $0.seq < $1.seq }.compactMap { entry in
                try entry.nag().map { (seq: entry.seq, sent: $0) }
            }
            let delivered = try nags.first.map {
                try services.reader.deliveredNags(of: stream, from: $0.seq)
            }
            return Responses.tagged(
                Responses.object { writer in
                    writer.cadenceMembers(of: snapshot.incident)
                    writer.member("next_nag_at", snapshot.incident.nextNagAt?.rfc3339)
                    writer.member("closing_due_at", snapshot.incident.closing?.dueAt.rfc3339)
                    writer.name("deadlines")
                    writer.deadlines(of: snapshot.incident)
                    writer.name("nags")
                    writer.nags(nags, delivered ?? [])
                }, for: context)
        }
    }
}

extension Schema {
    static let cadence = Schema.object([
        "interval_seconds": .integer, "last_update_at": .responseTime.orNull,
        "next_update_due_at": .responseTime.orNull,
        "nags_sent": .integer, "breached": .boolean, "snoozed_until": .responseTime.orNull,
        "decision_due_at": .responseTime.orNull,
    ])
    .describing([
        "interval_seconds": "The time from one status update to the next.",
        "last_update_at": "When the last status update was published.",
        "next_update_due_at": "When the next one is due; null after the end.",
        "nags_sent": "The number of nags for the update that is due.",
        "breached": "Whether the update that is due is so late that the cadence counts as broken.",
        "snoozed_until": "The end of the snooze that runs.",
        "decision_due_at": "When the incident must be resolved or escalated; null after the end.",
    ])

    static let deadlines = Schema([
        "allOf": .array([
            Schema.ref(.cadence).json,
            Schema.object([
                "deadlines": .array(
                    .object([
                        "due_at": .responseTime, "met_at": .responseTime.orNull,
                        "late_by_seconds": .integer.orNull,
                        "nags": .integer,
                    ])
                    .describing([
                        "due_at": "When the update was due.",
                        "met_at": "When it was published; null for none yet.",
                        "late_by_seconds": "How late it was; null while none was published.",
                        "nags": "The number of nags for it.",
                    ])),
                "nags": .array(recordedNag), "next_nag_at": .responseTime.orNull,
                "closing_due_at": .responseTime.orNull,
            ])
            .describing([
                "deadlines": "The last 100 deadlines with their outcomes, newest last.",
                "nags": "The latest nags.",
                "next_nag_at": "When the next nag is due; null for none.",
                "closing_due_at":
                    "When the final public update is due; null if none is, or it was published.",
            ]).json,
        ])
    ])

    private static let recordedNag = Schema.object([
        "seq": .integer, "about": .words(Incident.nagTopics.map { $0.about.rawValue }), "number": .integer,
        "to": .array(
            .object(["role": .string, "person": .string])
                .describing([
                    "role": "The role for which the person was asked.", "person": "The person's name.",
                ])),
        "delivered_at": .responseTime.orNull,
    ])
    .describing([
        "seq": "The seq of its entry.", "about": "What was overdue.",
        "number": "The number of the nag for this deadline, from 1.",
        "to": "Who was asked to act.",
        "delivered_at": "When a webhook first took it; null as long as none has, and 30 days later.",
    ])

    static let nag = Schema.object([
        "about": .words(Incident.nagTopics.map { $0.about.rawValue }), "number": .integer,
        "deadline": .responseTime,
        "late_seconds": .integer,
        "to": .array(recipient), "link": .string,
    ])
    .describing([
        "about": "What is overdue.", "number": "The number of the nag for this deadline, from 1.",
        "deadline": "What was missed.",
        "late_seconds": "How late it is.", "to": "Who is asked to act.", "link": "The URL of the incident.",
    ])

    private static let recipient = Schema.object([
        "role": .string, "person": .string, "contact": .string.orNull,
    ])
    .describing([
        "role": "The role for which the person is asked.", "person": "The person's name.",
        "contact": "How to reach the person.",
    ])
}
