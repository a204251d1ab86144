import Time

/// Ids that sort by creation time: 48 bits of milliseconds, then 80 random bits. Source: the ULID specification.
public enum ULID {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let randomBytes = 10
    private static let latest: Int64 = 1 << 48 - 1

    /// A new id: 26 upper-case characters of Crockford's base32.
    public static func make(at moment: Timestamp, _ random: any RandomSource) -> String {
        let milliseconds = UInt64(min(max(moment.milliseconds, 0), latest))
        var text: [UInt8] = []
        text.reserveCapacity(26)
        for shift in stride(from: UInt64(45), through: 0, by: -5) {
            text.append(alphabet[Int(milliseconds >> shift & 0x1F)])
        }
        var waiting: UInt32 = 0
        var bits: UInt32 = 0
        for byte in random.bytes(randomBytes) {
            waiting = waiting << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(waiting >> bits & 0x1F)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
