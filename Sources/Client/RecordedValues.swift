import Time

/// What a command says of the values that it set.
public enum RecordedValues {
    /// `the impact and the workaround are recorded.`; of an empty text, that it is removed. `nil` was not given.
    public static func sentence(_ values: [(name: String, text: String?)]) -> String {
        func clause(_ names: [String], _ verb: String) -> String? {
            names.isEmpty
                ? nil : "\(names.joined(separator: " and ")) \(names.count == 1 ? "is" : "are") \(verb)"
        }
        let isEmpty: (String) -> Bool = { $0.unicodeScalars.allSatisfy(\.properties.isWhitespace) }
        let set = values.filter { $0.text.map { !isEmpty($0) } ?? false }.map(\.name)
        let removed = values.filter { $0.text.map(isEmpty) ?? false }.map(\.name)
        return [clause(set, "recorded"), clause(removed, "removed")].compactMap(\.self).joined(
            separator: ", ") + "."
    }
}

extension ParsedArguments {
    /// The value of a flag that names a moment, as it was given.
    public func moment(_ name: String) throws(UsageFault) -> String? {
        guard let text = flag(name) else { return nil }
        guard (try? Timestamp(rfc3339: text)) != nil else {
            throw UsageFault(
                "\(name) must be a date and a time with its zone, such as 2026-01-15T09:50:00Z or 2026-01-15T10:50:00+01:00."
            )
        }
        return text
    }
}
