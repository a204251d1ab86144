import Engine
import HTTP
import Incidents
import Journal
import Model
import Routing
import Views

extension DrumbeatAPI {
    var checklistRows: [Route] {
        [
            .handler(
                .get, "/v1/incidents/{ref}/checklist", .scope(.read), "readChecklist",
                Documentation(
                    group: .incidents, summary: "Read the checklist of the first ten minutes",
                    description:
                        "Five items, each with a window of two minutes. The windows begin with the episode, or when a minor incident is "
                        + "raised; a minor incident has none. Reopening begins again.",
                    answers: [
                        .json(
                            200,
                            .object(["items": .array(.ref(.checklistItem)), "next": .null]).describing([
                                "items": "In the order of their windows.", "next": "There is one page.",
                            ]), "The items.", tag: true)
                    ])
            ) { try self.readChecklist($0) }.rechecked(),

            action(
                .put, "/v1/incidents/{ref}/checklist/{item}", .scope(.post), TickChecklist.self,
                bodyMayBeAbsent: true,
                Documentation(
                    group: .incidents, summary: "Tick an item of the checklist",
                    description:
                        "Records who did it and how late. The first tick of an item counts; a repetition changes nothing.",
                    examples: [("tick", #"{"author": "alice"}"#)],
                    problems: [.incidentEnded])),
        ]
    }

    private func readChecklist(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let name = try context.incidentName()
        if let snapshot = services.incidents.snapshot(name) {
            return context.answer(checklistAnswer(snapshot, context))
        }
        context.read { [self] in checklistAnswer(try services.requireIncident(name), context) }
    }

    private func checklistAnswer(_ snapshot: IncidentSnapshot, _ context: RequestContext) -> Response {
        Responses.tagged(
            Responses.object { $0.checklist(of: snapshot.incident, services.checklist) }, for: context)
    }
}

extension Schema {
    static let checklistItem = Schema.object([
        "item": .ref(.checklistItemName), "text": .string, "starts_at": .responseTime.orNull,
        "ends_at": .responseTime.orNull, "ticked_by": .string.orNull, "ticked_at": .responseTime.orNull,
        "late_by_seconds": .integer.orNull,
    ])
    .describing([
        "item": "The name of the item.", "text": "What is to be done.",
        "starts_at": "The start of its window; null while the incident is minor.",
        "ends_at": "The end of its window.",
        "ticked_by": "Who ticked it; null as long as no one has.", "ticked_at": "When it was ticked.",
        "late_by_seconds":
            "How long after the end of the window it was ticked; 0 if in time, null without a tick or a window.",
    ])
}
