import Config
import Testing

@testable import Lint

/// The file of words: what it says, and what is wrong with it, by line.
struct WordListTests {
    private static let suggestions = """
        [suggestions]
        unverified_time => later
        missing_impact => Impact: [FILL: impact]
        missing_next_time => Again in {minutes} minutes
        too_long => cut
        internal_name => a server
        secret => [removed]
        """

    private func fault(_ text: String) -> String? {
        do throws(WordList.Fault) {
            _ = try WordList(text + "\n" + WordListTests.suggestions)
            return nil
        } catch {
            return "\(error.line): \(error.detail)"
        }
    }

    @Test func `the built-in list is valid, and uses every section`() throws {
        let list = try WordList(Texts.lintWords)
        for name in WordList.Words.allCases { #expect(!list.all(name).isEmpty, "\(name.name)") }
        for name in WordList.Phrases.allCases {
            #expect(Texts.lintWords.contains("[\(name.name)]\n"), "\(name.name)")
        }
    }

    @Test func `each section of words and of phrases is one of its own`() throws {
        let words = WordList.Words.allCases.map { "[\($0.name)]\nword\($0.rawValue)" }
        let phrases = WordList.Phrases.allCases.map { "[\($0.name)]\nphrase\($0.rawValue) => x" }
        let text = (words + phrases + [WordListTests.suggestions]).joined(separator: "\n")
        let list = try WordList(text)
        for name in WordList.Words.allCases {
            for other in WordList.Words.allCases {
                #expect(list.contains("word\(other.rawValue)", in: name) == (name == other), "\(name)")
            }
            #expect(WordList.Phrases.allCases.allSatisfy { !list.contains("phrase\($0.rawValue)", in: name) })
        }
        for name in WordList.Phrases.allCases {
            for other in WordList.Phrases.allCases {
                #expect(
                    list.sections(of: "phrase\(other.rawValue)").contains(name) == (name == other), "\(name)")
            }
            #expect(
                WordList.Words.allCases.allSatisfy { !list.sections(of: "word\($0.rawValue)").contains(name) }
            )
        }
    }

    @Test(arguments: [
        ("a => b", "1: A section such as"),
        ("\n[gues]", "2: The section is unknown"),
        ("[guess] x", "1: The section is unknown"),
        ("[guess]\n[users]\n[guess]", "3: The section [guess] stands twice"),
        ("[guess]\nprobably", "2: A phrase needs =>"),
        ("[guess]\nprobably =>", "2: A phrase needs =>"),
        ("[guess]\n=> b", "2: A phrase must come before"),
        ("[guess]\na? b => c", "2: The first word of a phrase cannot be optional"),
        ("[guess]\na / => c", "2: “/” has no word"),
        ("[guess]\na b c d e f g h i => c", "2: A phrase has at most 8 words"),
        ("[users]\na => c", "2: [users] lists words"),
    ])
    func `a fault names its line`(text: String, begin: String) throws {
        let fault = try #require(self.fault(text))
        #expect(fault.hasPrefix(begin), "\(fault)")
    }

    @Test func `suggestions have bounds, and must all be there`() {
        let long = String(repeating: "x", count: 201)
        #expect(fault("[guess]\na => \(long)")?.hasPrefix("2: A suggestion has at most 200 bytes") == true)
        let many = (0...100).map { "a b\($0) => c" }.joined(separator: "\n")
        #expect(fault("[guess]\n\(many)")?.hasPrefix("102: At most 100 phrases may begin with “a”") == true)
        #expect(throws: WordList.Fault.self) { try WordList("[suggestions]\nsecret => x") }
        #expect(fault("") == nil)
    }

    @Test func `comments, blank lines, capitals and ends of lines of other systems do not matter`() throws {
        let text =
            "# x\r\n\r\n[guess]\r\n  Perhaps/Maybe\tso?  =>  we check  \r\n" + WordListTests.suggestions
        let linter = Linter(words: try WordList(text))
        let context = Linter.Context(
            isPublic: true, mustSayImpact: false, mustSayNextTime: false, isTimeVerified: false, people: [],
            nextUpdateMinutes: 15)
        #expect(linter.findings(in: "MAYBE", context) == [LintFinding(.guess, 0..<5, "we check")])
    }

    @Test(arguments: [
        ("fixed", true), ("Fixed it!", true), ("rotated the key", true), ("done, done.", true),
        ("restarted the WAL sender", false), ("rotated the key of stripe-live", false),
        ("rolled back to 41", false),
        ("", false), ("…", false), (String(repeating: "fixed ", count: 100), false),
    ])
    func `a change says no steps when all its words are in the list`(text: String, isCovered: Bool) {
        #expect(StepWords(Texts.noSteps).cover(text) == isCovered)
    }

    @Test func `without words nothing says no steps`() {
        #expect(!StepWords("# fixed").cover("fixed"))
    }
}
