internal import JSON

/// A body of plain text: the member `text`. Its other members come from elsewhere, as text.
extension BodyReader {
    /// Drops one end of line at the end, which every editor adds. `member` returns the value of a member in `namesInQuery`.
    public convenience init(
        text bytes: [UInt8], in description: BodyDescription,
        parameters: (names: [String], values: [String]), _ member: (String) -> String?
    ) {
        var object = JSONObject()
        for name in description.namesInQuery {
            guard let value = member(name), let shape = description[name]?.shape else { continue }
            object.members.append(.init(name: name, value: shape.value(of: value)))
        }
        var bytes = bytes[...]
        if bytes.last == 0x0A { bytes.removeLast() }
        if bytes.last == 0x0D { bytes.removeLast() }
        let text = String(validating: bytes, as: UTF8.self)
        object.members.append(.init(name: "text", value: .string(text ?? "?")))
        self.init(object, parameters: parameters)
        if text == nil {
            refuse("text", "The body is not UTF-8. Save the file as UTF-8.")
        } else if bytes.contains(0) {
            refuse("text", "U+0000 is not allowed.")
        }
    }
}

extension BodyDescription {
    /// The members that plain text leaves to the query: those whose values are one word, number or Boolean.
    public var namesInQuery: [String] {
        members.filter { $0.name != "text" && $0.shape.isSimple }.map(\.name)
    }
}

extension BodyShape {
    fileprivate var isSimple: Bool {
        switch self {
        case .text, .pattern, .word, .integer, .bool, .moment: true
        case .object, .map, .data, .list, .either: false
        }
    }

    /// A value written as text; one that does not fit stays text, which the reader then refuses.
    fileprivate func value(of text: String) -> JSONValue {
        switch self {
        case .integer:
            let isNumber =
                (1...15).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
            return isNumber ? Int64(text).map { .integer($0) } ?? .string(text) : .string(text)
        case .bool: return text == "true" ? .bool(true) : text == "false" ? .bool(false) : .string(text)
        default: return .string(text)
        }
    }
}
