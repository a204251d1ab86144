import Encoding

/// Untrusted bytes, escaped for display and logs.
enum Excerpt {
    static let bytesMax = 200

    /// The beginning of the bytes as at most 200 bytes of text.
    ///
    /// Control and format characters (which could reverse the text direction), invalid UTF-8 and the backslash are written as `\n`,
    /// `\x1B`, `\u{202E}`, `\\`.
    static func of(_ bytes: some Collection<UInt8>) -> String {
        var rest = bytes[...]
        var text = ""
        var room = bytesMax
        while !rest.isEmpty {
            var iterator = rest.makeIterator()
            var parser = Unicode.UTF8.ForwardParser()
            let piece: String
            let taken: Int
            switch parser.parseScalar(from: &iterator) {
            case .emptyInput: return text
            case .valid(let encoded):
                piece = escaped(Unicode.UTF8.decode(encoded))
                taken = encoded.count
            case .error(let length):
                piece = rest.prefix(length).map { byte in "\\x" + hex(UInt32(byte)) }.joined()
                taken = length
            }
            room -= piece.utf8.count
            guard room >= 0 else { return text }
            text += piece
            rest = rest.dropFirst(max(taken, 1))
        }
        return text
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\\": return "\\\\"
        default: break
        }
        if scalar.isHiding { return "\\u{" + hex(scalar.value) + "}" }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            return scalar.isASCII ? "\\x" + hex(scalar.value) : "\\u{" + hex(scalar.value) + "}"
        default:
            return String(scalar)
        }
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return digits.count < 2 ? "0" + digits : digits
    }
}
