/// Lowers `A`…`Z` and leaves every other byte alone.
///
/// `lowercased()` would also fold letters outside ASCII (the Kelvin sign becomes `k`), and an identifier must
/// not match by that.
public func asciiLowercased(_ text: String) -> String {
    String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
}

/// Whether a text is absent, or nothing but ASCII space.
func saysNothing(_ text: String?) -> Bool {
    guard let text else { return true }
    return text.utf8.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
}

/// A person, by the name the team uses: `alice`, `@bob`. They need no account.
///
/// Compared without a leading `@` and without regard to ASCII case, stored as typed (domain.md, section 4).
public struct Person: Hashable, Sendable {
    /// The name as typed.
    public let name: String

    /// The person whom the team calls that.
    public init(_ name: String) {
        self.name = name
    }

    private var key: [UInt8] {
        let bytes = Array(asciiLowercased(name).utf8)
        return bytes.first == 0x40 ? Array(bytes.dropFirst()) : bytes
    }

    /// Whether both names mean the same person.
    public static func == (left: Person, right: Person) -> Bool {
        left.key == right.key
    }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(key)
    }
}
