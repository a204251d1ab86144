/// Parser of `uri-host [":" port]`, as in `Host`, an absolute-form target, the list of hosts and a listening address. Source: RFC 9110
/// §7.2, RFC 3986 §3.2.2, H16.
public enum Authority {
    /// Index of the end of the host, where the port begins; `nil` if the bytes are not a valid authority.
    ///
    /// Refuses userinfo, commas and an empty port. Bytes in brackets must look like an IPv6 address.
    public static func hostEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard !range.isEmpty else { return nil }
        let isBracketed = bytes[range.lowerBound] == UInt8(ascii: "[")
        let end = isBracketed ? literalEnd(bytes, range) : nameEnd(bytes, range)
        guard let end, end > range.lowerBound else { return nil }
        if end == range.upperBound { return end }
        guard bytes[end] == UInt8(ascii: ":"), port(bytes, end + 1..<range.upperBound) != nil else {
            return nil
        }
        return end
    }

    private static func nameEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound
        while index < range.upperBound, bytes[index] != UInt8(ascii: ":") {
            if isHost(bytes[index]) {
                index += 1
            } else if bytes[index] == UInt8(ascii: "%"), index + 2 < range.upperBound,
                isHexadecimal(bytes[index + 1]), isHexadecimal(bytes[index + 2])
            {
                index += 3
            } else {
                return nil
            }
        }
        return index
    }

    /// `[`, hexadecimal digits, colons and dots, `]`: at least two colons, at most 45 bytes.
    private static func literalEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var colons = 0
        for index in range.dropFirst() {
            let byte = bytes[index]
            if byte == UInt8(ascii: "]") {
                return colons >= 2 && index - range.lowerBound <= 46 ? index + 1 : nil
            }
            guard byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") || isHexadecimal(byte)
            else {
                return nil
            }
            if byte == UInt8(ascii: ":") { colons += 1 }
        }
        return nil
    }

    /// One to five digits, at most 65535.
    static func port(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt16? {
        guard (1...5).contains(range.count) else { return nil }
        var port = 0
        for index in range {
            let byte = bytes[index]
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            port = port * 10 + Int(byte - 0x30)
        }
        return UInt16(exactly: port)
    }

    /// RFC 3986 unreserved and sub-delims, without the comma (H16). A bit set: one bit per byte value.
    private static func isHost(_ byte: UInt8) -> Bool {
        let bit: UInt64 = 1 << UInt64(byte & 63)
        return byte < 64
            ? 0x2BFF_6FD2_0000_0000 & bit != 0 : byte < 128 && 0x47FF_FFFE_87FF_FFFE & bit != 0
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }
}
