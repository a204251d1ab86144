extension Span<UInt8> {
    /// Whether the bytes in `range` equal `text`.
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

    /// Whether the bytes in `range` equal the lower-case `text`, ignoring case.
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

    /// Whether two ranges are equal, ignoring case.
    func equalsFolded(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        for (index, other) in zip(left, right) {
            guard ASCII.lowercased(self[index]) == ASCII.lowercased(self[other]) else { return false }
        }
        return true
    }

    /// `range` without leading and trailing OWS: spaces and tabs only (H11).
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, self[start] == ASCII.space || self[start] == ASCII.tab { start += 1 }
        while start < end, self[end - 1] == ASCII.space || self[end - 1] == ASCII.tab { end -= 1 }
        return start..<end
    }

    /// Whether the bytes begin with `prefix`. Compares eight at a time, because it runs for every head.
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

    func copy(_ range: Range<Int>) -> [UInt8] {
        extracting(range).withUnsafeBufferPointer { Array($0) }
    }
}
