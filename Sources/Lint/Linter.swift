/// What the linter found in a text (domain.md, section 7).
public struct LintFinding: Sendable, Equatable {
    public enum Rule: String, CaseIterable, Sendable {
        case guess, blame
        case unverifiedTime = "unverified_time"
        case missingImpact = "missing_impact"
        case missingNextTime = "missing_next_time"
        case tooLong = "too_long"
        case internalName = "internal_name"
        case secret
    }

    public let rule: Rule
    /// UTF-8 byte offsets. Empty, at the end of the text, for what is missing.
    public let span: Range<Int>
    /// Words that can stand in the place of the span. What is missing goes on a line of its own.
    public let suggestion: String

    public init(_ rule: Rule, _ span: Range<Int>, _ suggestion: String) {
        self.rule = rule
        self.span = span
        self.suggestion = suggestion
    }

    /// What stands in a text at a span.
    public static func words(at span: Range<Int>, in text: String) -> String {
        let bytes = text.utf8
        guard span.upperBound <= bytes.count else { return "" }
        let start = bytes.index(bytes.startIndex, offsetBy: span.lowerBound)
        return String(decoding: bytes[start..<bytes.index(start, offsetBy: span.count)], as: UTF8.self)
    }

    /// Upper bound of the findings of a text. A text of 65,536 characters could have thousands.
    public static let countMax = 50
}

/// Reads status updates for guesses, blame, promises and what they lack. Offline and deterministic: the same text and lists give the same
/// findings.
///
/// What is too long is looked through for secrets only, so the other rules read at most 1,200 characters, each of them a bounded number of
/// tokens around one.
public struct Linter: Sendable, Equatable {
    /// What the rules need to know besides the text.
    public struct Context: Sendable, Equatable {
        /// Whether readers outside the team get the text: the team may name its machines, and knows the impact.
        public var isPublic: Bool
        /// Whether the text must say who is affected: the first public update of an episode, and the first after the impact changed.
        public var mustSayImpact: Bool
        /// Whether the text must say when the next update comes; not after the end.
        public var mustSayNextTime: Bool
        /// Whether a promised time of resolution rests on an entry.
        public var isTimeVerified: Bool
        /// Names of people, besides those of the word list.
        public var people: [String]
        /// Further names, such as those of people's pages.
        public var others = PersonNames.none
        /// Minutes to the next update, for the suggestion.
        public var nextUpdateMinutes: Int

        public init(
            isPublic: Bool, mustSayImpact: Bool, mustSayNextTime: Bool, isTimeVerified: Bool,
            people: [String], nextUpdateMinutes: Int
        ) {
            self.isPublic = isPublic
            self.mustSayImpact = mustSayImpact
            self.mustSayNextTime = mustSayNextTime
            self.isTimeVerified = isTimeVerified
            self.people = people
            self.nextUpdateMinutes = nextUpdateMinutes
        }
    }

    /// Upper bound of an update, in Unicode scalars.
    public static let charactersMax = 1_200

    let words: WordList

    public init(words: WordList) {
        self.words = words
    }

