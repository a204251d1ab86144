import Lint

/// A text of `corpus/*.txt`, with what the linter must find in it.
///
/// Texts are separated by lines `---`. Lines `% …` before a text give its context: `later` (an update that need not say the impact),
/// `ended`, `withdrawn`, `nothing_new`, `internal`, `eta`, `people a, b`. `⟦rule|words⟧` marks a finding, which may lie in another.
struct CorpusText {
    struct Marked: Hashable {
        var rule: String
        var span: Range<Int>
    }

    var text = ""
    var marked: [Marked] = []
    var context = Linter.Context(
        isPublic: true, mustSayImpact: true, mustSayNextTime: true, isTimeVerified: false, people: [],
        nextUpdateMinutes: 15)

    static func parse(_ file: String) -> [CorpusText] {
        var texts: [CorpusText] = []
        var lines: [Substring] = []
        for line in (file + "\n---").split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "---" {
                texts.append(CorpusText(lines))
                lines = []
            } else {
                lines.append(line)
            }
        }
        return texts
    }

    private init(_ lines: [Substring]) {
        var lines = lines[...]
        while let line = lines.first, line.hasPrefix("% ") {
            read(context: line.dropFirst(2))
            lines = lines.dropFirst()
        }
        var source = lines.joined(separator: "\n")
        while source.hasSuffix("\n") { source.removeLast() }
        read(marked: CorpusText.withSecrets(source))
    }

    private mutating func read(context word: Substring) {
        switch word {
        case "later", "nothing_new", "withdrawn": context.mustSayImpact = false
        case "internal": context.isPublic = false
        case "eta": context.isTimeVerified = true
        default: break
        }
        if word == "ended" || word == "withdrawn" { context.mustSayNextTime = false }
        if word == "ended" { context.mustSayImpact = false }
        if word.hasPrefix("people ") {
            context.people = word.dropFirst(7).split(separator: ",").map { String($0.drop { $0 == " " }) }
        }
    }

    private mutating func read(marked source: String) {
        var open: [(rule: String, start: Int)] = []
        var rest = source[...]
        while let character = rest.popFirst() {
            switch character {
            case "⟦":
                open.append((String(rest.prefix { $0 != "|" }), text.utf8.count))
                rest = rest.drop { $0 != "|" }.dropFirst()
            case "⟧":
                if let mark = open.popLast() {
                    marked.append(Marked(rule: mark.rule, span: mark.start..<text.utf8.count))
                }
            default: text.append(character)
            }
        }
    }

    /// Secrets are put together here, so that no scanner finds one in the repository.
    static func withSecrets(_ text: String) -> String {
        let random = "q7Zk" + "93mPxT" + "b4WcRy" + "82Lh5N"
        return text.replacing("{AKIA}", with: "AKI" + "A" + "QX7ZK93MPXTB4WCR")
            .replacing("{hunter}", with: "hunt" + "er2-" + "summer")
            .replacing("{userinfo}", with: "app:" + "s3cr" + "et")
            .replacing("{github}", with: "gh" + "p_" + "Ab12Cd34Ef56Gh78Ij90Kl12Mn34Op56Qr78")
            .replacing("{random}", with: random)
            .replacing("{jwt}", with: "ey" + "JhbGciOi1.ey" + "JzdWIiOi1.c2lnbmF0dXJl")
    }
}

extension [LintFinding] {
    /// Those that lie in no other.
    var outermost: [LintFinding] {
        filter { inner in
            !contains { outer in
                outer.span != inner.span && !inner.span.isEmpty && outer.span.contains(inner.span)
            }
        }
    }
}

extension LintFinding {
    /// The text with the suggestion in the place of the span; what is missing gets a line of its own.
    func applied(to text: String) -> String {
        let bytes = Array(text.utf8)
        let separator = span.isEmpty && span.lowerBound > 0 ? "\n" : ""
        return String(decoding: bytes[..<span.lowerBound], as: UTF8.self) + separator + suggestion
            + String(decoding: bytes[span.upperBound...], as: UTF8.self)
    }
}
