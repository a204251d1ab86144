/// Finds what looks like a secret: known forms, passwords in URLs and after their names, and long random pieces (a net, not a wall).
///
/// Linear in the text. UUIDs, ULIDs, ARNs and digests after `sha256:` pass, and so do placeholders: `<…>`, `$NAME`, `${…}`, `xxx`, `***`.
public enum SecretScanner {
    /// Upper bound of the spans of one text.
    public static let countMax = 50

    /// Whether a text can have one. Says yes to every text with a backslash: what it escapes is not looked at.
    public static func mayFind(in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        SecretHints(bytes).arePresent()
    }

    /// Whether a text has one.
    public static func finds(in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        mayFind(in: bytes) && !allSpans(in: bytes, countMax: 1).isEmpty
    }

    /// The spans of the secrets, ascending, without overlaps.
    public static func spans(in bytes: [UInt8]) -> [Range<Int>] {
        bytes.withUnsafeBufferPointer { mayFind(in: $0) ? allSpans(in: $0, countMax: countMax) : [] }
    }

    /// The spans, also when nothing hints at one.
    static func allSpans(in bytes: UnsafeBufferPointer<UInt8>, countMax: Int) -> [Range<Int>] {
        var scanner = Scanner(bytes: bytes, countMax: countMax)
        scanner.scan()
        return scanner.found
    }

