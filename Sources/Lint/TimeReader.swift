/// A time or a stretch of time that a text names.
struct TimePhrase {
    enum Kind {
        /// 10:30, 5 pm, noon.
        case clock
        /// In 20 minutes, within the hour, every half hour.
        case stretch
        /// About 20 minutes, without what would make it a point in time.
        case length
        /// Tonight, on Monday, by the end of the day.
        case day
        /// Soon, shortly, any minute.
        case vague
    }

    var kind: Kind
    var tokens: Range<Int>
    /// Whether only a moment that comes can be meant: by, in, within, before.
    var isForward = false
    /// Whether only a moment that has passed can be meant: since, from, in the last.
    var isPast = false
}

/// Finds the times in a text.
struct TimeReader {
    private let tokens: Tokens
    private let words: WordList

    init(_ tokens: Tokens, _ words: WordList) {
        self.tokens = tokens
        self.words = words
    }

    /// Upper bound of the times that are read: each is looked around by the rules, on the write lane.
    private static let phrasesMax = 200

    /// The times, in the order of the text, quoted ones among them.
    func phrases() -> [TimePhrase] {
        var found: [TimePhrase] = []
        var index = 0
        while index < tokens.list.count, found.count < Self.phrasesMax {
            guard let core = core(at: index) else {
                index += 1
                continue
            }
            let phrase = withPrepositions(core, after: found.last?.tokens.upperBound ?? 0)
            if phrase.kind != .length || isTaken(phrase) { found.append(phrase) }
            index = core.tokens.upperBound
        }
        return found
    }

    private func word(_ index: Int) -> String { tokens.word(index) }

    // MARK: Cores

    private func core(at index: Int) -> TimePhrase? {
        let first = word(index)
        let isDigit = first.utf8.first.map { (0x30...0x39).contains($0) } ?? false
        guard isDigit || words.timeStarters.contains(first) else { return nil }
        let end: Int
        let kind: TimePhrase.Kind
        if let found = clock(at: index) {
            let zoned = withZone(found)
            let isDay = ["today", "tonight", "tomorrow", "sharp"].contains(word(zoned))
            (end, kind) = (isDay ? zoned + 1 : zoned, .clock)
        } else if let found = length(at: index) {
            (end, kind) = (found, .length)
        } else if let found = day(at: index) {
            (end, kind) = (found, .day)
        } else if let match = words.phrase(.timeVague, in: tokens, at: index), word(index - 1) != "as" {
            return TimePhrase(kind: .vague, tokens: index..<match.end, isForward: true)
        } else {
            return nil
        }
        return TimePhrase(kind: kind, tokens: index..<end)
    }

    private func number(_ word: String, in range: ClosedRange<Int>) -> Int? {
        guard word.utf8.count <= 4, let value = Int(word), range.contains(value) else { return nil }
        return value
    }

    private func isHalfDay(_ index: Int) -> Int? {
        if ["am", "pm"].contains(word(index)) { return index + 1 }
        guard ["a", "p"].contains(word(index)), word(index + 1) == ".", word(index + 2) == "m",
            tokens.list[index + 1].isAttached, tokens.list[index + 2].isAttached
        else { return nil }
        return word(index + 3) == "." && tokens.list[index + 3].isAttached ? index + 4 : index + 3
    }

    private func clock(at index: Int) -> Int? {
        let first = word(index)
        if ["noon", "midnight", "midday"].contains(first) { return index + 1 }
        if let end = spokenClock(at: index) { return end }
        if let end = attachedClock(first) { return index + end }
        guard let hour = number(first, in: 0...2_400) else { return nil }
        if hour <= 24, [":", "."].contains(word(index + 1)), tokens.list[index + 1].isAttached,
            word(index + 2).utf8.count == 2, number(word(index + 2), in: 0...59) != nil,
            tokens.list[index + 2].isAttached
        {
            return dottedClock(at: index)
        }
        if (1...12).contains(hour), let end = isHalfDay(index + 1) { return end }
        if word(index + 1) == "o'clock" { return index + 2 }
        // 1030 UTC, 10 UTC.
        if tokens.has(index + 1, .timeZones), [1, 2, 4].contains(first.utf8.count) {
            return index + 2
        }
        guard hour <= 24, ["at", "by", "before", "until", "till"].contains(word(index - 1)) else {
            return nil
        }
        let next = word(index + 1)
        let isAlone =
            !tokens.continues(from: index, to: index + 1) && next != "%" && next != ":" && next != "."
        let ends =
            next == "." && !(tokens.list.indices.contains(index + 2) && tokens.list[index + 2].isAttached)
        return isAlone || ends || ["today", "tonight", "tomorrow", "sharp"].contains(next) ? index + 1 : nil
    }

