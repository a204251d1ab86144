import HTTP
import Incidents
import JSON
import Model
import Routing

extension DrumbeatAPI {
    var contextRows: [Route] {
        [
            .handler(
                .get, "/v1/incidents/{ref}/context", .scope(.read), "readContext",
                Documentation(
                    group: .response, summary: "Read what may explain an incident",
                    description:
                        "The deploys of the hour before it began, advice, and similar incidents: those that share an alert name (label "
                        + "`alertname` or `alert`), else the label `service`. Looking for these counts as a search of the token: "
                        + "503 while another is in progress.",
                    answers: [.json(.ref(.context), "The context.", tag: true)])
            ) { try self.readContext($0) }.rechecked()
        ]
    }
}

extension Schema {
    static let context = Schema.object([
        "deploys": .array(
            .object(["scope": .string, "what": .string, "author": .string, "at": .responseTime])
                .describing([
                    "scope": "What was deployed; `*` for everything.", "what": "Its version.",
                    "author": "Who deployed it.", "at": "When.",
                ])), "advice": .string.orNull, "similar": .array(similar),
    ])
    .describing([
        "deploys": "Deploys in its scope of the hour before it began, newest first, at most 50.",
        "advice": "What to try first; null without a reason for any.",
        "similar": "At most 5 incidents that ended in the last 180 days, newest first.",
    ])

    private static let similar = Schema.object([
        "ref": .string, "title": .string, "severity": .ref(.severity), "status": .ref(.status),
        "ended_at": .responseTime.orNull, "minutes": .integer.orNull, "mitigation": .string.orNull,
    ])
    .describing([
        "ref": "The incident.", "title": "What people call it.", "severity": "The severity it reached.",
        "status": "How it ended.", "ended_at": "When it ended.",
        "minutes": "Whole minutes of impact; null for a cancelled one.",
        "mitigation": "The mitigation that worked; null for none.",
    ])
}
