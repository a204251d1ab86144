import HTTP
import TestSupport
import Testing

struct ResponseSerializerTests {
    private let serializer = ResponseSerializer(server: "drumbeat", secondsSinceEpoch: 784_111_777)
    private let common = """
        \r
        Server: drumbeat\r
        X-Content-Type-Options: nosniff\r
        Date: Sun, 06 Nov 1994 08:49:37 GMT\r
        X-Request-Id: id\r

        """

    private func text(
        _ response: Response, isHead: Bool = false, persistence: ResponseSerializer.Persistence = .open
    ) throws -> String {
        var out: [UInt8] = []
        try serializer.write(response, id: "id", isHead: isHead, persistence: persistence, into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    @Test func `an answer carries its fields, the common ones and the length of its body`() throws {
        let response = Response(.created, fields: [("Location", "/a")], body: Array("hello".utf8))
        let expected = "HTTP/1.1 201 Created" + common + "Location: /a\r\nContent-Length: 5\r\n\r\nhello"
        #expect(try text(response) == expected)
    }

    @Test func `fields rendered ahead are the same, and one added later is not lost`() throws {
        var response = Response(.ok, fields: [("ETag", "\"1\""), ("Server", "other")], body: [0x61])
        let plain = try text(response)
        response.renderFields()
        #expect(try text(response) == plain)
        response.fields.append(("Vary", "Accept"))
        #expect(try text(response).contains("ETag: \"1\"\r\nVary: Accept\r\n"))
    }

    @Test func `what cannot be sent is refused also when it was to be rendered ahead`() {
        var response = Response(.ok, fields: [("Location", "/a\r\nb")])
        response.renderFields()
        #expect(throws: ResponseSerializer.UnsendableField.self) { try text(response) }
    }

    @Test func `an empty body has a length too`() throws {
        #expect(try text(Response(.ok)) == "HTTP/1.1 200 OK" + common + "Content-Length: 0\r\n\r\n")
    }

    @Test(arguments: [204, 304])
    func `some statuses have neither body nor length`(_ code: Int) throws {
        let text = try text(Response(Status(code), body: [0x61]))
        #expect(text.hasSuffix("X-Request-Id: id\r\n\r\n"))
    }

    @Test func `HEAD keeps the length and drops the body`() throws {
        let text = try text(Response(.ok, body: Array("hello".utf8)), isHead: true)
        #expect(text.hasSuffix("Content-Length: 5\r\n\r\n"))
    }

    @Test func `the connection's end is announced`() throws {
        #expect(try text(Response(.ok), persistence: .closing).hasSuffix("\r\nConnection: close\r\n\r\n"))
        #expect(
            try text(Response(.ok), persistence: .keptAlive).hasSuffix("\r\nConnection: keep-alive\r\n\r\n"))
    }

    @Test(arguments: ["a\r\nb", "a\nb", "a\rb", "a\0b", "\u{7F}", "\u{1B}[0m", "\r\n"])
    func `a control byte in a value never goes out`(_ value: String) {
        var out: [UInt8] = [1, 2, 3]
        let fault = #expect(throws: ResponseSerializer.UnsendableField.self) {
            try serializer.write(
                Response(.ok, fields: [("X-A", "fine"), ("X-B", value)]), id: "id", isHead: false,
                persistence: .open, into: &out)
        }
        #expect(fault?.name == "X-B")
        #expect(out == [1, 2, 3], "nothing was written")
    }

    @Test(arguments: [
        "", "a b", "a:", "a\r\nb", "é", "(a)", "Content-Length", "content-length", "Transfer-Encoding",
        "Connection",
        "Keep-Alive", "Upgrade", "Trailer",
    ])
    func `a name that is no token or frames the message never goes out`(_ name: String) {
        #expect(throws: ResponseSerializer.UnsendableField.self) {
            try text(Response(.ok, fields: [(name, "a")]))
        }
    }

    @Test func `an id with a line break never goes out`() {
        var out: [UInt8] = []
        #expect(throws: ResponseSerializer.UnsendableField.self) {
            try serializer.write(Response(.ok), id: "a\r\nb", isHead: false, persistence: .open, into: &out)
        }
    }

    @Test(arguments: ["Date", "server", "X-Request-ID", "x-content-type-options"])
    func `what is written anyway is not written twice`(_ name: String) throws {
        #expect(try text(Response(.ok, fields: [(name, "other")])) == text(Response(.ok)))
    }

    @Test func `whatever is written parses as one line a field`() throws {
        let response = Response(.ok, fields: [("X-Text", "tab\tand é")])
        #expect(try text(response).contains("\r\nX-Text: tab\tand é\r\n"))
    }
}