    /// 10:30, 10:30:00; 10.30 where it cannot be a version.
    private func dottedClock(at index: Int) -> Int? {
        var end = index + 3
        let isDotted = word(index + 1) == "."
        if word(end) == word(index + 1), tokens.list[end].isAttached, word(end + 1).utf8.count == 2,
            number(word(end + 1), in: 0...60) != nil, tokens.list[end + 1].isAttached
        {
            guard !isDotted else { return nil }
            end += 2
        }
        if let half = isHalfDay(end) { return half }
        guard isDotted else { return end }
        let isFraction = index > 0 && tokens.list[index].isAttached
        let after = ["at", "by", "before", "until", "around", "from", "since"].contains(word(index - 1))
        let next = word(end)
        let isLonger =
            tokens.list.indices.contains(end) && tokens.list[end].isAttached && next != "," && next != "."
        guard !isFraction, !isLonger, after || words.contains(next, in: .timeZones), next != "%" else {
            return nil
        }
        return end
    }

    /// 5pm, 14h30, 1030z in one word.
    private func attachedClock(_ word: String) -> Int? {
        let digits = word.utf8.prefix { (0x30...0x39).contains($0) }.count
        guard digits > 0, digits < word.utf8.count, digits <= 4 else { return nil }
        let rest = String(word.dropFirst(digits))
        if digits <= 2, rest == "am" || rest == "pm" { return 1 }
        if digits == 4, rest == "z" || rest == "h" { return 1 }
        guard digits <= 2, rest.utf8.first == 0x68, rest.utf8.count == 3 else { return nil }
        return number(String(rest.dropFirst()), in: 0...59) == nil ? nil : 1
    }

    /// Half past ten, a quarter to six, quarter past, ten o'clock, the top of the hour.
    private func spokenClock(at index: Int) -> Int? {
        let start = word(index) == "a" ? index + 1 : index
        if ["half", "quarter"].contains(word(start)), ["past", "to", "after"].contains(word(start + 1)) {
            let hour = word(start + 2)
            let isHour = words.contains(hour, in: .timeNumbers) || number(hour, in: 1...24) != nil
            return isHour || hour == "the" && word(start + 3) == "hour"
                ? start + (isHour ? 3 : 4)
                : word(start) == "quarter" || word(start + 1) == "past" ? start + 2 : nil
        }
        if tokens.has(index, .timeNumbers), word(index + 1) == "o'clock" { return index + 2 }
        if ["top", "bottom"].contains(word(index)), word(index + 1) == "of", word(index + 2) == "the",
            word(index + 3) == "hour"
        {
            return index + 4
        }
        return nil
    }

    private func withZone(_ end: Int) -> Int {
        if tokens.has(end, .timeZones) { return end + 1 }
        if word(end) == "(", tokens.has(end + 1, .timeZones), word(end + 2) == ")" {
            return end + 3
        }
        return end
    }

    /// 20 minutes, 15-20 min, an hour and a half, half an hour, the hour, a couple of hours, 30min.
    private func length(at index: Int) -> Int? {
        let first = word(index)
        let digits = first.utf8.prefix { (0x30...0x39).contains($0) }.count
        if digits > 0, digits < first.utf8.count,
            words.contains(String(first.dropFirst(digits)), in: .timeUnits)
        {
            return index + 1
        }
        var end = index
        if first == "half" {
            end += ["an", "a"].contains(word(index + 1)) ? 2 : 1
            return ["hour", "day"].contains(word(end)) ? end + 1 : nil
        }
        if ["hour", "half-hour"].contains(first) {
            return ["the", "next"].contains(word(index - 1)) ? index + 1 : nil
        }
        if ["minutes", "hours", "days"].contains(first), ["in", "within"].contains(word(index - 1)) {
            return index + 1
        }
        guard isQuantity(first) else { return nil }
        end += 1
        if ["a", "an"].contains(first), tokens.has(end, .timeNumbers) { end += 1 }
        // 15 to 20, 15 – 20, one or two.
        if ["to", "or", "-"].contains(word(end)), isQuantity(word(end + 1)) { end += 2 }
        for filler in ["of", "more", "further", "additional", "short", "good", "full", "half"]
        where word(end) == filler {
            end += 1
        }
        guard tokens.has(end, .timeUnits) else { return nil }
        // "5 m" is a length only as minutes; "a day" with a hyphen is no unit.
        end += 1
        if word(end) == "and", word(end + 1) == "a", word(end + 2) == "half" { end += 3 }
        return end
    }

