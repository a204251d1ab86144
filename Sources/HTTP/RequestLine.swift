/// A request line: exactly `method SP target SP HTTP/1.(0|1)`. Source: RFC 9112 §3, H12 and H13.
struct RequestLine: Sendable {
    let method: Method
    let target: TargetShape
    let isHTTP10: Bool

    /// Parses the line in `range` of the head, without its CRLF.
    ///
    /// Checks the shape first, then the version, the method and the target, so that `PRI * HTTP/2.0` is an unsupported version and not an
    /// unknown method.
    init(_ head: Span<UInt8>, _ range: Range<Int>, _ rules: ParserRules) throws(HTTPError) {
        guard let methodEnd = Self.space(head, range),
            let targetEnd = Self.space(head, methodEnd + 1..<range.upperBound)
        else { throw Self.malformed("The request line must be method, target and version.") }
        let methodRange = range.lowerBound..<methodEnd
        for index in methodRange where !ASCII.isToken(head[index]) {
            throw Self.malformed("The method is not a token.")
        }
        guard !methodRange.isEmpty else { throw Self.malformed("The method is missing.") }
        isHTTP10 = try Self.version(head, targetEnd + 1..<range.upperBound) == 0
        guard let method = Self.method(head, methodRange) else { throw .methodNotImplemented }
        self.method = method
        target = try TargetShape(head, methodEnd + 1..<targetEnd, itemsMax: rules.limits.queryItemsMax)
        if target.isAsterisk, method != .options {
            throw Self.malformed("Only OPTIONS allows the target \"*\".", clause: "RFC 9112 §3.2.4")
        }
    }

    private static func space(_ head: Span<UInt8>, _ range: Range<Int>) -> Int? {
        for index in range where head[index] == ASCII.space { return index }
        return nil
    }

    /// The minor version of HTTP/1. Another shape is 400, another version 505.
    private static func version(_ head: Span<UInt8>, _ range: Range<Int>) throws(HTTPError) -> UInt8 {
        let major = range.lowerBound + 5
        let minor = major + 2
        guard range.count == 8, head.equals("HTTP/", range.lowerBound..<major), ASCII.isDigit(head[major]),
            head[major + 1] == UInt8(ascii: "."), ASCII.isDigit(head[minor])
        else { throw malformed("The request line does not end with a version.", clause: "RFC 9112 §2.3") }
        if head[major] == UInt8(ascii: "0") {
            throw malformed("This is not a valid HTTP/0.9 request line.", clause: "RFC 9112 §2.3")
        }
        guard head[major] == UInt8(ascii: "1"), head[minor] <= UInt8(ascii: "1") else {
            throw .versionNotSupported
        }
        return head[minor] - UInt8(ascii: "0")
    }

    /// Case-sensitive; TRACE and CONNECT are not served (H15).
    private static func method(_ head: Span<UInt8>, _ range: Range<Int>) -> Method? {
        switch range.count {
        case 3: head.equals("GET", range) ? .get : head.equals("PUT", range) ? .put : nil
        case 4: head.equals("POST", range) ? .post : head.equals("HEAD", range) ? .head : nil
        case 5: head.equals("PATCH", range) ? .patch : nil
        case 6: head.equals("DELETE", range) ? .delete : nil
        case 7: head.equals("OPTIONS", range) ? .options : nil
        default: nil
        }
    }

    private static func malformed(_ detail: String, clause: String = "RFC 9112 §3") -> HTTPError {
        .malformed(detail, clause: clause)
    }
}
