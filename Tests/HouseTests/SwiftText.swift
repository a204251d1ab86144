/// Swift source taken apart as far as our rules need it: code without comments and strings, and the strings.
struct SwiftText {
    /// The code, line by line; comments are gone, and strings are `""`.
    private(set) var code: [String] = []
    /// The string literals as written, with the line they begin in. What is interpolated stays in them.
    private(set) var strings: [(line: Int, text: String)] = []

    private var line: [UInt8] = []
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        while position < bytes.count { step() }
        code.append(String(decoding: line, as: UTF8.self))
    }

    private func has(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        return text.withUTF8Buffer { bytes[position..<position + count].elementsEqual($0) }
    }

    private mutating func step() {
        let byte = bytes[position]
        // Most bytes begin nothing.
        guard byte == 0x2F || byte == 0x22 || byte == 0x23 || byte == 0x0A else {
            line.append(byte)
            position += 1
            return
        }
        if has("//") {
            while position < bytes.count, bytes[position] != 0x0A { position += 1 }
        } else if has("/*") {
            while position < bytes.count, !has("*/") {
                if bytes[position] == 0x0A { endLine() }
                position += 1
            }
            position += 2
        } else if has("#\"") {
            string(open: "#\"", close: "\"#", isRaw: true)
        } else if has("\"\"\"") {
            string(open: "\"\"\"", close: "\"\"\"", isRaw: false)
        } else if has("\"") {
            string(open: "\"", close: "\"", isRaw: false)
        } else if bytes[position] == 0x0A {
            endLine()
            position += 1
        } else {
            line.append(bytes[position])
            position += 1
        }
    }

    private mutating func endLine() {
        code.append(String(decoding: line, as: UTF8.self))
        line = []
    }

    private mutating func string(open: StaticString, close: StaticString, isRaw: Bool) {
        let began = code.count + 1
        let start = position
        position += open.utf8CodeUnitCount
        var depth = 0
        while position < bytes.count, depth > 0 || !has(close) {
            let byte = bytes[position]
            if byte == 0x0A { endLine() }
            if depth == 0, byte != 0x5C {
                position += 1
            } else if depth > 0 {
                // Inside of \( … ): only its end matters, and strings in it hide parentheses.
                if byte == 0x28 { depth += 1 }
                if byte == 0x29 { depth -= 1 }
                if byte == 0x22 { skipInnerString() }
                position += 1
            } else if isRaw ? has("\\#(") : has("\\(") {
                depth = 1
                position += isRaw ? 3 : 2
            } else if byte == 0x5C, !isRaw {
                position += 2
            } else {
                position += 1
            }
        }
        position = min(position + close.utf8CodeUnitCount, bytes.count)
        strings.append((began, String(decoding: bytes[start..<position], as: UTF8.self)))
        line += Array("\"\"".utf8)
    }

    /// From the quote that opens a string inside of an interpolation to the one that closes it.
    private mutating func skipInnerString() {
        position += 1
        while position < bytes.count, bytes[position] != 0x22 {
            position += bytes[position] == 0x5C ? 2 : 1
        }
    }
}
