/// Finds blame: a person, or a team, that is said to have done wrong. Machines and changes may break things.
struct Blame {
    private let tokens: Tokens
    private let words: WordList
    /// Those of the incident, and those of people's pages.
    private let names: [PersonNames]

    /// How far after a verb the rules look for what was done.
    private static let objectReach = 16
    /// Words between a person and what they did.
    private static let betweenMax = 3

    init(_ tokens: Tokens, _ words: WordList, names: [PersonNames]) {
        self.tokens = tokens
        self.words = words
        self.names = names
    }

    private struct Someone {
        var tokens: Range<Int>
        /// Whether a name says who, so that what they did is read as blame sooner.
        var isNamed: Bool
        var isPossessive: Bool
    }

    func findings() -> [LintFinding] {
        var found: [LintFinding] = []
        var index = 0
        while index < tokens.list.count {
            guard !tokens.list[index].isQuoted, let match = blame(at: index) else {
                index += 1
                continue
            }
            let end = found.last?.span.upperBound ?? 0
            if tokens.list[match.tokens.lowerBound].start >= end {
                found.append(LintFinding(.blame, tokens.span(match.tokens), match.suggestion))
            }
            index = max(index + 1, match.tokens.upperBound)
        }
        return found
    }

    private typealias Match = (tokens: Range<Int>, suggestion: String)

    private func word(_ index: Int) -> String { tokens.word(index) }

    private func blame(at index: Int) -> Match? {
        if let match = by(at: index) { return match }
        if let match = words.phrase(.blameAlone, in: tokens, at: index) {
            return (index..<match.end, match.suggestion)
        }
        if let person = self.person(endingFrom: index) {
            return person.isPossessive ? deed(of: person) : act(of: person)
        }
        return human(at: index)
    }

    // MARK: People

    /// The person whose last words begin at a token: a name, `@name`, or "the database team" at "team".
    private func person(endingFrom index: Int) -> Someone? {
        guard tokens.list[index].isWord else {
            guard word(index) == "@", isMention(index) else { return nil }
            return someone(index..<endOfMention(index), isNamed: true)
        }
        if let name = name(at: index) { return someone(name, isNamed: true) }
        guard isIn(.people, index) else { return nil }
        // The noun's last word: "team lead", "engineer team".
        let last =
            tokens.continues(from: index, to: index + 1) && isIn(.people, index + 1)
        let end = last ? index + 2 : index + 1
        return someone(determined(index)..<end, isNamed: false)
    }

    private func isMention(_ index: Int) -> Bool {
        guard tokens.list.indices.contains(index + 1) else { return false }
        let name = tokens.list[index + 1]
        return name.isWord && name.isAttached
            && !(index > 0 && tokens.list[index].isAttached && tokens.list[index - 1].isWord)
    }

    /// After `@carol`, `@carol.jones`.
    private func endOfMention(_ index: Int) -> Int {
        var end = index + 2
        while word(end) == ".", tokens.continues(from: index, to: end + 1), tokens.list[end].isAttached,
            tokens.list[end + 1].isAttached
        {
            end += 2
        }
        return end
    }

    private func someone(_ range: Range<Int>, isNamed: Bool) -> Someone {
        Someone(
            tokens: range, isNamed: isNamed,
            isPossessive: base(range.upperBound - 1) != word(range.upperBound - 1))
    }

    /// A word without its possessive ending.
    private func base(_ index: Int) -> String {
        let word = word(index)
        if word.hasSuffix("'s") { return String(word.dropLast(2)) }
        return word.hasSuffix("s'") ? String(word.dropLast()) : word
    }

    /// Whether a list has a word without its possessive ending.
    private func isIn(_ name: WordList.Words, _ index: Int) -> Bool {
        let base = base(index)
        return base.utf8.count == word(index).utf8.count
            ? tokens.has(index, name) : words.contains(base, in: name)
    }

    private func name(at index: Int) -> Range<Int>? {
        let first = base(index)
        var longest = names.map { $0.count(at: index, in: tokens) { base($0) } }.max() ?? 0
        if longest == 0, isIn(.names, index) {
            // A surname.
            let next = index + 1
            let hasSurname =
                tokens.list[index].isCapitalised && first == word(index)
                && tokens.continues(from: index, to: next) && tokens.list[next].isCapitalised
            longest = hasSurname ? 2 : 1
        }
        return longest == 0 ? nil : index..<index + longest
    }

