import JSON
import Time

extension JSONValue {
    /// A value below objects; `nil` if a member is missing or `null`.
    public func value(_ path: String...) -> JSONValue? {
        var value = self
        for name in path {
            guard case .object(let object) = value, let next = object[name] else { return nil }
            value = next
        }
        return value == .null ? nil : value
    }

    /// The text, if it is one.
    public var asText: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    public var asInteger: Int? {
        guard case .integer(let number) = self else { return nil }
        return Int(number)
    }

    /// The elements; empty if it is no array.
    public var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// The moment of an RFC 3339 text.
    public var asTimestamp: Timestamp? {
        asText.flatMap { try? Timestamp(rfc3339: $0) }
    }
}

extension JSONObject {
    /// An object of the members that have a value.
    public init(_ pairs: (String, JSONValue?)...) {
        self.init(pairs.compactMap { name, value in value.map { Member(name: name, value: $0) } })
    }
}

extension String {
    public var asJSON: JSONValue { .string(self) }
}
