/// The times of a text: which promise a resolution, and whether one says when the next update comes.
struct Promises {
    private let tokens: Tokens
    private let times: [TimePhrase]
    private let words: WordList

    /// How many tokens around a time the rules look at.
    private static let reach = 40

    init(_ tokens: Tokens, _ times: [TimePhrase], _ words: WordList) {
        self.tokens = tokens
        self.times = times
        self.words = words
    }

    private func word(_ index: Int) -> String { tokens.word(index) }

    // MARK: The next update

    /// Whether a time that is not past stands in the text; "soon" is no time.
    var sayNextTime: Bool {
        times.contains { time in
            guard !time.isPast, !isEndOfPast(time) else { return false }
            switch time.kind {
            case .clock, .stretch: return true
            case .day: return governor(of: time) == .update
            case .length, .vague: return false
            }
        } || tokens.list.contains { Self.regular.contains($0.word) }
    }

    /// Whether a time is the second one of "from 9:08 to 9:52" or "between 9:08 and 9:52".
    private func isEndOfPast(_ time: TimePhrase) -> Bool {
        let start = time.tokens.lowerBound
        guard ["to", "and", "-", "until", "till"].contains(word(start - 1)) || word(start) == "until" else {
            return false
        }
        return times.contains {
            $0.isPast && (start - 2...start).contains($0.tokens.upperBound)
        }
    }

    // MARK: Promises of a resolution

    func findings(next: String, _ context: Linter.Context) -> [LintFinding] {
        let fixed = words.suggestion(.unverifiedTime)
        let promised = spans()
        // Without the promise, the text may have no time left.
        let others = times.indices.filter { index in
            !promised.contains { $0.overlaps(times[index].tokens) }
        }
        let rest = Promises(tokens, others.map { times[$0] }, words)
        let suggestion = context.mustSayNextTime && !rest.sayNextTime ? "\(fixed). \(next)" : fixed
        return promised.map { LintFinding(.unverifiedTime, tokens.span($0), suggestion) }
    }

    private func spans() -> [Range<Int>] {
        var found: [Range<Int>] = []
        for time in times where !isQuoted(time) {
            let span: Range<Int>
            if let start = estimate(before: time) {
                span = start..<time.tokens.upperBound
            } else if isPromise(time) {
                span = time.tokens
            } else {
                continue
            }
            // "Tomorrow at 6 am" is one time.
            if let last = found.last, last.upperBound == span.lowerBound, !isSeparated(span) {
                found[found.count - 1] = last.lowerBound..<span.upperBound
            } else {
                found.append(span)
            }
        }
        return found
    }

    private func isSeparated(_ span: Range<Int>) -> Bool {
        tokens.list[span.lowerBound - 1].sentence != tokens.list[span.lowerBound].sentence
    }

    private func isQuoted(_ time: TimePhrase) -> Bool {
        tokens.list[time.tokens.lowerBound].isQuoted
    }

    /// Where "ETA" stands, if the time is what follows it, and it is not said that there is none.
    private func estimate(before time: TimePhrase) -> Int? {
        let start = time.tokens.lowerBound
        for index in stride(from: start - 1, through: max(0, start - 6), by: -1) {
            guard tokens.list[index].sentence == tokens.list[start].sentence else { return nil }
            guard word(index) == "eta" || word(index) == "estimated" && word(index + 1) == "time" else {
                continue
            }
            guard index + 3 >= start || word(index + 1) == "for" || word(index + 1) == "time" else {
                return nil
            }
            let negations = ["no", "not", "don't", "without", "cannot", "can't", "never", "unable"]
            let isDenied = (max(0, index - 5)..<index).contains {
                negations.contains(word($0)) || tokens.has($0, .timeUpdate)
            }
            let isOfUpdate = (index..<start).contains { tokens.has($0, .timeUpdate) }
            return isDenied || isOfUpdate ? nil : index
        }
        return nil
    }

    private func hasFix(inClauseBefore index: Int) -> Bool {
        let start = sentenceStart(of: index)
        let clause = (start..<index).last { isSeparator($0) } ?? start
        return (clause..<index).contains { kind(at: $0) == .fix } || clause == start
    }

    private enum Governor {
        case fix, update, watch
    }

