import JSON
import Testing

@Suite struct JSONReaderTests {
    @Test(arguments: acceptedTexts)
    func `what the grammar allows is read`(text: String, expected: JSONValue) throws {
        #expect(try JSONReader.read(Array(text.utf8)) == expected)
    }

    @Test(arguments: refusedTexts)
    func `what the grammar does not allow is refused, with a reason`(text: String, offset: Int, word: String)
    {
        let fault = #expect(throws: JSONFault.self) { try JSONReader.read(Array(text.utf8)) }
        #expect(fault?.offset == offset, "\(fault?.reason ?? "")")
        #expect(fault?.reason.contains(word) == true, "\(fault?.reason ?? "")")
    }

    @Test(arguments: refusedBytes)
    func `bytes that are not UTF-8 are refused`(bytes: [UInt8], offset: Int) {
        let fault = #expect(throws: JSONFault.self) { try JSONReader.read(bytes) }
        #expect(fault?.offset == offset, "\(fault?.reason ?? "")")
    }

    @Test func `names that differ only by canonical equivalence are two names`() throws {
        let value = try JSONReader.read(Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8))
        guard case .object(let object) = value else {
            Issue.record("not an object")
            return
        }
        #expect(object["\u{E9}"] == .integer(1))
        #expect(object["e\u{301}"] == .integer(2))
    }

    @Test func `a slice is read by itself`() throws {
        let bytes = Array("xx[1]yy".utf8)
        #expect(try JSONReader.read(bytes[2..<5]) == .array([.integer(1)]))
    }

    @Test func `strings are read whole wherever the escape stands`() throws {
        for before in 0..<20 {
            for after in 0..<20 {
                let left = String(repeating: "a", count: before)
                let right = String(repeating: "b", count: after)
                for (escape, meaning) in [
                    ("\\n", "\n"), ("\\\"", "\""), ("\u{E9}", "\u{E9}"), ("\\u20AC", "€"),
                ] {
                    let text = "\"\(left)\(escape)\(right)\""
                    #expect(try JSONReader.read(Array(text.utf8)) == .string(left + meaning + right))
                }
            }
        }
    }

    @Test func `a name that comes twice is found among many`() throws {
        for count in [1, 2, 15, 16, 17, 18, 40, 999] {
            let members = (0..<count).map { "\"n\($0)\":0" }
            let unique = "{" + members.joined(separator: ",") + "}"
            #expect(throws: Never.self) { try JSONReader.read(Array(unique.utf8)) }
            for twice in [0, count / 2, count - 1] {
                let text = "{" + (members + ["\"n\(twice)\":1"]).joined(separator: ",") + "}"
                let fault = #expect(throws: JSONFault.self) { try JSONReader.read(Array(text.utf8)) }
                #expect(fault?.reason == "the name \"n\(twice)\" appears twice")
            }
        }
    }

    @Test func `the fault of a long name stays short`() {
        let name = String(repeating: "x", count: 5_000)
        let fault = #expect(throws: JSONFault.self) {
            try JSONReader.read(Array("{\"\(name)\":1,\"\(name)\":1}".utf8))
        }
        #expect((fault?.reason.utf8.count ?? .max) < 200)
    }
}

