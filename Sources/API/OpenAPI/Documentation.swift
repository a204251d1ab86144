import HTTP
import Incidents
import JSON
import Model

/// What the OpenAPI document says of one operation, beyond what its method, path and scope say by themselves.
///
/// Each `Operation` has one, by `Operation.documentation`: whoever adds a route writes it next to those of its group.
struct Documentation: Sendable {
    /// The groups, as they are shown.
    enum Group: String, CaseIterable, Sendable {
        case incidents, timeline
        case cadence = "beat"
        case webhooks, tokens, service
    }

    /// A query parameter. Its schema is that of one value.
    struct Parameter: Sendable {
        var name: String
        var schema: Schema
        var description: String
        /// Whether it may be given several times.
        var isRepeatable = false

        static func query(_ name: String, _ schema: Schema, _ description: String) -> Parameter {
            Parameter(name: name, schema: schema, description: description)
        }

        /// A page's size, of every list.
        static let limit = query("limit", .integer(Query.limitRange), "How many items; 50 by default.")
        /// Whom a DELETE is done for.
        static let author = query(
            "author", .text(.person), "Whom it is done for; the token's name by default.")
    }

    /// An answer that is no problem.
    struct ResponseDescription: Sendable {
        var status: Int
        var description: String
        /// The body by media type; none for a 204.
        var content: [(type: String, schema: Schema)] = []
        var hasTag = false
        var hasLocation = false
        var hasLink = false

        static func json(_ schema: Schema, _ description: String, tag: Bool = false) -> ResponseDescription {
            json(200, schema, description, tag: tag)
        }

        static func json(
            _ status: Int, _ schema: Schema, _ description: String, tag: Bool = false,
            location: Bool = false
        ) -> ResponseDescription {
            ResponseDescription(
                status: status, description: description, content: [("application/json", schema)],
                hasTag: tag, hasLocation: location)
        }

        static func page(of component: Component) -> ResponseDescription {
            ResponseDescription(
                status: 200, description: "A page.", content: [("application/json", .page(component))],
                hasTag: true, hasLink: true)
        }

        /// The entry that a POST added.
        static let entry = json(201, .ref(.entry), "The entry.", location: true)
        /// The incident after a PUT, PATCH or DELETE.
        static let incident = json(.ref(.incident), "The whole incident.", tag: true)
        static let noContent = ResponseDescription(status: 204, description: "Done.")
    }

    var group: Group
    var summary: String
    var description = ""
    var query: [Parameter] = []
    /// The body that it takes; `nil` for none.
    var body: Schema?
    /// Bodies that are sent by a test, each to an incident that was just declared, by name.
    var examples: [(name: String, json: String)] = []
    var isBodyRequired = true
    var answers: [ResponseDescription]
    /// The problems it can meet beyond those that its method, path and scope bring (`OpenAPI.problems`).
    var problems: [ProblemType] = []
}

extension Schema {
    /// The body of a write: closed, and with the optional author that every write takes.
    static func write(
        _ required: KeyValuePairs<String, Schema>, optional: KeyValuePairs<String, Schema> = [:]
    ) -> Schema {
        closed(required, optional: [:]).adding(
            optional.map { ($0.key, $0.value) } + [
                (
                    "author",
                    Schema.text(.person).orNull.described("Whom it is done for; the token's name by default.")
                )
            ])
    }

    private func adding(_ properties: [(String, Schema)]) -> Schema {
        var schema = self
        for index in schema.members.indices where schema.members[index].name == "properties" {
            guard case .object(var object) = schema.members[index].value else { continue }
            object.members += properties.map { .init(name: $0.0, value: $0.1.json) }
            schema.members[index].value = .object(object)
        }
        return schema
    }
}
