import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing

extension DrumbeatAPI {
    var incidentRows: [Route] {
        [
            .opening(
                .post, "/v1/incidents", .scope(.command), Declare.self, in: services.incidents,
                Documentation(
                    group: .incidents, summary: "Declare an incident",
                    description: "Starts the cadence: the first status update is due a few minutes later.",
                    examples: [
                        (
                            "declare",
                            #"{"title": "People cannot sign in", "severity": "major", "impact": "Many users cannot sign in", "#
                                + #""author": "alice", "started_at": "2026-01-15T09:58:00Z", "channel": "slack:C9", "#
                                + #""labels": {"service": "web"}, "roles": {"commander": "alice"}}"#
                        ), ("shortest", #"{"title": "People cannot sign in", "severity": "p2"}"#),
                    ],
                    answers: [.json(201, .ref(.incident), "The incident.", tag: true, location: true)],
                    problems: [.clockSkew])),

            .handler(
                .get, "/v1/incidents", .scope(.read), "listIncidents",
                Documentation(
                    group: .incidents, summary: "List incidents, newest first",
                    description:
                        "With `q`, a request looks through at most \(IncidentSearch.entriesMax) entries, for at most 200 ms: "
                        + "a page may be short or empty and have a `next`.",
                    query: [
                        .query("state", .words(of: IncidentFilter.State.self), "The state; open by default."),
                        .query("severity", .ref(.severityInput), "Only incidents with this severity."),
                        .query("status", .words(of: Incident.Status.self), "Only incidents in this status."),
                        .query(
                            "channel", .pattern("^[^\\u0000-\\u001F\\u007F]*$"),
                            "Only incidents with this channel, compared byte for byte."),
                        .init(
                            name: "label",
                            schema: .pattern(
                                "^[^\\u0000-\\u001F\\u007F:][^\\u0000-\\u001F\\u007F]*:[^\\u0000-\\u001F\\u007F]*$"
                            ),
                            description:
                                "Only incidents with this label, as key:value. If several are given, all must match.",
                            isRepeatable: true),
                        .query(
                            "since", .requestTime,
                            "Only incidents changed at or after this time. Write a plus sign as %2B."),
                        .query(
                            "q", .text(.name),
                            "Only incidents with all these words, anywhere in title, impact or entries, in any case."
                        ),
                        .limit,
                        .query(
                            "after",
                            .pattern(
                                "^(?:[Ii][Nn][Cc]-[1-9][0-9]{0,14}|[0-9]{1,15}(?:\\.[0-9]{1,9}\\.[0-9]{1,4})?)$"
                            ),
                            "The value of `next` on the previous page."),
                    ],
                    answers: [.page(of: .incident)])
            ) { try self.listIncidents($0) },

            .handler(
                .get, "/v1/incidents/{ref}", .scope(.read), "readIncident",
                Documentation(
                    group: .incidents, summary: "Read an incident",
                    description:
                        "With `Accept: text/plain`, a brief of at most 15 lines: status, impact, people, next action, updates, "
                        + "open hypotheses, the last five entries.",
                    query: [
                        .query(
                            "at", .requestTime,
                            "Shows the incident as recorded at this time. Write a plus sign as %2B.")
                    ],
                    answers: [.json(.ref(.incident), "The incident.", tag: true).orText(["text/plain"])])
            ) { try self.readIncident($0) }.rechecked(),

            action(
                .patch, "/v1/incidents/{ref}", .scope(.post), EditIncident.self,
                needing: { $0.isOfWords ? nil : .command },
                Documentation(
                    group: .incidents, summary: "Edit an incident",
                    description:
                        "RFC 7396: `null` clears a member, an absent member is unchanged, labels merge by key, links are replaced. "
                        + "With scope post `impact`, `workaround`, `next_action` and `public_title`; the others require command. "
                        + "`security` and `confidential` are cleared by the commander, with a `reason`.",
                    examples: [
                        (
                            "impact",
                            #"{"impact": "All users", "next_action": {"text": "Roll back 2.14", "owner": "bob"}, "#
                                + #""labels": {"region": "eu"}}"#
                        ),
                        (
                            "clear",
                            #"{"workaround": null, "links": [{"url": "https://example.org/graph", "title": "Errors"}]}"#
                        ),
                    ],
                    problems: [.notAllowedFromStatus, .clockSkew, .commanderOnly])),

            action(
                .put, "/v1/incidents/{ref}/severity", .scope(.command), RaiseSeverity.self,
                Documentation(
                    group: .incidents, summary: "Raise the severity",
                    description: "While an incident is open its severity only rises.",
                    examples: [
                        ("raise", #"{"severity": "critical", "reason": "Sign-in is down everywhere"}"#)
                    ],
                    problems: [.severityOnlyRises, .incidentEnded])),

            action(
                .post, "/v1/incidents/{ref}/severity/disputes", .scope(.post), DisputeSeverity.self,
                showing: .entry,
                Documentation(
                    group: .incidents, summary: "Dispute the severity",
                    description: "Does not change the severity. The dispute is listed for the review.",
                    examples: [("dispute", #"{"claims": "minor", "reason": "Few users are affected"}"#)])),

            action(
                .put, "/v1/incidents/{ref}/status", .scope(.command), ChangeStatus.self,
                Documentation(
                    group: .incidents, summary: "Change the status: move, end or reopen",
                    description:
                        "Only the commander may resolve, and may send `override` with a reason: without it resolving is allowed from "
                        + "monitoring, when nothing that `not-restored` names is lacking. Cancelling requires the reason `false_alarm` or "
                        + "`duplicate`; a duplicate may name the original incident.",
                    examples: [
                        ("mitigate", #"{"status": "mitigating", "reason": "Rolling back 2.14"}"#),
                        ("cancel", #"{"status": "cancelled", "reason": "false_alarm"}"#),
                    ],
                    problems: [.notAllowedFromStatus, .notRestored, .incidentEnded, .commanderOnly])),

            action(
                .put, "/v1/incidents/{ref}/roles/{role}", .scope(.command), AssignRole.self,
                Documentation(
                    group: .incidents, summary: "Assign a role",
                    examples: [("assign", #"{"person": "bob", "contact": "tel:+491234567"}"#)])),

            action(
                .delete, "/v1/incidents/{ref}/roles/{role}", .scope(.command), ReleaseRole.self,
                Documentation(group: .incidents, summary: "Release a role")),
        ]
    }
}

extension DrumbeatAPI {
    /// An action on the incident named in the path.
    func action<Requested: RequestedAction<Incident>>(
        _ method: Method, _ pattern: String, _ access: Route.Access, _ action: Requested.Type,
        showing shown: PerformAction<Incident>.Shown = .state, bodyMayBeAbsent: Bool = false,
        takesText: Bool = false,
        needing scope: @escaping @Sendable (Requested) -> Scope? = { _ in nil },
        _ documentation: Documentation
    ) -> Route {
        let incidents = Addressing(
            shelf: services.incidents, name: { (context) throws(Problem) in try context.incidentName() },
            state: .incident, entry: .entry)
        return .action(
            method, pattern, access, action, on: incidents, showing: shown, bodyMayBeAbsent: bodyMayBeAbsent,
            takesText: takesText,
            needing: scope, documentation)
    }
}

extension Documentation.ResponseDescription {
    /// The incident after a PUT, PATCH or DELETE.
    static let incident = json(.ref(.incident), "The whole incident.", tag: true)
}

extension Schema {
    static let incident = Schema.object(
        [
            "id": .string, "ref": .pattern("^INC-[1-9][0-9]*$"), "version": .integer, "title": .string,
            "public_title": .string.orNull,
            "status": .ref(.status), "severity": .ref(.severity), "declared_severity": .ref(.severity),
            "reviewed_severity": .ref(.severity).orNull, "impact": .string.orNull,
            "workaround": .string.orNull, "restored_when": .string.orNull,
            "next_action": .ref(.nextAction).orNull, "declared_by": .string, "episode": .integer,
            "roles": roles, "cadence": .ref(.cadence), "freeze": freeze.orNull, "watch": .ref(.watch).orNull,
            "mitigation": .ref(.mitigation).orNull,
            "duplicate_of": .string.orNull, "times": times, "labels": .ref(.labels), "links": .ref(.links),
            "channel": .string.orNull,
            "suspects": suspects, "todos": todos,
            "scope": .string.orNull, "users_affected": .integer.orNull, "security": .boolean,
            "confidential": .boolean,
        ], optional: ["warnings": .warningsMember]
    )
    .describing([
        "id": "Opaque; never changes. Paths take it instead of `ref`.", "ref": "The name that people use.",
        "version": "The seq of the last entry that changed this representation; a note does not.",
        "title": "What people call it.",
        "public_title": "The headline of its public updates, which never have the title.",
        "status": "`resolved` and `cancelled` end the incident.",
        "severity": "The severity now. It only rises while the incident is open.",
        "declared_severity": "The severity at the declaration.",
        "reviewed_severity": "The severity found by a review after the end.",
        "impact": "Who is affected, and how.", "workaround": "What users can do meanwhile.",
        "restored_when": "How the end of the impact is recognised.",
        "next_action": "What is done next, and by whom.",
        "declared_by": "The person who declared it.",
        "episode": "1 from the declaration; one more with each reopening.",
        "roles": "The holder of each role; null for a vacant role.",
        "cadence": "The schedule of status updates.",
        "freeze": "The freeze of deploys; null without one.",
        "watch": "The time in `monitoring` before it may be resolved; null in other statuses.",
        "mitigation": "The last mitigation that is open; null without one.",
        "duplicate_of": "The incident that this one duplicates.",
        "times": "When what happened; null for what did not happen.",
        "labels": "Labels by key.", "links": "Links to graphs, documents and the like.",
        "suspects": "The hypotheses that name what changed.", "todos": "What is still to be done.",
        "channel": "The channel in which people work on it, such as `slack:C9`.",
        "scope": "Who of all users is affected: a region, a plan, a browser.",
        "users_affected": "How many users are affected, as far as known.",
        "security": "Whether it is a matter of security.",
        "confidential": "Whether it does not exist for tokens below scope `command`.",
    ])

    /// The holder of each role; `null` for a vacant one.
    private static var roles: Schema {
        let holder = Schema.object(["person": .string, "contact": .string.orNull, "since": .responseTime])
            .describing([
                "person": "The person's name.",
                "contact": "How to reach the person in this role; null below scope `command`.",
                "since": "When the role was assigned.",
            ])
        let members = Role.allCases.map { JSONObject.Member(name: $0.rawValue, value: holder.orNull.json) }
        return Schema([
            "type": .string("object"), "properties": .object(JSONObject(members)),
            "required": .strings(Role.allCases.map(\.rawValue)),
        ])
    }

    private static let times = Schema.object([
        "started_at": .responseTime.orNull, "detected_at": .responseTime.orNull, "declared_at": .responseTime,
        "mitigated_at": .responseTime.orNull, "monitoring_at": .responseTime.orNull,
        "restored_at": .responseTime.orNull,
        "resolved_at": .responseTime.orNull,
        "cancelled_at": .responseTime.orNull,
    ])
    .describing([
        "started_at": "When the impact began, if someone said so.", "detected_at": "When it was noticed.",
        "declared_at": "When it was declared.",
        "mitigated_at":
            "When a mitigation first worked, else the first time its status was monitoring; null again after a regression.",
        "monitoring_at": "The last time its status was monitoring.",
        "restored_at": "When users were no longer affected; set by the end, and correctable after it.",
        "resolved_at": "When it was resolved.",
        "cancelled_at": "When it was cancelled.",
    ])

    static let severityInput = Schema.pattern(Severity.inputPattern).described(
        "`minor`, `major`, `critical`, or p3…p1, sev3…sev1, s3…s1; case, hyphens, blanks and underscores are ignored."
    )
}
