import Model

/// The documentation of an operation, beyond method, path and scope.
///
/// Each row of the route table has one. The body is not part of it: it is recorded from the code that reads it.
public struct Documentation: Sendable {
    /// A capability of the API: the tag of its operations.
    public struct Group: Sendable {
        public let name: String

        public init(_ name: String) {
            self.name = name
        }
    }

    /// A query parameter. The schema is that of one value.
    public struct Parameter: Sendable {
        var name: String
        var schema: Schema
        var description: String
        /// Whether it may be given several times.
        var isRepeatable = false

        public init(name: String, schema: Schema, description: String, isRepeatable: Bool = false) {
            self.name = name
            self.schema = schema
            self.description = description
            self.isRepeatable = isRepeatable
        }

        public static func query(_ name: String, _ schema: Schema, _ description: String) -> Parameter {
            Parameter(name: name, schema: schema, description: description)
        }

        /// The page size of lists.
        public static let limit = query(
            "limit", .integer(Query.limitRange), "Maximum number of items; 50 by default.")
        /// The author of a DELETE.
        public static let author = query(
            "author", .text(.person),
            "The person on whose behalf this is written; the token's name by default.")
        /// The cursor of a list whose items have ids.
        public static let cursor = query("after", .name, "The value of `next` on the previous page.")
    }

    /// A successful response.
    public struct ResponseDescription: Sendable {
        var status: Int
        var description: String
        /// By media type; none for a 204.
        var content: [(type: String, schema: Schema)] = []
        var hasTag = false
        var hasLocation = false
        var hasLink = false

        public init(
            status: Int, description: String, content: [(type: String, schema: Schema)] = [],
            hasTag: Bool = false
        ) {
            self.status = status
            self.description = description
            self.content = content
            self.hasTag = hasTag
        }

        public static func json(_ schema: Schema, _ description: String, tag: Bool = false)
            -> ResponseDescription
        {
            json(200, schema, description, tag: tag)
        }

        public static func json(
            _ status: Int, _ schema: Schema, _ description: String, tag: Bool = false,
            location: Bool = false
        ) -> ResponseDescription {
            var response = ResponseDescription(
                status: status, description: description, content: [("application/json", schema)], hasTag: tag
            )
            response.hasLocation = location
            return response
        }

        /// A page of a list with those items.
        public static func page(items item: Schema) -> ResponseDescription {
            var response = json(.page(items: item), "A page.", tag: true)
            response.hasLink = true
            return response
        }

        /// The same, or a text of one of those types when `Accept` asks for it.
        public func orText(_ types: [String]) -> ResponseDescription {
            var response = self
            response.content += types.map { (type: $0, schema: .string) }
            return response
        }

        public static let noContent = ResponseDescription(status: 204, description: "Done.")
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
    /// What to do instead of a method that the path does not have, for the detail of a 405.
    var instead = ""

    public init(
        group: Group, summary: String, description: String = "", query: [Parameter] = [],
        examples: [(name: String, json: String)] = [], answers: [ResponseDescription] = [],
        problems: [ProblemType] = [], instead: String = ""
    ) {
        self.group = group
        self.summary = summary
        self.description = description
        self.query = query
        self.examples = examples
        self.answers = answers
        self.problems = problems
        self.instead = instead
    }
}
