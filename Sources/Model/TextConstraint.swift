/// Validation of a text member.
public struct TextConstraint: Sendable, Equatable {
    public var bytesMax: Int
    public var oneLine: Bool
    public var mayBeEmpty: Bool
    /// Whether it names a person: a leading `@` does not count, and a second is refused (domain.md, section 4).
    public var isPerson: Bool
    /// Whether it must begin with one of `schemes`: others could run as a script where a dashboard shows it as a link.
    public var isLink: Bool

    /// The schemes of links (domain.md, section 5).
    public static let schemes = ["http", "https", "slack", "mattermost", "mailto", "tel"]

    public init(bytesMax: Int, oneLine: Bool, mayBeEmpty: Bool, isPerson: Bool = false, isLink: Bool = false)
    {
        self.bytesMax = bytesMax
        self.oneLine = oneLine
        self.mayBeEmpty = mayBeEmpty
        self.isPerson = isPerson
        self.isLink = isLink
    }

    /// Titles, names, keys of labels.
    public static let name = TextConstraint(bytesMax: 200, oneLine: true, mayBeEmpty: false)
    /// A person's name; `@` alone is empty.
    public static let person = TextConstraint(
        bytesMax: 200, oneLine: true, mayBeEmpty: false, isPerson: true)
    /// A contact, a channel, a label's value: like a name, but may be empty.
    public static let short = TextConstraint(bytesMax: 200, oneLine: true, mayBeEmpty: true)
    public static let reason = TextConstraint(bytesMax: 1_000, oneLine: true, mayBeEmpty: false)
    public static let paragraph = TextConstraint(bytesMax: 2_000, oneLine: false, mayBeEmpty: true)
    public static let nextAction = TextConstraint(bytesMax: 2_000, oneLine: false, mayBeEmpty: false)
    public static let text = TextConstraint(bytesMax: 16 << 10, oneLine: false, mayBeEmpty: false)
    public static let url = TextConstraint(bytesMax: 2_000, oneLine: true, mayBeEmpty: false)
    /// A URL that is shown as a link.
    public static let link = TextConstraint(bytesMax: 2_000, oneLine: true, mayBeEmpty: false, isLink: true)

    /// Why a text is invalid; `nil` when it is valid. Limits count bytes, not characters.
    public func flaw(of text: String) -> String? {
        if text.utf8.count > bytesMax {
            return "It has \(text.utf8.count) bytes; at most \(bytesMax) are allowed."
        }
        if !mayBeEmpty, saysNothing(text) { return "It must not be empty." }
        if oneLine, text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "It must be one line without control characters."
        }
        if isLink {
            let scheme = asciiLowercased(String(text.prefix { $0 != ":" }))
            if !text.contains(":") || !TextConstraint.schemes.contains(scheme) {
                return "It must begin with one of "
                    + TextConstraint.schemes.map { "\($0):" }.joined(separator: ", ") + "."
            }
        }
        if isPerson, TextConstraint.afterAt(text).first == "@" {
            return "A person's name has at most one leading @."
        }
        return nil
    }

    private func saysNothing(_ text: String) -> Bool {
        (isPerson ? TextConstraint.afterAt(text) : text.unicodeScalars[...])
            .allSatisfy { $0.properties.isWhitespace }
    }

    /// The rest of a person's name after spaces and one `@`.
    private static func afterAt(_ text: String) -> Substring.UnicodeScalarView {
        let name = text.unicodeScalars.drop { $0 == " " }
        return name.first == "@" ? name.dropFirst() : name
    }
}
