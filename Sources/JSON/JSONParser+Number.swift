extension JSONParser {
    /// Integers of at most this many digits always fit `Int64`.
    private static let safeDigits = 18

    /// Parses a number: an integer if it is one, else its text.
    mutating func number() throws(JSONFault) -> JSONValue {
        let start = position
        let isNegative = next == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let firstDigit = position
        var magnitude: Int64 = 0
        while let digit = nextDigit {
            // Wraps for long numbers, whose magnitude is not used.
            magnitude = magnitude &* 10 &+ Int64(digit)
            position += 1
        }
        let digits = position - firstDigit
        if digits == 0 { throw fault("a minus sign without a number") }
        if digits > 1, bytes[firstDigit] == UInt8(ascii: "0") {
            throw fault("a number with a leading zero", at: firstDigit)
        }
        let hasFraction = try fraction()
        let hasExponent = try exponent()
        if hasFraction || hasExponent || (isNegative && digits == 1 && magnitude == 0) {
            return .number(text(from: start))
        }
        if digits <= Self.safeDigits { return .integer(isNegative ? -magnitude : magnitude) }
        let text = text(from: start)
        return Int64(text).map(JSONValue.integer) ?? .number(text)
    }

    private mutating func fraction() throws(JSONFault) -> Bool {
        guard next == UInt8(ascii: ".") else { return false }
        position += 1
        if !skipDigits() { throw fault("a number without a digit after its point") }
        return true
    }

    private mutating func exponent() throws(JSONFault) -> Bool {
        guard next == UInt8(ascii: "e") || next == UInt8(ascii: "E") else { return false }
        position += 1
        if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
        if !skipDigits() { throw fault("a number without a digit in its exponent") }
        return true
    }

    private var nextDigit: UInt8? {
        guard let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        return byte - UInt8(ascii: "0")
    }

    private mutating func skipDigits() -> Bool {
        let start = position
        while nextDigit != nil { position += 1 }
        return position > start
    }

    private func text(from start: Int) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
    }
}
