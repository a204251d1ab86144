/// An entity tag and the two comparisons of it. Source: RFC 9110 §8.8.3 and §13.1.
public struct EntityTag: Sendable, Equatable {
    /// Whether it was written with `W/`.
    public let isWeak: Bool
    /// What stands between the quotes, as bytes: they are opaque, and Swift's `==` on text is not.
    public let opaque: [UInt8]

    /// How many tags a list may have; a longer one is malformed.
    public static let listMax = 100

    /// The strong tag around that text, with its quotes, as `ETag` carries it. Text that cannot stand between
    /// quotes is our own bug.
    public static func strong(_ text: String) -> String {
        precondition(text.utf8.allSatisfy(isTagByte), "not the text of an entity tag")
        return "\"" + text + "\""
    }

    /// Whether the client's copy is still right: `*`, or any tag of the list equal but for weakness.
    ///
    /// `tag` is ours, with its quotes. A malformed list matches nothing, so the client gets the full answer.
    public static func matches(ifNoneMatch value: String, tag: String) -> Bool {
        // A client that polls: one tag, byte for byte ours.
        if value.utf8.elementsEqual(tag.utf8) { return true }
        return matches(value, tag) { given, own in given.opaque == own.opaque }
    }

    /// Whether a change may go on: `*`, or any strong tag of the list equal to ours, which must be strong too.
    ///
    /// `tag` is ours, with its quotes. A malformed list matches nothing.
    public static func matches(ifMatch value: String, tag: String) -> Bool {
        matches(value, tag) { given, own in !given.isWeak && !own.isWeak && given.opaque == own.opaque }
    }

    /// The tags of `"a", W/"b"`; `nil` when it is malformed, empty, `*`, or has more than `listMax` tags.
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
