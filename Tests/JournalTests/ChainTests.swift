import Encoding
import Incidents
import Journal
import Model
import Testing
import Time

/// The chain can never change, so its vectors were worked out apart from it, by Python's hashlib, and stand in docs/chain.md as well.
struct ChainTests {
    /// The first entry of the vectors: words and salt are there.
    private var first: StoredEntry {
        let words = Array(
            #"{"text":"Declared by alice as major: Sign-in fails","data":{"title":"Sign-in fails"}}"#.utf8)
        let facts = """
            {"number":42,"severity":"major","interval_seconds":900,"due_at":"2026-01-15T10:08:00.000Z",\
            "nag_steps_seconds":[0,300,600],"nag_max":12,"due_soon_at":"2026-01-15T10:06:00.000Z"}
            """
        let salt = [UInt8](0..<16)
        return StoredEntry(
            position: 4_711, stream: StreamID(Incident.self, 42), seq: 1, id: "01KF0Q2XG0AAAAAAAAAAAAAAAA",
            kind: Declared.kind,
            author: "alice", postedBy: "slackbot", occurredAt: noon, recordedAt: noon, visibility: .internal,
            facts: Array(facts.utf8), words: words, salt: salt,
            wordsDigest: Chain.wordsDigest(salt: salt, words: words), hash: [], onceKey: nil)
    }

    /// The second one: names and words beyond ASCII, and characters that JSON escapes.
    private var second: StoredEntry {
        let words = Array("{\"text\":\"caf\u{E9} \u{1F941} \\\"quoted\\\"\"}".utf8)
        let salt = [UInt8](repeating: 255, count: 16)
        return StoredEntry(
            position: 4_712, stream: StreamID(Incident.self, 42), seq: 2, id: "01KF0Q2XG0BBBBBBBBBBBBBBBB",
            kind: Finding.kind,
            author: "@b\u{F6}b \"x\" \\ \u{2028}", postedBy: "slackbot",
            occurredAt: noon - .milliseconds(60_500),
            recordedAt: noon + .milliseconds(1), visibility: .public,
            facts: Array(#"{"confirmed":true}"#.utf8),
            words: words, salt: salt, wordsDigest: Chain.wordsDigest(salt: salt, words: words), hash: [],
            onceKey: nil)
    }

    @Test func `the digest of the words is SHA-256 of salt and stored words`() {
        #expect(Hex.encode(first.wordsDigest) == Vectors.firstDigest)
        #expect(Hex.encode(second.wordsDigest) == Vectors.secondDigest)
    }

    @Test func `the line that is hashed is the one of the vectors, to the byte`() {
        #expect(text(Chain.line(of: first, in: Sample.id, after: Chain.start)) == Vectors.firstLine)
        let previous = Chain.hash(of: first, in: Sample.id, after: Chain.start)
        #expect(text(Chain.line(of: second, in: Sample.id, after: previous)) == Vectors.secondLine)
    }

    @Test func `the hashes are those of the vectors`() {
        let one = Chain.hash(of: first, in: Sample.id, after: Chain.start)
        #expect(Hex.encode(one) == Vectors.firstHash)
        #expect(Hex.encode(Chain.hash(of: second, in: Sample.id, after: one)) == Vectors.secondHash)
    }

    @Test func `a chain begins with thirty-two zeros`() {
        #expect(Chain.start == [UInt8](repeating: 0, count: 32))
    }

    private var sealed: StoredEntry {
        Sample.entry(Sample.full, seq: 1)
    }

    private func flaw(_ change: (inout StoredEntry) -> Void) -> String? {
        var entry = sealed
        change(&entry)
        return Chain.flaw(of: entry, in: Sample.id, seq: 1, after: Chain.start)
    }

    @Test func `an entry as it was stored has no flaw, nor has an erased one`() {
        #expect(flaw { _ in } == nil)
        #expect(flaw { $0 = $0.erased } == nil)
    }

    @Test func `any changed value shows`() {
        #expect(flaw { $0.seq = 2 }?.contains("seq is 2, not 1") == true)
        #expect(flaw { $0.id += "x" } != nil)
        #expect(flaw { $0.kind = Edited.kind } != nil)
        #expect(flaw { $0.author = "@bob" } != nil)
        #expect(flaw { $0.postedBy += " " } != nil)
        #expect(flaw { $0.occurredAt = $0.occurredAt + .milliseconds(1) } != nil)
        #expect(flaw { $0.recordedAt = $0.recordedAt - .milliseconds(1) } != nil)
        #expect(flaw { $0.visibility = .internal } != nil)
        #expect(flaw { $0.words = Array(#"{"text":"x"}"#.utf8) }?.contains("words") == true)
        #expect(flaw { $0.salt = nil }?.contains("salt") == true)
        #expect(flaw { $0.salt = Array($0.salt?.dropLast() ?? []) }?.contains("salt") == true)
        #expect(flaw { $0.words = nil }?.contains("salt") == true, "a salt that outlived its words")
        #expect(Chain.flaw(of: sealed, in: "other", seq: 1, after: Chain.start) != nil)
        #expect(Chain.flaw(of: sealed, in: Sample.id, seq: 1, after: sealed.hash) != nil)
    }

    @Test func `any changed byte of facts, words, salt, digest and hash shows`() {
        for bit in [UInt8(1), 0x80] {
            for index in sealed.facts.indices { #expect(flaw { $0.facts[index] ^= bit } != nil) }
            for index in (sealed.words ?? []).indices { #expect(flaw { $0.words?[index] ^= bit } != nil) }
            for index in (sealed.salt ?? []).indices { #expect(flaw { $0.salt?[index] ^= bit } != nil) }
            for index in sealed.wordsDigest.indices {
                #expect(flaw { $0.wordsDigest[index] ^= bit } != nil)
                #expect(
                    flaw {
                        $0 = $0.erased; $0.wordsDigest[index] ^= bit
                    } != nil)
            }
            for index in sealed.hash.indices { #expect(flaw { $0.hash[index] ^= bit } != nil) }
        }
    }

    @Test func `a letter in another normal form is another letter`() {
        var composed = sealed
        composed.author = "Andr\u{E9}"
        composed.hash = Chain.hash(of: composed, in: Sample.id, after: Chain.start)
        #expect(Chain.flaw(of: composed, in: Sample.id, seq: 1, after: Chain.start) == nil)
        composed.author = "Andre\u{301}"
        #expect(Chain.flaw(of: composed, in: Sample.id, seq: 1, after: Chain.start) != nil)
    }
}