    /// Whether some ASCII text stands at an index, which may lie outside.
    @inline(__always)
    static func matches(_ text: StaticString, in bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index >= 0, index + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[index + offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// The same for letters in lower case; those of the bytes may be capitals.
    @inline(__always)
    private static func matchesLower(
        _ text: StaticString, in bytes: UnsafeBufferPointer<UInt8>, at index: Int
    ) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index >= 0, index + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[index + offset] | 0x20 != text.utf8Start[offset] { return false }
        return true
    }

    /// Whether one of the names after which a value follows ends before `=` or `:`: `password=`, `"key" :`.
    static func keywordEnds(in bytes: UnsafeBufferPointer<UInt8>, before index: Int) -> Bool {
        var end = index
        // The name may stand before a blank: `api_key = …`.
        while end > 0, index - end < 4, isQuote(bytes[end - 1]) || bytes[end - 1] == 0x20 { end -= 1 }
        guard end > 0 else { return false }
        switch bytes[end - 1] | 0x20 {
        case 0x64:
            return matchesLower("password", in: bytes, at: end - 8)
                || matchesLower("passwd", in: bytes, at: end - 6)
        case 0x6E: return matchesLower("token", in: bytes, at: end - 5)
        case 0x74: return matchesLower("secret", in: bytes, at: end - 6)
        case 0x79: return matchesLower("key", in: bytes, at: end - 3) && isKey(bytes, at: end - 3)
        default: return false
        }
    }

    /// "monkey:" is no key; apiKey, API_KEY and apikey are.
    private static func isKey(_ bytes: UnsafeBufferPointer<UInt8>, at begin: Int) -> Bool {
        guard begin > 0, isLetter(bytes[begin - 1]) else { return true }
        if bytes[begin] == 0x4B, bytes[begin - 1] >= 0x61 { return true }
        return matchesLower("api", in: bytes, at: begin - 3)
            || matchesLower("access", in: bytes, at: begin - 6)
            || matchesLower("private", in: bytes, at: begin - 7)
            || matchesLower("ssh", in: bytes, at: begin - 3)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isQuote(_ byte: UInt8) -> Bool {
        byte == 0x22 || byte == 0x27 || byte == 0x60 || byte == 0x5C || byte == 0x2A
    }

    /// A form that a prefix announces.
    private struct Form {
        let prefix: StaticString
        /// Least length of what follows it.
        let least: Int
        /// The bytes of what follows, besides letters and digits.
        let others: [UInt8]

        init(_ prefix: StaticString, _ least: Int, _ others: String = "") {
            self.prefix = prefix
            self.least = least
            self.others = Array(others.utf8)
        }
    }

    private static let forms = [
        Form("AKIA", 16), Form("ASIA", 16), Form("ghp_", 20), Form("gho_", 20), Form("ghu_", 20),
        Form("ghs_", 20), Form("ghr_", 20), Form("github_pat_", 20, "_"), Form("glpat-", 16, "-_."),
        Form("xoxa-", 10, "-"), Form("xoxb-", 10, "-"), Form("xoxe-", 10, "-"), Form("xoxp-", 10, "-"),
        Form("xoxr-", 10, "-"), Form("xoxs-", 10, "-"), Form("sk_live_", 10), Form("rk_live_", 10),
        Form("dbt_", 20), Form("whsec_", 16, "+/="), Form("AIza", 30, "-_"),
    ]

    /// What values begin with that are no secrets.
    private static let publicBeginnings: [StaticString] = [
        "arn:", "sha256:", "sha512:", "sha1:", "http://", "https://",
    ]
    /// What digests begin with.
    private static let digests: [StaticString] = ["sha1:", "sha256:", "sha512:", "sha384:", "md5:"]

    /// As much of a value after a name is looked at.
    private static let valueBytesMax = 256

    private struct Scanner {
        let bytes: UnsafeBufferPointer<UInt8>
        let countMax: Int
        var found: [Range<Int>] = []
        private var hasNoKeyEnd = false

        init(bytes: UnsafeBufferPointer<UInt8>, countMax: Int) {
            self.bytes = bytes
            self.countMax = countMax
        }

        /// Runs without blanks, one after the other.
        mutating func scan() {
            var index = 0
            while index < bytes.count, found.count < countMax {
                if bytes[index] <= 0x20 {
                    index += 1
                    continue
                }
                var end = index
                while end < bytes.count, bytes[end] > 0x20 { end += 1 }
                // The end of what was found: a key of several lines goes on after this run.
                index = max(end, scan(index..<end))
            }
            found.sort { $0.lowerBound < $1.lowerBound }
        }

        private mutating func scan(_ run: Range<Int>) -> Int {
            // A private key may begin anywhere in a run; its name ends the run.
            let key = run.upperBound - 10
            if run.count >= 10, bytes[key] == 0x2D, let end = keyBlock(at: key) {
                add(key..<end)
                if key > run.lowerBound { _ = scan(run.lowerBound..<key) }
                return end
            }
            var end = run.upperBound
            if let value = userInfo(in: run) { add(value) }
            if isARN(run) { return end }
            end = max(end, keyed(run))
            guard run.count >= 14 else { return end }
            knownForms(in: run)
            if run.count >= 20 { pieces(in: run) }
            return end
        }

        private mutating func add(_ range: Range<Int>) {
            guard found.count < countMax, found.allSatisfy({ !$0.overlaps(range) }) else { return }
            found.append(range)
        }

        // MARK: Bytes

        private func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: false
            }
        }

        private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

        private func matches(_ text: StaticString, at index: Int) -> Bool {
            SecretScanner.matches(text, in: bytes, at: index)
        }

        // MARK: Known forms

        /// `-----BEGIN … KEY-----` to its end; a public key is none.
        private mutating func keyBlock(at start: Int) -> Int? {
            guard matches("-----BEGIN ", at: start) else { return nil }
            var end = start + 11
            while end < bytes.count, end - start < 80, bytes[end] != 0x2D, bytes[end] != 0x0A { end += 1 }
            let name = String(decoding: bytes[start + 11..<end], as: UTF8.self)
            guard name.hasSuffix("KEY") || name.contains("KEY "), !name.hasPrefix("PUBLIC") else {
                return nil
            }
            // A key has at most some thousand bytes.
            let limit = hasNoKeyEnd ? end : min(bytes.count, end + 16_384)
            var closing = end
            while closing < limit, bytes[closing] != 0x2D || !matches("-----END ", at: closing) {
                closing += 1
            }
            guard closing < limit else {
                // So that many beginnings without an end are searched once.
                if limit == bytes.count { hasNoKeyEnd = true }
                while end < bytes.count, bytes[end] == 0x2D { end += 1 }
                return end
            }
            closing += 9
            while closing < bytes.count, bytes[closing] != 0x2D, bytes[closing] != 0x0A { closing += 1 }
            while closing < bytes.count, bytes[closing] == 0x2D { closing += 1 }
            return closing
        }

        private mutating func knownForms(in run: Range<Int>) {
            var index = run.lowerBound
            while index < run.upperBound {
                let isStart = index == run.lowerBound || !isAlphanumeric(bytes[index - 1])
                guard isStart, let end = formEnd(at: index, run.upperBound) else {
                    index += 1
                    continue
                }
                add(index..<end)
                index = end
            }
        }

        private func formEnd(at index: Int, _ limit: Int) -> Int? {
            switch bytes[index] {
            case 0x41, 0x64, 0x67, 0x72, 0x73, 0x77, 0x78: break
            case 0x65: return jwtEnd(at: index, limit)
            default: return nil
            }
            for form in SecretScanner.forms where matches(form.prefix, at: index) {
                let start = index + form.prefix.utf8CodeUnitCount
                var end = start
                while end < limit, isAlphanumeric(bytes[end]) || form.others.contains(bytes[end]) { end += 1 }
                if end - start >= form.least, !isPlaceholder(start..<end) { return end }
            }
            return nil
        }

        /// `eyJ….….…`
        private func jwtEnd(at index: Int, _ limit: Int) -> Int? {
            guard matches("eyJ", at: index),
                index == 0 || ![0x2D, 0x2E, 0x5F].contains(bytes[index - 1])
            else { return nil }
            var end = index
            var parts = 0
            while parts < 3 {
                let start = end
                while end < limit, isAlphanumeric(bytes[end]) || bytes[end] == 0x2D || bytes[end] == 0x5F {
                    end += 1
                }
                guard end - start >= 5 else { return nil }
                parts += 1
                if parts < 3 {
                    guard end < limit, bytes[end] == 0x2E else { return nil }
                    end += 1
                }
            }
            return end
        }

        /// `user:password` before the `@` of a URL.
        private func userInfo(in run: Range<Int>) -> Range<Int>? {
            var index = run.lowerBound
            while index + 3 < run.upperBound {
                guard bytes[index] == 0x3A, matches("://", at: index) else {
                    index += 1
                    continue
                }
                let start = index + 3
                var colon: Int?
                var end = start
                while end < run.upperBound, bytes[end] != 0x2F, bytes[end] != 0x40, bytes[end] != 0x3F {
                    if bytes[end] == 0x3A, colon == nil { colon = end }
                    end += 1
                }
                if end < run.upperBound, bytes[end] == 0x40, let colon, end - colon > 1,
                    !isPlaceholder(colon + 1..<end)
                {
                    return start..<end
                }
                index = max(end, index + 1)
            }
            return nil
        }

        // MARK: After a name

        /// `password=…`, `token: …`, `"key": "…"`. Returns the end of the value when it lies after the run.
        private mutating func keyed(_ run: Range<Int>) -> Int {
            var index = run.lowerBound
            while index < run.upperBound {
                guard bytes[index] == 0x3D || bytes[index] == 0x3A else {
                    index += 1
                    continue
                }
                guard SecretScanner.keywordEnds(in: bytes, before: index) else {
                    index += 1
                    continue
                }
                var start = index + 1
                while start < bytes.count, start - index < 8,
                    SecretScanner.isQuote(bytes[start]) || bytes[start] == 0x20 || bytes[start] == 0x3D
                {
                    start += 1
                }
                var end = start
                while end < bytes.count, end - start < SecretScanner.valueBytesMax, !endsValue(bytes[end]) {
                    end += 1
                }
                while end > start, [0x2E, 0x21, 0x3F, 0x3A].contains(bytes[end - 1]) { end -= 1 }
                if isValue(start..<end) {
                    add(start..<end)
                    return end
                }
                index += 1
            }
            return run.upperBound
        }

        private func endsValue(_ byte: UInt8) -> Bool {
            byte <= 0x20 || byte == 0x22 || byte == 0x27 || byte == 0x60 || byte == 0x2C || byte == 0x3B
                || byte == 0x29 || byte == 0x7D || byte == 0x26
        }

        private func isValue(_ range: Range<Int>) -> Bool {
            guard range.count >= 8, range.contains(where: { isDigit(bytes[$0]) }) else { return false }
            return !isPlaceholder(range) && !isUUID(range) && !isULID(range)
                && !SecretScanner.publicBeginnings.contains { matches($0, at: range.lowerBound) }
        }

        private func isPlaceholder(_ range: Range<Int>) -> Bool {
            guard let first = range.first else { return true }
            if bytes[first] == 0x24 || bytes[first] == 0x3C || bytes[first] == 0x7B { return true }
            // …, and ... for it
            for index in range where bytes[index] == 0xE2 && matches("…", at: index) {
                return true
            }
            for index in range where bytes[index] == 0x2E && matches("...", at: index) {
                return true
            }
            return range.allSatisfy { [0x78, 0x58, 0x2A, 0x2D, 0x2E, 0x5F].contains(bytes[$0]) }
        }

        // MARK: Random pieces

        private mutating func pieces(in run: Range<Int>) {
            var index = run.lowerBound
            while index < run.upperBound {
                guard isOfPiece(bytes[index]) else {
                    index += 1
                    continue
                }
                var end = index
                while end < run.upperBound, isOfPiece(bytes[end]) { end += 1 }
                if end - index >= 20, isRandom(index..<end), !isDigest(at: index) {
                    add(index..<end)
                }
                index = end
            }
        }

        private func isOfPiece(_ byte: UInt8) -> Bool {
            isAlphanumeric(byte) || byte == 0x2B || byte == 0x5F || byte == 0x2D || byte == 0x3D
        }

        private func isDigest(at index: Int) -> Bool {
            SecretScanner.digests.contains { matches($0, at: index - $0.utf8CodeUnitCount) }
        }

        /// Whether a run is an ARN, in quotes or parentheses perhaps.
        private func isARN(_ run: Range<Int>) -> Bool {
            (run.lowerBound..<min(run.upperBound, run.lowerBound + 3)).contains {
                matches("arn:", at: $0)
            }
        }

        private func isHex(_ byte: UInt8) -> Bool {
            isDigit(byte) || (0x61...0x66).contains(byte | 0x20)
        }

        private func isUUID(_ range: Range<Int>) -> Bool {
            guard range.count == 36 else { return false }
            return range.allSatisfy {
                [8, 13, 18, 23].contains($0 - range.lowerBound) ? bytes[$0] == 0x2D : isHex(bytes[$0])
            }
        }

        /// Ids of incidents and entries have this form.
        private func isULID(_ range: Range<Int>) -> Bool {
            guard range.count == 26, let first = range.first, (0x30...0x37).contains(bytes[first]) else {
                return false
            }
            return range.allSatisfy { isDigit(bytes[$0]) || (0x41...0x5A).contains(bytes[$0]) }
        }

        /// A letter, two groups of digits, a part of at least 12, and 3.5 bits a character; of hexadecimal digits at least 32.
        private func isRandom(_ range: Range<Int>) -> Bool {
            guard !isUUID(range), !isULID(range) else { return false }
            var counts = InlineArray<128, Int32>(repeating: 0)
            var (letters, groups, longest, part, hex) = (0, 0, 0, 0, 0)
            var wasDigit = false
            for index in range {
                let byte = bytes[index]
                counts[Int(byte & 0x7F)] += 1
                let digit = isDigit(byte)
                if digit, !wasDigit { groups += 1 }
                wasDigit = digit
                if SecretScanner.isLetter(byte) { letters += 1 }
                if isHex(byte) { hex += 1 }
                part = isAlphanumeric(byte) || byte == 0x2B ? part + 1 : 0
                longest = max(longest, part)
            }
            guard letters > 0, groups >= 2, longest >= 12 else { return false }
            if hex == range.count { return range.count >= 32 }
            return bits(counts, of: range.count) >= 3.5
        }

        /// Shannon entropy in bits a character. The sum runs over the 128 counts.
        private func bits(_ counts: borrowing InlineArray<128, Int32>, of total: Int) -> Double {
            var sum = 0.0
            for index in counts.indices where counts[index] > 0 {
                let count = counts[index]
                sum += Double(count) * (Self.log2(Double(total)) - Self.log2(Double(count)))
            }
            return sum / Double(total)
        }

        /// The binary logarithm, without the C library: exponent and a series of the significand.
        private static func log2(_ value: Double) -> Double {
            let fraction = value.significand
            let ratio = (fraction - 1) / (fraction + 1)
            let square = ratio * ratio
            var term = ratio
            var sum = 0.0
            var divisor = 1.0
            for _ in 0..<12 {
                sum += term / divisor
                term *= square
                divisor += 2
            }
            return Double(value.exponent) + 2 * sum / 0.6931471805599453
        }
    }
}
