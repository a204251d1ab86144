import JSON
import Model

/// Schemas of bodies, from the recorded reads. `shared` returns the name of a shared schema equal to a member, if there is one.
extension Schema {
    static func body(_ body: BodyDescription, _ shared: (BodyShape) -> String?) -> Schema {
        let properties = body.members.map {
            JSONObject.Member(name: $0.name, value: Schema.member($0, shared).json)
        }
        var schema = Schema([
            "type": .string("object"), "properties": .object(JSONObject(properties)),
        ])
        let required = body.members.filter(\.isRequired).map(\.name)
        if !required.isEmpty { schema = schema.with("required", .strings(required)) }
        schema = schema.with("additionalProperties", .bool(false))
        let refused = Schema.refusedChoices(of: body)
        if !refused.isEmpty { schema = schema.with("not", .members(["anyOf": .array(refused)])) }
        let dependent = body.members.compactMap { member in
            member.dependsOn.map { JSONObject.Member(name: member.name, value: Schema.present($0)) }
        }
        if !dependent.isEmpty {
            schema = schema.with("dependentSchemas", .object(JSONObject(dependent)))
        }
        return schema
    }

    /// What the choice between members refuses. Written as what is not allowed: of a `oneOf` or `anyOf`, generators of clients make a
    /// type for each choice, without the other members.
    private static func refusedChoices(of body: BodyDescription) -> [JSONValue] {
        func none(of choices: [JSONValue]) -> JSONValue {
            .members(["not": .members(["anyOf": .array(choices)])])
        }
        var refused: [JSONValue] = []
        if !body.alternatives.isEmpty {
            let present = body.alternatives.map(Schema.present)
            refused.append(none(of: present))
            for (index, first) in present.enumerated() {
                refused += present.dropFirst(index + 1).map { .members(["allOf": .array([first, $0])]) }
            }
        }
        if !body.oneOrMoreOf.isEmpty {
            refused.append(none(of: body.oneOrMoreOf.map { .members(["required": .strings([$0])]) }))
        }
        return refused
    }

    /// An object in which a member is present and not null.
    private static func present(_ name: String) -> JSONValue {
        .members([
            "properties": .members([name: .members(["type": .string("string")])]),
            "required": .strings([name]),
        ])
    }

    private static func member(
        _ member: BodyDescription.Member, _ shared: (BodyShape) -> String?
    ) -> Schema {
        var schema = value(member.shape, shared)
        if member.mayBeNull { schema = schema.orNull }
        if let other = member.dependsOn { schema = schema.described("Only with \(other).") }
        if let note = member.note { schema = schema.described(note) }
        return schema
    }

    private static func value(_ shape: BodyShape, _ shared: (BodyShape) -> String?) -> Schema {
        if let name = shared(shape) { return .ref(named: name) }
        switch shape {
        case .text(let constraint): return .text(constraint)
        case .pattern(let pattern, let bytesMax):
            let schema = Schema.pattern(pattern)
            return bytesMax.map { schema.with("maxLength", .integer(Int64($0))) } ?? schema
        case .word(let words): return .words(words)
        case .integer(let range): return .integer(Int(range.lowerBound)...Int(range.upperBound))
        case .bool: return .boolean
        case .moment: return .requestTime
        case .object(let body): return .body(body, shared)
        case .map(let keys, let values, let valuesMayBeNull, let countMax):
            let value = Schema.text(values)
            return Schema([
                "type": .string("object"), "maxProperties": .integer(Int64(countMax)),
                "propertyNames": Schema.text(keys).json,
                "additionalProperties": (valuesMayBeNull ? value.orNull : value).json,
            ])
        case .data(let refused):
            let any = Schema.pattern("^[^\\u0000]*$")
            let names = refused.isEmpty ? any : any.with("not", .members(["enum": .strings(refused)]))
            return Schema([
                "type": .string("object"), "propertyNames": names.json,
                "additionalProperties": Schema.anything.json,
                "maxProperties": .integer(Int64(JSONLimits.request.membersMax)),
            ])
        case .list(let element, let count): return .array(value(element, shared), count)
        case .either(let shapes): return .either(shapes.map { value($0, shared) })
        }
    }
}
