import HTTP

/// Responses with untrusted parts: no line break can be injected, and the output is exactly one response.
enum AnswerFields {
    @Sendable static func check(_ input: Bytes) {
        let parts = input.split(separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false).map {
            text($0)
        }
        let part = { parts.indices.contains($0) ? parts[$0] : "" }
        let response = Response(
            .ok, fields: [(part(0), part(1)), ("ETag", part(2))], body: Array(part(3).utf8))
        var bytes = Array("before".utf8)
        do {
            try ResponseSerializer(server: "x", secondsSinceEpoch: Int64(input.count)).write(
                response, id: part(2), isHead: false, persistence: .closing, into: &bytes)
        } catch {
            return demand(bytes == Array("before".utf8), "a refused answer left bytes behind")
        }
        let answer = bytes.dropFirst(6)
        demand(answer.starts(with: "HTTP/1.1 200 OK\r\n".utf8), "an answer does not begin with its status")
        demand(
            answer.count { $0 == 0x0D } - part(3).utf8.count { $0 == 0x0D } <= 10,
            "a line more than was meant")
        var lines = 0
        var rest = answer[...]
        while let end = rest.firstIndex(of: 0x0D), end > rest.startIndex {
            demand(rest[end + 1] == 0x0A, "a CR alone in a head")
            demand(!rest[..<end].contains(0x0A), "a LF alone in a head")
            demand(lines == 0 || rest[..<end].contains(0x3A), "a line without a colon")
            rest = rest[(end + 2)...]
            lines += 1
        }
        demand(rest.dropFirst(2).elementsEqual(part(3).utf8), "the body is not what was given")
    }
}
