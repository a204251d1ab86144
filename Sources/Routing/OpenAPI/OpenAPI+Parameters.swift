import HTTP
import JSON
import Model

/// Parameters of paths, queries and headers.
extension OpenAPI {
    func parameters(_ route: Route) -> [JSONValue] {
        let inPath = Route.parameterNames(of: route.pattern).map { parameter($0, in: route) }
        let documentation = route.operation.documentation
        let inQuery = documentation.query.map { parameter -> JSONValue in
            guard parameter.isRepeatable else {
                return OpenAPI.parameter(
                    parameter.name, "query", parameter.schema, parameter.description)
            }
            return OpenAPI.parameter(
                parameter.name, "query", .array(parameter.schema), parameter.description)
        }
        var fields: [JSONValue] = []
        if route.method.isWrite {
            fields.append(
                OpenAPI.parameter(
                    "Idempotency-Key", "header", .idempotencyKey,
                    "Kept for seven days. A repeated request gets the first response."))
        }
        if route.operation.isConditional {
            fields.append(
                OpenAPI.parameter(
                    "If-Match", "header", .string,
                    "The entity tag of the version to change, or `*`."))
        }
        if route.operation.isConditional {
            fields.append(
                OpenAPI.parameter(
                    "If-None-Match", "header", .string,
                    "`*`: 412 if it exists, and a role exists while someone holds it. With an entity tag: 412 if that version is current."
                ))
        }
        if route.method == .get, documentation.answers.contains(where: \.hasTag) {
            fields.append(
                OpenAPI.parameter(
                    "If-None-Match", "header", .string,
                    "The entity tag of the cached version; the response is 304 if it is current."))
        }
        return inPath + inQuery + fields
    }

    private func parameter(_ name: String, in route: Route) -> JSONValue {
        let (schema, description) = contents.pathParameter(route, name)
        return OpenAPI.parameter(name, "path", schema, description, isRequired: true)
    }

    private static func parameter(
        _ name: String, _ place: String, _ schema: Schema, _ description: String, isRequired: Bool = false
    ) -> JSONValue {
        .members([
            "name": .string(name), "in": .string(place), "required": .bool(isRequired),
            "description": .string(description), "schema": schema.json,
        ])
    }

    // MARK: Response headers

    static func headerRefs(_ names: [String]) -> JSONValue {
        .object(
            JSONObject(
                names.map {
                    .init(name: $0, value: .members(["$ref": .string("#/components/headers/\($0)")]))
                }))
    }

    static let headers: JSONValue = {
        let known: [(name: String, schema: Schema, always: Bool, description: String)] = [
            (
                "X-Request-Id", .string, true,
                "The request id, also in the log; the client's own if it sent one."
            ),
            ("ETag", .pattern("^\"[!-~]+\"$"), true, "The entity tag of this version; opaque."),
            ("Location", .string, true, "The path of the created resource."),
            ("Link", .string, false, "RFC 8288: `rel=\"next\"` if there is a next page."),
            ("Retry-After", .pattern("^[0-9]+$"), true, "Seconds to wait before a retry."),
            ("WWW-Authenticate", .string, true, "Why the token was refused (RFC 6750)."),
            ("Accept", .string, true, "The accepted media types."),
            (
                "Idempotency-Replayed", .words(["true"]), false,
                "Present if this is the stored response for the key."
            ),
        ]
        return .object(
            JSONObject(
                known.map { field in
                    .init(
                        name: field.name,
                        value: .members([
                            "description": .string(field.description), "required": .bool(field.always),
                            "schema": field.schema.json,
                        ]))
                }))
    }()
}

extension Schema {
    /// 1 to 255 visible ASCII characters, bare or in quotes, which do not count.
    fileprivate static let idempotencyKey = Schema.pattern(
        "^(?:[!-~]|[!#-~][!-~]{1,254}|\"[!-~]{1,253}[!#-~]|\"[!-~]{1,255}\")$")
}
