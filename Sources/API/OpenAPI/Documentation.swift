import HTTP
import Incidents
import JSON
import Model

/// The documentation of an operation, beyond method, path and scope.
///
/// Each row of the route table has one. The body is not part of it: it is recorded from the code that reads it.
struct Documentation: Sendable {
    /// In the order of display.
    enum Group: String, CaseIterable, Sendable {
        case incidents, timeline, cadence, inventory, webhooks, tokens, service
    }

    /// A query parameter. The schema is that of one value.
    struct Parameter: Sendable {
        var name: String
        var schema: Schema
        var description: String
        /// Whether it may be given several times.
        var isRepeatable = false

        static func query(_ name: String, _ schema: Schema, _ description: String) -> Parameter {
            Parameter(name: name, schema: schema, description: description)
        }

        /// The page size of lists.
        static let limit = query(
            "limit", .integer(Query.limitRange), "Maximum number of items; 50 by default.")
        /// The author of a DELETE.
        static let author = query(
            "author", .text(.person),
            "The person on whose behalf this is written; the token's name by default.")
        /// The cursor of a list whose items have ids.
        static let cursor = query("after", .name, "The value of `next` on the previous page.")
    }

    /// A successful response.
    struct ResponseDescription: Sendable {
        var status: Int
        var description: String
        /// By media type; none for a 204.
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

        /// The entry added by a POST.
        static let entry = json(201, .ref(.entry), "The entry.", location: true)
        /// The incident after a PUT, PATCH or DELETE.
        static let incident = json(.ref(.incident), "The whole incident.", tag: true)
        /// The current page of a person.
        static let person = json(.ref(.person), "The page.", tag: true)
        static let noContent = ResponseDescription(status: 204, description: "Done.")
    }

    var group: Group
    var summary: String
    var description = ""
    var query: [Parameter] = []
    /// Request bodies by name. A test sends each to an incident that was just declared.
    var examples: [(name: String, json: String)] = []
    /// Successful responses; the row of an action adds its own.
    var answers: [ResponseDescription] = []
    /// Problems beyond those of its method, path and scope (`OpenAPI.problems`).
    var problems: [ProblemType] = []
}
