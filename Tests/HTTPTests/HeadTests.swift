import HTTP
import TestSupport
import Testing

/// What the parser tells of a head beside its verdict.
struct HeadTests {
    private func head(_ text: String) throws -> Head {
        var parser = RequestParser(ParserRules())
        var used = 0
        let bytes = Array(text.utf8)
        guard case .head(let head) = parser.advance(bytes.span, &used) else {
            throw HTTPError.malformed("no head", clause: "")
        }
        return head
    }

    private func get(_ fields: String, version: String = "1.1") throws -> Head {
        try head("GET /a HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n")
    }

    @Test func `fields are found by their lower-case names`() throws {
        let fields = try get("ACCEPT:  a \r\nX: 1\r\nx: 2\r\nX-Empty:\r\n").fields
        #expect(fields["accept"] == "a")
        #expect(fields["x"] == "1")
        #expect(fields["x-empty"] == "")
        #expect(fields["y"] == nil)
        #expect(fields["host"] == "a")
        #expect(fields.bytes("x").map(Array.init) == [0x31])
        #expect(fields.bytes("nothing") == nil)
        #expect(fields.count == 5)
        #expect(fields.all.map(\.name) == ["host", "accept", "x", "x", "x-empty"])
    }

    @Test func `a value that is not UTF-8 is bytes, but no text`() {
        var parser = RequestParser(ParserRules())
        var used = 0
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + [0xFF, 0x0D, 0x0A, 0x0D, 0x0A]
        guard case .head(let head) = parser.advance(bytes.span, &used) else {
            Issue.record("refused")
            return
        }
        #expect(head.fields["x"] == nil)
        #expect(head.fields.bytes("x").map(Array.init) == [0xFF])
    }

    @Test func `a head that comes again is the same head, and any other is read again`() throws {
        var parser = RequestParser(ParserRules())
        func next(_ text: String) throws -> Head {
            var used = 0
            let bytes = Array(text.utf8)
            guard case .head(let head) = parser.advance(bytes.span, &used) else {
                throw HTTPError.malformed("no head", clause: "")
            }
            #expect(used == bytes.count)
            guard case .complete(let body) = parser.advance(bytes.span, &used), body.isEmpty else {
                throw HTTPError.malformed("no end", clause: "")
            }
            return head
        }
        let first = try next("GET /a HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n")
        let again = try next("GET /a HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n")
        let other = try next("GET /a HTTP/1.1\r\nHost: a\r\nX: 2\r\n\r\n")
        #expect(again.isRepetition(of: first))
        #expect(!other.isRepetition(of: first))
        #expect(other.fields["x"] == "2")
    }

    @Test func `fields of a test are found like received ones`() {
        let fields = Fields([("if-match", "\"a\""), ("x", "y")])
        #expect(fields["if-match"] == "\"a\"")
        #expect(fields["x"] == "y")
    }

    @Test(arguments: [
        ("1.1", "", true), ("1.1", "Connection: close\r\n", false), ("1.1", "Connection: CLOSE\r\n", false),
        ("1.1", "Connection: a, close ,b\r\n", false),
        ("1.1", "Connection: a\r\nConnection: close\r\n", false),
        ("1.1", "Connection: closed\r\n", true), ("1.0", "", false),
        ("1.0", "Connection: keep-alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false), ("1.0", "Connection: \u{4B}eep-alive\r\n", true),
    ])
    func `persistence follows version and Connection`(_ version: String, _ fields: String, _ keeps: Bool)
        throws
    {
        #expect(try get(fields, version: version).keepsAlive == keeps)
    }

    @Test(arguments: [
        ("abc", "abc"), ("A.b_c-9", "A.b_c-9"), ("", ""), ("a b", ""), ("a/b", ""),
        (String(repeating: "a", count: 64), String(repeating: "a", count: 64)),
        (String(repeating: "a", count: 65), ""),
    ])
    func `a request id is taken when it is harmless`(_ value: String, _ expected: String) throws {
        #expect(try get("X-Request-Id: \(value)\r\n").id == expected)
    }

    @Test func `two request ids are none`() throws {
        #expect(try get("X-Request-Id: a\r\nX-Request-Id: a\r\n").id == "")
    }

    @Test func `framing and expectation are told`() throws {
        let plain = try head(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\nExpect: 100-Continue\r\n\r\n")
        #expect(plain.framing == .length(7))
        #expect(plain.expectsContinue)
        #expect(plain.bodyExpected)
        let old = try head("POST / HTTP/1.0\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n")
        #expect(!old.expectsContinue)
        #expect(old.isHTTP10)
        let empty = try head(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n")
        #expect(!empty.expectsContinue)
        #expect(!empty.bodyExpected)
    }

    @Test(arguments: [
        ("Content-Length: 11", 413), ("Content-Length: 10", 0), ("Transfer-Encoding: chunked", 0),
    ])
    func `a body announced over its route's limit is refused before it is read`(
        _ field: String, _ status: Int
    ) {
        var parser = RequestParser(ParserRules())
        var used = 0
        let bytes = Array("POST / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n".utf8)
        _ = parser.advance(bytes.span, &used)
        #expect((parser.admit(bodyBytesMax: 10)?.status.code ?? 0) == status)
    }

    @Test func `a chunked body is refused when it crosses its limit, and no route lifts the hard one`() {
        var limits = WireLimits()
        limits.bodyBytesMax = 8
        var parser = RequestParser(ParserRules(limits: limits))
        var used = 0
        let bytes = Array(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n4\r\n".utf8)
        _ = parser.advance(bytes.span, &used)
        #expect(parser.admit(bodyBytesMax: 1_000_000) == nil)
        guard case .fault(let fault) = parser.advance(bytes.span, &used) else {
            Issue.record("accepted")
            return
        }
        #expect(fault == .contentTooLarge(bytesMax: 8))
    }
}
