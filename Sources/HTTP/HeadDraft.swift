/// A head while its bytes arrive: each byte is looked at once, each line is judged when it is complete.
///
/// The verdict depends on the bytes alone, never on how they were cut into pieces: whatever is refused is
/// refused at the first byte that makes it so. All offsets count from the head's first byte.
struct HeadDraft: Sendable {
    private var lineStart = 0
    private var scanned = 0
    private var emptyLines = 0
    private var fieldsStart = 0
    private var requestLine: RequestLine?
    private var fields = FieldsDraft()

    /// Looks at the bytes of `head` not seen yet; answers the offset behind the head when it is complete.
    mutating func scan(_ head: Span<UInt8>, limits: WireLimits) throws(WireFault) -> Int? {
        while let end = try lineEnd(head, limits) {
            let line = lineStart..<end
            scanned = end + 2
            lineStart = scanned
            if requestLine == nil {
                try takeRequestLine(head, line, limits)
            } else if line.isEmpty {
                return scanned
            } else {
                try fields.take(head, line, limits)
            }
        }
        return nil
    }

    /// Where the line ends, or `nil` when its CRLF has not arrived. Limits count bytes received (H17).
    private mutating func lineEnd(_ head: Span<UInt8>, _ limits: WireLimits) throws(WireFault) -> Int? {
        let bytesMax =
            requestLine == nil
            ? limits.requestLineBytesMax
            : max(0, min(limits.fieldLineBytesMax, limits.fieldsBytesMax - (lineStart - fieldsStart) - 2))
        let ordinaryMax = lineStart + bytesMax
        var index = scanned
        let count = head.count
        while index < count {
            let byte = head[index]
            if ASCII.isLine(byte) {
                guard index < ordinaryMax else { throw requestLine == nil ? .uriTooLong : .headersTooLarge }
                if index == lineStart, requestLine == nil, !ASCII.isToken(byte) {
                    throw .malformed("The request does not begin with a method.", clause: "RFC 9112 §3")
                }
                index += 1
                continue
            }
            guard byte == ASCII.carriageReturn else {
                throw byte == ASCII.lineFeed
                    ? .malformed("A line ends with LF alone.", clause: "RFC 9112 §2.2")
                    : .malformed("The head has a control byte.", clause: "RFC 9110 §5.5")
            }
            guard index + 1 < count else { break }
            guard head[index + 1] == ASCII.lineFeed else {
                throw .malformed("A CR is not followed by LF.", clause: "RFC 9112 §2.2")
            }
            return index
        }
        scanned = index
        return nil
    }

    private mutating func takeRequestLine(
        _ head: Span<UInt8>, _ line: Range<Int>, _ limits: WireLimits
    ) throws(WireFault) {
        if line.isEmpty {
            emptyLines += 1
            guard emptyLines <= limits.emptyLinesMax else {
                throw .malformed("Too many empty lines before the request.", clause: "RFC 9112 §2.2")
            }
            return
        }
        requestLine = try RequestLine(head, line, limits: limits)
        fieldsStart = lineStart
    }

    /// The head of the bytes that were scanned to their end, after the checks that need all fields.
    func finish(_ bytes: [UInt8], hosts: HostList?) throws(WireFault) -> Head {
        guard let requestLine else { throw .malformed("The request line is missing.", clause: "RFC 9112 §3") }
        let framing = try fields.framing(requestLine)
        try fields.checkHost(bytes.span, requestLine, hosts: hosts)
        if fields.saw(.contentEncoding) { throw .contentEncoded }
        if fields.hasUnknownExpectation { throw .expectationFailed }
        return Head(
            method: requestLine.method,
            target: Target(requestLine.target, head: bytes),
            fields: Fields(head: bytes, spans: fields.spans),
            isHTTP10: requestLine.isHTTP10,
            framing: framing,
            expectsContinue: fields.expectsContinue && !requestLine.isHTTP10 && framing != .none,
            keepsAlive: !fields.asksClose && (!requestLine.isHTTP10 || fields.asksKeepAlive),
            id: fields.requestID(bytes.span) ?? "")
    }
}
