/// The members of a JSON object, in the order of the text.
///
/// An array instead of a dictionary: objects are small, the order is kept for output, and names are compared as bytes, which `String`
/// keys would not do.
public struct JSONObject: Sendable, Equatable {
    public struct Member: Sendable, Equatable {
        /// Unescaped.
        public var name: String
        public var value: JSONValue

        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }

        /// Compares names as bytes.
        public static func == (left: Member, right: Member) -> Bool {
            left.name.hasSameBytes(as: right.name) && left.value == right.value
        }
    }

    /// In the order of the text. Parsed members have unique names.
    public var members: [Member]

    /// The caller must keep names unique.
    public init(_ members: [Member] = []) {
        self.members = members
    }

    /// The value of the first member whose name has the same UTF-8 bytes. Linear search.
    public subscript(name: String) -> JSONValue? {
        for member in members where member.name.hasSameBytes(as: name) {
            return member.value
        }
        return nil
    }

    /// The object as compact JSON.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.value(.object(self))
        return writer.bytes
    }
}
