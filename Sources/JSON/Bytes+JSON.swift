private let hexadecimalDigits = StaticString("0123456789abcdef")

extension [UInt8] {
    /// Appends `text` as a JSON string, with its quotes.
    mutating func appendJSONString(_ text: String) {
        var text = text
        text.withUTF8 { appendJSONString($0) }
    }

    /// Appends UTF-8 as a JSON string, with its quotes.
    mutating func appendJSONString(_ text: UnsafeBufferPointer<UInt8>) {
        append(UInt8(ascii: "\""))
        var start = 0
        while true {
            let stop = text.firstToEscape(from: start)
            append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<stop]))
            if stop == text.count { break }
            start = appendEscaped(text, at: stop)
        }
        append(UInt8(ascii: "\""))
    }

    /// Appends the escape of the character at `index`; returns the index of the next character.
    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        let byte = text[index]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): appendShortEscape(byte)
        case 0x08: appendShortEscape(UInt8(ascii: "b"))
        case 0x09: appendShortEscape(UInt8(ascii: "t"))
        case 0x0A: appendShortEscape(UInt8(ascii: "n"))
        case 0x0C: appendShortEscape(UInt8(ascii: "f"))
        case 0x0D: appendShortEscape(UInt8(ascii: "r"))
        case 0xE2:
            guard index + 2 < text.count, text[index + 1] == 0x80, text[index + 2] & 0xFE == 0xA8 else {
                append(byte)
                return index + 1
            }
            appendLongEscape(0x2000 | UInt16(text[index + 2] & 0x3F))
            return index + 3
        default: appendLongEscape(UInt16(byte))
        }
        return index + 1
    }

    private mutating func appendShortEscape(_ letter: UInt8) {
        append(UInt8(ascii: "\\"))
        append(letter)
    }

    private mutating func appendLongEscape(_ unit: UInt16) {
        append(UInt8(ascii: "\\"))
        append(UInt8(ascii: "u"))
        for shift in [12, 8, 4, 0] {
            let digit = Int(unit >> UInt16(shift) & 0xF)
            append(hexadecimalDigits.utf8Start[digit])
        }
    }

    mutating func appendDecimal(_ value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        let start = count
        var rest = value.magnitude
        repeat {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        var low = start
        var high = count - 1
        while low < high {
            swapAt(low, high)
            low += 1
            high -= 1
        }
    }
}
