import JSON

/// A recogniser of JSON by RFC 8259's grammar alone; slow, and independent of the reader.
struct Recogniser {
    let bytes: [UInt8]
    let limits: JSONLimits
    private var index = 0
    private var tokens = 0

    init(bytes: [UInt8], limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func accepts() -> Bool {
        // Outside strings the grammar is ASCII, so the whole must be UTF-8.
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        space()
        guard value(depth: 1) else { return false }
        space()
        return index == bytes.count
    }

    private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ wanted: String) -> Bool {
        guard bytes[index...].starts(with: wanted.utf8) else { return false }
        index += wanted.utf8.count
        return true
    }

    private mutating func space() {
        while let byte, " \t\n\r".utf8.contains(byte) { index += 1 }
    }

    private mutating func count() -> Bool {
        tokens += 1
        return tokens <= limits.tokensMax
    }

    private mutating func value(depth: Int) -> Bool {
        guard count() else { return false }
        if take("null") || take("true") || take("false") { return true }
        switch byte {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string() != nil
        default: return number()
        }
    }

    private mutating func array(depth: Int) -> Bool {
        guard depth <= limits.depthMax, take("[") else { return false }
        space()
        if take("]") { return true }
        for _ in 0..<limits.membersMax {
            guard value(depth: depth + 1) else { return false }
            space()
            if take("]") { return true }
            guard take(",") else { return false }
            space()
        }
        return false
    }

    private mutating func object(depth: Int) -> Bool {
        guard depth <= limits.depthMax, take("{") else { return false }
        space()
        if take("}") { return true }
        var names: Set<[UInt8]> = []
        for _ in 0..<limits.membersMax {
            guard count(), let name = string(), names.insert(name).inserted else { return false }
            space()
            guard take(":") else { return false }
            space()
            guard value(depth: depth + 1) else { return false }
            space()
            if take("}") { return true }
            guard take(",") else { return false }
            space()
        }
        return false
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0") {
            guard let byte, (0x31...0x39).contains(byte) else { return false }
            digits()
        }
        if take(".") {
            guard digits() > 0 else { return false }
        }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard digits() > 0 else { return false }
        }
        return true
    }

    @discardableResult
    private mutating func digits() -> Int {
        let start = index
        while let byte, (0x30...0x39).contains(byte) { index += 1 }
        return index - start
    }

    /// The string's unescaped text; `nil` if it is invalid, or has U+0000 or an unpaired surrogate.
    private mutating func string() -> [UInt8]? {
        guard take("\"") else { return nil }
        var units: [UInt16] = []
        while let byte {
            if take("\"") { return decoded(units) }
            if take("\\") {
                guard let unit = escape() else { return nil }
                units.append(unit)
                continue
            }
            guard byte >= 0x20 else { return nil }
            var end = index + 1
            while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
            units += Array(text(bytes[index..<end]).utf16)
            index = end
        }
        return nil
    }

    private mutating func escape() -> UInt16? {
        let short: [(String, UInt16)] = [
            ("\"", 0x22), ("\\", 0x5C), ("/", 0x2F), ("b", 8), ("f", 12), ("n", 10), ("r", 13), ("t", 9),
        ]
        for (letter, unit) in short where take(letter) { return unit }
        guard take("u") else { return nil }
        let digits = bytes[index...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ "0123456789abcdefABCDEF".utf8.contains($0) }) else {
            return nil
        }
        index += 4
        let unit = UInt16(text(digits), radix: 16)
        return unit == 0 ? nil : unit
    }

    private func decoded(_ units: [UInt16]) -> [UInt8]? {
        String(validating: units, as: UTF16.self).map { Array($0.utf8) }
    }
}
