import Engine
import HTTP
import Incidents
import Journal
import Model
import Routing
import Views

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
            ) { try self.listChecks($0) },
        ]
    }

    func listChecks(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["after", "limit"])
        let limit = try query.limit()
        let before = try query.integer("after", in: 1...Int(Int32.max))
        let name = try context.incidentName()
        let reader = services.reader
        context.read { [self] in
            let row = try services.requireRow(name)
            let tag = ETags.tag(try reader.lastEntry(of: row))
            if context.holds(tag) { return Responses.notModified(tag) }
            let page = try reader.latestEntries(
                of: row.stream, kind: CheckRecorded.kind, before: before, limit: limit + 1)
            let amendments = try Amendments(of: page.prefix(limit), in: row.stream, from: reader)
            return try Responses.page(
                page, limit: min(limit, amendments.covered), request: context.request, tag: tag,
                cursor: { String($0.seq) }
            ) { try $0.members(of: $1, contacts: .hidden, amendedBy: amendments.of($1.seq)) }
        }
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
