extension Span<UInt8> {
    /// Whether the bytes in `range` are exactly that text.
    func equals(_ text: StaticString, _ range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        var index = range.lowerBound
        for byte in wanted {
            guard self[index] == byte else { return false }
            index += 1
        }
        return true
    }

    /// Whether the bytes in `range` are that lower-case text, in either case.
    func equalsFolded(_ text: StaticString, _ range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        var index = range.lowerBound
        for byte in wanted {
            guard ASCII.lowercased(self[index]) == byte else { return false }
            index += 1
        }
        return true
    }

    /// Whether the two ranges have the same bytes, in either case.
    func equalsFolded(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        for (index, other) in zip(left, right) {
            guard ASCII.lowercased(self[index]) == ASCII.lowercased(self[other]) else { return false }
        }
        return true
    }

    /// `range` without spaces and tabs at its ends: OWS is these two and nothing else (H11).
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, self[start] == ASCII.space || self[start] == ASCII.tab { start += 1 }
        while start < end, self[end - 1] == ASCII.space || self[end - 1] == ASCII.tab { end -= 1 }
        return start..<end
    }

    /// Whether these are the first bytes; eight at a time, since it is asked at every head.
    func begins(with prefix: [UInt8]) -> Bool {
        guard count >= prefix.count else { return false }
        return withUnsafeBytes { own in
            prefix.withUnsafeBytes { wanted in
                var index = 0
                while index + 8 <= wanted.count {
                    let word = own.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    guard word == wanted.loadUnaligned(fromByteOffset: index, as: UInt64.self) else {
                        return false
                    }
                    index += 8
                }
                while index < wanted.count, own[index] == wanted[index] { index += 1 }
                return index == wanted.count
            }
        }
    }

    /// A copy of the bytes in `range`.
    func copy(_ range: Range<Int>) -> [UInt8] {
        extracting(range).withUnsafeBufferPointer { Array($0) }
    }
}
