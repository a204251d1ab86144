import Addresses

/// Incremental parser of the field section, including the fields that frame the message.
struct FieldsParser: Sendable {
    private(set) var spans: [Fields.Span] = []
    private(set) var expectsContinue = false
    private(set) var hasUnknownExpectation = false
    private(set) var asksClose = false
    private(set) var asksKeepAlive = false

    private var seen: UInt32 = 0
    private var contentLength = 0
    private var host = 0..<0
    private var requestIDs = 0
    private var requestID = 0..<0

    /// Upper bound of the digits of `Content-Length`, so that no sum can overflow (H3).
    private static let lengthDigitsMax = 18

    /// Whether the field has been received.
    func saw(_ field: KnownField) -> Bool { seen & field.bit != 0 }

    /// Takes one field line; `line` is its range in `head`, without the CRLF.
    mutating func take(_ head: Span<UInt8>, _ line: Range<Int>, _ rules: ParserRules) throws(HTTPError) {
        let span = try FieldLine.parse(head, line)
        // H17.
        guard spans.count < rules.limits.fieldsMax else { throw .headersTooLarge }
        if spans.isEmpty { spans.reserveCapacity(12) }
        spans.append(span)
        guard let field = KnownField.named(head, Int(span.nameStart)..<Int(span.nameEnd)) else { return }
        let value = Int(span.valueStart)..<Int(span.valueEnd)
        // H10: RFC 9110 §5.5 permits obs-text, but gives it no meaning.
        for index in value where head[index] >= 0x80 {
            throw .malformed(
                field == .authorization
                    ? "The Authorization field has non-ASCII bytes. Is “…” still in the place of your token?"
                    : "A header field has non-ASCII bytes.", clause: "RFC 9110 §5.5")
        }
        // Request smuggling: of a repeated field, two parsers may use different values.
        if field.isSingleton, saw(field) {
            throw .malformed(
                "A header field that must be unique is repeated.", clause: field.repetitionClause)
        }
        seen |= field.bit
        try take(field, head, value)
    }

    private mutating func take(
        _ field: KnownField, _ head: Span<UInt8>, _ value: Range<Int>
    ) throws(HTTPError) {
        switch field {
        case .contentLength: contentLength = try Self.length(head, value)
        case .transferEncoding:
            // H4: no list, no parameters, no other coding.
            guard head.equalsFolded("chunked", value) else {
                throw .malformed("The only supported transfer coding is chunked.", clause: "RFC 9112 §6.1")
            }
        case .host:
            // H16.
            guard Authority.hostEnd(head, value) != nil else {
                throw .malformed("Host is not a host with an optional port.", clause: "RFC 9112 §3.2")
            }
            host = value
        case .connection: try takeConnection(head, value)
        case .expect:
            // A second line makes a list of two, which is not a known expectation.
            if head.equalsFolded("100-continue", value), !expectsContinue {
                expectsContinue = true
            } else {
                hasUnknownExpectation = true
            }
        case .requestID:
            requestIDs += 1
            requestID = value
        case .accept, .authorization, .contentEncoding, .contentType, .cookie, .idempotencyKey, .ifMatch,
            .ifNoneMatch, .lastEventID, .origin:
            break
        }
    }

    /// 1…18 digits without a leading zero (H3).
    private static func length(_ head: Span<UInt8>, _ value: Range<Int>) throws(HTTPError) -> Int {
        var length = 0
        for index in value {
            guard ASCII.isDigit(head[index]), value.count <= lengthDigitsMax else { throw malformedLength }
            length = length * 10 + Int(head[index] - 0x30)
        }
        guard !value.isEmpty, value.count == 1 || head[value.lowerBound] != UInt8(ascii: "0") else {
            throw malformedLength
        }
        return length
    }

    private static let malformedLength = HTTPError.malformed(
        "Content-Length is not a plain number.", clause: "RFC 9112 §6.3")

    private mutating func takeConnection(_ head: Span<UInt8>, _ value: Range<Int>) throws(HTTPError) {
        var start = value.lowerBound
        while start <= value.upperBound {
            var end = start
            while end < value.upperBound, head[end] != UInt8(ascii: ",") { end += 1 }
            let option = head.trimmed(start..<end)
            for index in option where !ASCII.isToken(head[index]) {
                throw .malformed("Connection is not a list of tokens.", clause: "RFC 9110 §7.6.1")
            }
            if head.equalsFolded("close", option) { asksClose = true }
            if head.equalsFolded("keep-alive", option) { asksKeepAlive = true }
            start = end + 1
        }
    }

    /// The body's framing. Anything that two parsers could interpret differently is refused: request smuggling (H1, H5, H24).
    func framing(_ requestLine: RequestLine) throws(HTTPError) -> BodyFraming {
        let isChunked = saw(.transferEncoding)
        if isChunked, saw(.contentLength) {
            throw .malformed(
                "Content-Length and Transfer-Encoding must not both be present.", clause: "RFC 9112 §6.3")
        }
        if isChunked, requestLine.isHTTP10 {
            throw .malformed("HTTP/1.0 does not allow Transfer-Encoding.", clause: "RFC 9112 §6.1")
        }
        let framing: BodyFraming = isChunked ? .chunked : contentLength > 0 ? .length(contentLength) : .none
        if framing != .none, requestLine.method.forbidsBody {
            throw .malformed("This method does not allow a body.", clause: "RFC 9110 §9.3.1")
        }
        return framing
    }

    /// Requires exactly one `Host` in HTTP/1.1, equal to the authority of an absolute-form target, and one of the configured hosts (H15,
    /// H16).
    func checkHost(_ head: Span<UInt8>, _ requestLine: RequestLine, hosts: HostList?) throws(HTTPError) {
        if !saw(.host), !requestLine.isHTTP10 {
            throw .malformed("Host is missing.", clause: "RFC 9112 §3.2")
        }
        if let authority = requestLine.target.authority {
            guard Authority.hostEnd(head, authority) != nil, !saw(.host) || head.equalsFolded(authority, host)
            else { throw .malformed("The target's authority differs from Host.", clause: "RFC 9112 §3.2.2") }
            if let hosts, !hosts.contains(head, authority) { throw .misdirected }
        }
        if let hosts, saw(.host), !hosts.contains(head, host) { throw .misdirected }
    }

    /// The client's request id, if it sent exactly one of `[A-Za-z0-9._-]{1,64}`.
    func requestID(_ head: Span<UInt8>) -> String? {
        guard requestIDs == 1, (1...64).contains(requestID.count) else { return nil }
        for index in requestID {
            let byte = head[index]
            guard ASCII.isAlphanumeric(byte) || ASCII.isRequestIDPunctuation(byte) else { return nil }
        }
        return head.extracting(requestID).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}

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
            return .malformed("A header field continues on a second line.", clause: "RFC 9112 §5.2")
        }
        // H9.
        return .malformed("A header field's name is not a token before a colon.", clause: "RFC 9112 §5.1")
    }
}
