/// The words and phrases of the rules: the file `lint/en.txt`, which the operator may replace.
///
/// `[section]` begins a section; its lines are words, or phrases as `phrase => suggestion`. `#` begins a comment line.
public struct WordList: Sendable, Equatable {
    /// Why a file is no valid list.
    public struct Fault: Error, Equatable, Sendable {
        /// From 1.
        public let line: Int
        /// What is wrong, and what is allowed.
        public let detail: String
    }

    /// The sections of words.
    enum Words: Int, CaseIterable {
        case guessModals, guessCauses, guessStates, users, effects, notEffects, people, determiners, names,
            blameNotHuman, blameBad, blameGood, blameBetween, blameFaults, blameNouns, timeFix, timeUpdate,
            timeWatch, timeFuture, timeHope, timePast, timeDays, timeUnits, timeZones, timeNumbers, suffixes,
            machines, environments, exactNames, notNames

        var name: String {
            switch self {
            case .guessModals: "guess.modals"
            case .guessCauses: "guess.causes"
            case .guessStates: "guess.states"
            case .users: "users"
            case .effects: "effects"
            case .notEffects: "effects.not"
            case .people: "people"
            case .determiners: "people.determiners"
            case .names: "names"
            case .blameNotHuman: "blame.not-human"
            case .blameBad: "blame.bad"
            case .blameGood: "blame.good"
            case .blameBetween: "blame.between"
            case .blameFaults: "blame.faults"
            case .blameNouns: "blame.nouns"
            case .timeFix: "time.fix"
            case .timeUpdate: "time.update"
            case .timeWatch: "time.watch"
            case .timeFuture: "time.future"
            case .timeHope: "time.hope"
            case .timePast: "time.past"
            case .timeDays: "time.days"
            case .timeUnits: "time.units"
            case .timeZones: "time.zones"
            case .timeNumbers: "time.numbers"
            case .suffixes: "names.suffixes"
            case .machines: "names.machines"
            case .environments: "names.environments"
            case .exactNames: "names.exact"
            case .notNames: "names.not"
            }
        }
    }

    /// The sections of phrases.
    enum Phrases: Int, CaseIterable {
        case guess, guessShould, blameHuman, blameVerbs, blameNeutral, blameBy, blameByNeutral, blameAlone,
            timeVague

        var name: String {
            switch self {
            case .guess: "guess"
            case .guessShould: "guess.should"
            case .blameHuman: "blame.human"
            case .blameVerbs: "blame.verbs"
            case .blameNeutral: "blame.neutral"
            case .blameBy: "blame.by"
            case .blameByNeutral: "blame.by.neutral"
            case .blameAlone: "blame.alone"
            case .timeVague: "time.vague"
            }
        }
    }

    /// Some of the sections: of words those with a word, of phrases those with a phrase that begins with it.
    struct Sections: Sendable, Equatable, ExpressibleByArrayLiteral {
        private var bits: UInt64 = 0

        init(arrayLiteral words: Words...) {
            for name in words { insert(name) }
        }

        func contains(_ name: Words) -> Bool { bits & Self.bit(name) != 0 }
        func contains(_ name: Phrases) -> Bool { bits & Self.bit(name) != 0 }

        mutating func insert(_ name: Words) { bits |= Self.bit(name) }
        mutating func insert(_ name: Phrases) { bits |= Self.bit(name) }

        func overlaps(_ other: Sections) -> Bool { bits & other.bits != 0 }

        private static func bit(_ name: Words) -> UInt64 { 1 << UInt64(name.rawValue) }
        /// Words come first, phrases from the other end.
        private static func bit(_ name: Phrases) -> UInt64 { 1 << UInt64(63 - name.rawValue) }
    }

    private static let suggestionsName = "suggestions"
    /// The rules whose suggestion depends on no phrase.
    private static let ruled: [LintFinding.Rule] = [
        .unverifiedTime, .missingImpact, .missingNextTime, .tooLong, .internalName, .secret,
    ]
    /// Upper bound of a suggestion in bytes: it is stored with each finding.
    static let suggestionBytesMax = 200

    private var words: [Words: Set<String>] = [:]
    private var phrases: [Phrases: PhraseTable] = [:]
    /// The sections of each word: a text's words are looked up once each.
    private var sections: [String: Sections] = [:]
    private var suggestions: [LintFinding.Rule: String] = [:]
    /// The words with which a time begins, besides digits.
    private(set) var timeStarters = WordList.grammarStarters

    /// Those of the grammar that `TimeReader` knows.
    private static let grammarStarters: Set<String> = [
        "noon", "midnight", "midday", "a", "an", "half", "quarter", "top", "bottom", "end", "close", "this",
        "next",
        "the", "hour", "half-hour", "minutes", "hours", "days",
    ]

    /// Without words and phrases.
    public static let empty = WordList()

    private init() {}

