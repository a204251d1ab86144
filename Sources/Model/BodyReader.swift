internal import JSON

/// Reads the members of a JSON object in a request, and collects all errors.
///
/// Unknown members are refused by name: they are typos, and refusing them prevents mass assignment.
///
/// A recorder has no body: it records each read, and returns a valid sample.
public final class BodyReader {
    let object: JSONObject
    /// JSON pointer of this object.
    private let base: String
    /// Path parameters, by name.
    private let parameters: (names: [String], values: [String])
    /// Names that were read.
    var asked: [String] = []
    /// Whether all members are known, as in an object with arbitrary keys.
    private var asksForAll = false
    var flaws: [Refusal.Flaw] = []
    /// The errors of unknown members. They come first: a misspelt name is also a missing one.
    var unknown: [Refusal.Flaw] = []
    /// Upper bound of unknown members of an object that are compared with the known ones.
    private static let guessesMax = 3
    /// The recorded reads; `nil` unless this is a recorder.
    var recorded: BodyDescription?

    init(
        _ object: JSONObject, at base: String = "#",
        parameters: (names: [String], values: [String]) = ([], []), recorded: BodyDescription? = nil
    ) {
        self.object = object
        self.base = base
        self.parameters = parameters
        self.recorded = recorded
    }

    /// Parses a body: one JSON object, or empty where it may be absent.
    ///
    /// `parameters` are the names of the path parameters, and their values.
    public convenience init(
        _ body: [UInt8], mayBeAbsent: Bool = false,
        parameters: (names: [String], values: [String]) = ([], [])
    ) throws(Refusal) {
        if body.isEmpty, mayBeAbsent {
            self.init(JSONObject(), parameters: parameters)
        } else {
            self.init(try BodyReader.object(body), parameters: parameters)
        }
    }

    private static func object(_ body: [UInt8]) throws(Refusal) -> JSONObject {
        guard !body.isEmpty else {
            throw Refusal(.malformedJSON, "The body is empty. Send a JSON object: curl --json '{…}'.")
        }
        let value: JSONValue
        do throws(JSONFault) {
            value = try JSONReader.read(body, limits: .request)
        } catch {
            throw Refusal(.malformedJSON, "At byte \(error.offset): \(error.reason).")
        }
        guard case .object(let object) = value else {
            throw .invalid([.init("#", "The body must be a JSON object.")])
        }
        return object
    }

    /// Records what `read` reads.
    public static func record(_ read: (BodyReader) throws(Refusal) -> Void) -> BodyDescription {
        let recorder = BodyReader(JSONObject(), recorded: BodyDescription())
        do throws(Refusal) {
            try read(recorder)
        } catch {
            preconditionFailure("a recorder was refused: \(error.detail)")
        }
        return recorder.recorded ?? BodyDescription()
    }

    /// Reads a path parameter; throws a 404 with `detail` when `parse` returns `nil`. A recorder returns `sample`.
    public func path<Value>(
        _ name: String, sample: Value, otherwise detail: @autoclosure () -> String,
        _ parse: (String) -> Value?
    ) throws(Refusal) -> Value {
        guard recorded == nil else { return sample }
        let text = zip(parameters.names, parameters.values).first { $0.0 == name }?.1
        guard let value = text.flatMap(parse) else { throw Refusal(.notFound, detail()) }
        return value
    }

    // MARK: Errors

    public func refuse(_ name: String, _ detail: String) {
        flaws.append(.init(pointer(name), detail))
    }

    /// Refuses the object as a whole.
    public func refuse(_ detail: String) {
        flaws.append(.init(base, detail))
    }

    /// Refuses an element of an array.
    func refuse(_ name: String, _ index: Int, _ detail: String) {
        flaws.append(.init("\(pointer(name))/\(index)", detail))
    }

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

    /// Refuses the members that were not read, and throws all errors.
    public func finish() throws(Refusal) {
        close()
        guard unknown.isEmpty, flaws.isEmpty else { throw .invalid(unknown + flaws) }
    }

    func close() {
        let names = object.members.lazy.map(\.name).filter { !self.isAsked($0) }
        guard !names.isEmpty else { return }
        let known = asked.sorted()
        for (index, name) in names.enumerated() {
            let near = index < BodyReader.guessesMax ? Spelling.nearest(to: name, among: known) : nil
            let guess = near.map { "Did you mean \($0)? " } ?? ""
            unknown.append(
                .init(
                    pointer(name),
                    "Unknown member. \(guess)The members are: \(known.joined(separator: ", "))."))
        }
    }

    /// Compares bytes, as names are bytes. A linear search, because a body has few known members.
    func isAsked(_ name: String) -> Bool {
        asksForAll || asked.contains { $0.utf8.elementsEqual(name.utf8) }
    }

    // MARK: Members

    /// The value of a member, which counts as known from now on; `nil` when it is absent.
    func value(_ name: String) -> JSONValue? {
        if !isAsked(name) { asked.append(name) }
        return object[name]
    }

    /// Whether a member is present, possibly as `null`.
    public func has(_ name: String) -> Bool { recorded != nil || value(name) != nil }

    public func isNull(_ name: String) -> Bool { recorded == nil && value(name) == .null }

    /// Whether a member has a value, valid or not; always `false` for a recorder.
    public func isGiven(_ name: String) -> Bool { recorded == nil && value(name) ?? .null != .null }

    /// The names of the members of an object with arbitrary keys. A recorder returns `samples`.
    public func names(samples: [String] = []) -> [String] {
        guard recorded == nil else { return samples }
        asksForAll = true
        return object.members.map(\.name)
    }

    /// Reads a member that may be absent; `nil` when it is.
    public func ifPresent<Value>(_ name: String, _ read: () -> Value) -> Value? {
        guard has(name) else { return nil }
        let value = read()
        amend([name]) { $0.isRequired = false }
        return value
    }

    /// Refuses an object in which none of those members, which were read before, has a value.
    public func requireOne(of names: [String], otherwise detail: String) {
        if recorded != nil {
            recorded?.oneOrMoreOf = names
        } else if names.allSatisfy({ value($0) ?? .null == .null }) {
            refuse(detail)
        }
    }

    /// Reads members that are allowed only together with another one, which the caller has found.
    public func together<Value>(with name: String, _ read: () -> Value) -> Value {
        let known = recorded?.members.count ?? 0
        let value = read()
        let names = recorded?.members.dropFirst(known).map(\.name) ?? []
        amend(names) { $0.dependsOn = name }
        return value
    }

    /// Records a member. Returns whether this is a recorder; the caller then returns a sample.
    func records(
        _ name: String, _ shape: @autoclosure () -> BodyShape, isRequired: Bool, mayBeNull: Bool,
        _ note: String?
    ) -> Bool {
        guard recorded != nil else { return false }
        if recorded?[name] == nil {
            recorded?.members.append(
                .init(
                    name: name, shape: shape(), isRequired: isRequired, mayBeNull: mayBeNull, note: note))
        }
        return true
    }

    private func amend(_ names: [String], _ change: (inout BodyDescription.Member) -> Void) {
        guard var members = recorded?.members else { return }
        for index in members.indices where names.contains(members[index].name) { change(&members[index]) }
        recorded?.members = members
    }
}

extension BodyReader {
    /// Problems of reading a request, besides `validation`.
    public static let problems: [ProblemType] = [.malformedJSON, .notFound]
}
