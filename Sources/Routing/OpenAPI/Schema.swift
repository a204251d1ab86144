import JSON
import Model

/// A JSON Schema (2020-12), as used by OpenAPI 3.1.
public struct Schema: Sendable {
    /// In the order in which they are written.
    var members: [(name: String, value: JSONValue)]

    public init(_ members: KeyValuePairs<String, JSONValue>) {
        self.members = members.map { (name: $0.key, value: $0.value) }
    }

    public var json: JSONValue { .object(JSONObject(members.map { .init(name: $0.name, value: $0.value) })) }

    public func with(_ name: String, _ value: JSONValue) -> Schema {
        var schema = self
        schema.members.append((name: name, value: value))
        return schema
    }

    /// Adds a description before the existing one.
    public func described(_ text: String) -> Schema {
        var schema = self
        guard let index = members.firstIndex(where: { $0.name == "description" }),
            case .string(let own) = members[index].value
        else { return with("description", .string(text)) }
        schema.members[index].value = .string("\(text) \(own)")
        return schema
    }

    /// Describes members by name, beside the list of members, so that both stay readable.
    public func describing(_ texts: KeyValuePairs<String, String>) -> Schema {
        guard let index = members.firstIndex(where: { $0.name == "properties" }),
            case .object(var properties) = members[index].value
        else { preconditionFailure("only an object has members to describe") }
        for (name, text) in texts {
            guard let place = properties.members.firstIndex(where: { $0.name == name }),
                case .object(let member) = properties.members[place].value
            else { preconditionFailure("there is no member \(name) to describe") }
            var described = Schema([:])
            described.members = member.members.map { (name: $0.name, value: $0.value) }
            properties.members[place].value = described.described(text).json
        }
        var schema = self
        schema.members[index].value = .object(properties)
        return schema
    }

    /// The same, or `null`.
    public var orNull: Schema {
        if members.count == 1, members[0].name == "anyOf", case .array(let schemas) = members[0].value {
            return Schema(["anyOf": .array(schemas + [Schema.null.json])])
        }
        guard members.first?.name == "type", case .string(let type)? = members.first?.value,
            !members.contains(where: { $0.name == "enum" })
        else { return .either([self, .null]) }
        var schema = self
        schema.members[0].value = .strings([type, "null"])
        return schema
    }
}

/// Values.
extension Schema {
    public static let boolean = Schema(["type": .string("boolean")])
    public static let null = Schema(["type": .string("null")])
    /// Any string; for responses.
    public static let string = Schema(["type": .string("string")])
    /// Any integer; for responses.
    public static let integer = Schema(["type": .string("integer")])

    public static func integer(_ range: ClosedRange<Int>) -> Schema {
        Schema([
            "type": .string("integer"), "minimum": .integer(Int64(range.lowerBound)),
            "maximum": .integer(Int64(range.upperBound)),
        ])
    }

    /// The raw values of an enum.
    public static func words<Word: RawRepresentable & CaseIterable>(of: Word.Type) -> Schema
    where Word.RawValue == String {
        words(Word.allCases.map(\.rawValue))
    }

    public static func words(_ words: [String]) -> Schema {
        Schema(["type": .string("string"), "enum": .strings(words)])
    }

    public static func pattern(_ pattern: String) -> Schema {
        Schema(["type": .string("string"), "pattern": .string(pattern)])
    }

    public static func either(_ schemas: [Schema]) -> Schema {
        Schema(["anyOf": .array(schemas.map(\.json))])
    }

    /// A reference to a shared schema by its name in `components.schemas`.
    public static func ref(named name: String) -> Schema {
        Schema(["$ref": .string("#/components/schemas/\(name)")])
    }

    /// A text in a request. Schema and rule count Unicode scalars.
    public static func text(_ rule: TextConstraint) -> Schema {
        Schema([
            "type": .string("string"), "maxLength": .integer(Int64(rule.charactersMax)),
            "pattern": .string(rule.pattern),
            "description": .string("At most \(rule.charactersMax.grouped) Unicode characters."),
        ])
    }

    /// A word in a query: a cursor or a name. (The parser refuses encoded control bytes.)
    public static let name = pattern("^[A-Za-z0-9_-]{1,64}$")

    /// A time in a request. The parser accepts more than documented: a lower-case `t` or `z`, a space, a leap second.
    public static let requestTime = Schema([
        "type": .string("string"), "format": .string("date-time"),
        "pattern": .string(
            "^(?:20[0-9]{2}|2100)-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
                + "(?:\\.[0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$"),
        "description": .string("RFC 3339 with any offset, years 2000 to 2100."),
    ])

    /// A time in a response.
    public static let responseTime = Schema([
        "type": .string("string"), "format": .string("date-time"),
        "pattern": .string("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"),
    ])
}

