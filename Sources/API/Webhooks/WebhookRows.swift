import Engine
import Journal
import JSON
import Model
import Routing

extension DrumbeatAPI {
    var webhookRows: [Route] {
        [
            .write(
                .post, "/v1/webhooks", .scope(.admin), "createWebhook",
                Documentation(
                    group: .webhooks, summary: "Register a webhook",
                    description:
                        "In `events`, `*` matches one or more segments; `[\"*\"]` matches every event. The secret is shown only once. "
                        + "Slack, ntfy and mail get a test message before they are registered. With `person`, nags are sent only "
                        + "if they ask that person.",
                    examples: [
                        (
                            "register",
                            #"{"url": "https://example.org/hooks", "events": ["update.*", "incident.*"]}"#
                        )
                    ],
                    answers: [.json(201, Self.withSecret, "The webhook and its secret.", location: true)],
                    problems: [.webhookURLRefused]),
                reading: NewWebhook.init(from:), check: { $1.checkSecret($0.secret, self.services) }
            ) { context, new, _ in try self.createWebhook(context, new) },

            .handler(
                .get, "/v1/webhooks", .scope(.admin), "listWebhooks",
                Documentation(
                    group: .webhooks, summary: "List webhooks, newest first", query: [.limit, .cursor],
                    answers: [.page(of: .webhook)])
            ) { try self.listWebhooks($0) },

            .handler(
                .get, "/v1/webhooks/{id}", .scope(.admin), "readWebhook",
                Documentation(
                    group: .webhooks, summary: "Read a webhook",
                    answers: [.json(.ref(.webhook), "The webhook.", tag: true)])
            ) { try self.readWebhook($0) },

            .write(
                .patch, "/v1/webhooks/{id}", .scope(.admin), "editWebhook",
                Documentation(
                    group: .webhooks, summary: "Edit, enable or disable a webhook",
                    description:
                        "RFC 7396: an absent member is unchanged. `person`, `token`, `username` and `password` can be cleared. "
                        + "A change of the host needs the token or the password again.",
                    examples: [("off", #"{"enabled": false}"#), ("events", #"{"events": ["update.*"]}"#)],
                    answers: [.json(.ref(.webhook), "The webhook.", tag: true)],
                    problems: [.webhookURLRefused]),
                isConditional: true, reading: WebhookEdit.init(from:)
            ) { try self.editWebhook($0, $1, author: $2) },

            .handler(
                .delete, "/v1/webhooks/{id}", .scope(.admin), "deleteWebhook",
                Documentation(
                    group: .webhooks, summary: "Delete a webhook", query: [.author], answers: [.noContent])
            ) { try self.deleteWebhook($0) },

            .write(
                .post, "/v1/webhooks/{id}/rotate-secret", .scope(.admin), "rotateSecret",
                Documentation(
                    group: .webhooks, summary: "Rotate the webhook's secret",
                    description:
                        "For `overlap_seconds`, a day by default, both secrets sign. The new secret is shown once, in this response.",
                    examples: [("rotate", #"{"overlap_seconds": 3600}"#)],
                    answers: [.json(Self.withSecret, "The webhook and its new secret.")]),
                bodyMayBeAbsent: true,
                reading: SecretRotation.init(from:), check: { $1.checkSecret($0.secret, self.services) }
            ) { self.rotateSecret($0, $1, author: $2) },

            .write(
                .post, "/v1/webhooks/{id}/test", .scope(.admin), "testWebhook",
                Documentation(
                    group: .webhooks, summary: "Send a test event", examples: [("test", "{}")],
                    answers: [
                        .json(
                            202, .object(["id": .string, "type": .string, "webhook": .string]),
                            "The delivery is queued.", location: true)
                    ]),
                bodyMayBeAbsent: true, reading: { _ in }
            ) { context, _, author in self.testWebhook(context, author: author) },

            .handler(
                .get, "/v1/webhooks/{id}/deliveries", .scope(.admin), "listDeliveries",
                Documentation(
                    group: .webhooks, summary: "List deliveries, newest first",
                    description:
                        "Each delivery has its latest attempts. Dead letters have the state `exhausted`.",
                    query: [
                        .query("state", .words(of: Delivery.State.self), "Only deliveries in this state."),
                        .limit,
                        .query(
                            "after", .integer(1...999_999_999_999_999),
                            "The value of `next` on the previous page."),
                    ],
                    answers: [.page(of: .delivery)])
            ) { try self.listDeliveries($0) },

            .handler(
                .get, "/v1/deliveries/{id}", .scope(.admin), "readDelivery",
                Documentation(
                    group: .webhooks, summary: "Read a delivery",
                    answers: [.json(.ref(.delivery), "The delivery.", tag: true)])
            ) { try self.readDelivery($0) },

            .handler(
                .post, "/v1/actions/{code}", .open, "performAction",
                Documentation(
                    group: .webhooks, summary: "Do what a button of a nag says",
                    description:
                        "The code is part of a link in a message: it is signed, names one incident and one action (a snooze, or that "
                        + "there is nothing new), and works for a day. A repeated request gets the first response. No body.",
                    answers: [
                        .json(
                            201, .either([.ref(.entry), .ref(.statusUpdate)]), "The entry.", location: true)
                    ],
                    problems: [.incidentEnded, .snoozeLimit, .nothingToSnooze, .staleDraft])
            ) { try self.performAction($0) },

            .write(
                .post, "/v1/deliveries/{id}/retry", .scope(.admin), "retryDelivery",
                Documentation(
                    group: .webhooks, summary: "Retry a delivery", examples: [("retry", "{}")],
                    answers: [.json(202, .ref(.delivery), "The delivery is sent at once.", location: true)]),
                bodyMayBeAbsent: true, reading: { _ in }
            ) { context, _, author in self.retryDelivery(context, author: author) },
        ]
    }

    private static let withSecret = Schema([
        "allOf": .array([
            Schema.ref(.webhook).json,
            Schema.object(
                ["secret": .string.orNull.described("Null when the request is repeated.")],
                optional: ["warnings": .warningsMember]
            ).json,
        ])
    ])
}

extension Schema {
    static let webhook = Schema.object([
        "id": .string, "kind": .words(of: Webhook.Kind.Name.self), "url": .string, "person": .string.orNull,
        "from": .string.orNull, "to": .array(.string), "username": .string.orNull,
        "events": .array(.string), "enabled": .boolean,
        "created_at": .responseTime, "disabled_at": .responseTime.orNull, "disabled_reason": .string.orNull,
        "failing_since": .responseTime.orNull, "behind_since": .responseTime.orNull,
        "previous_secret_expires_at": .responseTime.orNull,
    ])
    .describing([
        "id": "Its id, `whk_…`.", "kind": "What it speaks.",
        "url": "Where deliveries are sent; of Slack and ntfy only scheme and host are shown.",
        "person": "The person whom its nags reach; null for everyone.",
        "from": "Of mail: the sender's address.", "to": "Of mail: the recipients' addresses.",
        "username": "Of mail: the user name of the login.",
        "events": "The patterns of the event types it gets.",
        "enabled": "Whether deliveries are sent.", "created_at": "When it was registered.",
        "disabled_at": "When it was disabled.", "disabled_reason": "Why it was disabled.",
        "failing_since": "Since when every attempt has failed.",
        "behind_since": "Since when its backlog has been over a limit.",
        "previous_secret_expires_at": "Until when the secret before the rotation signs as well.",
    ])

    static let delivery = Schema.object([
        "id": .string, "webhook": .string,
        "type": .words(EventType.all.map(\.rawValue)),
        "incident": .string.orNull, "seq": .integer.orNull, "state": .words(of: Delivery.State.self),
        "created_at": .responseTime, "next_at": .responseTime.orNull, "expires_at": .responseTime,
        "last_status": .integer.orNull, "last_error": .string.orNull, "attempt_count": .integer,
        "attempts": .array(
            .object([
                "number": .integer, "started_at": .responseTime, "duration_milliseconds": .integer,
                "status": .integer.orNull, "answer": .string.orNull, "error": .string.orNull,
            ])
            .describing([
                "number": "Its number, from 1.", "started_at": "When it began.",
                "duration_milliseconds": "How long it took.", "status": "The receiver's status code.",
                "answer": "The beginning of the receiver's response.", "error": "Why there was no response.",
            ])),
    ])
    .describing([
        "id": "Its `webhook-id`.", "webhook": "The webhook's id.", "type": "The event type.",
        "incident": "The incident that it is about.", "seq": "The entry that it is about.",
        "state": "`pending`, or how it ended.", "created_at": "When the event happened.",
        "next_at": "When the next attempt is due; null if there is none.",
        "expires_at": "When it is given up.",
        "last_status": "The status code of the last attempt.", "last_error": "Why the last attempt failed.",
        "attempt_count": "The number of attempts.", "attempts": "The latest attempts.",
    ])
}
