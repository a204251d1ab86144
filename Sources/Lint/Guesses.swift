/// Finds guesses: words that say that something is not known.
struct Guesses {
    private let tokens: Tokens
    private let times: [TimePhrase]
    private let words: WordList

    /// How far before "may be" those who are affected are looked for.
    private static let subjectReach = 10
    private static let adverbs: Set<String> = [
        "well", "also", "possibly", "just", "still", "now", "already", "simply", "even", "indeed", "perhaps",
        "partly", "directly", "at",
    ]

    init(_ tokens: Tokens, _ times: [TimePhrase], _ words: WordList) {
        self.tokens = tokens
        self.times = times
        self.words = words
    }

    func findings() -> [LintFinding] {
        let promises = Promises(tokens, times, words)
        var found: [LintFinding] = []
        var index = 0
        while index < tokens.list.count {
            guard !tokens.list[index].isQuoted, tokens.list[index].isWord,
                let match = longest(phrase(at: index), should(at: index, promises), modal(at: index))
            else {
                index += 1
                continue
            }
            found.append(LintFinding(.guess, tokens.span(index..<match.end), match.suggestion))
            index = match.end
        }
        return found
    }

    private func longest(_ matches: PhraseTable.Match?...) -> PhraseTable.Match? {
        matches.compactMap(\.self).max { $0.end < $1.end }
    }

    private func word(_ index: Int) -> String { tokens.word(index) }

    private func phrase(at index: Int) -> PhraseTable.Match? {
        guard let match = words.phrase(.guess, in: tokens, at: index) else { return nil }
        // "You could have been charged twice": what users met.
        let modal = tokens.has(index, .guessModals)
        if modal, hasUsers(before: index), !isCause(match.end) { return nil }
        // "Users are likely to see errors".
        return word(match.end) == "to" && word(match.end - 1) == "likely" && hasUsers(before: index)
            ? nil : match
    }

    /// "Should be fixed", unless the sentence promises when, or says that it is to be confirmed.
    private func should(at index: Int, _ promises: Promises) -> PhraseTable.Match? {
        guard let match = words.phrase(.guessShould, in: tokens, at: index),
            !promises.hasForwardTime(inSentenceOf: index)
        else { return nil }
        let confirms = (match.end..<match.end + 12).contains { word($0) == "confirm" }
        return confirms ? nil : match
    }

    private func isCause(_ index: Int) -> Bool {
        tokens.has(index, .guessCauses)
    }

    /// "May be caused by", "might be overloaded"; not "users may be unable to".
    private func modal(at index: Int) -> PhraseTable.Match? {
        guard tokens.has(index, .guessModals) else { return nil }
        var verb = index + 1
        while Self.adverbs.contains(word(verb)) { verb += 1 }
        if word(verb) == "have", word(verb + 1) == "been" { verb += 1 }
        guard word(verb) == "be" || word(verb) == "been" || word(verb) == "have",
            tokens.continues(from: index, to: verb)
        else { return nil }
        var next = verb + 1
        while Self.adverbs.contains(word(next)), next < verb + 4 { next += 1 }
        if isCause(next), tokens.continues(from: verb, to: next) {
            let end = ["by", "to", "with", "of"].contains(word(next + 1)) ? next + 2 : next + 1
            return PhraseTable.Match(end: end, suggestion: "is not yet confirmed to be linked to")
        }
        let isState = tokens.has(next, .guessStates)
        let isOfUsers = hasUsers(before: index) || tokens.has(next, .effects) && !isState
        // What it did to whom is not known either: "the disk might have failed".
        if word(verb) == "have" {
            let suggestion = "is not yet confirmed to have"
            return hasUsers(before: index) ? nil : PhraseTable.Match(end: verb + 1, suggestion: suggestion)
        }
        if isOfUsers { return nil }
        // "The form may be used again": a permission.
        if !isState, word(next).hasSuffix("ed") || word(next).hasSuffix("able") {
            return nil
        }
        return PhraseTable.Match(end: verb + 1, suggestion: "is not yet confirmed to be")
    }

    private func hasUsers(before index: Int) -> Bool {
        let sentence = tokens.list[index].sentence
        var other = index - 1
        while other >= 0, index - other <= Self.subjectReach, tokens.list[other].sentence == sentence,
            ![",", ";", ":"].contains(word(other))
        {
            if tokens.has(other, .users) { return true }
            other -= 1
        }
        return false
    }
}