/// Objects and arrays.
extension Schema {
    public static func array(_ items: Schema, _ count: ClosedRange<Int>? = nil) -> Schema {
        let schema = Schema(["type": .string("array"), "items": items.json])
        guard let count else { return schema }
        return schema.with("minItems", .integer(Int64(count.lowerBound)))
            .with("maxItems", .integer(Int64(count.upperBound)))
    }

    /// An object in a response. Additional members are allowed: clients must expect new ones.
    public static func object(
        _ required: KeyValuePairs<String, Schema>, optional: KeyValuePairs<String, Schema> = [:]
    ) -> Schema {
        let all = required.map { ($0.key, $0.value) } + optional.map { ($0.key, $0.value) }
        let properties = all.map { JSONObject.Member(name: $0.0, value: $0.1.json) }
        let schema = Schema([
            "type": .string("object"), "properties": .object(JSONObject(properties)),
        ])
        return required.isEmpty ? schema : schema.with("required", .strings(required.map(\.key)))
    }

    /// A page of a list.
    public static func page(items item: Schema) -> Schema {
        .object([
            "items": .array(item),
            "next": .string.orNull.described(
                "The value of `after` for the next page; null on the last page."),
        ])
    }
}

/// Shared schemas that every API has.
extension Schema {
    /// Any JSON. Not `true`: generators of clients take no boolean schemas, and no recursive ones.
    public static let anything = Schema([:])

    /// A problem of one of those types (RFC 9457).
    public static func problem(_ types: [ProblemType]) -> Schema {
        .object(
            [
                "type": .words(types.map { "/problems/\($0.slug)" }), "title": .string,
                "status": .integer(400...599), "detail": .string.described("What to do."),
                "request_id": .string,
            ],
            optional: [
                "errors": .array(
                    .object(
                        ["detail": .string, "pointer": .string],
                        optional: ["code": .string, "path": .string, "until": .string, "from": .string]
                    )
                    .describing([
                        "detail": "What is wrong.", "pointer": "Where in the body: `#/severity`.",
                        "code": "In `not-restored`: the condition.",
                        "path": "The path whose last check failed.",
                        "until": "When the watch runs out.",
                        "from": "From when on a check counts as a late one.",
                    ])),
                "links": .array(.suggestedCall), "current": .anything, "allowed": .array(.string),
                "unknown_path": .string,
            ]
        )
        .describing([
            "type": "The path of a page that explains the problem.",
            "title": "The kind of problem, in a few words.",
            "status": "The status code of the response.",
            "request_id": "The request's id, also in the log and in `X-Request-Id`.",
            "errors": "The members that were refused, each with its JSON pointer.",
            "links": "What to call instead.",
            "current": "The current value, or the current entity tag.",
            "allowed": "The values that are allowed instead.",
            "unknown_path": "The path of the request, if no operation has it.",
        ])
    }

    /// A link of a problem or a warning.
    public static let suggestedCall = Schema.object([
        "operation": .string, "method": .string, "href": .string, "detail": .string, "body": .anything,
    ]).describing([
        "operation": "The `operationId` of the call.", "method": "The method.", "href": "The path.",
        "detail": "What the call does.",
        "body": "The body to send, or null. The text `…` stands for a value that you fill in.",
    ])
}

extension TextConstraint {
    /// The rule as an ECMA-262 regular expression: a class without control characters, of which one is no white space.
    fileprivate var pattern: String {
        let controls = oneLine ? "\\u0000-\\u001F\\u007F-\\u009F" : "\\u0000"
        let (any, black) = ("[^\(controls)]*", "[^\(controls)\\s]")
        if mayBeEmpty { return "^\(any)$" }
        if isLink { return "^(?:\(TextConstraint.schemes.map(eitherCase).joined(separator: "|"))):\(any)$" }
        return isPerson ? "^(?! *@@)(?! *@?\\s*$)\(any)$" : "^\(any)\(black)\(any)$"
    }
}

/// A pattern of a lower-case word in any case: `[hH][tT]`.
private func eitherCase(_ word: String) -> String {
    word.map { "[\($0)\($0.uppercased())]" }.joined()
}

extension JSONValue {
    /// An object in the order of the literal.
    public static func members(_ pairs: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(JSONObject(pairs.map { .init(name: $0.key, value: $0.value) }))
    }

    public static func strings(_ words: [String]) -> JSONValue { .array(words.map { .string($0) }) }
}

extension Int {
    /// With a comma as thousands separator: 16,384.
    fileprivate var grouped: String {
        let digits = Array(String(self))
        return digits.enumerated().map { index, digit in
            (index > 0 && (digits.count - index) % 3 == 0 ? "," : "") + String(digit)
        }.joined()
    }
}