@Suite struct JSONLimitsTests {
    @Test func `nesting is allowed up to the limit and not beyond`() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let allowed = String(repeating: open, count: 32) + "1" + String(repeating: close, count: 32)
            #expect(throws: Never.self) { try JSONReader.read(Array(allowed.utf8)) }
            let deep = String(repeating: open, count: 33) + "1" + String(repeating: close, count: 33)
            #expect(throws: JSONFault.self) { try JSONReader.read(Array(deep.utf8)) }
        }
        let bottomless = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONFault.self) { try JSONReader.read(bottomless) }
    }

    @Test func `elements and members are counted for each container`() {
        func array(_ count: Int) -> [UInt8] {
            Array("[\((0..<count).map(String.init).joined(separator: ","))]".utf8)
        }
        func object(_ count: Int) -> [UInt8] {
            Array("{\((0..<count).map { "\"\($0)\":0" }.joined(separator: ","))}".utf8)
        }
        #expect(throws: Never.self) { try JSONReader.read(array(1_000)) }
        #expect(throws: JSONFault.self) { try JSONReader.read(array(1_001)) }
        #expect(throws: Never.self) { try JSONReader.read(object(1_000)) }
        #expect(throws: JSONFault.self) { try JSONReader.read(object(1_001)) }
        #expect(throws: Never.self) { try JSONReader.read(object(1_001), limits: .stored) }
    }

    @Test func `names and values are counted for the whole text`() {
        // The array itself, ten inner arrays and their elements.
        func text(_ elements: Int) -> [UInt8] {
            let inner = "[" + Array(repeating: "0", count: elements).joined(separator: ",") + "]"
            return Array("[\(Array(repeating: inner, count: 10).joined(separator: ","))]".utf8)
        }
        #expect(throws: Never.self) { try JSONReader.read(text(998)) }
        #expect(throws: JSONFault.self) { try JSONReader.read(text(999)) }
        #expect(throws: Never.self) { try JSONReader.read(text(999), limits: .batch) }
    }

    @Test func `the limits are those of the rules, and each is the last number that is taken`() {
        #expect(JSONLimits.request.depthMax == 32)
        #expect(JSONLimits.request.membersMax == 1_000)
        #expect(JSONLimits.request.tokensMax == 10_000)
        #expect(JSONLimits.batch.depthMax == 32)
        #expect(JSONLimits.batch.membersMax == 1_000)
        #expect(JSONLimits.batch.tokensMax == 50_000)
        /// So many names and values: an array, arrays of a thousand numbers in it, and the rest in a last one.
        func text(_ tokens: Int) -> [UInt8] {
            func numbers(_ count: Int) -> String {
                "[" + Array(repeating: "0", count: count).joined(separator: ",") + "]"
            }
            let full = (tokens - 2) / 1_001
            let inner = Array(repeating: numbers(1_000), count: full) + [numbers((tokens - 2) % 1_001)]
            return Array("[\(inner.joined(separator: ","))]".utf8)
        }
        for limits in [JSONLimits.request, .batch] {
            for (extra, fits) in [(-1, true), (0, true), (1, false)] {
                let bytes = text(limits.tokensMax + extra)
                #expect(((try? JSONReader.read(bytes, limits: limits)) != nil) == fits, "\(extra)")
            }
        }
    }
}

private let refusedBytes: [([UInt8], Int)] = [
    ([0xEF, 0xBB, 0xBF, 0x31], 0),
    ([0xFE, 0xFF, 0x00, 0x31], 0),
    ([0x31, 0x00], 1),
    ([0x22, 0x80, 0x22], 1),
    ([0x22, 0xBF, 0x22], 1),
    ([0x22, 0xC0, 0xAF, 0x22], 1),
    ([0x22, 0xC1, 0x81, 0x22], 1),
    ([0x22, 0x61, 0xC2, 0x22], 2),
    ([0x22, 0xC2], 1),
    ([0x22, 0xE0, 0x9F, 0xBF, 0x22], 1),
    ([0x22, 0xE2, 0x82, 0x22], 1),
    ([0x22, 0xED, 0xA0, 0x80, 0x22], 1),
    ([0x22, 0xED, 0xBF, 0xBF, 0x22], 1),
    ([0x22, 0xF0, 0x8F, 0xBF, 0xBF, 0x22], 1),
    ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], 1),
    ([0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], 1),
    ([0x22, 0xF0, 0x9F, 0x98], 1),
    ([0x22, 0xFF, 0x22], 1),
    ([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], 2),
    ([0x22, 0x00, 0x22], 1),
    ([0x22, 0x1F, 0x22], 1),
    ([0x22, 0x5C, 0x00, 0x22], 1),
    ([0xC2, 0xA0, 0x31], 0),
]
