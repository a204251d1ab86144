/// Writes compact JSON: no spaces, members in the order of the calls.
///
/// The writer adds commas. The caller must match `begin…` with `end…`, and call `name` before each member's value. Nothing is checked:
/// the calls are our own code, and its tests parse the result.
public struct JSONWriter: Sendable {
    /// The output so far.
    public private(set) var bytes: [UInt8] = []

    /// Whether the next item needs a comma.
    ///
    /// One flag serves all levels: clear after an opening bracket or a name, set after any value; a closed container is a value.
    private var needsComma = false

    public init(reserving: Int = 512) {
        bytes.reserveCapacity(reserving)
    }

    /// Opens an object, as a value.
    public mutating func beginObject() {
        open(UInt8(ascii: "{"))
    }

    /// Closes the innermost object.
    public mutating func endObject() {
        close(UInt8(ascii: "}"))
    }

    /// Opens an array, as a value.
    public mutating func beginArray() {
        open(UInt8(ascii: "["))
    }

    /// Closes the innermost array.
    public mutating func endArray() {
        close(UInt8(ascii: "]"))
    }

    /// Writes a member's name; its value must follow.
    public mutating func name(_ name: StaticString) {
        separate()
        name.withUTF8Buffer { bytes.appendJSONString($0) }
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a member's name; its value must follow.
    public mutating func name(_ name: String) {
        separate()
        bytes.appendJSONString(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Escapes `"`, `\`, controls below U+0020, and U+2028 and U+2029, which end a line in JavaScript; nothing else, because people read
    /// the output.
    public mutating func string(_ value: String) {
        separate()
        bytes.appendJSONString(value)
        needsComma = true
    }

    public mutating func integer(_ value: Int64) {
        separate()
        bytes.appendDecimal(value)
        needsComma = true
    }

    public mutating func integer(_ value: Int) {
        integer(Int64(value))
    }

    public mutating func bool(_ value: Bool) {
        literal(value ? "true" : "false")
    }

    public mutating func null() {
        literal("null")
    }

    /// Writes an encoded value.
    public mutating func raw(_ encoded: [UInt8]) {
        separate()
        bytes.append(contentsOf: encoded)
        needsComma = true
    }

    /// Copies the members of an encoded compact object, `{…}`, into the open object; nothing for `{}`.
    public mutating func rawMembers(ofObject encoded: [UInt8]) {
        guard encoded.count > 2, encoded.first == UInt8(ascii: "{"), encoded.last == UInt8(ascii: "}") else {
            return
        }
        separate()
        bytes.append(contentsOf: encoded[1..<encoded.count - 1])
        needsComma = true
    }

    /// Writes any value. A `.number` is written as its text.
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

    /// Writes the comma before the next item, if needed.
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