    /// The findings in the order of the text, at most `LintFinding.countMax`.
    public func findings(in text: String, _ context: Context) -> [LintFinding] {
        let whole = Array(text.utf8)
        let excess = excess(whole, context)
        let bytes = excess.map { Array(whole[..<$0.span.lowerBound]) } ?? whole
        let tokens = Tokens(bytes, quotes: Quotes.spans(in: whole), words)
        let times = TimeReader(tokens, words).phrases()
        let promises = Promises(tokens, times, words)
        // The suggestion for what is too long says it.
        let saysNextTime = !context.mustSayNextTime || promises.sayNextTime || excess != nil
        let next = words.suggestion(.missingNextTime, minutes: context.nextUpdateMinutes)

        var missing: [LintFinding] = []
        // After what is to be cut, so that its place is still the end when the suggestions are in theirs.
        let textEnd = excess?.span.upperBound ?? tokens.textEnd
        let end = textEnd..<textEnd
        if context.isPublic, context.mustSayImpact, !saysImpact(tokens) {
            missing.append(LintFinding(.missingImpact, end, words.suggestion(.missingImpact)))
        }
        if !saysNextTime { missing.append(LintFinding(.missingNextTime, end, next)) }

        var found = Guesses(tokens, times, words).findings()
        found += Blame(tokens, words, names: [names(of: context.people), context.others]).findings()
        if !context.isTimeVerified { found += promises.findings(next: next, context) }
        let secrets = SecretScanner.spans(in: whole).filter { !tokens.isQuoted($0) }
        found += secrets.map { LintFinding(.secret, $0, words.suggestion(.secret)) }
        if context.isPublic {
            let names = MachineNames(bytes, words).spans().filter { name in
                !tokens.isQuoted(name) && !secrets.contains { $0.overlaps(name) }
            }
            found += names.map { LintFinding(.internalName, $0, words.suggestion(.internalName)) }
        }
        if let excess { found.append(excess) }
        found.sort { ($0.span.lowerBound, $0.span.upperBound) < ($1.span.lowerBound, $1.span.upperBound) }
        return Array(found.prefix(LintFinding.countMax - missing.count)) + missing
    }

    /// Whether a word says what is affected, or a sentence does that is about neither the team nor the work.
    private func saysImpact(_ tokens: Tokens) -> Bool {
        var sentence = (number: -1, words: 0, isOfTeam: false)
        for index in tokens.list.indices where tokens.list[index].isWord {
            let isVague = isVague(tokens, index)
            if !isVague, tokens.has(index, .effects) { return true }
            if tokens.list[index].sentence != sentence.number {
                if describes(sentence) { return true }
                sentence = (tokens.list[index].sentence, 0, false)
            }
            sentence.words += 1
            sentence.isOfTeam =
                sentence.isOfTeam || isVague || tokens.list[index].sections.overlaps(Linter.ofTeam)
        }
        return describes(sentence)
    }

    /// "Something went wrong" and "it is not right" say nothing.
    private func isVague(_ tokens: Tokens, _ index: Int) -> Bool {
        switch tokens.word(index) {
        case "wrong": ["went", "gone", "going", "is"].contains(tokens.word(index - 1))
        case "not": ["right", "well", "ok", "okay"].contains(tokens.word(index + 1))
        default: false
        }
    }

    private func describes(_ sentence: (number: Int, words: Int, isOfTeam: Bool)) -> Bool {
        sentence.words >= Linter.descriptionMin && !sentence.isOfTeam
    }

    /// Words of a sentence that says what happens.
    private static let descriptionMin = 5
    /// The words of sentences about the team, its work and its news.
    private static let ofTeam: WordList.Sections = [.notEffects, .people, .timeUpdate, .timeWatch]

    /// What must go for the text to be short enough, with room for the suggestion.
    private func excess(_ bytes: [UInt8], _ context: Context) -> LintFinding? {
        let suggestion = words.suggestion(.tooLong, minutes: context.nextUpdateMinutes)
        // The impact may have to go in, too.
        let impact = context.isPublic && context.mustSayImpact ? words.suggestion(.missingImpact) : ""
        let room = max(
            0, Linter.charactersMax - suggestion.unicodeScalars.count - impact.unicodeScalars.count - 2)
        var count = 0
        var cut = 0
        for (offset, byte) in bytes.enumerated() where byte & 0xC0 != 0x80 {
            // After the last blank that leaves enough room; a text without blanks is cut in a word.
            if count < room, byte == 0x20 || byte == 0x0A { cut = offset + 1 }
            if count == room, cut == 0 { cut = offset }
            count += 1
        }
        guard count > Linter.charactersMax else { return nil }
        return LintFinding(.tooLong, cut..<bytes.count, suggestion)
    }
}
