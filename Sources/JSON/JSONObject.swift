/// The members of a JSON object, in the order of the text.
///
/// An array and not a dictionary: objects here are small, order is kept for whoever prints them, and names are
/// compared as bytes, which `String` as a key would not do.
public struct JSONObject: Sendable, Equatable {
    /// A name and its value.
    public struct Member: Sendable, Equatable {
        /// The name, unescaped.
        public var name: String
        /// The value.
        public var value: JSONValue

        /// A member of that name and value.
        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }

        /// Whether names, as bytes, and values are the same.
        public static func == (left: Member, right: Member) -> Bool {
            left.name.hasSameBytes(as: right.name) && left.value == right.value
        }
    }

    /// The members in the order of the text. Read ones have unique names.
    public var members: [Member]

    /// An object of those members, whose names the caller keeps unique.
    public init(_ members: [Member] = []) {
        self.members = members
    }

    /// The value of the first member whose name has the same UTF-8 bytes. Linear.
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
