import HTTP
import Journal
import JSON
import Model

/// An OpenAPI 3.1 document, generated from a route table.
public struct OpenAPI {
    /// What the document has beside the rows.
    public struct Contents {
        var info: JSONValue
        var groups: [Documentation.Group]
        var problems: [ProblemType]
        /// `components.schemas`, in order. One is `OpenAPI.problem`.
        var schemas: [(name: String, schema: Schema)]
        /// Example responses, by the name of their schema.
        var examples: [(name: String, value: JSONValue)]
        var webhooks: JSONValue
        /// How to get a token.
        var token: String
        /// The name of the schema equal to a member of a body, if there is one.
        var shared: (BodyShape) -> String?
        /// Schema and description of a path parameter of a row.
        var pathParameter: (Route, String) -> (Schema, String)

        public init(
            info: JSONValue, groups: [Documentation.Group], problems: [ProblemType],
            schemas: [(name: String, schema: Schema)], examples: [(name: String, value: JSONValue)],
            webhooks: JSONValue, token: String, shared: @escaping (BodyShape) -> String?,
            pathParameter: @escaping (Route, String) -> (Schema, String)
        ) {
            self.info = info
            self.groups = groups
            self.problems = problems
            self.schemas = schemas
            self.examples = examples
            self.webhooks = webhooks
            self.token = token
            self.shared = shared
            self.pathParameter = pathParameter
        }
    }

    /// The name of the schema of every problem.
    public static let problem = "Problem"

    /// Problems that any request can get.
    private static let always: [ProblemType] = [
        .malformedRequest, .invalidParameter, .requestTimeout, .uriTooLong, .unsupportedMediaType,
        .expectationFailed, .misdirectedRequest, .headersTooLarge, .internalFault, .notImplemented,
        .overloaded, .storageUnavailable, .versionNotSupported,
    ]
    private static let ofBodies: [ProblemType] = [.malformedJSON, .contentTooLarge, .validation]

    private let rows: [Route]
    let contents: Contents

    public init(_ table: RouteTable, _ contents: Contents) {
        rows = table.rows
        self.contents = contents
    }

    public var document: JSONValue {
        .members([
            "openapi": .string("3.1.0"),
            "info": contents.info,
            "servers": .array([.members(["url": .string("/")])]),
            "tags": .array(contents.groups.map { .members(["name": .string($0.name)]) }),
            "paths": paths,
            "webhooks": contents.webhooks,
            "components": .members([
                "schemas": .object(
                    JSONObject(contents.schemas.map { .init(name: $0.name, value: $0.schema.json) })),
                "responses": .object(JSONObject(refusals.map { .init(name: $0.key, value: $0.value) })),
                "headers": OpenAPI.headers,
                "examples": .object(
                    JSONObject(
                        contents.examples.map { .init(name: $0.name, value: .members(["value": $0.value])) })),
                "securitySchemes": .members([
                    "token": .members([
                        "type": .string("http"), "scheme": .string("bearer"),
                        "description": .string(contents.token),
                    ])
                ]),
            ]),
        ])
    }

    // MARK: Paths

    private var paths: JSONValue {
        var paths = JSONObject()
        for route in rows {
            let member = JSONObject.Member(
                name: route.method.rawValue.lowercased(), value: operation(route))
            if let index = paths.members.firstIndex(where: { $0.name == route.pattern }),
                case .object(var item) = paths.members[index].value
            {
                item.members.append(member)
                paths.members[index].value = .object(item)
            } else {
                paths.members.append(.init(name: route.pattern, value: .object(JSONObject([member]))))
            }
        }
        return .object(paths)
    }

