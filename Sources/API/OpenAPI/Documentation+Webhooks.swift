import Journal
import JSON

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
                "events": .array(eventPattern, 1...APIResponder.patternsMax),
            ],
            optional: ["secret": .pattern("^whsec_[A-Za-z0-9+/]{32,86}={0,2}$").orNull]),
        examples: [
            ("register", #"{"url": "https://example.org/hooks", "events": ["update.*", "incident.*"]}"#)
        ],
        answers: [
            .json(
                201,
                Schema([
                    "allOf": .array([
                        Schema.ref(.webhook).json, Schema.object(["secret": .string.orNull]).json,
                    ])
                ]), "The webhook, and its secret.", location: true)
        ],
        problems: [.webhookURLRefused])

    /// A type, or segments with `*` among them; one that matches no type is refused.
    private static let eventPattern = Schema.either([
        .words(of: EventType.self),
        Schema.pattern("^(?:\\*|[a-z_]+)(?:\\.(?:\\*|[a-z_]+))*$").with(
            "maxLength", .integer(Int64(TextRule.name.bytesMax))),
    ])

    static let listWebhooks = Documentation(
        group: .webhooks, summary: "List webhooks, newest first", query: [.limit, .cursor],
        answers: [.page(of: .webhook)])

    static let readWebhook = Documentation(
        group: .webhooks, summary: "Read a webhook",
        answers: [.json(.ref(.webhook), "The webhook.", tag: true)])

    static let deleteWebhook = Documentation(
        group: .webhooks, summary: "Delete a webhook", query: [.author], answers: [.noContent])

    static let testWebhook = Documentation(
        group: .webhooks, summary: "Send it a test event", body: .write([:]),
        examples: [("test", "{}")], isBodyRequired: false,
        answers: [
            .json(
                202, .object(["id": .string, "type": .string, "webhook": .string]),
                "The event is on its way.")
        ])
}
