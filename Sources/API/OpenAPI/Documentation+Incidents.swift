import Incidents
import Journal
import JSON

/// The operations on an incident itself.
extension Documentation {
    static let declare = Documentation(
        group: .incidents, summary: "Declare an incident",
        description: "Begins the beat: the first status update is due a few minutes later.",
        body: .write(
            ["title": .text(.name), "severity": .ref(.severityInput)],
            optional: [
                "impact": .text(.paragraph).orNull, "workaround": .text(.paragraph).orNull,
                "restored_when": .text(.paragraph).orNull, "next_action": nextAction.orNull,
                "started_at": .momentIn.orNull, "detected_at": .momentIn.orNull,
                "channel": .text(.short).orNull, "labels": labels(.text(.short)).orNull,
                "links": links.orNull,
                "roles": holders.orNull,
            ]),
        examples: [
            (
                "declare",
                #"{"title": "People cannot sign in", "severity": "major", "impact": "Many users cannot sign in", "#
                    + #""author": "alice", "started_at": "2026-01-15T09:58:00Z", "channel": "slack:C9", "#
                    + #""labels": {"service": "web"}, "roles": {"commander": "alice"}}"#
            ), ("shortest", #"{"title": "People cannot sign in", "severity": "p2"}"#),
        ],
        answers: [.json(201, .ref(.incident), "The incident.", tag: true, location: true)],
        problems: [.clockSkew])

    static let listIncidents = Documentation(
        group: .incidents, summary: "List incidents, newest first",
        query: [
            .query("state", .words(of: IncidentFilter.State.self), "Open ones by default."),
            .query("severity", .ref(.severityInput), "Of that severity."),
            .query("status", .words(of: Incident.Status.self), "In that status."),
            .query("channel", .pattern("^[^\\u0000-\\u001F\\u007F]*$"), "With that channel, byte for byte."),
            Parameter(
                name: "label",
                schema: .pattern(
                    "^[^\\u0000-\\u001F\\u007F:][^\\u0000-\\u001F\\u007F]*:[^\\u0000-\\u001F\\u007F]*$"
                ),
                description: "With that label, as key:value; several must all be there.", isRepeatable: true),
            .query("since", .momentIn, "Changed at or after that moment. Write a plus sign as %2B."),
            .limit,
            .query(
                "after", .pattern("^(?:[Ii][Nn][Cc]-[1-9][0-9]{0,14}|[0-9]{1,15})$"),
                "What `next` of the page before said."),
        ],
        answers: [.page(of: .incident)])

    static let readIncident = Documentation(
        group: .incidents, summary: "Read an incident",
        query: [.query("at", .momentIn, "Shows it as recorded by that moment. Write a plus sign as %2B.")],
        answers: [.json(.ref(.incident), "The incident.", tag: true)])

    static let editIncident = Documentation(
        group: .incidents, summary: "Edit an incident",
        description: "RFC 7396: `null` clears, absent stays, labels merge by key, links are replaced.",
        body: .write(
            [:],
            optional: [
                "title": .text(.name), "impact": .text(.paragraph).orNull,
                "workaround": .text(.paragraph).orNull, "restored_when": .text(.paragraph).orNull,
                "next_action": Schema.closed(
                    [:], optional: ["text": .text(.nextAction).orNull, "owner": .text(.person).orNull]
                ).orNull,
                "started_at": .momentIn.orNull, "detected_at": .momentIn.orNull,
                "channel": .text(.short).orNull,
                "reviewed_severity": .ref(.severityInput).orNull.described("Only after the end."),
                "labels": labels(.text(.short).orNull).orNull, "links": links.orNull,
            ]),
        examples: [
            (
                "impact",
                #"{"impact": "All users", "next_action": {"text": "Roll back 2.14", "owner": "bob"}, "labels": {"region": "eu"}}"#
            ),
            (
                "clear",
                #"{"workaround": null, "links": [{"url": "https://example.org/graph", "title": "Errors"}]}"#
            ),
        ],
        answers: [.incident], problems: [.notAllowedFromStatus, .clockSkew])

    static let raiseSeverity = Documentation(
        group: .incidents, summary: "Raise the severity",
        description: "While an incident is open its severity only rises.",
        body: .write(["severity": .ref(.severityInput)], optional: ["reason": .text(.reason).orNull]),
        examples: [("raise", #"{"severity": "critical", "reason": "Sign-in is down everywhere"}"#)],
        answers: [.incident], problems: [.severityOnlyRises, .incidentEnded])

    static let disputeSeverity = Documentation(
        group: .incidents, summary: "Dispute the severity",
        description: "Changes nothing; it is listed for the review.",
        body: .write(["claims": .ref(.severityInput), "reason": .text(.reason)]),
        examples: [("dispute", #"{"claims": "minor", "reason": "Few users are affected"}"#)],
        answers: [.entry])

    static let changeStatus = Documentation(
        group: .incidents, summary: "Move, end or reopen an incident",
        description:
            "`override` is the commander's; cancelling needs the reason `false_alarm` or `duplicate`, and "
            + "a duplicate may name the other incident.",
        body: .write(
            ["status": .ref(.status)],
            optional: [
                "reason": .text(.reason).orNull, "override": Schema.boolean.orNull,
                "duplicate_of": .pattern("^[A-Za-z0-9_-]{1,64}$").orNull,
            ]),
        examples: [
            ("mitigate", #"{"status": "mitigating", "reason": "Rolling back 2.14"}"#),
            ("cancel", #"{"status": "cancelled", "reason": "false_alarm"}"#),
        ],
        answers: [.incident], problems: [.notAllowedFromStatus, .incidentEnded, .commanderOnly])

    static let assignRole = Documentation(
        group: .incidents, summary: "Give a role to a person",
        body: .write(["person": .text(.person)], optional: ["contact": .text(.short).orNull]),
        examples: [("assign", #"{"person": "bob", "contact": "tel:+491234567"}"#)],
        answers: [.incident])

    static let releaseRole = Documentation(
        group: .incidents, summary: "Leave a role vacant", query: [.author], answers: [.incident])

    // MARK: What declaring and editing share

    private static let nextAction = Schema.closed(
        ["text": .text(.nextAction)], optional: ["owner": .text(.person).orNull])

    private static let links = Schema.array(
        .closed(["url": .text(.url)], optional: ["title": .text(.name).orNull]), 0...Input.listMax)

    private static func labels(_ value: Schema) -> Schema {
        Schema([
            "type": .string("object"), "maxProperties": .integer(Int64(Input.listMax)),
            "propertyNames": Schema.text(.name).json, "additionalProperties": value.json,
        ])
    }

    /// A holder is a name, or a name with a contact.
    private static var holders: Schema {
        let holder = Schema.either([
            .text(.person), .closed(["person": .text(.person)], optional: ["contact": .text(.short).orNull]),
            .null,
        ])
        let members = Role.allCases.map { JSONObject.Member(name: $0.rawValue, value: holder.json) }
        return Schema([
            "type": .string("object"), "properties": .object(JSONObject(members)),
            "additionalProperties": .bool(false),
        ])
    }
}
