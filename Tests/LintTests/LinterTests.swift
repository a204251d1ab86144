import Config
import Lint
import TestSupport
import Testing

/// The linter where a corpus of real texts does not look: limits, quotes, contexts.
struct LinterTests {
    private let linter: Linter

    init() throws { linter = Linter(words: try WordList(Texts.lintWords)) }

    private static func context(_ change: (inout Linter.Context) -> Void = { _ in }) -> Linter.Context {
        var context = Linter.Context(
            isPublic: true, mustSayImpact: false, mustSayNextTime: false, isTimeVerified: false, people: [],
            nextUpdateMinutes: 15)
        change(&context)
        return context
    }

    private func rules(_ text: String, _ change: (inout Linter.Context) -> Void = { _ in }) -> [LintFinding
        .Rule]
    {
        linter.findings(in: text, LinterTests.context(change)).map(\.rule)
    }

    @Test func `a text of 1,201 characters is too long, and the suggestion shortens it`() throws {
        let fits = String(repeating: "Uploads fail. ", count: 85) + "1234567890"
        #expect(fits.unicodeScalars.count == 1_200)
        #expect(rules(fits) == [])
        #expect(rules(fits.replacing("1", with: "é")) == [], "characters are counted, not bytes")
        let long = fits + "é"
        let finding = try #require(linter.findings(in: long, LinterTests.context()).first)
        #expect(finding.rule == .tooLong)
        #expect(finding.span.upperBound == long.utf8.count)
        #expect(rules(finding.applied(to: long)) == [])
        let solid = String(repeating: "é", count: 1_201)
        let cut = try #require(linter.findings(in: solid, LinterTests.context()).first)
        #expect(cut.rule == .tooLong)
        #expect(rules(cut.applied(to: solid)) == [])
    }

    @Test func `spans are bytes of the text`() throws {
        let text = "Größe – “ok” – it’s probably DNS"
        let finding = try #require(linter.findings(in: text, LinterTests.context()).first)
        #expect(finding.span == 32..<40)
        #expect(LintFinding.words(at: finding.span, in: text) == "probably")
    }

    @Test(arguments: [
        "\"probably\"", "“probably”", "„probably“", "`probably`", "``a ` probably``", "> probably",
        "x\n  > probably\n", "```\nprobably\n```\n", "~~~\nprobably\n\nprobably\n~~~\n", "```\nprobably",
        "“bob broke it, fixed soon” he wrote", "`10.0.0.1` and `web-03`",
    ])
    func `what is quoted is left alone`(text: String) {
        #expect(rules(text) == [])
    }

    @Test(arguments: [
        "probably \"DNS\"", "\"DNS\" probably", "5\" probably", "\"open, probably", "`open, probably",
        "“a”\n\nprobably \"", "\"a\n\nb\" probably", "```a``` probably", "> a\nprobably",
        "```\na\n```\nprobably",
    ])
    func `what is beside a quote, or in none, is read`(text: String) {
        #expect(rules(text) == [.guess])
    }

    @Test func `what is missing is found by context`() {
        let text = "We are looking into it."
        #expect(rules(text) == [])
        #expect(rules(text) { $0.mustSayImpact = true } == [.missingImpact])
        #expect(rules(text) { $0.mustSayNextTime = true } == [.missingNextTime])
        #expect(rules(text) { ($0.mustSayImpact, $0.isPublic) = (true, false) } == [])
        #expect(rules("web-03 is slow") { $0.isPublic = false } == [])
        #expect(rules("It will be fixed by 5 pm") == [.unverifiedTime])
        #expect(rules("It will be fixed by 5 pm") { $0.isTimeVerified = true } == [])
    }

    @Test func `the suggestions say what is missing, with the minutes to the next update`() {
        let context = LinterTests.context {
            ($0.mustSayImpact, $0.mustSayNextTime) = (true, true)
            $0.nextUpdateMinutes = 30
        }
        let findings = linter.findings(in: "We are looking into it.", context)
        #expect(
            findings.map(\.suggestion) == ["What is affected: [FILL: impact]", "Next update in 30 minutes."])
    }

    @Test func `people of the incident are known by their names in any case`() {
        #expect(rules("zoë broke it") { $0.people = ["Zoë"] } == [.blame])
        #expect(rules("Quill Farnsworth broke it") { $0.people = ["@quill farnsworth"] } == [.blame])
        #expect(rules("Quill Farnsworth broke it") == [])
        #expect(rules("the deploy broke it") { $0.people = ["bob"] } == [])
        #expect(rules("write to bob@mail.example, pushed at 10:02") { $0.people = ["bob"] } == [])
    }

    @Test func `a text of the greatest length has at most fifty findings, in order`() {
        for piece in [
            "probably ", "bob forgot it. ", "10.0.0.1 ", "fixed soon, ", "web-03;", "maybe\n\n", "\"`“ ",
        ] {
            let text = String(repeating: piece, count: 65_536 / piece.unicodeScalars.count)
            let findings = linter.findings(in: text, LinterTests.context { $0.mustSayImpact = true })
            #expect(findings.count <= LintFinding.countMax)
            #expect(findings.map(\.rule).contains(.missingImpact))
            #expect(
                zip(findings, findings.dropFirst()).allSatisfy { $0.span.lowerBound <= $1.span.lowerBound })
        }
    }
}
