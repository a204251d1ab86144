internal import JSON
import Time

/// A stored field that cannot be parsed: the journal is damaged, or a newer version wrote it.
public struct FieldError: Error, Sendable, Equatable {
    public let detail: String

    public init(_ detail: String) {
        self.detail = detail
    }

    /// A member that is missing or has an invalid value.
    public static func odd(_ name: String) -> FieldError {
        FieldError("the member \"\(name)\" is missing or invalid")
    }
}

/// Placeholder for erased words.
public let redacted = "[redacted]"

/// Reads the fields of a stored payload. In recording mode it returns samples and records the fields read.
public struct FieldReader {
    private enum Words {
        case stored([UInt8]?)
        case recording(ObjectReader)
    }

    public let facts: ObjectReader
    private let storedWords: Words

    /// `facts` and `words` are compact JSON objects; `words` is `nil` once erased.
    public init(facts: [UInt8], words: [UInt8]?) throws(FieldError) {
        self.facts = ObjectReader(try ObjectReader.object(facts))
        storedWords = .stored(words)
    }

    /// Recording mode.
    public init(recording recorder: FieldRecorder) {
        facts = ObjectReader(recorder, path: "", isWords: false)
        storedWords = .recording(ObjectReader(recorder, path: "", isWords: true))
    }

    /// The payload's own words: `data` of the stored words. Parsed on demand, because many kinds have none.
    ///
    /// Once erased, required words read `[redacted]` and optional ones are absent.
    public var words: ObjectReader {
        get throws(FieldError) {
            switch storedWords {
            case .recording(let reader): return reader
            case .stored(nil): return ObjectReader(JSONObject(), isErased: true)
            case .stored(let words?):
                switch try ObjectReader.object(words)["data"] {
                case nil: return ObjectReader(JSONObject())
                case .object(let data)?: return ObjectReader(data)
                default: throw .odd("data")
                }
            }
        }
    }
}

/// Reads the members of a stored JSON object. The requested type selects the overload of `read`.
public struct ObjectReader {
    private enum Source {
        case stored(JSONObject)
        case recording(FieldRecorder, path: String, isWords: Bool)
    }

    private let source: Source
    /// Whether the words of this object were erased.
    public let isErased: Bool

    init(_ object: JSONObject, isErased: Bool = false) {
        source = .stored(object)
        self.isErased = isErased
    }

    fileprivate init(_ recorder: FieldRecorder, path: String, isWords: Bool) {
        source = .recording(recorder, path: path, isWords: isWords)
        isErased = false
    }

    static func object(_ bytes: [UInt8]) throws(FieldError) -> JSONObject {
        do throws(JSONFault) {
            if case .object(let object) = try JSONReader.read(bytes, limits: .stored) { return object }
        } catch {
            throw FieldError("not a JSON object: \(error.reason)")
        }
        throw FieldError("not a JSON object: not an object")
    }

    /// Whether a member is present, possibly as `null`.
    public func has(_ name: String) -> Bool {
        if case .stored(let object) = source { object[name] != nil } else { true }
    }

    /// Whether a member is present as `null`.
    public func isNull(_ name: String) -> Bool {
        if case .stored(let object) = source, case .null? = object[name] { true } else { false }
    }

    // MARK: Values

    public func read(_ name: String) throws(FieldError) -> String {
        if isErased { return redacted }
        return try required(name, .text) { if case .string(let text) = $0 { text } else { nil } }
    }

    public func read(_ name: String) throws(FieldError) -> String? {
        try optional(name, .text) { if case .string(let text) = $0 { text } else { nil } }
    }

    /// A number, count or seq: 0 to 2^53, so that arithmetic cannot overflow.
    public func read(_ name: String) throws(FieldError) -> Int {
        try required(name, .integer) { ObjectReader.integer($0) }
    }

    public func read(_ name: String) throws(FieldError) -> Int? {
        try optional(name, .integer) { ObjectReader.integer($0) }
    }

    public func read(_ name: String) throws(FieldError) -> Bool {
        try required(name, .bool) { if case .bool(let value) = $0 { value } else { nil } }
    }

    public func read(_ name: String) throws(FieldError) -> Timestamp {
        try required(name, .moment) { ObjectReader.moment($0) }
    }

    public func read(_ name: String) throws(FieldError) -> Timestamp? {
        try optional(name, .moment) { ObjectReader.moment($0) }
    }

    /// Whole seconds, up to ten years: the maximum of the configuration.
    public func read(_ name: String) throws(FieldError) -> Duration {
        try required(name, .seconds) { ObjectReader.seconds($0) }
    }

    public func read(_ name: String) throws(FieldError) -> [Duration] {
        try required(name, .list(.seconds)) { ObjectReader.list($0) { ObjectReader.seconds($0) } }
    }

