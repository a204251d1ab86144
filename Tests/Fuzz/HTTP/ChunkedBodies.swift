import HTTP

/// Chunked bodies, compared with a second decoder that reads line by line, as RFC 9112 §7.1 describes them, and not byte by byte.
enum ChunkedBodies {
    private enum Verdict: Equatable {
        case needsMore
        case refused
        case accepted([UInt8], bytes: Int)
    }

    private static let head = Array("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    private static let bodyBytesMax = 2_000

    @Sendable static func check(_ input: Bytes) {
        let parsed = parse(input)
        let expected = decode(Array(input))
        // An incomplete line may be refused early; complete ones must have the same result.
        if expected == .needsMore, parsed == .refused { return }
        demand(parsed == expected, "the parser says \(parsed), the second decoder \(expected)")
    }

    private static func parse(_ input: Bytes) -> Verdict {
        var parser = RequestParser(ParserRules())
        var used = 0
        guard case .head = parser.advance(head.span, &used) else { return .refused }
        _ = parser.admit(bodyBytesMax: bodyBytesMax)
        used = 0
        switch parser.advance(Span(_unsafeElements: input), &used) {
        case .needMore: return .needsMore
        case .complete(let body): return .accepted(body, bytes: used)
        case .head, .fault: return .refused
        }
    }

    private static func decode(_ input: [UInt8]) -> Verdict {
        let limits = WireLimits()
        var rest = input[...]
        var body: [UInt8] = []
        var chunks = 0
        var extensionBytes = 0
        while true {
            guard let line = takeLine(&rest) else { return .needsMore }
            let digits = line.prefix { isHexadecimal($0) }
            let extensions = line.dropFirst(digits.count)
            extensionBytes += extensions.count
            guard (1...8).contains(digits.count), let size = Int(text(digits), radix: 16),
                areExtensions(extensions), extensions.count <= limits.chunkExtensionBytesMax,
                extensionBytes <= limits.chunkExtensionsBytesMax
            else { return .refused }
            if size == 0 { break }
            chunks += 1
            guard body.count + size <= bodyBytesMax, chunks <= limits.chunksMax else { return .refused }
            if chunks > limits.chunksBeforeAverage, (body.count + size) / chunks < limits.chunkAverageBytesMin
            {
                return .refused
            }
            guard rest.count >= size + 2 else {
                let end = rest.dropFirst(size).first
                return end == nil || end == 0x0D ? .needsMore : .refused
            }
            body += rest.prefix(size)
            rest = rest.dropFirst(size)
            guard rest.prefix(2).elementsEqual([0x0D, 0x0A]) else { return .refused }
            rest = rest.dropFirst(2)
        }
        var trailers = 0
        var trailerBytes = 0
        while let line = takeLine(&rest) {
            if line.isEmpty { return .accepted(body, bytes: rest.startIndex) }
            trailers += 1
            trailerBytes += line.count + 2
            let name = line.prefix { isToken($0) }
            guard !name.isEmpty, line.dropFirst(name.count).first == 0x3A, line.allSatisfy(isText),
                trailers <= limits.trailersMax, trailerBytes <= limits.trailersBytesMax
            else { return .refused }
        }
        return .needsMore
    }

    /// The line that CRLF ends. A line with a bare CR or LF ends there and matches no grammar.
    private static func takeLine(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let end = rest.indices.first(where: { rest[$0] == 0x0D || rest[$0] == 0x0A }) else {
            return nil
        }
        if rest[end] == 0x0D, end + 1 == rest.endIndex { return nil }
        let isEnd = rest[end] == 0x0D && rest[end + 1] == 0x0A
        defer { rest = rest[(end + (isEnd ? 2 : 1))...] }
        return isEnd ? rest[..<end] : [0x00]
    }

    private static func areExtensions(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while let first = rest.popFirst() {
            guard first == 0x3B else { return false }
            let name = rest.prefix { isToken($0) }
            guard !name.isEmpty else { return false }
            rest = rest.dropFirst(name.count)
            guard rest.first == 0x3D else { continue }
            rest = rest.dropFirst()
            if rest.first == 0x22 {
                rest = rest.dropFirst()
                while true {
                    guard var byte = rest.popFirst() else { return false }
                    if byte == 0x22 { break }
                    if byte == 0x5C {
                        guard let escaped = rest.popFirst() else { return false }
                        byte = escaped
                    }
                    guard isText(byte) else { return false }
                }
            } else {
                let value = rest.prefix { isToken($0) }
                guard !value.isEmpty else { return false }
                rest = rest.dropFirst(value.count)
            }
        }
        return true
    }

    private static let tokens = Set(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    private static func isToken(_ byte: UInt8) -> Bool { tokens.contains(byte) }

    private static func isText(_ byte: UInt8) -> Bool { byte == 0x09 || (byte >= 0x20 && byte != 0x7F) }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        "0123456789abcdefABCDEF".utf8.contains(byte)
    }
}
