internal import JSON
import Time

/// Writes the fields of a payload. *Facts* are what fold and drafts need, and are never erased; *words* are everything else, and are
/// erased by a redaction (domain.md, section 5).
public struct FieldWriter {
    public var facts = ObjectWriter()
    public var words = ObjectWriter()

    public init() {}

    /// Facts and words as compact JSON objects; the members of the object `rest` are added to the words.
    public consuming func finish(rest: [UInt8]) -> (facts: [UInt8], words: [UInt8]) {
        facts.json.endObject()
        words.json.rawMembers(ofObject: rest)
        words.json.endObject()
        return (facts.json.bytes, words.json.bytes)
    }
}

extension Refusal.Current {
    /// An object that the problem shows, as `write` writes it.
    public static func shown(_ write: (inout ObjectWriter) -> Void) -> Refusal.Current {
        var object = ObjectWriter()
        write(&object)
        object.json.endObject()
        return .shown(object.json.bytes)
    }
}

/// Writes the members of one JSON object, in the order of the calls. `write` omits `nil`, `writeOrNull` writes `null`.
public struct ObjectWriter {
    var json: JSONWriter

    init() {
        json = JSONWriter(reserving: 256)
        json.beginObject()
    }

    public mutating func write(_ name: StaticString, _ value: String?) {
        if let value { json.member(name, value) }
    }

    public mutating func write(_ name: StaticString, _ value: Int?) {
        if let value { json.member(name, value) }
    }

    public mutating func write(_ name: StaticString, _ value: Bool?) {
        if let value { json.member(name, value) }
    }

    public mutating func write(_ name: StaticString, _ value: Timestamp?) {
        if let value { json.member(name, value.rfc3339) }
    }

    public mutating func write(_ name: StaticString, _ value: Duration?) {
        if let value { json.member(name, value.wholeSeconds) }
    }

    public mutating func write(_ name: StaticString, _ values: [Duration]) {
        list(name, values) { $0.integer($1.wholeSeconds) }
    }

    public mutating func write(_ name: StaticString, _ values: [String]) {
        list(name, values) { $0.string($1) }
    }

    public mutating func write(_ name: StaticString, _ values: [Int]) {
        list(name, values) { $0.integer($1) }
    }

    public mutating func write(_ name: StaticString, _ value: Person?) {
        write(name, value?.name)
    }

    public mutating func write<Word: RawRepresentable>(_ name: StaticString, _ value: Word?)
    where Word.RawValue == String {
        write(name, value?.rawValue)
    }

    public mutating func writeOrNull(_ name: StaticString, _ value: Int?) {
        json.member(name, value)
    }

    public mutating func writeOrNull(_ name: StaticString, _ value: String?) {
        json.member(name, value)
    }

    public mutating func writeOrNull(_ name: StaticString, _ value: Timestamp?) {
        json.member(name, value?.rfc3339)
    }

    /// Writes a nested object.
    public mutating func write(_ name: StaticString, object write: (inout ObjectWriter) -> Void) {
        json.name(name)
        json.beginObject()
        write(&self)
        json.endObject()
    }

    /// Writes an array of objects.
    public mutating func write<Item>(
        _ name: StaticString, objects items: [Item], _ write: (inout ObjectWriter, Item) -> Void
    ) {
        json.name(name)
        json.beginArray()
        for item in items {
            json.beginObject()
            write(&self, item)
            json.endObject()
        }
        json.endArray()
    }

    /// Writes a member with an arbitrary key, such as a label or a role.
    public mutating func write(key: String, _ value: String?) {
        json.name(key)
        if let value { json.string(value) } else { json.null() }
    }

    public mutating func writeNull(_ name: StaticString) {
        json.name(name)
        json.null()
    }

    private mutating func list<Item>(
        _ name: StaticString, _ items: [Item], _ write: (inout JSONWriter, Item) -> Void
    ) {
        json.name(name)
        json.beginArray()
        for item in items { write(&json, item) }
        json.endArray()
    }
}