    private func isPromise(_ time: TimePhrase) -> Bool {
        guard !time.isPast else { return false }
        let start = time.tokens.lowerBound
        let before = sentenceStart(of: start)..<start
        let governor = governor(of: time)
        // "It is expected to clear soon", whatever "it" is; "you should get a mail soon" is about readers.
        if governor == nil, time.isForward {
            return before.contains { tokens.has($0, .timeHope) }
                && !before.contains { ["you", "your"].contains(word($0)) }
        }
        guard governor == .fix else { return false }
        let cues = before.contains { isFuture($0) } || followedByFuture(time)
        switch time.kind {
        case .length: return true
        case .clock, .day: return cues || time.isForward && !isPast(before)
        // "The fix helps, builds start within three minutes" promises nothing.
        case .stretch: return time.isForward && (cues || !isPast(before) && hasFix(inClauseBefore: start))
        case .vague: return cues || !isPast(before)
        }
    }

    private func isFuture(_ index: Int) -> Bool {
        tokens.has(index, .timeFuture) || word(index).hasSuffix("'ll")
    }

    /// "By noon all services will be restored".
    private func followedByFuture(_ time: TimePhrase) -> Bool {
        let end = time.tokens.upperBound
        return ahead(of: end).contains { isFuture($0) }
    }

    private func isPast(_ range: Range<Int>) -> Bool {
        range.contains { tokens.has($0, .timePast) }
    }

    private func sentenceStart(of index: Int) -> Int {
        var start = index
        let sentence = tokens.list[index].sentence
        while start > 0, index - start < Self.reach, tokens.list[start - 1].sentence == sentence {
            start -= 1
        }
        return start
    }

    /// What follows in the sentence, up to a mark.
    private func ahead(of end: Int) -> Range<Int> {
        var index = end
        guard end > 0, end <= tokens.list.count else { return end..<end }
        let sentence = tokens.list[end - 1].sentence
        while index < tokens.list.count, index - end < Self.reach, tokens.list[index].sentence == sentence,
            !isSeparator(index) || index == end && word(index) == ","
        {
            index += 1
        }
        return end..<index
    }

    private static let separators: Set<String> = [
        ",", ";", ":", "(", "-", "—", "–", "and", "or", "but", "so", "while", "then", "which",
    ]
    private static let regular: Set<String> = ["hourly", "half-hourly", "daily"]

    private func isSeparator(_ index: Int) -> Bool {
        Self.separators.contains(word(index))
    }

    /// What the sentence says happens at a time: the nearest such word before it, else the first after it.
    ///
    /// What is said stays what is said up to a comma or an "and": "an update on the recovery in 20 minutes".
    private func governor(of time: TimePhrase) -> Governor? {
        let start = time.tokens.lowerBound
        var governor: Governor?
        var maySwitch = true
        for index in sentenceStart(of: start)..<start {
            if isSeparator(index) { maySwitch = true }
            guard let found = kind(at: index) else { continue }
            if found == .fix, governor == .update || governor == .watch, !maySwitch { continue }
            governor = found
            maySwitch = found == .fix
        }
        if governor == .fix, time.kind == .vague || time.kind == .stretch || time.kind == .clock,
            word(time.tokens.upperBound) == "with",
            ahead(of: time.tokens.upperBound).contains(where: { kind(at: $0) == .update })
        {
            return .update
        }
        if let governor { return governor }
        return ahead(of: time.tokens.upperBound).lazy.compactMap { kind(at: $0) }.first
    }

    private func kind(at index: Int) -> Governor? {
        let token = tokens.list[index]
        guard token.isWord, !token.isQuoted else { return nil }
        if token.word == "back" {
            if ["check", "report", "come", "get", "be"].contains(word(index - 1)),
                ["with", "to", "here"].contains(word(index + 1)), word(index + 2) != "normal"
            {
                return .update
            }
            if ["check", "report"].contains(word(index - 1)) { return .update }
        }
        // "30 more minutes" is no news.
        if token.word == "more", let digit = word(index - 1).utf8.first, (0x30...0x39).contains(digit) {
            return nil
        }
        // "Mail goes out by noon".
        if token.word == "out" {
            return ["go", "goes", "going", "sent"].contains(word(index - 1)) ? .fix : nil
        }
        if token.word == "working", ["day", "days", "hours", "week"].contains(word(index + 1)) { return nil }
        if token.sections.contains(.timeUpdate) { return .update }
        if token.sections.contains(.timeWatch) { return .watch }
        return token.sections.contains(.timeFix) ? .fix : nil
    }

    /// Whether the sentence of a token has a time that only can come.
    func hasForwardTime(inSentenceOf index: Int) -> Bool {
        let sentence = tokens.list[index].sentence
        // Times are few, and ascend.
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if tokens.list[times[middle].tokens.lowerBound].sentence < sentence {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < times.count && tokens.list[times[low].tokens.lowerBound].sentence == sentence
            && times[low].isForward
    }
}
