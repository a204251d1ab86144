import Journal
import JSON
import Model

/// The operations on webhooks.
extension Documentation {
    static let createWebhook = Documentation(
        group: .webhooks, summary: "Register a webhook",
        description:
            "In `events`, `*` stands for one or more segments, and `[\"*\"]` is everything. The answer shows the secret, once.",
        body: .write(
            [
                "url": .text(.url).described(
                    "https, to a public address or to one that the operator allows."),
                "events": .array(eventPattern, 1...Input.patternsMax),
            ],
            optional: ["secret": secret.orNull]),
        examples: [
            ("register", #"{"url": "https://example.org/hooks", "events": ["update.*", "incident.*"]}"#)
        ],
        answers: [
            .json(201, withSecret, "The webhook, and its secret.", location: true)
        ],
        problems: [.webhookURLRefused])

    /// A type, or segments with `*` among them; one that matches no type is refused.
    private static let eventPattern = Schema.either([
        .words(EventType.all.map(\.rawValue)),
        Schema.pattern("^(?:\\*|[a-z_]+)(?:\\.(?:\\*|[a-z_]+))*$").with(
            "maxLength", .integer(Int64(TextConstraint.name.bytesMax))),
    ])

    static let listWebhooks = Documentation(
        group: .webhooks, summary: "List webhooks, newest first", query: [.limit, .cursor],
        answers: [.page(of: .webhook)])

    static let readWebhook = Documentation(
        group: .webhooks, summary: "Read a webhook",
        answers: [.json(.ref(.webhook), "The webhook.", tag: true)])

    static let editWebhook = Documentation(
        group: .webhooks, summary: "Edit a webhook, or switch it off and on",
        description: "RFC 7396: absent stays. No member can be cleared.",
        body: .write(
            [:],
            optional: [
                "url": .text(.url), "events": .array(eventPattern, 1...Input.patternsMax),
                "enabled": .boolean,
            ]),
        examples: [("off", #"{"enabled": false}"#), ("events", #"{"events": ["update.*"]}"#)],
        answers: [.json(.ref(.webhook), "The webhook.", tag: true)],
        problems: [.webhookURLRefused])

    static let rotateSecret = Documentation(
        group: .webhooks, summary: "Give it another secret",
        description:
            "For `overlap_seconds`, a day by default, both sign. The answer shows the new secret, once.",
        body: .write(
            [:],
            optional: [
                "secret": secret.orNull,
                "overlap_seconds": .integer(0...Int(APIResponder.overlapSecondsMax)).orNull,
            ]),
        examples: [("rotate", #"{"overlap_seconds": 3600}"#)], isBodyRequired: false,
        answers: [.json(withSecret, "The webhook, and its new secret.")])

    static let deleteWebhook = Documentation(
        group: .webhooks, summary: "Delete a webhook", query: [.author], answers: [.noContent])

    static let testWebhook = Documentation(
        group: .webhooks, summary: "Send it a test event", body: .write([:]),
        examples: [("test", "{}")], isBodyRequired: false,
        answers: [
            .json(
                202, .object(["id": .string, "type": .string, "webhook": .string]),
                "The event is on its way.", location: true)
        ])

    static let listDeliveries = Documentation(
        group: .webhooks, summary: "List its deliveries, newest first",
        description: "Each with its latest attempts. Dead letters are those in the state `exhausted`.",
        query: [
            .query("state", .words(of: Delivery.State.self), "Only those in that state."), .limit,
            .query("after", .integer(1...999_999_999_999_999), "What `next` of the page before said."),
        ],
        answers: [.page(of: .delivery)])

    static let readDelivery = Documentation(
        group: .webhooks, summary: "Read a delivery",
        answers: [.json(.ref(.delivery), "The delivery.", tag: true)])

    static let retryDelivery = Documentation(
        group: .webhooks, summary: "Send it again", body: .write([:]), examples: [("retry", "{}")],
        isBodyRequired: false,
        answers: [.json(202, .ref(.delivery), "It goes out at once.", location: true)])

    private static let secret = Schema.pattern("^whsec_[A-Za-z0-9+/]{32,86}={0,2}$")
    private static let withSecret = Schema([
        "allOf": .array([
            Schema.ref(.webhook).json,
            Schema.object(["secret": .string.orNull.described("Null when the request is repeated.")]).json,
        ])
    ])
}