    /// Where "the database team" begins: at most four words before the noun.
    private func determined(_ index: Int) -> Int {
        var start = index
        for _ in 0..<4 {
            guard start > 0, tokens.continues(from: start, to: start - 1), tokens.list[start - 1].isWord
            else { break }
            if tokens.has(start - 1, .determiners) { return beginning(of: start - 1) }
            start -= 1
        }
        // Without an article: "Database team failed".
        let before = index - 1
        guard before >= 0, tokens.continues(from: index, to: before), tokens.list[before].isCapitalised else {
            return index
        }
        return before
    }

    /// "One of our engineers" begins at "one", "an engineer on the network team" at "an".
    private func beginning(of determiner: Int) -> Int {
        let other = determiner - 2
        guard other >= 0, tokens.continues(from: determiner, to: other) else { return determiner }
        if word(other + 1) == "of", ["one", "some", "two", "member", "members"].contains(word(other)) {
            return other
        }
        guard ["of", "on", "from", "in", "at"].contains(word(other + 1)),
            tokens.has(other, .people)
        else { return determiner }
        let hasDeterminer =
            other > 0 && tokens.continues(from: determiner, to: other - 1)
            && tokens.has(other - 1, .determiners)
        return hasDeterminer ? other - 1 : other
    }

    // MARK: What they did

    private func act(of person: Someone) -> Match? {
        var verb = person.tokens.upperBound
        var hasBad = false
        // "Kevin from infra".
        if ["from", "in"].contains(word(verb)), tokens.continues(from: verb - 1, to: verb + 1) { verb += 2 }
        var skipped = 0
        while skipped < Self.betweenMax {
            if let match = self.verb(at: verb, of: person, hasBad: hasBad) {
                return (person.tokens.lowerBound..<match.end, match.suggestion)
            }
            guard tokens.continues(from: verb - 1, to: verb), isBetween(verb) else { return nil }
            hasBad = hasBad || tokens.has(verb, .blameBad)
            verb += 1
            skipped += 1
        }
        return self.verb(at: verb, of: person, hasBad: hasBad).map {
            (person.tokens.lowerBound..<$0.end, $0.suggestion)
        }
    }

    /// A word of the list, or an adverb: "the team clearly, then probably, …".
    private func isBetween(_ index: Int) -> Bool {
        let word = word(index)
        return tokens.has(index, .blameBetween)
            || word.utf8.count > 4 && word.hasSuffix("ly") && !Self.notAdverbs.contains(word)
    }

    private static let notAdverbs: Set<String> = [
        "reply", "supply", "family", "assembly", "anomaly", "apply", "comply", "imply",
    ]

    private func verb(at index: Int, of person: Someone, hasBad: Bool) -> PhraseTable.Match? {
        guard tokens.continues(from: index - 1, to: index) else { return nil }
        if let match = words.phrase(.blameVerbs, in: tokens, at: index) {
            // "The team failed over to the replica", "missed by no one".
            if word(match.end) == "over" || word(match.end) == "by" { return nil }
            // "Our engineers removed a faulty index".
            let removes = Self.removals.contains(word(index)) && !hasBad
            return removes && nextWords(after: match.end).contains { tokens.has($0, .blameFaults) }
                ? nil : match
        }
        guard let match = words.phrase(.blameNeutral, in: tokens, at: index) else { return nil }
        let rest = object(after: match.end)
        let isBad = hasBad || rest.contains { tokens.has($0, .blameBad) }
        let isGood = rest.contains { tokens.has($0, .blameGood) }
        let isChange = [
            "pushed", "deployed", "merged", "shipped", "released", "ran", "changed", "introduced",
        ].contains(word(index))
        return isBad && !isGood || person.isNamed && isChange && !isGood ? match : nil
    }

    private static let removals: Set<String> = [
        "deleted", "dropped", "erased", "removed", "purged", "truncated", "wiped", "disconnected",
        "unplugged",
        "bypassed", "skipped", "killed",
    ]

