/// Percent decoding, once and strictly. Source: RFC 3986 §2.1, H31.
enum PercentDecoding {
    /// The component that is decoded.
    enum Place: Sendable {
        /// A path segment: slash and backslash are refused, encoded or not.
        case path
        /// A query: "+" is a space, as in forms.
        case query
    }

    /// Decodes text. Refuses invalid `%xx`, control bytes, invalid UTF-8 and, in a path, an encoded slash.
    static func text(
        _ bytes: Span<UInt8>, _ range: Range<Int>, place: Place
    ) throws(HTTPError) -> String {
        guard needsDecoding(bytes, range, place: place) else {
            // Target bytes are ASCII, so decoding cannot replace anything.
            return bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            var byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "%") {
                guard index + 1 < range.upperBound, let high = ASCII.hexadecimal(bytes[index]),
                    let low = ASCII.hexadecimal(bytes[index + 1])
                else { throw malformed("The target has a percent sign without two hexadecimal digits.") }
                byte = high << 4 | low
                index += 2
            } else if byte == UInt8(ascii: "+"), place == .query {
                byte = ASCII.space
            }
            guard byte >= 0x20, byte != 0x7F else {
                throw malformed("The target has a percent-encoded control byte.", clause: "RFC 3986 §7.3")
            }
            if place == .path, byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") {
                throw malformed("The path has a percent-encoded slash.", clause: "RFC 3986 §7.3")
            }
            decoded.append(byte)
        }
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw malformed("The percent-decoded target is not UTF-8.", clause: "RFC 3986 §2.5")
        }
        return text
    }

    private static func needsDecoding(_ bytes: Span<UInt8>, _ range: Range<Int>, place: Place) -> Bool {
        for index in range {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") || (byte == UInt8(ascii: "+") && place == .query) { return true }
        }
        return false
    }

    private static func malformed(_ detail: String, clause: String = "RFC 3986 §2.1") -> HTTPError {
        .malformed(detail, clause: clause)
    }
}
