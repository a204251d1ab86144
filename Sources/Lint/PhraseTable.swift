/// Phrases by their first word. `a/b` is either word, `a?` may be absent.
struct PhraseTable: Sendable, Equatable {
    struct Flaw: Error {
        let detail: String
    }

    struct Match {
        /// The token after the phrase.
        var end: Int
        var suggestion: String
    }

    private struct Element: Sendable, Equatable {
        var words: [String]
        var isOptional: Bool
    }

    private struct Phrase: Sendable, Equatable {
        var elements: [Element]
        var suggestion: String
    }

    /// Upper bounds, so that a match costs a bounded number of comparisons.
    static let wordsMax = 8
    static let sharingFirstWordMax = 100

    private var phrases: [Phrase] = []
    private var byFirstWord: [String: [Int]] = [:]

    mutating func add(_ text: String, _ suggestion: String) throws(Flaw) {
        var elements: [Element] = []
        for part in text.split(separator: " ") {
            let isOptional = part.utf8.last == UInt8(ascii: "?")
            let words = (isOptional ? part.dropLast() : part).split(separator: "/").map(String.init)
            guard !words.isEmpty else { throw Flaw(detail: "“\(part)” has no word.") }
            elements.append(Element(words: words, isOptional: isOptional))
        }
        guard let first = elements.first else { throw Flaw(detail: "A phrase must come before =>.") }
        guard !first.isOptional else { throw Flaw(detail: "The first word of a phrase cannot be optional.") }
        guard elements.count <= Self.wordsMax else {
            throw Flaw(detail: "A phrase has at most \(Self.wordsMax) words.")
        }
        for word in first.words {
            byFirstWord[word, default: []].append(phrases.count)
            guard byFirstWord[word]?.count ?? 0 <= Self.sharingFirstWordMax else {
                throw Flaw(detail: "At most \(Self.sharingFirstWordMax) phrases may begin with “\(word)”.")
            }
        }
        phrases.append(Phrase(elements: elements, suggestion: suggestion))
    }

    /// The words with which a phrase begins.
    var firstWords: some Sequence<String> { byFirstWord.keys }

    /// The longest phrase that begins with a token.
    func match(_ tokens: Tokens, at index: Int) -> Match? {
        guard let candidates = byFirstWord[tokens.list[index].word] else { return nil }
        var best: Match?
        for candidate in candidates {
            let phrase = phrases[candidate]
            guard let end = end(of: phrase.elements[...].dropFirst(), tokens, index, index + 1) else {
                continue
            }
            if end > best?.end ?? 0 { best = Match(end: end, suggestion: phrase.suggestion) }
        }
        return best
    }

    /// The end of the longest match of the elements from `index` on. At most 2 to the power of the optional ones are tried.
    private func end(
        of elements: ArraySlice<Element>, _ tokens: Tokens, _ previous: Int, _ index: Int
    ) -> Int? {
        guard let element = elements.first else { return index }
        let rest = elements.dropFirst()
        if tokens.continues(from: previous, to: index), element.words.contains(tokens.list[index].word),
            let end = end(of: rest, tokens, index, index + 1)
        {
            return end
        }
        return element.isOptional ? end(of: rest, tokens, previous, index) : nil
    }
}
