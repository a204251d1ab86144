/// What a text quotes: the words of others, which the rules leave alone.
///
/// Lines that begin with `>`, fenced and inline code, and what stands between `"…"`, `“…”` or `„…“` in a paragraph.
enum Quotes {
    /// Ascending, without overlaps. Linear in the text: each kind of mark looks for its other end once per paragraph.
    static func spans(in bytes: [UInt8]) -> [Range<Int>] {
        var reader = Reader(bytes: bytes)
        reader.read()
        return reader.spans
    }

    private struct Reader {
        let bytes: [UInt8]
        var spans: [Range<Int>] = []
        private var index = 0
        private var paragraphEnd = 0
        /// The marks that have no other end before the end of the paragraph.
        private var lonely: Set<Int> = []

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        mutating func read() {
            while index < bytes.count {
                if index == 0 || bytes[index - 1] == 0x0A, readLine() { continue }
                if index >= paragraphEnd {
                    paragraphEnd = endOfParagraph(from: index)
                    lonely.removeAll(keepingCapacity: true)
                }
                readMark()
            }
        }

        /// Takes a line that is quoted as a whole, or a fenced block.
        private mutating func readLine() -> Bool {
            var first = index
            while first < bytes.count, Tokens.isBlank(bytes[first]) { first += 1 }
            guard first < bytes.count else { return false }
            if bytes[first] == UInt8(ascii: ">") {
                take(upTo: endOfLine(from: first))
                return true
            }
            guard let fence = fence(at: first) else { return false }
            var line = endOfLine(from: first)
            while line < bytes.count {
                let next = line + 1
                var begin = next
                while begin < bytes.count, Tokens.isBlank(bytes[begin]) { begin += 1 }
                line = endOfLine(from: next)
                if self.fence(at: begin) == fence { break }
            }
            take(upTo: min(line, bytes.count))
            return true
        }

        private mutating func readMark() {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "`"):
                let width = run(of: byte, at: index)
                take(width, key: width) { $0.run(of: byte, at: $1) == width ? width : 0 }
            case UInt8(ascii: "\""):
                take(1, key: -1) { $0.bytes[$1] == byte ? 1 : 0 }
            case 0xE2 where isMark(0x9C, at: index):
                take(3, key: -2) { $0.isMark(0x9D, at: $1) ? 3 : 0 }
            case 0xE2 where isMark(0x9E, at: index):
                take(3, key: -3) { $0.isMark(0x9C, at: $1) || $0.isMark(0x9D, at: $1) ? 3 : 0 }
            default:
                index += 1
            }
        }

        /// Takes what lies between the mark here and its other end; skips the mark when there is none. Runs of more than three backticks
        /// are no marks, so that the kinds are few.
        private mutating func take(_ width: Int, key: Int, _ closing: (Reader, Int) -> Int) {
            let start = index
            index += width
            guard key <= 3, !lonely.contains(key) else { return }
            var end = index
            while end < paragraphEnd {
                let width = closing(self, end)
                if width > 0 {
                    spans.append(start..<end + width)
                    index = end + width
                    return
                }
                // A longer run of backticks is passed as a whole.
                end += bytes[end] == UInt8(ascii: "`") ? max(1, run(of: bytes[end], at: end)) : 1
            }
            lonely.insert(key)
        }

        private mutating func take(upTo end: Int) {
            spans.append(index..<end)
            index = min(end + 1, bytes.count)
        }

        private func isMark(_ last: UInt8, at index: Int) -> Bool {
            index + 2 < bytes.count && bytes[index] == 0xE2 && bytes[index + 1] == 0x80
                && bytes[index + 2] == last
        }

        private func run(of byte: UInt8, at index: Int) -> Int {
            var end = index
            while end < bytes.count, bytes[end] == byte { end += 1 }
            return end - index
        }

        /// The sign of a fence that begins here: at least three backticks or tildes.
        private func fence(at index: Int) -> UInt8? {
            guard index + 2 < bytes.count, [0x60, 0x7E].contains(bytes[index]) else { return nil }
            guard bytes[index + 1] == bytes[index], bytes[index + 2] == bytes[index] else { return nil }
            // ```code``` on one line is inline code.
            let info = bytes[(index + run(of: bytes[index], at: index))...].prefix { $0 != 0x0A }
            return info.contains(UInt8(ascii: "`")) ? nil : bytes[index]
        }

        private func endOfLine(from start: Int) -> Int {
            var end = min(start, bytes.count)
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            return end
        }

        /// The next empty line, or the end.
        private func endOfParagraph(from start: Int) -> Int {
            var line = endOfLine(from: start)
            while line < bytes.count {
                var next = line + 1
                while next < bytes.count, Tokens.isBlank(bytes[next]) { next += 1 }
                if next >= bytes.count || bytes[next] == 0x0A { return line }
                line = endOfLine(from: next)
            }
            return bytes.count
        }
    }
}
