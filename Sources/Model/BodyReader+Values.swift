internal import JSON
import Time

/// Texts, and values encoded as text.
extension BodyReader {
    /// Reads a required text.
    public func text(_ name: String, _ constraint: TextConstraint, _ note: String? = nil) -> String {
        if records(name, .text(constraint), isRequired: true, mayBeNull: false, note) { return "sample" }
        guard let text = readText(name, constraint) else {
            if object[name] == nil || object[name] == .null { refuse(name, "This member is required.") }
            return ""
        }
        return text
    }

    /// Reads an optional text; `null` counts as absent.
    public func optionalText(_ name: String, _ constraint: TextConstraint, _ note: String? = nil) -> String? {
        if records(name, .text(constraint), isRequired: false, mayBeNull: true, note) { return "sample" }
        return readText(name, constraint)
    }

    private func readText(_ name: String, _ constraint: TextConstraint) -> String? {
        switch value(name) {
        case nil, .null?:
            return nil
        case .string(let text)?:
            guard let flaw = constraint.flaw(of: text) else { return text }
            refuse(name, flaw)
            return nil
        default:
            refuse(name, "It must be a string.")
            return nil
        }
    }

    /// Reads a text that is required unless `other`, which was read before, is given.
    public func text(
        _ name: String, _ constraint: TextConstraint, unless other: String, isGiven: Bool
    ) -> String {
        if records(name, .text(constraint), isRequired: false, mayBeNull: true, nil) {
            recorded?.alternatives = [name, other]
            return "sample"
        }
        guard isGiven else { return text(name, constraint) }
        if value(name) ?? .null != .null {
            refuse(name, "Send either \(name) or \(other), not both.")
        }
        return ""
    }

    /// The person the write is done for; `nil` for the token's name.
    public func author() -> String? {
        optionalText(
            "author", .person, "The person on whose behalf this is written; the token's name by default.")
    }

    /// Reads a required person.
    public func person(_ name: String) -> Person {
        Person(text(name, .person))
    }

    /// Reads an optional value encoded as text; `null` counts as absent. `detail` is the error when `parse` returns `nil`.
    public func optional<Value>(
        _ name: String, _ shape: @autoclosure () -> BodyShape, _ note: String? = nil,
        otherwise detail: @autoclosure () -> String, _ parse: (String) -> Value?
    ) -> Value? {
        if records(name, shape(), isRequired: false, mayBeNull: true, note) { return nil }
        guard let text = readText(name, .name) else { return nil }
        if let value = parse(text) { return value }
        refuse(name, detail())
        return nil
    }

    /// Reads a required value encoded as text. `missing` completes the error "This member is required".
    public func required<Value>(
        _ name: String, _ shape: @autoclosure () -> BodyShape, or fallback: Value,
        missing: @autoclosure () -> String, otherwise detail: @autoclosure () -> String,
        _ parse: (String) -> Value?
    ) -> Value {
        if records(name, shape(), isRequired: true, mayBeNull: false, nil) { return fallback }
        if value(name) ?? .null == .null { refuse(name, "This member is required: \(missing()).") }
        return optional(name, shape(), otherwise: detail(), parse) ?? fallback
    }

    public func moment(_ name: String, _ note: String? = nil) -> Timestamp? {
        if records(name, .moment, isRequired: false, mayBeNull: true, note) { return nil }
        guard let text = readText(name, .name) else { return nil }
        do throws(TimestampFault) {
            return try Timestamp(rfc3339: text)
        } catch {
            refuse(name, error.advice)
            return nil
        }
    }

    /// Reads an optional case of an enum.
    public func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, of: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        let words = { Choice.allCases.map(\.rawValue) }
        if records(name, .word(words()), isRequired: false, mayBeNull: true, nil) {
            return Choice.allCases.first
        }
        return optional(
            name, .word(words()), otherwise: "It must be one of \(words().joined(separator: ", ")).",
            Choice.init(rawValue:))
    }

    /// Reads a required case of an enum.
    public func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, or fallback: Choice) -> Choice
    where Choice.RawValue == String {
        let words = { Choice.allCases.map(\.rawValue) }
        return required(
            name, .word(words()), or: fallback, missing: "one of \(words().joined(separator: ", "))",
            otherwise: "It must be one of \(words().joined(separator: ", ")).", Choice.init(rawValue:))
    }
}

/// Other values.
extension BodyReader {
    public func bool(_ name: String, default fallback: Bool = false, _ note: String? = nil) -> Bool {
        if records(name, .bool, isRequired: false, mayBeNull: true, note) { return fallback }
        switch value(name) {
        case nil, .null?: return fallback
        case .bool(let value)?: return value
        default:
            refuse(name, "It must be true or false.")
            return fallback
        }
    }

    /// Reads a required Boolean.
    public func requiredBool(_ name: String) -> Bool {
        if records(name, .bool, isRequired: true, mayBeNull: false, nil) { return false }
        if case .bool(let value)? = value(name) { return value }
        refuse(name, "It must be true or false.")
        return false
    }

    /// Reads an optional Boolean; `nil` when it is absent or `null`.
    public func optionalBool(_ name: String, _ note: String? = nil) -> Bool? {
        let value = bool(name, note)
        return recorded == nil && object[name] ?? .null == .null ? nil : value
    }

    public func integer(_ name: String, in range: ClosedRange<Int64>, _ note: String? = nil) -> Int? {
        if records(name, .integer(range), isRequired: false, mayBeNull: true, note) { return nil }
        switch value(name) {
        case nil, .null?: return nil
        case .integer(let value)? where range.contains(value): return Int(value)
        default:
            refuse(name, "It must be a whole number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
    }

    /// Reads a required integer.
    public func requiredInteger(_ name: String, in range: ClosedRange<Int64>) -> Int {
        if records(name, .integer(range), isRequired: true, mayBeNull: false, nil) {
            return Int(range.lowerBound)
        }
        if value(name) ?? .null == .null {
            refuse(
                name,
                "This member is required: a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return integer(name, in: range) ?? Int(range.lowerBound)
    }
}

extension TimestampFault {
    /// Error message with the expected form.
    public var advice: String {
        switch self {
        case .malformed: "It must be an RFC 3339 time: 2026-01-15T10:17:00Z."
        case .offsetMissing: "The time requires an offset: 2026-01-15T10:17:00Z, or …+01:00."
        case .yearOutOfRange: "The year must be between 2000 and 2100."
        }
    }
}
