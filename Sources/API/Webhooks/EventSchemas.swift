import Incidents
import JSON
import Model
import Routing

/// Outgoing webhooks: one per event type, signed by Standard Webhooks 1.0.
enum EventSchemas {
    static var all: JSONValue {
        .object(
            JSONObject(
                EventType.all.map { .init(name: $0.rawValue, value: .members(["post": event($0)])) }))
    }

    private static func event(_ type: EventType) -> JSONValue {
        .members([
            "operationId": .string(type.rawValue), "tags": .strings([Documentation.Group.webhooks.name]),
            "summary": .string(type.summary),
            "description": .string("Retry schedule: \(type.retryClass.rawValue)."),
            "parameters": .array(EventSchemas.fields),
            "requestBody": .members([
                "required": .bool(true),
                "content": .members([
                    "application/json": .members(["schema": EventSchemas.body(of: type).json])
                ]),
            ]),
            "responses": .members([
                "2XX": .members(["description": .string("Delivered.")]),
                "410": .members(["description": .string("Disables the webhook.")]),
                "default": .members(["description": .string("The delivery is retried.")]),
            ]),
        ])
    }

    private static func body(of type: EventType) -> Schema {
        let isTest = type == .webhookTest
        let data: Schema =
            isTest
            ? .object([
                "incident": .null, "entry": .null, "nag": .null, "draft": .null, "brief": .null,
                "webhook": .string, "detail": .string, "types": .array(.string),
            ])
            : .object([
                "incident": type.retryClass == .nag
                    ? .either([.ref(.incident), confidentialIncident]) : .ref(.incident),
                "entry": type == .updateDueSoon ? .null : .either([.ref(.entry), .null]),
                "nag": type.retryClass == .nag ? .ref(.nag) : .null,
                "draft": type.retryClass == .nag ? draft.orNull : .null,
                "brief": [.escalated, HandoverNag.event].contains(type) ? .string : .null,
                "types": .array(.string),
            ])
        return .object(["type": .words([type.rawValue]), "timestamp": .responseTime, "data": data])
    }

    /// A confidential incident, of whose events only nags are sent; entry, draft and contacts are `null` then.
    private static let confidentialIncident = Schema.object([
        "ref": .string, "severity": .ref(.severity), "confidential": .boolean,
    ])

    /// The draft of a nag: publish `text` with its `basis_seq`.
    private static let draft = Schema.object([
        "audience": .ref(.visibility), "template": .string, "text": .string, "basis_seq": .integer,
    ])

    private static let fields: [JSONValue] = [
        ("webhook-id", Schema.string, "The same in every attempt; use it to detect duplicates."),
        ("webhook-timestamp", .pattern("^[0-9]+$"), "Time of the attempt, in seconds since 1970."),
        (
            "webhook-signature", .string,
            "`v1,` and the base64 of HMAC-SHA256 over id, timestamp and body, joined by dots. Several are separated by spaces."
        ),
    ].map { name, schema, description in
        .members([
            "name": .string(name), "in": .string("header"), "required": .bool(true),
            "description": .string(description), "schema": schema.json,
        ])
    }
}
