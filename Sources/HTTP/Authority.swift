/// `uri-host [":" port]` in `Host` and in an absolute-form target. Source: RFC 9110 §7.2, RFC 3986 §3.2.2, H16.
enum Authority {
    /// Offset of the end of the host, where the port begins; `nil` when the bytes are not an authority.
    ///
    /// Userinfo, commas and empty ports are rejected. Brackets must enclose a plausible IPv6 address.
    static func hostEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard !range.isEmpty else { return nil }
        let isBracketed = bytes[range.lowerBound] == UInt8(ascii: "[")
        let end = isBracketed ? literalEnd(bytes, range) : nameEnd(bytes, range)
        guard let end, end > range.lowerBound else { return nil }
        if end == range.upperBound { return end }
        guard bytes[end] == UInt8(ascii: ":"), isPort(bytes, end + 1..<range.upperBound) else { return nil }
        return end
    }

    private static func nameEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound
        while index < range.upperBound, bytes[index] != UInt8(ascii: ":") {
            if ASCII.isHost(bytes[index]) {
                index += 1
            } else if bytes[index] == UInt8(ascii: "%"), index + 2 < range.upperBound,
                ASCII.hexadecimal(bytes[index + 1]) != nil, ASCII.hexadecimal(bytes[index + 2]) != nil
            {
                index += 3
            } else {
                return nil
            }
        }
        return index
    }

    /// `[` hexadecimal digits, colons and dots `]`: at least two colons, at most 45 bytes.
    private static func literalEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var colons = 0
        for index in range.dropFirst() {
            let byte = bytes[index]
            if byte == UInt8(ascii: "]") {
                return colons >= 2 && index - range.lowerBound <= 46 ? index + 1 : nil
            }
            guard byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") || ASCII.hexadecimal(byte) != nil
            else {
                return nil
            }
            if byte == UInt8(ascii: ":") { colons += 1 }
        }
        return nil
    }

    private static func isPort(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard (1...5).contains(range.count) else { return false }
        var port = 0
        for index in range {
            guard ASCII.isDigit(bytes[index]) else { return false }
            port = port * 10 + Int(bytes[index] - 0x30)
        }
        return port <= 65_535
    }
}
