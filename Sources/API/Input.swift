import Incidents
import JSON
import Model
import Time

/// Reads the members of a JSON object that a caller sent, and collects everything that does not fit.
///
/// Members that nobody asked for are typos and are refused with their name: that is the defence against mass assignment too.
final class Input {
    private let object: JSONObject
    private let base: String
    /// The names that were asked for.
    private(set) var asked: Set<[UInt8]> = []
    private(set) var flaws: [Problem.Flaw] = []

    init(_ object: JSONObject, at base: String = "#") {
        self.object = object
        self.base = base
    }

    /// Reads a body; it must be one JSON object.
    static func read(_ body: [UInt8]) throws(Problem) -> Input {
        guard !body.isEmpty else {
            throw Problem(.malformedJSON, "The body is empty; send a JSON object: curl --json '{…}'.")
        }
        let value: JSONValue
        do throws(JSONFault) {
            value = try JSONReader.read(body, limits: .request)
        } catch {
            throw Problem(.malformedJSON, "At byte \(error.offset): \(error.reason).")
        }
        guard case .object(let object) = value else {
            throw .validation([.init(detail: "The body must be a JSON object.", pointer: "#")])
        }
        return Input(object)
    }

    /// The pointer to a member.
    func pointer(_ name: String) -> String {
        let escaped = name.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return "\(base)/\(escaped)"
    }

    /// Refuses an element of an array.
    func refuse(_ name: String, _ index: Int, _ detail: String) {
        flaws.append(.init(detail: detail, pointer: "\(pointer(name))/\(index)"))
    }

    func refuse(_ name: String, _ detail: String) {
        flaws.append(.init(detail: detail, pointer: pointer(name)))
    }

    /// A member as it was sent; `nil` when it is absent.
    func value(_ name: String) -> JSONValue? {
        asked.insert(Array(name.utf8))
        return object[name]
    }

    /// Refuses the members that nobody asked for, and throws all that was found.
    func finish() throws(Problem) {
        for member in object.members where !asked.contains(Array(member.name.utf8)) {
            refuse(member.name, "This member is unknown here. Known are: \(knownNames).")
        }
        guard flaws.isEmpty else { throw .validation(flaws) }
    }

    private var knownNames: String {
        asked.map { String(decoding: $0, as: UTF8.self) }.sorted().joined(separator: ", ")
    }

    /// Takes over what another input found.
    func adopt(_ other: Input) {
        flaws += other.flaws
    }
}

extension Input {
    /// A required text.
    func text(_ name: String, _ constraint: TextConstraint) -> String {
        guard let text = optionalText(name, constraint) else {
            if object[name] == nil || object[name] == .null { refuse(name, "This member is required.") }
            return ""
        }
        return text
    }

    /// A text that may be absent or `null`.
    func optionalText(_ name: String, _ constraint: TextConstraint) -> String? {
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

    /// Whom the write is done for; `nil` for the token's name.
    func author() -> String? {
        optionalText("author", .person)
    }

    /// A required person.
    func person(_ name: String) -> Person {
        Person(text(name, .person))
    }

    func moment(_ name: String) -> Timestamp? {
        guard let text = optionalText(name, .name) else { return nil }
        do throws(TimestampFault) {
            return try Timestamp(rfc3339: text)
        } catch {
            refuse(name, error.advice)
            return nil
        }
    }

    func bool(_ name: String) -> Bool {
        bool(name, default: false)
    }

    func bool(_ name: String, default fallback: Bool) -> Bool {
        switch value(name) {
        case nil, .null?: return fallback
        case .bool(let value)?: return value
        default:
            refuse(name, "It must be true or false.")
            return fallback
        }
    }

    func integer(_ name: String, in range: ClosedRange<Int64>) -> Int? {
        switch value(name) {
        case nil, .null?: return nil
        case .integer(let value)? where range.contains(value): return Int(value)
        default:
            refuse(name, "It must be a whole number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
    }

    /// A required number.
    func requiredInteger(_ name: String, in range: ClosedRange<Int64>) -> Int {
        if object[name] == nil || object[name] == .null {
            _ = value(name)
            refuse(
                name,
                "This member is required: a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return integer(name, in: range) ?? Int(range.lowerBound)
    }

    /// One of the words of an enum.
    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, of: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        guard let text = optionalText(name, .name) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        refuse(name, "It must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
        return nil
    }

    /// A severity, under any of its names.
    func severity(_ name: String) -> Severity? {
        guard let text = optionalText(name, .name) else { return nil }
        if let severity = Severity(input: text) { return severity }
        refuse(name, "It must be one of minor, major, critical (or p3…p1, sev3…sev1).")
        return nil
    }

    /// A required severity.
    func requiredSeverity(_ name: String) -> Severity {
        if object[name] == nil || object[name] == .null {
            _ = value(name)
            refuse(name, "This member is required: one of minor, major, critical.")
        }
        return severity(name) ?? .minor
    }

    /// An object below this one; `nil` when it is absent or `null`.
    func object(_ name: String) -> Input? {
        switch value(name) {
        case nil, .null?: return nil
        case .object(let inner)?: return Input(inner, at: pointer(name))
        default:
            refuse(name, "It must be an object.")
            return nil
        }
    }

    /// The members of this object, with their names.
    var members: [JSONObject.Member] {
        for member in object.members { asked.insert(Array(member.name.utf8)) }
        return object.members
    }

    /// Takes over what an object below this one refused, its unknown members too.
    func close(_ inner: Input) {
        do throws(Problem) {
            try inner.finish()
        } catch {
            flaws += error.flaws
        }
    }
}

extension TimestampFault {
    /// What to write instead.
    var advice: String {
        switch self {
        case .malformed: "It must be a time as in RFC 3339: 2026-01-15T10:17:00Z."
        case .offsetMissing: "A time needs its offset: 2026-01-15T10:17:00Z, or …+01:00."
        case .yearOutOfRange: "The year must lie between 2000 and 2100."
        }
    }
}
