/// Incremental parser of a head: examines each byte once and each line when it is complete.
///
/// The result depends on the bytes only, not on how they were split: a request is refused at the first byte that makes it invalid. All
/// offsets are relative to the head's first byte.
struct HeadParser: Sendable {
    private var lineStart = 0
    private var scanned = 0
    private var emptyLines = 0
    private var fieldsStart = 0
    private var requestLine: RequestLine?
    private var fields = FieldsParser()
    /// Whether the request line begins with `HEAD`, also when the rest of it is invalid: its response has no body.
    private(set) var asksHead = false

    /// Examines the new bytes of `head`; returns the offset after the head when it is complete.
    mutating func scan(_ head: Span<UInt8>, _ rules: ParserRules) throws(HTTPError) -> Int? {
        while let end = try lineEnd(head, rules) {
            let line = lineStart..<end
            scanned = end + 2
            lineStart = scanned
            if requestLine == nil {
                try takeRequestLine(head, line, rules)
            } else if line.isEmpty {
                return scanned
            } else {
                try fields.take(head, line, rules)
            }
        }
        return nil
    }

    /// Offset of the line's CRLF; `nil` when it has not arrived. Limits count bytes received (H17).
    private mutating func lineEnd(_ head: Span<UInt8>, _ rules: ParserRules) throws(HTTPError) -> Int? {
        let isRequestLine = requestLine == nil
        let ordinaryMax = lineStart + lineBytesMax(rules, isRequestLine)
        let count = head.count
        let stop = min(count, ordinaryMax)
        var index = scanned
        while index < stop, ASCII.isLine(head[index]) { index += 1 }
        if isRequestLine, index >= lineStart + 5, head.equals("HEAD ", lineStart..<lineStart + 5) {
            asksHead = true
        }
        if isRequestLine, index > lineStart, !ASCII.isToken(head[lineStart]) {
            // Refused at once, so that a TLS client does not wait for its own timeout.
            throw .malformed("The request does not begin with a method.", clause: "RFC 9112 §3")
        }
        scanned = index
        guard index < count else { return nil }
        let byte = head[index]
        guard byte == ASCII.carriageReturn else {
            // H17, before the line's end is received.
            if ASCII.isLine(byte) { throw isRequestLine ? .uriTooLong : .headersTooLarge }
            // H6: RFC 9112 §2.2 permits LF alone, but two servers in a chain may then disagree.
            if byte == ASCII.lineFeed {
                throw .malformed("A line ends with LF without CR.", clause: "RFC 9112 §2.2")
            }
            // H10, H13.
            throw .malformed(
                "The request head has a control byte.",
                clause: isRequestLine ? "RFC 9112 §3" : "RFC 9110 §5.5")
        }
        guard index + 1 < count else { return nil }
        // H7.
        guard head[index + 1] == ASCII.lineFeed else {
            throw .malformed("A CR is not followed by LF.", clause: "RFC 9112 §2.2")
        }
        return index
    }

    private func lineBytesMax(_ rules: ParserRules, _ isRequestLine: Bool) -> Int {
        if isRequestLine { return rules.limits.requestLineBytesMax }
        // The line's own CRLF counts; the empty line after the last field does not.
        let left = rules.limits.fieldsBytesMax - (lineStart - fieldsStart) - 2
        return max(0, min(rules.limits.fieldLineBytesMax, left))
    }

    private mutating func takeRequestLine(
        _ head: Span<UInt8>, _ line: Range<Int>, _ rules: ParserRules
    ) throws(HTTPError) {
        if line.isEmpty {
            // H27.
            emptyLines += 1
            guard emptyLines <= rules.limits.emptyLinesMax else {
                throw .malformed("Too many empty lines before the request.", clause: "RFC 9112 §2.2")
            }
            return
        }
        requestLine = try RequestLine(head, line, rules)
        fieldsStart = lineStart
    }

    /// The head of completely scanned bytes, after the checks that need all fields.
    func finish(_ bytes: [UInt8], hosts: HostList?) throws(HTTPError) -> Head {
        guard let requestLine else { throw .malformed("The request line is missing.", clause: "RFC 9112 §3") }
        let framing = try fields.framing(requestLine)
        try fields.checkHost(bytes.span, requestLine, hosts: hosts)
        // H28, H23.
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
