import JSON
import Model
import Routing
import Synchronization

extension DrumbeatAPI {
    /// Cache by version: a process has one version, but tests start a thousand services.
    private static let documents = Mutex<[String: [UInt8]]>([:])

    /// The bytes of `/openapi.json`; cached per version.
    func document(of table: RouteTable) -> [UInt8] {
        DrumbeatAPI.documents.withLock { documents in
            if let bytes = documents[services.version] { return bytes }
            let bytes = OpenAPI(table, DrumbeatAPI.contents(version: services.version)).document.encoded()
            documents[services.version] = bytes
            return bytes
        }
    }

    private static func contents(version: String) -> OpenAPI.Contents {
        OpenAPI.Contents(
            info: .members([
                "title": .string("Drumbeat"), "version": .string(version),
                "summary": .string("Coordinates live incidents and the cadence of their status updates."),
                "description": .string(introduction),
                "license": .members([
                    "name": .string("Apache-2.0"), "identifier": .string("Apache-2.0"),
                ]),
            ]),
            groups: Documentation.Group.all, problems: ProblemType.all,
            schemas: Component.allCases.map { (name: $0.rawValue, schema: $0.schema) },
            examples: Example.all.map { (name: $0.0.rawValue, value: $0.1) }, webhooks: EventSchemas.all,
            token:
                "A token from `drumbeat token create` or POST /v1/tokens. Scopes: read ⊂ post ⊂ command ⊂ admin.",
            shared: { Component($0)?.rawValue }, pathParameter: pathParameter)
    }

    private static let introduction = """
        HEAD is supported wherever GET is, and OPTIONS on every path. Unknown members and query parameters are refused. \
        A missing value is null, never absent. Every error is application/problem+json (RFC 9457); its type is the path of a page.
        """

    /// Path parameters by name. An undocumented one is a programming error.
    private static func pathParameter(of route: Route, _ name: String) -> (Schema, String) {
        switch name {
        case "name" where route.pattern.hasPrefix("/v1/inventory/people/"):
            (.text(.person), "The person's name, with or without `@`; case-insensitive.")
        case "ref":
            (.pattern("^[A-Za-z0-9_-]{1,64}$"), "The incident: `INC-42` (case-insensitive) or its id.")
        case "role": (.ref(.role), "The role.")
        case "seq": (.integer(1...9_999_999_999), "The entry's number in the incident.")
        case "name": (.pattern("^[A-Za-z0-9_-]{1,64}$"), "The template's name.")
        case "id": (.pattern("^[A-Za-z0-9_-]{1,64}$"), "Its id.")
        case "code": (.pattern("^[A-Za-z0-9._-]{1,160}$"), "The last segment of a link in a message.")
        case "slug": (.words(ProblemType.all.map(\.slug)), "The problem's slug.")
        default: preconditionFailure("the path parameter \(name) has no documentation")
        }
    }
}

/// In the order of display.
extension Documentation.Group {
    static let incidents = Documentation.Group("incidents")
    static let timeline = Documentation.Group("timeline")
    static let cadence = Documentation.Group("cadence")
    static let response = Documentation.Group("response")
    static let inventory = Documentation.Group("inventory")
    static let webhooks = Documentation.Group("webhooks")
    static let tokens = Documentation.Group("tokens")
    static let service = Documentation.Group("service")

    static let all = [incidents, timeline, cadence, response, inventory, webhooks, tokens, service]
}
