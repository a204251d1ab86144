extension JSONParser {
    /// Parses a string at its opening quote.
    ///
    /// Without escapes, the usual case, the text is copied in one piece.
    mutating func string() throws(JSONFault) -> String {
        let opening = position
        position += 1
        let start = position
        try skipRun(opening: opening)
        if bytes[position] == UInt8(ascii: "\"") {
            defer { position += 1 }
            return String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
        }
        var unescaped = Array(bytes[start..<position])
        while bytes[position] == UInt8(ascii: "\\") {
            try escape(into: &unescaped)
            let run = position
            try skipRun(opening: opening)
            unescaped.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[run..<position]))
        }
        position += 1
        return String(decoding: unescaped, as: UTF8.self)
    }

    /// Skips well-formed text up to the next `"` or `\`, which is at the current position afterwards.
    private mutating func skipRun(opening: Int) throws(JSONFault) {
        while true {
            position = bytes.firstUnplain(from: position)
            guard let byte = next else { throw fault("a string without its closing quote", at: opening) }
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): return
            case 0x00: throw fault("the character U+0000 in a string")
            case 0x01..<0x20: throw fault("a raw control character in a string")
            default:
                let length = bytes.sequenceLength(at: position)
                if length == 0 { throw fault("bytes that are not UTF-8") }
                position += length
            }
        }
    }

    /// Parses the escape at the current position, and appends its character.
    private mutating func escape(into unescaped: inout [UInt8]) throws(JSONFault) {
        let start = position
        position += 1
        guard let letter = next else { throw fault("the text ends within an escape", at: start) }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(letter)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"):
            unescaped.append(contentsOf: UTF8.encode(try scalar(escapeStart: start)) ?? .init())
        default: throw fault("an invalid escape", at: start)
        }
    }

    /// Parses the digits of a `\u` escape, and of a second one if the first is a high surrogate.
    private mutating func scalar(escapeStart: Int) throws(JSONFault) -> Unicode.Scalar {
        let first = try codeUnit(escapeStart: escapeStart)
        if first == 0 { throw fault("the character U+0000 in a string", at: escapeStart) }
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, next == UInt8(ascii: "\\"), position + 1 < bytes.count,
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw fault("half of a surrogate pair", at: escapeStart) }
        let secondStart = position
        position += 2
        let second = try codeUnit(escapeStart: secondStart)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw fault("half of a surrogate pair", at: escapeStart) }
        return scalar
    }

    /// Parses exactly four hexadecimal digits.
    private mutating func codeUnit(escapeStart: Int) throws(JSONFault) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = next.flatMap(Self.hexadecimal) else {
                throw fault("a \\u escape without four hexadecimal digits", at: escapeStart)
            }
            unit = unit << 4 | digit
            position += 1
        }
        return unit
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
