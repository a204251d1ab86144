import Engine
import HTTP
import Incidents
import JSON
import Model
import Routing

extension DrumbeatAPI {
    var freezeRows: [Route] {
        [
            .handler(
                .get, "/v1/freeze", services.freezeIsPublic ? .open : .scope(.read), "readFreeze",
                Documentation(
                    group: .response, summary: "Ask whether deploys are frozen",
                    description:
                        "Records nothing. With `fail=1` the answer is 423 while the scope is frozen and no exception for it runs, so that "
                        + "`curl -f` fails. Without a token, if the operator allows that, the answer has the refs only.",
                    query: [
                        .query(
                            "scope", .text(.name),
                            "What is to be deployed: a service's name. By default `*`, everything, which any freeze freezes."
                        ),
                        .query("fail", .integer(0...1), "1 to fail while deploys are frozen."),
                    ],
                    answers: [.json(.ref(.freezeAnswer), "What is frozen, and what opens it.")],
                    problems: [.deploysFrozen])
            ) { try self.readFreeze($0) },

            .write(
                .post, "/v1/freeze/attempts", .scope(.post), AttemptDeploy.name,
                Documentation(
                    group: .response, summary: "Record an attempt to deploy",
                    description:
                        "Recorded on each incident that freezes the scope, once per `what` and outcome. One that finds no freeze is kept "
                        + "as a deploy for 7 days: an incident declared within the hour lists it as a suspect. A retry of a 423 under "
                        + "the same key is judged again.",
                    examples: [("attempt", #"{"scope": "web", "what": "2.14"}"#)],
                    answers: [
                        .json(
                            .object(["frozen": .boolean, "incidents": .array(.string)])
                                .describing([
                                    "frozen":
                                        "Whether an incident freezes the scope; an exception let the deploy through.",
                                    "incidents": "The incidents that freeze it.",
                                ]), "The deploy may go on.")
                    ],
                    problems: [.deploysFrozen]),
                reading: { body in
                    (
                        scope: body.text("scope", .name, "What is deployed: a service's name, or `*`."),
                        what: body.text("what", .name, "Its version, for people.")
                    )
                }
            ) { context, attempt, author in
                context.submit(
                    RecordDeploy(
                        DeployScope(attempt.scope), what: attempt.what, in: self.services.incidents),
                    author: author)
            },

            action(
                .delete, "/v1/incidents/{ref}/freeze", .scope(.command), LiftFreeze.self,
                Documentation(
                    group: .response, summary: "Lift the freeze of deploys",
                    description: "Only of this incident; others may freeze the same scope.")),

            action(
                .post, "/v1/incidents/{ref}/freeze/exceptions", .scope(.command), GrantException.self,
                showing: .entry,
                Documentation(
                    group: .response, summary: "Allow deploys for a while",
                    description:
                        "By the rollback approver, their backup or the commander; by anyone while there is no commander. Opens its scope "
                        + "whichever incidents freeze it. The entry's `id` is the exception's.",
                    examples: [("allow", #"{"minutes": 30, "what": "2.14.1, the fix"}"#)],
                    problems: [.incidentEnded, .approvalNeeded])),

            action(
                .delete, "/v1/incidents/{ref}/freeze/exceptions/{id}", .scope(.command), RevokeException.self,
                Documentation(group: .response, summary: "End an exception")),
        ]
    }
}

extension Schema {
    /// Without a token `incidents` has the refs, and `exceptions` is absent.
    static let freezeAnswer = Schema.object(
        ["frozen": .boolean, "incidents": .either([.array(frozenBy), .array(.string)])],
        optional: ["blocked": .boolean, "exceptions": .array(openedBy)]
    )
    .describing([
        "frozen": "Whether an open incident freezes the scope; an exception may open it nevertheless.",
        "blocked":
            "Whether a deploy is stopped: an incident freezes the scope, and no exception opens it. Absent without a token.",
        "incidents":
            "The incidents that freeze it, at most 50; no confidential ones below scope `command`; without a token refs.",
        "exceptions": "The exceptions that open it, at most 50; absent without a token.",
    ])

    private static let frozenBy = Schema.object([
        "ref": .string, "title": .string, "severity": .ref(.severity), "scope": .string,
        "until": .responseTime,
    ])
    .describing([
        "ref": "The incident.", "title": "What people call it.", "severity": "Its severity.",
        "scope": "What it freezes; `*` for everything.", "until": "When the freeze ends by itself.",
    ])

    private static let openedBy = Schema.object([
        "id": .string, "incident": .string, "seq": .integer, "scope": .string, "until": .responseTime,
    ])
    .describing([
        "id": "Ends it: DELETE …/freeze/exceptions/{id}.",
        "incident": "The incident on which it was granted.",
        "seq": "The seq of the entry that granted it.",
        "scope": "What may be deployed; `*` for everything.", "until": "When it ends.",
    ])

    /// The freeze of an incident.
    static let freeze = Schema.object(["scope": .string, "until": .responseTime])
        .describing([
            "scope": "What is frozen: the label `service`, else `*` for everything.",
            "until": "When it ends by itself; it may have passed.",
        ])

    static let suspects = Schema.array(
        .object([
            "seq": .integer, "suspect": .words(of: Hypothesis.Suspect.self),
            "state": .words(of: Hypothesis.Standing.self), "changed_at": .responseTime.orNull,
        ])
        .describing([
            "seq": "The seq of the hypothesis.", "suspect": "What changed.",
            "state": "Whether it was the cause.", "changed_at": "When it changed, if known.",
        ]))

    static let todos = Schema.array(
        .object(["seq": .integer, "owner": .string.orNull, "due_at": .responseTime.orNull])
            .describing([
                "seq": "The seq of the todo.", "owner": "Who does it.",
                "due_at": "When it is due; null without a time.",
            ]))
}
