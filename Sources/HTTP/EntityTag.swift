/// An entity tag and its two comparisons. Source: RFC 9110 §8.8.3 and §13.1.
public struct EntityTag: Sendable, Equatable {
    /// Whether it was written with `W/`.
    public let isWeak: Bool
    /// The bytes between the quotes. Bytes, because tags are opaque and `String` equality is canonical equivalence.
    public let opaque: [UInt8]

    /// Upper bound of tags in a list; a longer list is malformed.
    public static let listMax = 100

    /// A strong tag of that text, with quotes, as in `ETag`. Text that is not allowed between the quotes is a programming error.
    public static func strong(_ text: String) -> String {
        precondition(text.utf8.allSatisfy(isTagByte), "not the text of an entity tag")
        return "\"" + text + "\""
    }

    /// Whether the client's copy is current: `*`, or a tag of the list equals `tag` by weak comparison.
    ///
    /// `tag` is the current one, with quotes. A malformed list matches nothing, so the client gets the full response.
    public static func matches(ifNoneMatch value: String, tag: String) -> Bool {
        // A client that polls: one tag, byte for byte ours.
        if value.utf8.elementsEqual(tag.utf8) { return true }
        return matches(value, tag) { given, own in given.opaque == own.opaque }
    }

    /// Whether a conditional change may proceed (optimistic concurrency): `*`, or a tag of the list equals `tag` by strong comparison.
    ///
    /// `tag` is the current one, with quotes. A malformed list matches nothing.
    public static func matches(ifMatch value: String, tag: String) -> Bool {
        matches(value, tag) { given, own in !given.isWeak && !own.isWeak && given.opaque == own.opaque }
    }

    /// Parses `"a", W/"b"`; `nil` when it is malformed, empty, `*`, or has more than `listMax` tags.
    public static func parseList(_ value: String) -> [EntityTag]? {
        var tags: [EntityTag] = []
        var rest = Array(value.utf8)[...]
        while true {
            rest = rest.drop(while: isSpace)
            if rest.first == UInt8(ascii: ",") {
                // RFC 9110 §5.6.1.2: empty elements are ignored.
                rest = rest.dropFirst()
                continue
            }
            if rest.isEmpty { return tags.isEmpty ? nil : tags }
            guard tags.count < listMax, let tag = parse(&rest) else { return nil }
            tags.append(tag)
            rest = rest.drop(while: isSpace)
            guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
        }
    }

    private static func matches(
        _ value: String, _ tag: String, by compare: (EntityTag, EntityTag) -> Bool
    ) -> Bool {
        if value.utf8.elementsEqual("*".utf8) { return true }
        guard let own = parseList(tag)?.first, let given = parseList(value) else { return false }
        return given.contains { compare($0, own) }
    }

    private static func parse(_ rest: inout ArraySlice<UInt8>) -> EntityTag? {
        let isWeak = rest.starts(with: "W/".utf8)
        if isWeak { rest = rest.dropFirst(2) }
        guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        let opaque = rest.prefix(while: isTagByte)
        rest = rest.dropFirst(opaque.count)
        guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        return EntityTag(isWeak: isWeak, opaque: Array(opaque))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }

    /// RFC 9110 §8.8.3 etagc.
    private static func isTagByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != UInt8(ascii: "\"") && byte != 0x7F
    }
}
