import HTTP
import Incidents
import JSON
import Model

/// What the OpenAPI document says of one operation, beyond what its method, path and scope say by themselves.
///
/// Each row of the route table has one; the body is not in it, as it is recorded from the lines that read it.
struct Documentation: Sendable {
    /// The groups, as they are shown.
    enum Group: String, CaseIterable, Sendable {
        case incidents, timeline, cadence, inventory, webhooks, tokens, service
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
        static let limit = query(
            "limit", .integer(Query.limitRange), "Maximum number of items; 50 by default.")
        /// Whom a DELETE is done for.
        static let author = query(
            "author", .text(.person),
            "The person on whose behalf this is written; the token's name by default.")
        /// The cursor of a list whose items have ids.
        static let cursor = query("after", .name, "The value of `next` on the previous page.")
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
        /// A person's page, as it is then.
        static let person = json(.ref(.person), "The page.", tag: true)
        static let noContent = ResponseDescription(status: 204, description: "Done.")
    }

    var group: Group
    var summary: String
    var description = ""
    var query: [Parameter] = []
    /// Bodies that are sent by a test, each to an incident that was just declared, by name.
    var examples: [(name: String, json: String)] = []
    /// The answers that are no problems; the row of an action adds its own.
    var answers: [ResponseDescription] = []
    /// The problems it can meet beyond those that its method, path and scope bring (`OpenAPI.problems`).
    var problems: [ProblemType] = []
}
