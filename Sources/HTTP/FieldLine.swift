/// A field line of a head or of trailers: `name ":" OWS value OWS`. Source: RFC 9112 §5, H8…H11.
enum FieldLine {
    /// Ranges of name and value. `range` is the line without its CRLF and must have no control bytes.
    static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(HTTPError) -> Fields.Span {
        var colon = range.lowerBound
        while colon < range.upperBound, ASCII.isToken(bytes[colon]) { colon += 1 }
        guard colon < range.upperBound, bytes[colon] == UInt8(ascii: ":"), colon > range.lowerBound else {
            throw refusal(bytes[range.lowerBound])
        }
        let value = bytes.trimmed(colon + 1..<range.upperBound)
        return Fields.Span(
            nameStart: UInt32(range.lowerBound), nameEnd: UInt32(colon),
            valueStart: UInt32(value.lowerBound), valueEnd: UInt32(value.upperBound))
    }

    private static func refusal(_ first: UInt8) -> HTTPError {
        // H8: also before the first field, where RFC 9112 §2.2 would allow skipping the line.
        if first == ASCII.space || first == ASCII.tab {
            return .malformed("A header field goes on in a second line.", clause: "RFC 9112 §5.2")
        }
        // H9.
        return .malformed("A header field's name is not a token before a colon.", clause: "RFC 9112 §5.1")
    }
}