    private func operation(_ route: Route) -> JSONValue {
        let documentation = route.operation.documentation
        var members: [JSONObject.Member] = [
            .init(name: "operationId", value: .string(route.operation.name)),
            .init(name: "tags", value: .strings([documentation.group.name])),
            .init(name: "summary", value: .string(documentation.summary)),
        ]
        let description = [documentation.description, route.access.words].filter { !$0.isEmpty }
        members.append(.init(name: "description", value: .string(description.joined(separator: "\n\n"))))
        let security: [JSONValue] =
            switch route.access {
            case .open: []
            case .scope(let scope): [.members(["token": .strings([scope.rawValue])])]
            }
        members.append(.init(name: "security", value: .array(security)))
        members.append(.init(name: "parameters", value: .array(parameters(route))))
        if let body = route.operation.body {
            members.append(.init(name: "requestBody", value: requestBody(body, route)))
        }
        members.append(.init(name: "responses", value: responses(route)))
        return .object(JSONObject(members))
    }

    private func requestBody(_ body: BodyDescription, _ route: Route) -> JSONValue {
        let operation = route.operation
        let examples = operation.documentation.examples.map { name, text in
            JSONObject.Member(name: name, value: .members(["value": OpenAPI.value(of: text)]))
        }
        var members: [JSONObject.Member] = [
            .init(name: "required", value: .bool(!operation.bodyMayBeAbsent)),
            .init(
                name: "content",
                value: .members([
                    "application/json": .members([
                        "schema": Schema.body(body, contents.shared).json,
                        "examples": .object(JSONObject(examples)),
                    ])
                ])),
        ]
        // In words only: generators refuse an operation with text, or with one schema under two types.
        let others = route.mediaTypes.dropFirst().map(OpenAPI.otherForm)
        if !others.isEmpty {
            members.append(.init(name: "description", value: .string(others.joined(separator: " "))))
        }
        return .object(JSONObject(members))
    }

    private static func otherForm(_ type: String) -> String {
        type == RouteResponder.plainText
            ? "As `text/plain` the body is the member `text`, without one line end at its end; the other members that are a string, "
                + "number or Boolean are query parameters then."
            : "The body may also be sent as `\(type)`."
    }

    /// Parses an example; invalid JSON is a programming error, which tests find.
    private static func value(of text: String) -> JSONValue {
        do throws(JSONFault) {
            return try JSONReader.read(Array(text.utf8), limits: .request)
        } catch {
            preconditionFailure("an example is not JSON: \(text)")
        }
    }

    // MARK: Responses

    private func responses(_ route: Route) -> JSONValue {
        let documentation = route.operation.documentation
        var responses: [(status: Int, value: JSONValue)] = []
        for answer in documentation.answers {
            responses.append((answer.status, response(answer, route)))
            if answer.status == 200, answer.hasTag, route.method == .get {
                let value = JSONValue.members([
                    "description": .string("The version named by If-None-Match is current."),
                    "headers": OpenAPI.headerRefs(["ETag", "X-Request-Id"]),
                ])
                responses.append((304, value))
            }
        }
        for (status, types) in OpenAPI.byStatus(problems(of: route)) {
            let ref = JSONValue.members([
                "$ref": .string("#/components/responses/\(OpenAPI.name(of: types))")
            ])
            // A response with the same status, as readiness has, may also be a problem.
            if let index = responses.firstIndex(where: { $0.status == status }),
                case .object(var object) = responses[index].value
            {
                object.members = object.members.map { member in
                    guard member.name == "content", case .object(var content) = member.value else {
                        return member
                    }
                    content.members.append(
                        .init(name: "application/problem+json", value: OpenAPI.media(types)))
                    return .init(name: member.name, value: .object(content))
                }
                responses[index].value = .object(object)
            } else {
                responses.append((status, ref))
            }
        }
        responses.sort { $0.status < $1.status }
        return .object(JSONObject(responses.map { .init(name: "\($0.status)", value: $0.value) }))
    }