    public func read(_ name: String) throws(FieldError) -> [String] {
        try required(name, .list(.text)) {
            ObjectReader.list($0) { if case .string(let text) = $0 { text } else { nil } }
        }
    }

    public func read(_ name: String) throws(FieldError) -> Person {
        Person(try read(name) as String)
    }

    public func read(_ name: String) throws(FieldError) -> Person? {
        (try read(name) as String?).map(Person.init)
    }

    public func read<Word: RawRepresentable & CaseIterable>(_ name: String) throws(FieldError) -> Word
    where Word.RawValue == String {
        let words: FieldShape = .word(Word.allCases.map(\.rawValue))
        return try required(name, words) {
            if case .string(let text) = $0 { Word(rawValue: text) } else { nil }
        }
    }

    public func optionalWord<Word: RawRepresentable & CaseIterable>(_ name: String) throws(FieldError)
        -> Word?
    where Word.RawValue == String {
        try optional(name, .word(Word.allCases.map(\.rawValue))) {
            if case .string(let text) = $0 { Word(rawValue: text) } else { nil }
        }
    }

    /// Reads a text with a restricted set of values; in recording mode it returns `sample`.
    public func read(_ name: String, sample: String) throws(FieldError) -> String {
        let text: String = try read(name)
        if case .recording = source { return sample }
        return text
    }

    // MARK: Nested objects

    /// The nested object of that name; `nil` when it is absent.
    public func object(_ name: String) throws(FieldError) -> ObjectReader? {
        switch source {
        case .stored(let object):
            switch object[name] {
            case nil: return nil
            case .object(let inner)?: return ObjectReader(inner)
            default: throw .odd(name)
            }
        case .recording(let recorder, let path, let isWords):
            return ObjectReader(recorder, path: path + name + ".", isWords: isWords)
        }
    }

    /// The objects in the array of that name; empty when it is absent.
    public func objects(_ name: String) throws(FieldError) -> [ObjectReader] {
        switch source {
        case .stored(let object):
            switch object[name] {
            case nil: return []
            case .array(let values)?:
                var inner: [ObjectReader] = []
                for value in values {
                    guard case .object(let object) = value else { throw .odd(name) }
                    inner.append(ObjectReader(object))
                }
                return inner
            default: throw .odd(name)
            }
        case .recording(let recorder, let path, let isWords):
            return [ObjectReader(recorder, path: path + name + "[].", isWords: isWords)]
        }
    }

    /// The names of the members of an object with arbitrary keys. In recording mode it returns `samples`.
    public func names(samples: [String]) -> [String] {
        if case .stored(let object) = source { object.members.map(\.name) } else { samples }
    }

    // MARK: Private

    private func required<Value>(
        _ name: String, _ shape: @autoclosure () -> FieldShape, _ convert: (JSONValue) -> Value?
    ) throws(FieldError) -> Value {
        guard let value = converted(value(name, shape, isRequired: true), convert) else { throw .odd(name) }
        return value
    }

    private func optional<Value>(
        _ name: String, _ shape: @autoclosure () -> FieldShape, _ convert: (JSONValue) -> Value?
    ) throws(FieldError) -> Value? {
        switch value(name, shape, isRequired: false) {
        case nil, .null?: return nil
        case let value:
            guard let read = converted(value, convert) else { throw .odd(name) }
            return read
        }
    }

    private func converted<Value>(_ value: JSONValue?, _ convert: (JSONValue) -> Value?) -> Value? {
        value.flatMap(convert)
    }

    private func value(_ name: String, _ shape: () -> FieldShape, isRequired: Bool) -> JSONValue? {
        switch source {
        case .stored(let object): return object[name]
        case .recording(let recorder, let path, let isWords):
            let field = FieldDescription(
                name: path + name, shape: shape(), isRequired: isRequired, isWords: isWords)
            recorder.fields.append(field)
            return field.sample
        }
    }

    private static func integer(_ value: JSONValue) -> Int? {
        guard case .integer(let value) = value, 0...(1 << 53) ~= value else { return nil }
        return Int(value)
    }

    private static func seconds(_ value: JSONValue) -> Duration? {
        guard case .integer(let value) = value, 0...315_360_000 ~= value else { return nil }
        return .seconds(value)
    }

    private static func moment(_ value: JSONValue) -> Timestamp? {
        guard case .string(let text) = value else { return nil }
        return try? Timestamp(rfc3339: text)
    }

    private static func list<Item>(_ value: JSONValue, _ convert: (JSONValue) -> Item?) -> [Item]? {
        guard case .array(let values) = value else { return nil }
        let items = values.compactMap(convert)
        return items.count == values.count ? items : nil
    }
}
