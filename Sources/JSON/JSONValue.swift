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
