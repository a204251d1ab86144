import Config
import Lint
import OperatingSystem
import Testing

/// Every text of the corpus: what is marked is found, nothing else is, and the suggestions make the text clean.
struct CorpusTests {
    private static let linter = Result { Linter(words: try WordList(Texts.lintWords)) }

    private static func texts(_ name: String) -> Result<[CorpusText], any Error> {
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
        return Result {
            let bytes = try Files.read("\(folder)/corpus/\(name).txt", bytesMax: 1 << 20)
            return CorpusText.parse(String(decoding: bytes, as: UTF8.self))
        }
    }

    private static func shown(_ findings: some Sequence<CorpusText.Marked>, in text: String) -> [String] {
        findings.map { "\($0.rule) “\(LintFinding.words(at: $0.span, in: text))”" }.sorted()
    }

    private func found(_ text: String, _ context: Linter.Context) throws -> [LintFinding] {
        try CorpusTests.linter.get().findings(in: text, context)
    }

    @Test func `there is no alarm on a good update`() throws {
        let texts = try CorpusTests.texts("good").get()
        #expect(texts.count >= 110)
        for text in texts {
            let found = try self.found(text.text, text.context)
            #expect(found.isEmpty, "\(text.text): \(found)")
        }
    }

    @Test func `all that is bad in an update is found, and nothing else`() throws {
        let texts = try CorpusTests.texts("bad").get()
        #expect(texts.count >= 110)
        for text in texts {
            #expect(!text.marked.isEmpty, "\(text.text)")
            let found = try self.found(text.text, text.context).map {
                CorpusText.Marked(rule: $0.rule.rawValue, span: $0.span)
            }
            let (expected, all) = (
                CorpusTests.shown(text.marked, in: text.text), CorpusTests.shown(found, in: text.text)
            )
            #expect(all == expected, "\(text.text)")
            #expect(Set(found) == Set(text.marked), "\(text.text)")
        }
        let rules = Set(texts.flatMap(\.marked).map(\.rule))
        let missing = LintFinding.Rule.allCases.filter { !rules.contains($0.rawValue) }
        #expect(missing == [])
    }

    @Test func `the suggestions in the place of their spans make an update clean`() throws {
        for text in try CorpusTests.texts("bad").get() {
            var better = text.text
            for finding in try found(text.text, text.context).outermost.reversed() {
                better = finding.applied(to: better)
            }
            let again = try found(better, text.context)
            #expect(again.isEmpty, "\(better): \(again)")
        }
    }
}
