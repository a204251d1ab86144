/// A JSON text as a value: what `JSONReader` reads and `JSONWriter` writes.
///
/// Numbers that stand for whole numbers and those that do not are different cases, so that a `1.0` or a `1e2` can
/// never pass where an integer is meant. Two values are equal when their texts are the same bytes: strings are not
/// compared by canonical equivalence, and members keep their order.
public enum JSONValue: Sendable, Equatable {
    /// The literal `null`.
    case null
    /// The literals `true` and `false`.
    case bool(Bool)
    /// A number written as a whole number that fits 64 bits; `-0` is not one.
    case integer(Int64)
    /// Any other number, as written: it has a point, an exponent, or is beyond `Int64`.
    case number(String)
    /// A string, unescaped. Never holds U+0000 when it was read.
    case string(String)
    /// An array, in the order of the text.
    case array([JSONValue])
    /// An object, in the order of the text.
    case object(JSONObject)

    /// The value as compact JSON.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// Whether both are the same case with the same bytes.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left.hasSameBytes(as: right)
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }
}

// `String` compares by canonical equivalence: "é" equals "e\u{301}". Names and values here are what was sent, so
// they are compared as bytes.

extension String {
    /// Whether both have the same UTF-8 bytes.
    func hasSameBytes(as other: String) -> Bool {
        // Equal bytes imply equality, whose quick path is a memcmp; only then are the bytes looked at one by one.
        utf8.count == other.utf8.count && self == other && utf8.elementsEqual(other.utf8)
    }
}

/// A name as a key in a set: equal when its bytes are.
struct NameBytes: Hashable {
    let name: String

    static func == (left: NameBytes, right: NameBytes) -> Bool {
        left.name.hasSameBytes(as: right.name)
    }

    func hash(into hasher: inout Hasher) {
        var name = name
        name.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
