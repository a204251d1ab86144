// Reading and writing spend most time on finding the next byte of a string that needs attention, so eight bytes are scanned at once. In
// each mask below, the lowest marked byte is exact. Higher marks may be false because of a borrow, and are ignored.

private let ones: UInt64 = 0x0101_0101_0101_0101
private let highs: UInt64 = 0x8080_8080_8080_8080

/// Marks the bytes of `word` that are controls, `"` or `\`; false marks occur only on bytes of 0x80 and above.
private func specials(in word: UInt64) -> UInt64 {
    let controls = word &- (ones &* 0x20)
    let quotes = (word ^ (ones &* 0x22)) &- ones
    let backslashes = (word ^ (ones &* 0x5C)) &- ones
    return controls | quotes | backslashes
}

extension UnsafeBufferPointer<UInt8> {
    /// The first index in `start..<count` of a control, `"`, `\` or a byte of 0x80 and above, else `count`.
    func firstUnplain(from start: Int) -> Int {
        var index = start
        let raw = UnsafeRawBufferPointer(self)
        while count - index >= 8 {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let marks = (specials(in: word) | word) & highs
            if marks != 0 { return index + marks.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < count, self[index] >= 0x20, self[index] != 0x22, self[index] != 0x5C, self[index] < 0x80
        {
            index += 1
        }
        return index
    }

    /// The first index in `start..<count` of a control, `"`, `\` or 0xE2 (which may begin U+2028), else `count`.
    func firstToEscape(from start: Int) -> Int {
        var index = start
        let raw = UnsafeRawBufferPointer(self)
        while count - index >= 8 {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let separators = word ^ (ones &* 0xE2)
            let marks = ((specials(in: word) & ~word) | ((separators &- ones) & ~separators)) & highs
            if marks != 0 { return index + marks.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < count, self[index] >= 0x20, self[index] != 0x22, self[index] != 0x5C,
            self[index] != 0xE2
        {
            index += 1
        }
        return index
    }

    /// Length of the well-formed UTF-8 sequence at `index`; 0 when there is none.
    ///
    /// Refuses overlong forms, surrogates and values beyond U+10FFFF. Source: Unicode 15, table 3-7.
    func sequenceLength(at index: Int) -> Int {
        func continues(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            index + offset < count && range.contains(self[index + offset])
        }
        guard index < count else { return 0 }
        switch self[index] {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: return continues(1) ? 2 : 0
        case 0xE0: return continues(1, 0xA0...0xBF) && continues(2) ? 3 : 0
        case 0xED: return continues(1, 0x80...0x9F) && continues(2) ? 3 : 0
        case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : 0
        case 0xF0: return continues(1, 0x90...0xBF) && continues(2) && continues(3) ? 4 : 0
        case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : 0
        case 0xF4: return continues(1, 0x80...0x8F) && continues(2) && continues(3) ? 4 : 0
        default: return 0
        }
    }
}
