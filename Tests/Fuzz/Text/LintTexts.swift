import Lint

/// The linter: any text and any list of words end, with spans inside the text.
enum LintTexts {
    private static let suggestions = """

        [suggestions]
        unverified_time => later
        missing_impact => [FILL: impact]
        missing_next_time => in {minutes} minutes
        too_long => cut
        internal_name => a server
        secret => [removed]
        """

    /// An input is a text and, after a NUL, a list of words.
    @Sendable static func check(_ input: Bytes) {
        let parts = input.split(separator: 0x00, maxSplits: 1, omittingEmptySubsequences: false).map {
            text($0)
        }
        let (given, lines) = (parts.first ?? "", parts.count > 1 ? parts[1] : "")
        let list: WordList
        do throws(WordList.Fault) {
            list = try WordList(lines + suggestions)
        } catch {
            let count = (lines + suggestions).utf8.count { $0 == 0x0A } + 1
            return demand((1...count).contains(error.line), "line \(error.line) of \(count)")
        }
        let context = Linter.Context(
            isPublic: true, mustSayImpact: true, mustSayNextTime: true, isTimeVerified: false,
            people: ["bob", "Ann Lee"], nextUpdateMinutes: 15)
        let findings = Linter(words: list).findings(in: given, context)
        demand(findings.count <= LintFinding.countMax, "\(findings.count) findings")
        for finding in findings {
            demand(finding.span.upperBound <= given.utf8.count, "\(finding.span) of \(given.utf8.count)")
        }
        let spans = SecretScanner.spans(in: Array(input))
        demand(spans.allSatisfy { $0.upperBound <= input.count && !$0.isEmpty }, "\(spans)")
        demand(zip(spans, spans.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound }, "\(spans)")
        _ = StepWords(lines).cover(given)
    }
}
