/// The words of a change that say nothing of what was done: the file `lint/no-steps.txt`.
public struct StepWords: Sendable, Equatable {
    private let words: Set<String>

    /// Words between blanks; `#` begins a comment line.
    public init(_ text: String) {
        var words: Set<String> = []
        for line in text.utf8.split(separator: 0x0A) where line.first != UInt8(ascii: "#") {
            for token in Tokens(Array(line), quotes: [], .empty).list where token.isWord {
                words.insert(token.word)
            }
        }
        self.words = words
    }

    /// Whether a text has words, and no others than these.
    public func cover(_ text: String) -> Bool {
        guard !words.isEmpty, text.utf8.count <= Self.textBytesMax else { return false }
        let said = Tokens(Array(text.utf8), quotes: [], .empty).list.filter(\.isWord)
        return !said.isEmpty && said.allSatisfy { words.contains($0.word) }
    }

    /// A longer text says something.
    private static let textBytesMax = 500
}
