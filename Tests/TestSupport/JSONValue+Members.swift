import JSON

extension JSONValue {
    /// A member of an object.
    package subscript(name: String) -> JSONValue? {
        object?[name]
    }

    package var object: JSONObject? {
        guard case .object(let object) = self else { return nil }
        return object
    }

    /// The elements of an array.
    package var items: [JSONValue]? {
        guard case .array(let items) = self else { return nil }
        return items
    }

    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    package var number: Int? {
        guard case .integer(let number) = self else { return nil }
        return Int(number)
    }
}