    private func isQuantity(_ word: String) -> Bool {
        if ["a", "an"].contains(word) || words.contains(word, in: .timeNumbers) { return true }
        guard let first = word.utf8.first, (0x30...0x39).contains(first) else { return false }
        return word.utf8.count <= 7 && word.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    /// Tomorrow morning, later today, the end of the day, this afternoon, in the morning.
    private func day(at index: Int) -> Int? {
        let parts = ["morning", "afternoon", "evening", "night", "noon", "lunchtime"]
        if tokens.has(index, .timeDays) {
            return parts.contains(word(index + 1)) ? index + 2 : index + 1
        }
        if ["end", "close"].contains(word(index)), word(index + 1) == "of" {
            var end = index + 2
            while ["the", "this", "business"].contains(word(end)) { end += 1 }
            if ["day", "today", "week", "month", "afternoon", "morning", "hour"].contains(word(end)) {
                return end + 1
            }
            return word(end - 1) == "business" ? end : nil
        }
        if ["this", "next"].contains(word(index)),
            parts.contains(word(index + 1)) || word(index + 1) == "week"
        {
            return index + 2
        }
        if word(index) == "the", parts.contains(word(index + 1)), word(index - 1) == "in" { return index + 2 }
        return nil
    }

    // MARK: Around a core

    private static let fillers: Set<String> = [
        "about", "around", "approximately", "roughly", "approx", "ca", "circa", "some", "another", "next",
        "the", "later", "say", "most", "~", "coming", "maximum", "on", "under", "at",
    ]

    /// The core with the words before it that say how it is meant.
    private func withPrepositions(_ core: TimePhrase, after limit: Int) -> TimePhrase {
        guard core.kind != .vague else { return core }
        var phrase = core
        var start = core.tokens.lowerBound
        var reach = start
        // At most four words: "over the next", "within about the next".
        for _ in 0..<4 {
            guard reach - 1 >= limit,
                tokens.list[reach - 1].sentence == tokens.list[core.tokens.lowerBound].sentence,
                Self.fillers.contains(word(reach - 1)) || word(reach - 1) == "least"
            else { break }
            if word(reach - 1) == "at", core.kind != .length { break }
            reach -= 1
        }
        let before = reach - 1 >= limit ? word(reach - 1) : ""
        let isLast = ["last", "past", "previous"].contains(before)
        if isLast { phrase.isPast = true }
        switch (core.kind, before) {
        case (.length, "in"), (.length, "within"):
            (phrase.kind, phrase.isForward, start) = (.stretch, true, reach - 1)
        case (.length, "over"), (.length, "during"), (.length, "for"):
            let isNext = (reach..<core.tokens.lowerBound).contains {
                word($0) == "next" || word($0) == "coming"
            }
            if isNext { (phrase.kind, phrase.isForward, start) = (.stretch, true, reach - 1) }
        case (.length, "every"), (.length, "each"):
            (phrase.kind, start) = (.stretch, reach - 1)
        case (.clock, "by"), (.clock, "before"), (.clock, "until"), (.clock, "till"), (.clock, "within"),
            (.day, "by"), (.day, "before"), (.day, "until"), (.day, "till"), (.day, "within"):
            (phrase.isForward, start) = (true, reach - 1)
        case (.clock, "than"), (.day, "than"):
            (phrase.isForward, start) = (true, word(reach - 2) == "later" ? reach - 3 : reach - 1)
        case (.clock, "since"), (.clock, "from"), (.clock, "between"), (.day, "since"):
            (phrase.isPast, start) = (true, reach - 1)
        default:
            start = reach < core.tokens.lowerBound ? startOfFillers(reach, core) : start
        }
        if core.kind == .clock || core.kind == .day, word(start - 1) == "at", start - 1 >= limit {
            start -= 1
        }
        phrase.tokens = max(limit, start)..<core.tokens.upperBound
        finish(&phrase, core)
        return phrase
    }

    /// Without a preposition only what belongs to the time itself is part of it: "about 20 minutes", "later today".
    private func startOfFillers(_ reach: Int, _ core: TimePhrase) -> Int {
        var start = core.tokens.lowerBound
        while start > reach, word(start - 1) != "on", word(start - 1) != "the" || core.kind == .length {
            start -= 1
        }
        return start
    }

    private func finish(_ phrase: inout TimePhrase, _ core: TimePhrase) {
        let end = core.tokens.upperBound
        if word(end) == "ago" || word(end) == "earlier" { phrase.isPast = true }
        if core.kind == .length, word(end) == "away" {
            (phrase.kind, phrase.isForward) = (.stretch, true)
            phrase.tokens = phrase.tokens.lowerBound..<end + 1
        }
        if core.kind == .length, word(end) == "from", word(end + 1) == "now" {
            (phrase.kind, phrase.isForward) = (.stretch, true)
            phrase.tokens = phrase.tokens.lowerBound..<end + 2
        }
        if ["tonight", "tomorrow", "eod", "cob", "eob"].contains(word(core.tokens.lowerBound)) {
            phrase.isForward = true
        }
        // "Started at 10:02", "as of 10:02".
        let before = word(phrase.tokens.lowerBound - 1)
        let began = ["started", "starting", "began", "beginning", "begun", "of", "since"]
        if core.kind == .clock, !phrase.isForward, began.contains(before) { phrase.isPast = true }
    }

    /// Whether a length follows "takes" or "needs", or an estimate: then it is as good as a time.
    private func isTaken(_ phrase: TimePhrase) -> Bool {
        let start = phrase.tokens.lowerBound
        let takes = ["take", "takes", "taking", "need", "needs", "require", "requires", "last"]
        if takes.contains(word(start - 1)) || takes.contains(word(start - 2)) && word(start - 1) == "us" {
            return true
        }
        return (1...5).contains { ["eta", "estimate", "estimated"].contains(word(start - $0)) }
    }
}