    /// Parses a file; throws a `Fault` that names the line.
    public init(_ text: String) throws(Fault) {
        var section: Section?
        var seen: Set<String> = []
        var number = 0
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            let line = Self.trimmed(line)
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            if first == UInt8(ascii: "[") {
                let name = String(
                    decoding: line.dropFirst().prefix { $0 != UInt8(ascii: "]") }, as: UTF8.self)
                guard line.count == name.utf8.count + 2, let known = Section(name) else {
                    throw Fault(
                        line: number, detail: "The section is unknown. Sections are \(Section.names).")
                }
                guard seen.insert(name).inserted else {
                    throw Fault(line: number, detail: "The section [\(name)] stands twice. Join the two.")
                }
                section = known
                continue
            }
            guard let section else {
                throw Fault(line: number, detail: "A section such as [guess] must come first.")
            }
            try take(line, in: section, number)
        }
        timeStarters.formUnion(all(.timeNumbers))
        timeStarters.formUnion(all(.timeDays))
        if let vague = phrases[.timeVague] { timeStarters.formUnion(vague.firstWords) }
        for (name, words) in words {
            for word in words { sections[word, default: []].insert(name) }
        }
        for (name, phrases) in phrases {
            for word in phrases.firstWords { sections[word, default: []].insert(name) }
        }
        for rule in Self.ruled where suggestions[rule] == nil {
            throw Fault(
                line: max(1, number),
                detail: "[suggestions] lacks \(rule.rawValue). Add \(rule.rawValue) => words.")
        }
    }

    private enum Section {
        case words(Words)
        case phrases(Phrases)
        case suggestions

        init?(_ name: String) {
            if let words = Words.allCases.first(where: { $0.name == name }) {
                self = .words(words)
            } else if let phrases = Phrases.allCases.first(where: { $0.name == name }) {
                self = .phrases(phrases)
            } else if name == WordList.suggestionsName {
                self = .suggestions
            } else {
                return nil
            }
        }

        static var names: String {
            (Phrases.allCases.map(\.name) + Words.allCases.map(\.name) + [WordList.suggestionsName])
                .map { "[\($0)]" }.joined(separator: ", ")
        }
    }

    private mutating func take(_ line: Substring.UTF8View, in section: Section, _ number: Int) throws(Fault) {
        let (left, right) = Self.parts(of: line)
        if let right, right.utf8.count > Self.suggestionBytesMax {
            throw Fault(line: number, detail: "A suggestion has at most \(Self.suggestionBytesMax) bytes.")
        }
        switch section {
        case .words(let name):
            guard right == nil else {
                throw Fault(
                    line: number, detail: "[\(name.name)] lists words, so => has no meaning here.")
            }
            for word in left.split(separator: " ") { words[name, default: []].insert(String(word)) }
        case .phrases(let name):
            guard let right, !right.isEmpty || name == .timeVague || name == .blameByNeutral else {
                throw Fault(line: number, detail: "A phrase needs => and what can stand in its place.")
            }
            do throws(PhraseTable.Flaw) {
                try phrases[name, default: PhraseTable()].add(left, right)
            } catch {
                throw Fault(line: number, detail: error.detail)
            }
        case .suggestions:
            guard let rule = Self.ruled.first(where: { $0.rawValue == left }), let right, !right.isEmpty
            else {
                let names = Self.ruled.map(\.rawValue).joined(separator: ", ")
                throw Fault(line: number, detail: "A line must be a rule, => and words. Rules are \(names).")
            }
            suggestions[rule] = right
        }
    }

    func contains(_ word: String, in name: Words) -> Bool {
        sections(of: word).contains(name)
    }

    func sections(of word: String) -> Sections { sections[word] ?? [] }

    func all(_ name: Words) -> Set<String> { words[name] ?? [] }

    func phrase(_ name: Phrases, in tokens: Tokens, at index: Int) -> PhraseTable.Match? {
        guard tokens.list.indices.contains(index), tokens.list[index].sections.contains(name) else {
            return nil
        }
        return phrases[name]?.match(tokens, at: index)
    }

    /// The fixed suggestion of a rule; `{minutes}` is replaced.
    func suggestion(_ rule: LintFinding.Rule, minutes: Int = 0) -> String {
        let text = suggestions[rule] ?? ""
        return text.split(separator: "{minutes}", omittingEmptySubsequences: false)
            .joined(separator: String(minutes))
    }

    // MARK: Lines

    private static func trimmed(_ line: Substring.UTF8View) -> Substring.UTF8View {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var line = line.drop(while: isBlank)
        while let last = line.last, isBlank(last) { line.removeLast() }
        return line
    }

    /// The words, in lower case, and what follows `=>`; `nil` without it.
    private static func parts(of line: Substring.UTF8View) -> (left: String, right: String?) {
        var left = line
        var right: Substring.UTF8View?
        var index = line.startIndex
        while index < line.endIndex {
            let next = line.index(after: index)
            if line[index] == UInt8(ascii: "="), next < line.endIndex, line[next] == UInt8(ascii: ">") {
                left = line[..<index]
                right = line[line.index(after: next)...]
                break
            }
            index = next
        }
        // Tabs separate words, too.
        let words = trimmed(left).map { $0 == 0x09 ? 0x20 : $0 }
        return (
            String(decoding: words, as: UTF8.self).lowercased(), right.map { String(Substring(trimmed($0))) }
        )
    }
}
