import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
import Views

extension DrumbeatAPI {
    var mitigationRows: [Route] {
        [
            // The timeline tells the same to the same scope.
            .handler(
                .get, "/v1/incidents/{ref}/mitigations", .scope(.read), "listMitigations",
                Documentation(
                    group: .response, summary: "List mitigations, newest first",
                    description:
                        "The last \(Mitigations.keptMax), and all that are open or requested. The timeline has every one.",
                    query: [
                        .limit,
                        .query("after", .string, "The value of `next` on the previous page."),
                    ],
                    answers: [.page(of: .mitigation)])
            ) { try self.listMitigations($0) }.rechecked(),

            action(
                .post, "/v1/incidents/{ref}/mitigations", .scope(.command), StartMitigation.self,
                showing: .entry,
                Documentation(
                    group: .response, summary: "Start a mitigation, or request a rollback",
                    description:
                        "The entry's `id` is the mitigation's. One is tried at a time; `parallel_reason` allows another beside it. "
                        + "A rollback requires `known_good` and `database`, and waits for a yes: `data.approved` is true if the author "
                        + "may give it at once, and it has started. After a rollback that did not help, the next one needs `override`.",
                    examples: [
                        (
                            "flag",
                            #"{"action": "Turn the new search off", "expected": "Errors fall below 1 %", "metric": "error rate", "#
                                + #""kind": "flag_off", "owner": "bob"}"#
                        ),
                        (
                            "rollback",
                            #"{"kind": "rollback", "known_good": "2.13.4", "database": "safe", "expected": "Sign-in works", "#
                                + #""metric": "sign-ins a minute", "parallel_reason": "The flag did not help enough"}"#
                        ),
                    ],
                    problems: [.mitigationInProgress, .rollbackSpent, .commanderOnly, .incidentEnded])),

            action(
                .patch, "/v1/incidents/{ref}/mitigations/{id}", .scope(.command), EndMitigation.self,
                Documentation(
                    group: .response, summary: "Say how a mitigation ended",
                    description:
                        "`state` is the result; `result` says in words what was seen. The same state again changes nothing.",
                    examples: [("worked", #"{"state": "worked", "result": "Errors are at 0.2 %"}"#)],
                    problems: [.approvalNeeded, .notAllowedFromStatus, .incidentEnded])),

            action(
                .post, "/v1/incidents/{ref}/mitigations/{id}/approval", .scope(.command), AnswerRollback.self,
                showing: .entry,
                Documentation(
                    group: .response, summary: "Answer the request for a rollback",
                    description:
                        "A yes starts it, a no ends it. The rollback approver may answer at once, then every five minutes the next one "
                        + "as well: the backup, the commander, anyone with scope command.",
                    examples: [("yes", #"{"approved": true}"#)],
                    answers: [
                        .json(
                            200, .ref(.entry), "Answered so before: the entry that says so.", location: true)
                    ],
                    problems: [
                        .approvalNeeded, .mitigationInProgress, .rollbackSpent, .notAllowedFromStatus,
                        .incidentEnded,
                    ])),
        ]
    }

    private func listMitigations(_ context: RequestContext) throws(Problem) {
        let name = try context.incidentName()
        _ = try context.query(["limit", "after"]).limit()
        context.read { [self] in
            let snapshot = try services.requireIncident(name)
            let page = try context.page(snapshot.incident.mitigations.all.reversed(), id: \.id)
            let tag = ETags.tag(snapshot.timelineValidator)
            if context.holds(tag) { return Responses.notModified(tag) }
            let words = try words(of: page.items.filter { !$0.isActive }, in: snapshot.stream)
            return Responses.list(
                page.items, next: page.next, request: context.request, tag: tag, cursor: \.id
            ) { writer, mitigation in
                writer.members(of: mitigation, words[mitigation.seq], on: snapshot.incident)
            }
        }
    }
}

extension DrumbeatAPI {
    /// The words of mitigations that are over, by seq. Blocks on the store.
    private func words(
        of mitigations: [Mitigation], in stream: StreamID
    ) throws -> [Int: MitigationWords] {
        let seqs = mitigations.flatMap { [$0.seq] + [$0.endedSeq].compactMap(\.self) }
        guard !seqs.isEmpty else { return [:] }
        var entries: [Int: StoredEntry] = [:]
        for entry in try services.reader.entries(of: stream, seqs: seqs) { entries[entry.seq] = entry }
        var words: [Int: MitigationWords] = [:]
        for mitigation in mitigations {
            words[mitigation.seq] = try MitigationWords(
                began: entries[mitigation.seq], ended: mitigation.endedSeq.flatMap { entries[$0] })
        }
        return words
    }
}

extension Schema {
    static let mitigation = Schema.object([
        "id": .string, "seq": .integer, "kind": .words(of: Mitigation.Kind.self),
        "state": .words(["requested", "open", "declined"] + Mitigation.Result.allCases.map(\.rawValue)),
        "action": .string.orNull, "expected": .string.orNull, "metric": .string.orNull,
        "risk": .string.orNull, "owner": .string.orNull, "known_good": .string.orNull,
        "database": .words(of: Rollback.Database.self).orNull, "requested_at": .responseTime.orNull,
        "approval": Schema.array(approvalPlace).orNull, "answered_by": .string.orNull,
        "started_at": .responseTime.orNull, "ended_at": .responseTime.orNull, "result": .string.orNull,
    ])
    .describing([
        "id": "The id of the entry that began it.", "seq": "The seq of that entry.",
        "kind": "What kind of change it is.",
        "state": "`requested` and `declined` are those of a rollback; the others follow `open`.",
        "action": "What is changed.", "expected": "The expected effect.",
        "metric": "The one metric that shows it.", "risk": "What may go wrong.", "owner": "Who does it.",
        "known_good": "Of a rollback: what it returns to.",
        "database":
            "Of a rollback: whether the older version works with the data, or they are repaired later.",
        "requested_at": "Of a rollback: when it was requested.",
        "approval": "Who may answer the request, and from when; null unless it waits for an answer.",
        "answered_by": "Who answered the request.", "started_at": "When it was started.",
        "ended_at": "When it ended or was declined.", "result": "What was seen at its end.",
    ])

    private static let approvalPlace = Schema.object([
        "role": .string.orNull, "person": .string.orNull, "from": .responseTime,
    ])
    .describing([
        "role": "The role for which the person may answer; null for anyone with scope `command`.",
        "person": "The person's name; null for anyone with scope `command`.",
        "from": "From when on.",
    ])
}
