/// What a text member may hold.
struct TextConstraint {
    var bytesMax: Int
    var oneLine: Bool
    var mayBeEmpty: Bool
    var ignoresAt = false

    /// Titles, names, the keys of labels.
    static let name = TextConstraint(bytesMax: 200, oneLine: true, mayBeEmpty: false)
    /// A person's name; its `@` alone names nobody.
    static let person = TextConstraint(bytesMax: 200, oneLine: true, mayBeEmpty: false, ignoresAt: true)
    /// A contact, a channel, a label's value: like a name, but empty means nothing worse than empty.
    static let short = TextConstraint(bytesMax: 200, oneLine: true, mayBeEmpty: true)
    static let reason = TextConstraint(bytesMax: 1_000, oneLine: true, mayBeEmpty: false)
    static let paragraph = TextConstraint(bytesMax: 2_000, oneLine: false, mayBeEmpty: true)
    static let nextAction = TextConstraint(bytesMax: 2_000, oneLine: false, mayBeEmpty: false)
    static let text = TextConstraint(bytesMax: 16 << 10, oneLine: false, mayBeEmpty: false)
    static let url = TextConstraint(bytesMax: 2_000, oneLine: true, mayBeEmpty: false)

    /// Why a text does not fit; `nil` when it does. Bytes are counted, not characters.
    func flaw(of text: String) -> String? {
        if text.utf8.count > bytesMax {
            return "It has \(text.utf8.count) bytes; at most \(bytesMax) are allowed."
        }
        if !mayBeEmpty, saysNothing(text) { return "It must not be empty." }
        if oneLine, text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "It must be one line without control characters."
        }
        return nil
    }

    private func saysNothing(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        return (ignoresAt && scalars.first == "@" ? scalars.dropFirst() : scalars[...])
            .allSatisfy { $0.properties.isWhitespace }
    }
}