    /// What is removed: an article, an adjective or two and a noun.
    private func nextWords(after index: Int) -> Range<Int> {
        let object = object(after: index)
        return object.lowerBound..<min(object.upperBound, object.lowerBound + 4)
    }

    /// The rest of the sentence, as far as it matters.
    private func object(after index: Int) -> Range<Int> {
        var end = index
        guard index > 0 else { return index..<index }
        while end < tokens.list.count, end - index < Self.objectReach,
            tokens.list[end].sentence == tokens.list[index - 1].sentence
        {
            end += 1
        }
        return index..<end
    }

    /// "Bob's mistake", "the network team's bad change".
    private func deed(of person: Someone) -> Match? {
        let next = person.tokens.upperBound
        for noun in [next, next + 1] where tokens.continues(from: noun - 1, to: noun) {
            if tokens.has(noun, .blameNouns) {
                return (person.tokens.lowerBound..<noun + 1, "a gap in the process")
            }
            let isBad = tokens.has(noun, .blameBad)
            if noun == next, isBad, tokens.continues(from: noun, to: noun + 1) {
                return (person.tokens.lowerBound..<noun + 2, "a gap in the process")
            }
            guard noun == next, word(noun) == "own" else { break }
        }
        return nil
    }

    /// "Caused by an engineer", "because of bob".
    private func by(at index: Int) -> Match? {
        let strong = words.phrase(.blameBy, in: tokens, at: index)
        guard let match = strong ?? words.phrase(.blameByNeutral, in: tokens, at: index) else { return nil }
        guard let person = personBeginning(at: match.end),
            strong != nil || person.isNamed || isBad(after: person) || isBad(before: index)
        else { return nil }
        // "Because of bob's update" is about the update.
        if person.isPossessive {
            guard let deed = self.deed(of: person) else { return nil }
            return (index..<deed.tokens.upperBound, "\(match.suggestion) a gap in the process")
        }
        let suggestion = match.suggestion.isEmpty ? "changed" : match.suggestion
        return (index..<person.tokens.upperBound, suggestion)
    }

    /// "Wrongly changed by the security team".
    private func isBad(before index: Int) -> Bool {
        (max(0, index - 3)..<index).contains {
            tokens.list[$0].sentence == tokens.list[index].sentence && tokens.has($0, .blameBad)
        }
    }

    private func isBad(after person: Someone) -> Bool {
        object(after: person.tokens.upperBound).contains { tokens.has($0, .blameBad) }
    }

    /// The person whose words begin at a token: at most five words later stands the noun.
    private func personBeginning(at index: Int) -> Someone? {
        guard tokens.list.indices.contains(index), !tokens.list[index].isQuoted else { return nil }
        for end in index..<index + 6 {
            guard tokens.list.indices.contains(end), end == index || tokens.continues(from: index, to: end)
            else { return nil }
            if let person = self.person(endingFrom: end), person.tokens.lowerBound == index || end == index {
                return person
            }
            guard tokens.list[end].isWord else { return nil }
        }
        return nil
    }

    /// "Dana forgot", "Dana probably forgot": only people forget, even if the word before names no one.
    private func human(at index: Int) -> Match? {
        guard index > 0, let match = words.phrase(.blameHuman, in: tokens, at: index),
            let subject = subject(before: index)
        else { return nil }
        let isHuman = !isIn(.blameNotHuman, subject) && !isIn(.users, subject)
        // A thing that is to blame has an article before it; a name has none.
        let isThing = subject > 0 && tokens.has(subject - 1, .determiners)
        let needsName = ["is", "was", "are", "were", "should"].contains(word(index))
        guard isHuman, !(isThing && needsName), !(needsName && !tokens.list[subject].isCapitalised) else {
            return nil
        }
        return (subject..<match.end, match.suggestion)
    }

    /// The word before a verb, and before the adverbs between them.
    private func subject(before verb: Int) -> Int? {
        var index = verb - 1
        while verb - index <= Self.betweenMax, index > 0, isBetween(index),
            !tokens.has(index, .blameNotHuman), tokens.continues(from: verb, to: index)
        {
            index -= 1
        }
        return tokens.continues(from: verb, to: index) ? index : nil
    }
}
