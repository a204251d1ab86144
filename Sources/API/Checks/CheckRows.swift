import Incidents
import Model
import Routing

extension DrumbeatAPI {
    var checkRows: [Route] {
        [
            action(
                .post, "/v1/incidents/{ref}/checks", .scope(.post), RecordCheck.self, showing: .entry,
                Documentation(
                    group: .incidents, summary: "Record a check: a user flow that someone tried",
                    description:
                        "Resolving asks for the last check of each path. While the status is monitoring, a failed check starts the watch "
                        + "over. A correction with `withdraws` takes a check back.",
                    examples: [
                        (
                            "passed",
                            #"{"path": "sign in with a password", "passed": true, "evidence": "three accounts, under 2 s", "by": "bob"}"#
                        ),
                        (
                            "failed",
                            #"{"path": "sign in with a password", "passed": false, "evidence": "504 after 30 s"}"#
                        ),
                    ],
                    problems: [.incidentEnded])),

            .handler(
                .get, "/v1/incidents/{ref}/checks", .scope(.read), "listChecks",
                Documentation(
                    group: .incidents, summary: "List checks, newest first",
                    query: [
                        .query(
                            "after", .integer(1...Int(Int32.max)), "The value of `next` on the previous page."
                        ),
                        .limit,
                    ],
                    answers: [.page(of: .entry)])
            ) { try self.listEntries($0, of: CheckRecorded.kind) }.rechecked(),
        ]
    }
}

extension Schema {
    /// The watch of an incident.
    static let watch = Schema.object([
        "started_at": .responseTime, "middle_at": .responseTime, "until": .responseTime,
    ])
    .describing([
        "started_at": "When it began, or last started over.",
        "middle_at": "From then on a check counts as a late one, of which resolving needs one.",
        "until": "When it runs out, so that the incident may be resolved.",
    ])
}
