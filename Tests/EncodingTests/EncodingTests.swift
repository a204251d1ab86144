import Encoding
import TestSupport
import Testing
import Time

@Suite struct HexTests {
    @Test func `bytes and digits stand for each other`() {
        let all = Array(UInt8.min...UInt8.max)
        #expect(Hex.encode([0x00, 0x0F, 0xA5, 0xFF]) == "000fa5ff")
        #expect(Hex.decode(Hex.encode(all)) == all)
        #expect(Hex.decode("") == [])
    }

    @Test(arguments: ["0", "000", "0g", "FF", "0x", " 0", "00 ", "+1", "é0", "０0"])
    func `what is not hexadecimal in lower case is refused`(text: String) {
        #expect(Hex.decode(text) == nil)
    }
}

@Suite struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `RFC 4648's examples hold, with and without padding`(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
        #expect(Base64.decode(String(encoded.prefix { $0 != "=" })) == Array(text.utf8))
    }

    @Test func `bytes of every length come back`() {
        let random = SeededRandom(seed: 1)
        for count in 0..<200 {
            let bytes = random.bytes(count)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
    }

    @Test(arguments: [
        "=", "==", "====", "Z", "Z===", "Zg=", "Zm8==", "Zm9v=", "Zm9v==", "Zm9v====", "Zg==Zg==", "Z=g=",
        "=Zg=", "Zm=8",
        " Zm9v", "Zm9v ", "Zm9v\n", "Zm 9v", "Zm9-", "Zm9_", "Zm9v*", "Zh==", "Zm9=", "Zh", "é", "Zm9ｖ",
        "A\u{0}==",
    ])
    func `what is not base64 is refused`(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}

@Suite struct TokenTextTests {
    @Test func `the checksum is that of the standard's example`() {
        #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(CRC32.checksum([]) == 0)
        #expect(CRC32.checksum([0]) == 0xD202_EF8D)
    }

    @Test(arguments: [
        (0 as UInt64, 6, "000000"), (61, 1, "z"), (62, 2, "10"), (UInt64(UInt32.max), 6, "4gfFC3"),
        (0, 0, ""),
    ])
    func `numbers are written in base62 with a fixed width`(number: UInt64, width: Int, text: String) {
        #expect(Base62.encode(number, width: width) == text)
    }

    @Test func `random text has its length, its alphabet, and every character about as often`() {
        let text = Base62.random(62_000, from: SeededRandom(seed: 7))
        #expect(text.utf8.count == 62_000)
        #expect(Base62.isValid(text))
        var counts: [UInt8: Int] = [:]
        for character in text.utf8 { counts[character, default: 0] += 1 }
        #expect(counts.count == 62)
        #expect(counts.values.allSatisfy { (850...1_150).contains($0) })
        #expect(!Base62.isValid("abc-"))
        #expect(!Base62.isValid("é"))
    }

    @Test func `ids sort by the time they were made`() {
        let random = SeededRandom(seed: 3)
        let moments: [Int64] = [0, 1, 31, 32, 1_768_472_220_000, 1_768_472_220_001, 281_474_976_710_655]
        let ids = moments.map { ULID.make(at: Timestamp(milliseconds: $0), random) }
        #expect(ids == ids.sorted())
        #expect(ids.allSatisfy { $0.utf8.count == 26 })
        #expect(ids.first?.hasPrefix("0000000000") == true)
        #expect(ids.last?.hasPrefix("7ZZZZZZZZZ") == true)
        #expect(ULID.make(at: Timestamp(milliseconds: 1_469_922_850_259), random).hasPrefix("01ARZ3NDEK"))
        #expect(ULID.make(at: Timestamp(milliseconds: .max), random).hasPrefix("7ZZZZZZZZZ"))
        #expect(ULID.make(at: Timestamp(milliseconds: .min), random).hasPrefix("0000000000"))
    }
}

@Suite struct RandomSourceTests {
    @Test func `a seed gives the sequence of SplitMix64's reference`() {
        let random = SeededRandom(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }

    @Test func `as many bytes come as are asked for`() {
        for count in [0, 1, 7, 8, 9, 1_000] {
            #expect(SeededRandom(seed: 1).bytes(count).count == count)
            #expect(SystemRandom().bytes(count).count == count)
        }
        #expect(SystemRandom().bytes(16) != SystemRandom().bytes(16))
    }
}

@Suite struct ShownTests {
    @Test(arguments: [
        ("alice", "alice"), ("Zoë 🧑🚒 علي", "Zoë 🧑🚒 علي"), ("e\u{301}", "e\u{301}"),
        ("\u{202E}ecila", "\\u{202E}ecila"), ("a\u{2066}b\u{2069}", "a\\u{2066}b\\u{2069}"),
        ("pay\u{200B}pal", "pay\\u{200B}pal"), ("\u{FEFF}", "\\u{FEFF}"), ("\u{1B}[31m", "\\u{1B}[31m"),
        ("a\r\nb", "a\\u{D}\\u{A}b"), ("\u{2028}", "\\u{2028}"), ("\u{85}", "\\u{85}"),
        ("❤\u{FE0F} ☎\u{FE0E}", "❤\u{FE0F} ☎\u{FE0E}"), ("INC-1\u{FE0F}", "INC-1\\u{FE0F}"),
        ("\u{FE0F}", "\\u{FE0F}"), ("❤\u{FE0F}\u{FE0F}", "❤\u{FE0F}\\u{FE0F}"),
        ("al\u{AD}i\u{3164}ce\u{E0041}", "al\\u{AD}i\\u{3164}ce\\u{E0041}"), ("\u{2800}", "\\u{2800}"),
        ("Åsa 北京 नमस्ते ñ", "Åsa 北京 नमस्ते ñ"),
    ])
    func `what hides or would be obeyed is written out`(text: String, shown: String) {
        #expect(text.shown.utf8.elementsEqual(shown.utf8))
    }

    @Test(arguments: [
        ("a\tb\n\nc", "a\tb\n\nc"), ("a\r\n\u{202E}b\tc", "a\n\\u{202E}b\tc"),
        ("a\rb\r\r\n", "a\\u{D}b\\u{D}\n"),
        ("é\u{1B}[31m\n\u{301}", "é\\u{1B}[31m\n\u{301}"), ("\r", "\\u{D}"), ("a\r\n", "a\n"),
        ("a\n\r", "a\n\\u{D}"), ("\u{2028}", "\\u{2028}"), ("", ""),
    ])
    func `lines and tabs stay, and what else would be obeyed is written out`(text: String, shown: String) {
        #expect(text.shownInLines.utf8.elementsEqual(shown.utf8))
    }

    @Test(arguments: [
        ("a\tb\r\n\n c\n", "a b  c"), ("a\u{2028}\u{85}b\u{B}c", "a b c"), ("\u{202E}a\rb", "\\u{202E}a b"),
        ("\n", ""),
        ("a", "a"),
    ])
    func `lines are joined by one blank, and what else would be obeyed is written out`(
        text: String, shown: String
    ) {
        #expect(text.joinedLines.utf8.elementsEqual(shown.utf8))
    }

    @Test func `all that turns a line around, and all without width, hides`() {
        let hiding = (UInt32(0)...0x10_FFFF).compactMap(Unicode.Scalar.init).filter(\.isHiding).map(\.value)
        let named: [ClosedRange<UInt32>] = [
            0xAD...0xAD, 0x34F...0x34F, 0x61C...0x61C, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F,
            0x200B...0x200F, 0x202A...0x202E, 0x2060...0x206F, 0x2800...0x2800, 0x3164...0x3164,
            0xFE00...0xFE0D, 0xFEFF...0xFEFF, 0xFFA0...0xFFA0, 0xFFF0...0xFFFB, 0x1BCA0...0x1BCA3,
            0x1D173...0x1D17A, 0xE0000...0xE0FFF,
        ]
        #expect(hiding == named.flatMap(Array.init))
    }
}
