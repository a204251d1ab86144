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
        #expect(
            cut.span.lowerBound == 2 * (1_198 - cut.suggestion.unicodeScalars.count), "no more than needed")
    }

    @Test func `what is to be cut is read for secrets only`() {
        let fits = String(repeating: "Uploads fail. ", count: 85)
        let secret = "A" + "KIA" + "IOSFODNN7EXAMPLE"
        #expect(rules("It is probably DNS. \(fits) It is probably DNS.") == [.guess, .tooLong])
        #expect(rules("\(fits) \(fits) \(secret)") == [.tooLong, .secret])
        #expect(rules("> \(fits) \(fits) \(secret)") == [.tooLong], "a quote goes on behind the cut")
        let open = "A note: \"\(fits) It is probably DNS.\" \(fits)"
        #expect(rules(open) == [.tooLong])
    }

    @Test func `a long text without times says when the next update comes by the suggestion`() {
        let long = String(repeating: "Uploads fail. ", count: 90)
        #expect(rules(long) { $0.mustSayNextTime = true } == [.tooLong])
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

    private func words(_ text: String, _ rule: LintFinding.Rule, _ people: [String]) -> [String] {
        linter.findings(in: text, LinterTests.context { $0.others = linter.names(of: people) })
            .filter { $0.rule == rule }.map { LintFinding.words(at: $0.span, in: text) }
    }

    @Test(arguments: [
        ("quill broke it", "quill broke"), ("Quill Farnsworth broke it", "Quill Farnsworth broke"),
        ("quill farnsworth deployed version 5", "quill farnsworth deployed"),
        ("Quill's mistake stopped it", "Quill's mistake"), ("It broke because of zora", "because of zora"),
        ("Mina broke it", "Mina broke"), ("@zora.bright forgot it", "@zora.bright forgot"),
        ("Zora Bright forgot it", "Zora Bright forgot"),
    ])
    func `people of pages are known by names, first names and handles`(text: String, found: String) {
        let people = ["Quill Farnsworth", "quill", "zora", "@zora.bright", "Mina van der Berg"]
        #expect(words(text, .blame, people) == [found])
    }

    @Test(arguments: [
        "mina broke", "Database broke it", "it broke at 10:02", "The customers broke nothing", "web failed",
        "Ann broke it", "a broke it",
    ])
    func `what only looks like a name is none`(text: String) {
        let people = [
            "Mina van der Berg", "Database Team", "it", "customers", "web", "the", "", "…", "a",
            "Ann b c d e",
        ]
        #expect(words(text, .blame, people) == [])
    }

    @Test func `names have an upper bound`() {
        let people = (0..<PersonNames.countMax + 1).map { "qx\($0)" }
        #expect(words("qx\(PersonNames.countMax - 1) broke it", .blame, people).count == 1)
        #expect(words("qx\(PersonNames.countMax) broke it", .blame, people) == [])
    }

    @Test(arguments: [
        "The database team probably broke it", "The database team clearly then broke it",
        "The database team most likely just broke it", "The database team accidentally again broke it",
        "The database team may have broken it", "Someone on the database team apparently broke it",
    ])
    func `adverbs stand between a team and what it did, and a guess is found besides`(text: String) throws {
        let findings = linter.findings(in: text, LinterTests.context())
        let blame = try #require(findings.first { $0.rule == .blame })
        #expect(blame.span == 0..<text.utf8.count - 3)
        let guesses = findings.filter { $0.rule == .guess }
        let guessed = ["probably", "likely", "apparently", "may have"].contains { text.contains($0) }
        #expect(guesses.isEmpty == !guessed)
        #expect(guesses.allSatisfy { blame.span.contains($0.span) })
        #expect(findings.count == 1 + guesses.count)
    }

    @Test(arguments: [
        "Our engineers removed a faulty disk", "The team deleted the stuck jobs",
        "The team dropped broken packets",
        "Dana quickly restored it", "The team really likes it",
        "Those who just forgot a password may reset it",
        "The team reply broke a record", "Users who forgot it can wait",
    ])
    func `a repair is no blame`(text: String) {
        #expect(rules(text) == [])
    }

    @Test(arguments: [
        ("Our engineers deleted the wrong disk", "Our engineers deleted"),
        ("Our engineers carelessly removed a faulty disk", "Our engineers carelessly removed"),
        ("Our engineers removed all files of customers, which were faulty", "Our engineers removed"),
        ("Dana probably forgot it", "Dana probably forgot"),
        ("Xul really just forgot it", "Xul really just forgot"),
    ])
    func `what is no repair is blame`(text: String, found: String) {
        #expect(words(text, .blame, []) == [found])
    }

    @Test(arguments: [
        "Parcel pages show no events since Sunday", "The kiosks are out of order",
        "Codes take up to five minutes",
        "We know. The pages load in ten seconds", "page shows the wrong price", "We saw, and prices are old",
    ])
    func `what is affected may be said without a word of trouble`(text: String) {
        #expect(rules(text) { $0.mustSayImpact = true } == [])
    }

    @Test(arguments: [
        "we have no news", "we will keep you up to date", "what went wrong", "we know it is not right",
        "We. Know. All. Of. That",
        "We look on and on", "The pages load now", "Something in the data went wrong",
        "The whole night shift engineer sits here", "A solution comes to mind today",
        "More details come to this page",
        "All hands test the new pages",
    ])
    func `what says nothing of what is affected is seen`(text: String) {
        #expect(rules(text) { $0.mustSayImpact = true } == [.missingImpact])
    }

    @Test(arguments: [
        ("It is expected to clear soon", "soon"),
        ("We hope to have this done tomorrow at 6 am", "tomorrow at 6 am"),
        ("Mail goes out by noon", "by noon"), ("Messages should go out within the hour", "within the hour"),
        ("The queue is long, fix within 20 minutes", "within 20 minutes"),
    ])
    func `a promise is found whatever it is about`(text: String, found: String) {
        #expect(words(text, .unverifiedTime, []) == [found])
    }

    @Test(arguments: [
        "The fix helps, builds start within three minutes", "You should get a mail soon",
        "Requests time out within 30 seconds",
        "It is expected at 10:30 every day",
    ])
    func `what happens anyway is no promise`(text: String) {
        #expect(words(text, .unverifiedTime, []) == [])
    }

    @Test(arguments: ["git-fs-07", "pay-core-003", "a-b-0012"])
    func `only machines have numbers that begin with zero`(name: String) {
        #expect(rules("We restarted \(name)") == [.internalName])
    }

    @Test(arguments: ["inc-07", "cve-2026-004", "eu-west-1", "git-fs-7a", "git-fs-00007", "a-b-0"])
    func `other names with numbers are no machines`(name: String) {
        #expect(rules("We restarted \(name)") == [])
    }

    @Test func `of sixty guesses fifty are shown, the first ones`() {
        let text = String(repeating: "probably. ", count: 60)
        let findings = linter.findings(in: text, LinterTests.context())
        #expect(findings.map(\.span.lowerBound) == (0..<50).map { 10 * $0 })
    }

    @Test func `what is missing is found besides fifty guesses`() {
        let text = String(repeating: "We think. ", count: 60)
        let rules = rules(text) { ($0.mustSayImpact, $0.mustSayNextTime) = (true, true) }
        #expect(rules == Array(repeating: .guess, count: 48) + [.missingImpact, .missingNextTime])
    }

    @Test func `what is missing in a text that is too long goes after the cut`() {
        let text = String(repeating: "We look. ", count: 140) + "\n"
        let context = LinterTests.context { ($0.mustSayImpact, $0.mustSayNextTime) = (true, true) }
        let findings = linter.findings(in: text, context)
        #expect(findings.map(\.rule) == [.tooLong, .missingImpact])
        #expect(findings.last?.span == text.utf8.count..<text.utf8.count)
        let better = findings.reversed().reduce(text) { $1.applied(to: $0) }
        #expect(linter.findings(in: better, context) == [])
    }

    @Test func `a text of the greatest length has at most fifty findings, in order`() {
        for piece in [
            "probably ", "bob forgot it. ", "10.0.0.1 ", "fixed soon, ", "web-03;", "maybe\n\n", "\"`“ ",
        ] {
            let text = String(repeating: piece, count: 65_536 / piece.unicodeScalars.count)
            let findings = linter.findings(
                in: text, LinterTests.context { ($0.mustSayImpact, $0.mustSayNextTime) = (true, true) })
            #expect(findings.count <= LintFinding.countMax)
            #expect(findings.map(\.rule).contains(.tooLong) || findings.count == LintFinding.countMax)
            #expect(
                zip(findings, findings.dropFirst()).allSatisfy { $0.span.lowerBound <= $1.span.lowerBound })
        }
    }
}
