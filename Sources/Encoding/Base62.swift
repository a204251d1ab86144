/// Base62 of numbers and random text, `0–9A–Za–z`: safe in URLs, and selected as a whole by a double click.
///
/// Used for tokens, `dbt_<30 random><6 of the CRC-32>`. Source: security.md, "Authentication and authorisation".
public enum Base62 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// The number in exactly `width` characters, padded with zeros; it must fit. Six characters hold any 32-bit number.
    public static func encode(_ number: UInt64, width: Int) -> String {
        var rest = number
        var text = [UInt8](repeating: alphabet[0], count: width)
        for index in text.indices.reversed() {
            text[index] = alphabet[Int(rest % 62)]
            rest /= 62
        }
        precondition(rest == 0, "\(number) does not fit \(width) base62 characters")
        return String(decoding: text, as: UTF8.self)
    }

    /// `count` uniformly distributed characters, with 5.95 bits of entropy each.
    public static func random(_ count: Int, from source: any RandomSource) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(count)
        while text.count < count {
            // 248 is the largest multiple of 62 within a byte. Larger bytes are rejected, because they would make the first characters more
            // likely.
            for byte in source.bytes(count - text.count) where byte < 248 {
                text.append(alphabet[Int(byte % 62)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether all characters are base62.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        isValid(Array(text.utf8)[...])
    }

    /// Whether all bytes are base62 characters. Not generic, because it runs for the token of each request.
    public static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool {
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: continue
            default: return false
            }
        }
        return true
    }
}
