/// Whether a text can hold a secret at all, in one pass: almost no text can, and every write is looked at.
///
/// Each finding of the scanner has one of these hints; a text with a hint need not have a finding.
struct SecretHints {
    private let bytes: UnsafeBufferPointer<UInt8>

    /// Random pieces, and forms without a mark of their own, have so many letters, digits and `+`, `-`, `=`, `_` in a row.
    private static let rowMin = 20

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// A backslash is a hint, too: what it escapes is not looked at here.
    func arePresent() -> Bool {
        var row = 0
        for index in bytes.indices {
            let byte = bytes[index]
            guard Self.isOfRow(byte) else {
                row = 0
                if byte == 0x3A, isBeforeValue(index) || isBeforeUserInfo(index) { return true }
                if byte == 0x5C { return true }
                continue
            }
            row += 1
            if row == Self.rowMin { return true }
            switch byte {
            case 0x2D: if endsDashed(index) { return true }
            case 0x3D: if isBeforeValue(index) { return true }
            case 0x4A: if SecretScanner.matches("eyJ", in: bytes, at: index - 2) { return true }
            case 0x5F: if endsUnderscored(index) { return true }
            default: break
            }
        }
        return false
    }

    /// Letters, digits, `+`, `-`, `=` and `_`, as bits: a text is looked at byte by byte.
    @inline(__always)
    private static func isOfRow(_ byte: UInt8) -> Bool {
        let bits: UInt64 = byte < 0x40 ? 0x23FF_2800_0000_0000 : byte < 0x80 ? 0x07FF_FFFE_87FF_FFFE : 0
        return (bits >> UInt64(byte & 0x3F)) & 1 == 1
    }

    /// `glpat-`, `xoxb-` and `-----B`.
    private func endsDashed(_ index: Int) -> Bool {
        SecretScanner.matches("glpat-", in: bytes, at: index - 5)
            || SecretScanner.matches("xox", in: bytes, at: index - 4)
            || SecretScanner.matches("-----B", in: bytes, at: index - 4)
    }

    /// `whsec_`, `sk_live_` and `rk_live_`.
    private func endsUnderscored(_ index: Int) -> Bool {
        SecretScanner.matches("whsec_", in: bytes, at: index - 5)
            || SecretScanner.matches("k_live_", in: bytes, at: index - 6)
    }

    /// `password=`, `"key":`.
    private func isBeforeValue(_ index: Int) -> Bool {
        SecretScanner.keywordEnds(in: bytes, before: index)
    }

    /// `://…@`
    private func isBeforeUserInfo(_ index: Int) -> Bool {
        guard SecretScanner.matches("://", in: bytes, at: index) else { return false }
        var end = index + 3
        while end < bytes.count, bytes[end] > 0x20, bytes[end] != 0x2F, bytes[end] != 0x3F {
            if bytes[end] == 0x40 { return true }
            end += 1
        }
        return false
    }
}
