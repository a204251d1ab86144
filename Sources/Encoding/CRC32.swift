/// The CRC-32 of Ethernet, gzip and PNG. It detects typing errors, not forgery. Source: ISO 3309, reflected polynomial 0xEDB88320.
public enum CRC32 {
    private static let table: [UInt32] = (0..<256 as Range<UInt32>).map { index in
        (0..<8).reduce(index) { remainder, _ in
            remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1
        }
    }

    public static func checksum(_ bytes: [UInt8]) -> UInt32 {
        checksum(bytes[...])
    }

    public static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { remainder, byte in
            remainder >> 8 ^ table[Int((remainder ^ UInt32(byte)) & 0xFF)]
        }
    }
}
