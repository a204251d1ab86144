@_spi(_Unicode) import Swift

/// A person, by the name the team uses: `alice`, `@bob`. Needs no account.
///
/// Compared without a leading `@`, ignoring case, and by canonical equivalence of Unicode, so that "José" typed on two keyboards is one
/// person. Stored as typed, but without spaces at the ends (domain.md, section 4).
public struct Person: Hashable, Sendable {
    /// As typed.
    public let name: String

    public init(_ name: String) {
        self.name = name.trimmingSpaces
    }

    /// What names are compared by: UTF-8 in normalisation form D, lower case. Pages of people are stored under it, so it must never change.
    public var key: [UInt8] {
        let bytes = name.utf8.first == 0x40 ? name.utf8.dropFirst() : name.utf8[...]
        return String(Substring(bytes)).foldedKey
    }

    public static func == (left: Person, right: Person) -> Bool {
        left.key == right.key
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(key)
    }
}

extension String {
    /// What texts are compared by without regard to case and by canonical equivalence: UTF-8 in normalisation form D, lower case.
    public var foldedKey: [UInt8] {
        guard utf8.contains(where: { $0 >= 0x80 }) else { return utf8.map(asciiLowercased) }
        // Case folding by the mappings that the standard library has: upper case joins ς with σ and ß with ss, lower case ẞ with ß.
        return Array(decomposed.lowercased().uppercased().lowercased().decomposed.utf8)
    }

    fileprivate var trimmingSpaces: String {
        guard utf8.first == 0x20 || utf8.last == 0x20 else { return self }
        let isSpace = { (byte: UInt8) in byte == 0x20 }
        let kept = utf8.drop(while: isSpace)
        let end = kept.lastIndex { !isSpace($0) }.map(kept.index(after:)) ?? kept.endIndex
        return String(kept[..<end]) ?? self
    }

    fileprivate var decomposed: String {
        var scalars = UnicodeScalarView()
        for scalar in _nfd { scalars.append(scalar) }
        return String(scalars)
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
    String(decoding: text.utf8.map(asciiLowercased), as: UTF8.self)
}

private func asciiLowercased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte + 0x20 : byte
}
