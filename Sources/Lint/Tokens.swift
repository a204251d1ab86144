/// A text as the rules read it: words, numbers and marks, with sentences and quotes.
struct Tokens {
    struct Token {
        let start: Int
        var end: Int
        /// In lower case for ASCII; one character for a mark. Empty for a word longer than any of the lists.
        let word: String
        let isWord: Bool
        /// Whether it begins with a capital letter.
        let isCapitalised: Bool
        let isQuoted: Bool
        /// Whether it follows the token before without a blank.
        let isAttached: Bool
        /// Of the sentence; ascending.
        let sentence: Int
        /// The lists that have the word.
        let sections: WordList.Sections
    }

    private(set) var list: [Token] = []
    /// The end of the text without blanks.
    let textEnd: Int
    private let quotes: [Range<Int>]

    /// Longer words are in no list.
    private static let wordBytesMax = 40

    init(_ bytes: [UInt8], quotes: [Range<Int>], _ words: WordList) {
        self.quotes = quotes
        var textEnd = bytes.count
        while textEnd > 0, Self.isBlank(bytes[textEnd - 1]) || bytes[textEnd - 1] == 0x0A { textEnd -= 1 }
        self.textEnd = textEnd
        list.reserveCapacity(bytes.count / 5 + 8)
        read(bytes, words)
    }

    /// Whether any part of a span is quoted.
    func isQuoted(_ span: Range<Int>) -> Bool {
        var (low, high) = (0, quotes.count)
        while low < high {
            let middle = (low + high) / 2
            if quotes[middle].upperBound <= span.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < quotes.count && quotes[low].overlaps(span)
    }

    func word(_ index: Int) -> String {
        list.indices.contains(index) ? list[index].word : ""
    }

    /// Whether the word of a token is in a list; false outside.
    func has(_ index: Int, _ name: WordList.Words) -> Bool {
        list.indices.contains(index) && list[index].sections.contains(name)
    }

    /// Whether a token is a word of the same sentence as the one before it, so that a phrase goes on.
    func continues(from previous: Int, to index: Int) -> Bool {
        guard list.indices.contains(index) else { return false }
        return list[index].isWord && !list[index].isQuoted && list[index].sentence == list[previous].sentence
    }

    /// The bytes of some tokens.
    func span(_ tokens: Range<Int>) -> Range<Int> {
        list[tokens.lowerBound].start..<list[tokens.upperBound - 1].end
    }

    // MARK: Reading

    private mutating func read(_ bytes: [UInt8], _ words: WordList) {
        var index = 0
        var sentence = 0
        var quote = 0
        var lower: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x0A {
                if endsSentence(bytes, atLineEnd: index) { sentence += 1 }
                index += 1
                continue
            }
            let blank = Self.widthOfBlank(bytes, index)
            if blank > 0 {
                index += blank
                continue
            }
            while quote < quotes.count, quotes[quote].upperBound <= index { quote += 1 }
            let isQuoted = quote < quotes.count && quotes[quote].contains(index)
            let start = index
            let isWord = Self.isLetter(bytes, index)
            if isWord {
                index = Self.endOfWord(bytes, from: index)
            } else {
                index += Self.width(bytes, index)
            }
            lower.removeAll(keepingCapacity: true)
            if index - start <= Self.wordBytesMax { Self.lower(bytes[start..<index], into: &lower) }
            let word = String(decoding: lower, as: UTF8.self)
            list.append(
                Token(
                    start: start, end: index, word: word, isWord: isWord,
                    isCapitalised: (0x41...0x5A).contains(byte), isQuoted: isQuoted,
                    isAttached: list.last?.end == start, sentence: sentence,
                    sections: words.sections(of: word)))
            if byte == 0x3B || [0x2E, 0x21, 0x3F].contains(byte), Self.isGap(bytes, index) { sentence += 1 }
        }
    }

    /// A line end ends the sentence unless the text was wrapped there: the next line goes on in lower case.
    private func endsSentence(_ bytes: [UInt8], atLineEnd index: Int) -> Bool {
        var next = index + 1
        while next < bytes.count, Self.isBlank(bytes[next]) { next += 1 }
        guard next < bytes.count else { return true }
        return !(0x61...0x7A).contains(bytes[next])
    }

    private static func isGap(_ bytes: [UInt8], _ index: Int) -> Bool {
        guard index < bytes.count else { return true }
        return isBlank(bytes[index]) || [0x0A, 0x22, 0x27, 0x29].contains(bytes[index])
            || bytes[index] >= 0x80
    }

    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D
    }

    /// Whether a word goes on here: a letter, a digit, `_`, or any character outside ASCII but blanks and typographic marks.
    private static func isLetter(_ bytes: [UInt8], _ index: Int) -> Bool {
        switch bytes[index] {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        // General punctuation is U+2000 to U+203F; U+00A0 to U+00BF are signs.
        case 0xE2: !(index + 1 < bytes.count && bytes[index + 1] == 0x80)
        case 0xC2: false
        case 0x80...: true
        default: false
        }
    }

    /// Length of a blank; 0 for anything else. U+00A0, and U+2000 to U+200A and U+202F, are blanks.
    private static func widthOfBlank(_ bytes: [UInt8], _ index: Int) -> Int {
        if isBlank(bytes[index]) { return 1 }
        let next = index + 1 < bytes.count ? bytes[index + 1] : 0
        if bytes[index] == 0xC2, next == 0xA0 { return 2 }
        guard bytes[index] == 0xE2, next == 0x80, index + 2 < bytes.count else { return 0 }
        return (0x80...0x8A).contains(bytes[index + 2]) || bytes[index + 2] == 0xAF ? 3 : 0
    }

    /// Length of a character that belongs to no word.
    private static func width(_ bytes: [UInt8], _ index: Int) -> Int {
        let width =
            switch bytes[index] {
            case 0xE2: 3
            case 0xC2: 2
            default: 1
            }
        return min(width, bytes.count - index)
    }

    /// An apostrophe or hyphen between letters belongs to the word.
    private static func endOfWord(_ bytes: [UInt8], from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            if isLetter(bytes, index) {
                index += 1
                continue
            }
            let joint = isApostrophe(bytes, index) ? 3 : bytes[index] == 0x27 || bytes[index] == 0x2D ? 1 : 0
            guard joint > 0, index + joint < bytes.count, isLetter(bytes, index + joint) else { break }
            index += joint
        }
        return index
    }

    /// U+2019.
    private static func isApostrophe(_ bytes: [UInt8], _ index: Int) -> Bool {
        index + 2 < bytes.count && bytes[index] == 0xE2 && bytes[index + 1] == 0x80
            && bytes[index + 2] == 0x99
    }

    private static func lower(_ bytes: ArraySlice<UInt8>, into word: inout [UInt8]) {
        var rest = bytes
        while let byte = rest.popFirst() {
            if byte == 0xE2, rest.starts(with: [0x80, 0x99]) {
                word.append(0x27)
                rest = rest.dropFirst(2)
            } else if byte == 0xE2, rest.starts(with: [0x80, 0x93]) || rest.starts(with: [0x80, 0x94]) {
                word.append(0x2D)
                rest = rest.dropFirst(2)
            } else {
                word.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
            }
        }
    }
}
