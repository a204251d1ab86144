/// A JSON value, as read by `JSONReader` and written by `JSONWriter`.
///
/// Integers and other numbers are different cases, so that `1.0` or `1e2` is never accepted as an integer. Values are equal when their
/// texts are the same bytes: strings are not compared by canonical equivalence, and the order of members matters.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number written as an integer that fits 64 bits; `-0` is not one.
    case integer(Int64)
    /// Any other number, as written: with a point, an exponent, or beyond `Int64`.
    case number(String)
    /// Unescaped. A parsed string never contains U+0000.
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// The value as compact JSON.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// Same case, same bytes.
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

// `String` compares by canonical equivalence: "é" equals "e\u{301}". Names and values are compared as bytes instead.

extension String {
    /// Whether both have the same UTF-8 bytes.
    func hasSameBytes(as other: String) -> Bool {
        // Equal bytes imply equality, whose fast path is a memcmp; only then are the bytes compared one by one.
        utf8.count == other.utf8.count && self == other && utf8.elementsEqual(other.utf8)
    }
}

/// A name as a set element: equal when its bytes are.
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
