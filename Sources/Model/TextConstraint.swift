/// Validation of a text member.
public struct TextConstraint: Sendable, Equatable {
    /// In Unicode scalars, as JSON Schema counts them.
    public var charactersMax: Int
    public var oneLine: Bool
    public var mayBeEmpty: Bool
    /// Whether it names a person: a leading `@` does not count, and a second is refused (domain.md, section 4).
    public var isPerson: Bool
    /// Whether it must begin with one of `schemes`: others could run as a script where a dashboard shows it as a link.
    public var isLink: Bool

    /// The schemes of links (domain.md, section 5).
    public static let schemes = ["http", "https", "slack", "mattermost", "mailto", "tel"]

    public init(
        charactersMax: Int, oneLine: Bool, mayBeEmpty: Bool, isPerson: Bool = false, isLink: Bool = false
    ) {
        self.charactersMax = charactersMax
        self.oneLine = oneLine
        self.mayBeEmpty = mayBeEmpty
        self.isPerson = isPerson
        self.isLink = isLink
    }

    /// Titles, names, keys of labels.
    public static let name = TextConstraint(charactersMax: 200, oneLine: true, mayBeEmpty: false)
    /// A person's name; `@` alone is empty.
    public static let person = TextConstraint(
        charactersMax: 200, oneLine: true, mayBeEmpty: false, isPerson: true)
    /// A contact, a channel, a label's value: like a name, but may be empty.
    public static let short = TextConstraint(charactersMax: 200, oneLine: true, mayBeEmpty: true)
    public static let reason = TextConstraint(charactersMax: 1_000, oneLine: true, mayBeEmpty: false)
    public static let scope = TextConstraint(charactersMax: 500, oneLine: true, mayBeEmpty: true)
    public static let paragraph = TextConstraint(charactersMax: 2_000, oneLine: false, mayBeEmpty: true)
    public static let nextAction = TextConstraint(charactersMax: 2_000, oneLine: false, mayBeEmpty: false)
    public static let text = TextConstraint(charactersMax: 65_536, oneLine: false, mayBeEmpty: false)
    /// A password or an access token.
    public static let credential = TextConstraint(charactersMax: 500, oneLine: true, mayBeEmpty: false)
    public static let url = TextConstraint(charactersMax: 2_000, oneLine: true, mayBeEmpty: false)
    /// A URL that is shown as a link.
    public static let link = TextConstraint(
        charactersMax: 2_000, oneLine: true, mayBeEmpty: false, isLink: true)

    /// Why a text is invalid; `nil` when it is valid.
    public func flaw(of text: String) -> String? {
        // A character has at least one byte.
        if text.utf8.count > charactersMax {
            let count = text.unicodeScalars.count
            if count > charactersMax {
                return "It has \(count) characters; at most \(charactersMax) are allowed."
            }
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
            .allSatisfy(TextConstraint.isInvisible)
    }

    /// Whether a character alone shows nothing: spaces, zero-width and formatting characters, the empty Braille pattern.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint
            || scalar.value == 0x2800
    }

    /// The rest of a person's name after spaces and one `@`.
    private static func afterAt(_ text: String) -> Substring.UnicodeScalarView {
        let name = text.unicodeScalars.drop { $0 == " " }
        return name.first == "@" ? name.dropFirst() : name
    }
}
