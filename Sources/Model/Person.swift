/// A person, by the name the team uses: `alice`, `@bob`. Needs no account.
///
/// Compared without a leading `@` and ignoring ASCII case, stored as typed (domain.md, section 4).
public struct Person: Hashable, Sendable {
    /// As typed.
    public let name: String

    public init(_ name: String) {
        self.name = name
    }

    /// What names are compared by, byte for byte.
    public var key: [UInt8] {
        let bytes = Array(asciiLowercased(name).utf8)
        return bytes.first == 0x40 ? Array(bytes.dropFirst()) : bytes
    }

    public static func == (left: Person, right: Person) -> Bool {
        left.key == right.key
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(key)
    }
}

/// The author of a change.
public struct Author: Sendable, Equatable {
    /// The person it is done for: as named by the caller, else the token's name.
    public let person: Person
    /// The token's name.
    public let postedBy: String

    public init(person: Person, postedBy: String) {
        self.person = person
        self.postedBy = postedBy
    }

    /// The service itself, for example as the author of nags.
    public static let service = Author(person: Person("drumbeat"), postedBy: "drumbeat")
}

/// Lowers `A`…`Z` and leaves every other byte unchanged.
///
/// `lowercased()` would also fold non-ASCII letters (the Kelvin sign becomes `k`), and identifiers must not match by that.
public func asciiLowercased(_ text: String) -> String {
    String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
}
