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