    private func response(_ answer: Documentation.ResponseDescription, _ route: Route) -> JSONValue {
        var headers = ["X-Request-Id"]
        if answer.hasTag { headers.append("ETag") }
        if answer.hasLocation { headers.append("Location") }
        if answer.hasLink { headers.append("Link") }
        if route.method.isWrite { headers.append("Idempotency-Replayed") }
        if answer.status == 503 { headers.append("Retry-After") }
        var members: [JSONObject.Member] = [
            .init(name: "description", value: .string(answer.description)),
            .init(name: "headers", value: OpenAPI.headerRefs(headers)),
        ]
        let content = answer.content.map { type, schema in
            var media = [JSONObject.Member(name: "schema", value: schema.json)]
            if type == "application/json", let name = example(of: schema) {
                let ref = JSONValue.members(["$ref": .string("#/components/examples/\(name)")])
                media.append(.init(name: "examples", value: .members([name: ref])))
            }
            return JSONObject.Member(name: type, value: .object(JSONObject(media)))
        }
        if !content.isEmpty { members.append(.init(name: "content", value: .object(JSONObject(content)))) }
        return .object(JSONObject(members))
    }

    /// The name of the example of a schema that refers to a shared one.
    private func example(of schema: Schema) -> String? {
        let text = schema.json.encoded()
        return contents.examples.first { Schema.ref(named: $0.name).json.encoded() == text }?.name
    }

    // MARK: Problems

    /// The problems that requests of a route can get.
    func problems(of route: Route) -> [ProblemType] {
        let documentation = route.operation.documentation
        var types = OpenAPI.always + documentation.problems
        if case .scope(let scope) = route.access {
            types += [.unauthorized, .rateLimited]
            // Every token may read.
            if scope > .read { types.append(.insufficientScope) }
        }
        if route.pattern.utf8.contains(0x7B) { types.append(.notFound) }
        if route.operation.body != nil { types += OpenAPI.ofBodies }
        if route.method.isWrite { types += [.idempotencyKeyReused, .outcomeUnknown] }
        if route.operation.isConditional { types.append(.preconditionFailed) }
        return contents.problems.filter(types.contains)
    }

    /// Problems grouped by status, both in order.
    private static func byStatus(_ types: [ProblemType]) -> [(status: Int, types: [ProblemType])] {
        Dictionary(grouping: types) { $0.status }.map { (status: $0.key, types: $0.value) }
            .sorted { $0.status < $1.status }
    }

    private static func name(of types: [ProblemType]) -> String {
        types.map(\.slug).joined(separator: ".")
    }

    /// Each combination of problems under one status, once.
    private var refusals: [(key: String, value: JSONValue)] {
        var refusals: [String: JSONValue] = [:]
        for route in rows {
            for (status, types) in OpenAPI.byStatus(problems(of: route)) {
                let name = OpenAPI.name(of: types)
                if refusals[name] == nil { refusals[name] = OpenAPI.refusal(status, types) }
            }
        }
        return refusals.sorted { $0.key < $1.key }
    }

    private static func refusal(_ status: Int, _ types: [ProblemType]) -> JSONValue {
        let pages = types.map { "`\($0.slug)`: \($0.meaning)" }
        var names = ["X-Request-Id"]
        if status == 401 || status == 403 { names.append("WWW-Authenticate") }
        if status == 415 { names.append("Accept") }
        if status == 429 || status == 503 { names.append("Retry-After") }
        return .members([
            "description": .string(pages.joined(separator: "\n\n")), "headers": headerRefs(names),
            "content": .members(["application/problem+json": media(types)]),
        ])
    }

    /// The schema is the same for all, by reference: a generator makes one type of it instead of one for each operation and status.
    private static func media(_ types: [ProblemType]) -> JSONValue {
        let examples = types.map { type in
            JSONObject.Member(
                name: type.slug, value: .members(["value": ProblemPage.example(of: type)]))
        }
        return .members([
            "schema": Schema.ref(named: problem).json, "examples": .object(JSONObject(examples)),
        ])
    }
}

extension Route.Access {
    fileprivate var words: String {
        switch self {
        case .open: "No token is required."
        case .scope(let scope): "Scope: \(scope.rawValue)."
        }
    }
}
