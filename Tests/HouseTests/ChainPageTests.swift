import Encoding
import Journal
import Testing

/// The test vectors in docs/chain.md are correct.
struct ChainPageTests {
    @Test func `the vectors on the chain's page hold`() throws {
        let lines = try Repository.text(of: "docs/chain.md").split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
        let marks = lines.indices.filter { lines[$0] == "<!-- test: vector -->" }
        try #require(marks.count == 2)
        for mark in marks {
            let vector = lines[(mark + 2)...].prefix(5).map(\.self)
            try #require(vector.count == 5)
            let salt = try #require(Hex.decode(vector[0]))
            #expect(Hex.encode(Chain.wordsDigest(salt: salt, words: Array(vector[1].utf8))) == vector[2])
            #expect(vector[3].contains("\"\(vector[2])\""), "the line holds the digest of the words")
            #expect(Hex.encode(Digest.sha256(Array(vector[3].utf8))) == vector[4])
        }
    }
}
