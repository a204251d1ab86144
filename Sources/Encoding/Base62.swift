/// Numbers and random text in the digits and letters, which survive a double click and a URL: `0–9A–Za–z`.
///
/// For tokens, `dbt_<30 random><6 of the CRC-32>`. Source: security.md, "Authentication and authorisation".
public enum Base62 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// The number in exactly `width` characters, with zeros in front; it must fit. Six hold any 32-bit number.
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

    /// `count` characters, each equally likely: 5.95 bits of randomness a character.
    public static func random(_ count: Int, from source: any RandomSource) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(count)
        while text.count < count {
            // 248 is the largest multiple of 62 in a byte; what lies above would favour the first characters.
            for byte in source.bytes(count - text.count) where byte < 248 {
                text.append(alphabet[Int(byte % 62)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether the text has only base62 characters.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        isValid(Array(text.utf8)[...])
    }

    /// Whether the bytes are base62 characters, all of them; for each request's token, so without a generic call.
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
