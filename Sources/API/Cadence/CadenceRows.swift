import HTTP
import Incidents
import JSON
import Routing
import Views

extension DrumbeatAPI {
    var cadenceRows: [Route] {
        [
            .handler(
                .get, "/v1/incidents/{ref}/cadence", .scope(.read), "readCadence",
                Documentation(
                    group: .cadence, summary: "Read the cadence and every deadline",
                    answers: [.json(.ref(.deadlines), "The cadence.", tag: true)])
            ) { try self.readCadence($0) },

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

            action(
                .post, "/v1/incidents/{ref}/escalations", .scope(.command), Escalate.self, showing: .entry,
                Documentation(
                    group: .cadence, summary: "Escalate the incident",
                    description: "Moves the decision deadline to one hour from now.",
                    examples: [("escalate", #"{"to": "vera", "reason": "We need the database team"}"#)],
                    problems: [.incidentEnded])),
        ]
    }
}

/// The cadence and its deadlines.
extension DrumbeatAPI {
    func readCadence(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let name = try context.incidentName()
        if let snapshot = services.incidents.snapshot(name) {
            return context.answer(cadenceAnswer(snapshot.incident, context))
        }
        context.read { [self] in
            let snapshot = try services.requireIncident(name)
            return cadenceAnswer(snapshot.incident, context)
        }
    }

    private func cadenceAnswer(_ incident: Incident, _ context: RequestContext) -> Response {
        let tag = ETags.counter(incident.version)
        if context.holds(tag) { return Responses.notModified(tag) }
        return Responses.object(tag: tag) { writer in
            writer.cadenceMembers(of: incident)
            writer.name("deadlines")
            writer.deadlines(of: incident)
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
                    ]))
            ])
            .describing(["deadlines": "Every deadline with its outcome, newest last."]).json,
        ])
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
