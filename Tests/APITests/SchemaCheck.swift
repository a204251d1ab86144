import JSON
import Testing

/// Validates values against the schemas of an OpenAPI document: the part of JSON Schema 2020-12 that the document uses. Members that a
/// schema does not name are violations, so that every member is documented.
struct SchemaCheck {
    let document: JSONValue

    /// The violations, each with its pointer; empty if the value is valid.
    func flaws(of value: JSONValue, by schema: JSONValue?, at place: String = "#") -> [String] {
        guard let schema else { return ["\(place): there is no schema"] }
        if case .bool(let allows) = schema { return allows ? [] : ["\(place): is not allowed"] }
        var flaws = shapeFlaws(value, schema, place)
        if let ref = schema["$ref"]?.text { flaws += self.flaws(of: value, by: resolve(ref), at: place) }
        if let refused = schema["not"], self.flaws(of: value, by: refused, at: place).isEmpty {
            flaws.append("\(place): fits what is not allowed")
        }
        for part in schema["allOf"]?.items ?? [] { flaws += self.flaws(of: value, by: part, at: place) }
        for (word, isOne) in [("anyOf", false), ("oneOf", true)] {
            guard let parts = schema[word]?.items else { continue }
            let fitting = parts.filter { self.flaws(of: value, by: $0, at: place).isEmpty }.count
            if fitting == 0 || (isOne && fitting > 1) {
                flaws.append(
                    "\(place): fits \(fitting) of \(word): \(parts.flatMap { self.flaws(of: value, by: $0, at: place) })"
                )
            }
        }
        return flaws
    }

    private func shapeFlaws(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        var flaws: [String] = []
        let types = schema["type"]?.text.map { [$0] } ?? schema["type"]?.items?.compactMap(\.text) ?? []
        if !types.isEmpty, !types.contains(type(of: value)) {
            flaws.append("\(place): is \(type(of: value)), not \(types)")
        }
        if let words = schema["enum"]?.items, !words.contains(value) {
            flaws.append("\(place): \(String(decoding: value.encoded(), as: UTF8.self)) is no word of it")
        }
        switch value {
        case .object(let object): flaws += memberFlaws(object, schema, place)
        case .array(let items):
            for (index, item) in items.enumerated() {
                guard let inner = schema["items"] else { break }
                flaws += self.flaws(of: item, by: inner, at: "\(place)/\(index)")
            }
            if let most = schema["maxItems"]?.number, items.count > most {
                flaws.append("\(place): too many")
            }
            if let least = schema["minItems"]?.number, items.count < least {
                flaws.append("\(place): too few")
            }
        case .string(let text):
            if let most = schema["maxLength"]?.number, text.unicodeScalars.count > most {
                flaws.append("\(place): is too long")
            }
            if let pattern = schema["pattern"]?.text, !SchemaCheck.matches(text, pattern) {
                flaws.append("\(place): \(text) does not match \(pattern)")
            }
        case .integer(let number):
            if let least = schema["minimum"]?.number, number < least { flaws.append("\(place): too small") }
            if let most = schema["maximum"]?.number, number > most { flaws.append("\(place): too large") }
        default: break
        }
        return flaws
    }

    private func memberFlaws(_ object: JSONObject, _ schema: JSONValue, _ place: String) -> [String] {
        var flaws = (schema["required"]?.items ?? []).compactMap(\.text).filter { object[$0] == nil }
            .map { "\(place): lacks \($0)" }
        for member in object.members {
            if let inner = schema["properties"]?[member.name] ?? schema["additionalProperties"] {
                flaws += self.flaws(of: member.value, by: inner, at: "\(place)/\(member.name)")
            }
        }
        return flaws
    }

    /// Members of a response that its schema does not name.
    func undocumented(in value: JSONValue, by schema: JSONValue) -> [String] {
        guard case .object(let object) = value else { return [] }
        let known = names(in: schema)
        return known.isEmpty ? [] : object.members.map(\.name).filter { !known.contains($0) }
    }

    private func names(in schema: JSONValue) -> Set<String> {
        var names: Set<String> = []
        if case .object(let object)? = schema["properties"] { names.formUnion(object.members.map(\.name)) }
        if let ref = schema["$ref"]?.text, let target = resolve(ref) {
            names.formUnion(self.names(in: target))
        }
        for part in (schema["allOf"]?.items ?? []) + (schema["anyOf"]?.items ?? []) {
            names.formUnion(self.names(in: part))
        }
        return names
    }

    /// The target of a reference within the document.
    func resolve(_ ref: String) -> JSONValue? {
        ref.split(separator: "/").dropFirst().reduce(document) { $0?[String($1)] }
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let regex = try? Regex(pattern).matchingSemantics(.unicodeScalar) else {
            Issue.record("\(pattern) is no pattern")
            return false
        }
        return text.firstMatch(of: regex) != nil
    }

    private func type(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
