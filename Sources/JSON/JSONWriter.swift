/// Writes compact JSON into bytes: no spaces, members in the order of the calls.
///
/// Commas are the writer's business; matching `begin…` with `end…`, and a `name` before each member's value, are the
/// caller's. Nothing is checked: the text comes from our own code, and its tests read it back.
public struct JSONWriter: Sendable {
    /// What has been written so far.
    public private(set) var bytes: [UInt8] = []

    /// Whether a value stands directly before, so that what comes next needs a comma.
    ///
    /// One flag serves all levels: after an opening bracket or a name it is clear, after any value it is set, and a
    /// closed container is a value.
    private var needsComma = false

    /// A writer with room for that many bytes.
    public init(reserving: Int = 512) {
        bytes.reserveCapacity(reserving)
    }

    /// Opens an object, as a value.
    public mutating func beginObject() {
        open(UInt8(ascii: "{"))
    }

    /// Closes the object opened last.
    public mutating func endObject() {
        close(UInt8(ascii: "}"))
    }

    /// Opens an array, as a value.
    public mutating func beginArray() {
        open(UInt8(ascii: "["))
    }

    /// Closes the array opened last.
    public mutating func endArray() {
        close(UInt8(ascii: "]"))
    }

    /// Writes a member's name; its value comes next.
    public mutating func name(_ name: StaticString) {
        separate()
        name.withUTF8Buffer { bytes.appendJSONString($0) }
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a member's name; its value comes next.
    public mutating func name(_ name: String) {
        separate()
        bytes.appendJSONString(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string.
    ///
    /// Escaped are `"`, `\`, controls below U+0020, and U+2028 and U+2029, which end a line in JavaScript; nothing else,
    /// as people read our answers.
    public mutating func string(_ value: String) {
        separate()
        bytes.appendJSONString(value)
        needsComma = true
    }

    /// Writes a whole number.
    public mutating func integer(_ value: Int64) {
        separate()
        bytes.appendDecimal(value)
        needsComma = true
    }

    /// Writes a whole number.
    public mutating func integer(_ value: Int) {
        integer(Int64(value))
    }

    /// Writes `true` or `false`.
    public mutating func bool(_ value: Bool) {
        literal(value ? "true" : "false")
    }

    /// Writes `null`.
    public mutating func null() {
        literal("null")
    }

    /// Writes one value that is already encoded.
    public mutating func raw(_ encoded: [UInt8]) {
        separate()
        bytes.append(contentsOf: encoded)
        needsComma = true
    }

    /// Splices the members of an encoded compact object, `{…}`, into the open object; nothing for `{}`.
    public mutating func rawMembers(ofObject encoded: [UInt8]) {
        guard encoded.count > 2, encoded.first == UInt8(ascii: "{"), encoded.last == UInt8(ascii: "}") else {
            return
        }
        separate()
        bytes.append(contentsOf: encoded[1..<encoded.count - 1])
        needsComma = true
    }

    /// Writes any value. A `.number` is written as its text stands.
    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .number(let text): raw(Array(text.utf8))
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                name(member.name)
                self.value(member.value)
            }
            endObject()
        }
    }

    /// Writes the comma that what comes next needs.
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func literal(_ text: StaticString) {
        separate()
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
        needsComma = true
    }
}
