import HTTP
import TestSupport

/// Whole connections: the result does not depend on how the bytes are split, nor on the bytes that follow.
struct Requests {
    /// Hosts, and limits that an input of a few hundred bytes can exceed.
    static let narrowRules: ParserRules = {
        var limits = WireLimits()
        limits.requestLineBytesMax = 64
        limits.fieldLineBytesMax = 64
        limits.fieldsBytesMax = 256
        limits.fieldsMax = 6
        limits.queryItemsMax = 4
        limits.chunkExtensionBytesMax = 16
        limits.chunkExtensionsBytesMax = 32
        limits.chunksMax = 12
        limits.chunksBeforeAverage = 3
        limits.chunkAverageBytesMin = 4
        limits.trailersMax = 2
        limits.trailersBytesMax = 40
        return ParserRules(limits: limits, hosts: HostList(["x", "example.org:8080", "[::1]"]))
    }()
    /// The limit of a route, which an input of a few thousand bytes can exceed.
    private static let bodyBytesMax = 2_000
    /// Byte by byte is quadratic for a head, so longer inputs are only split into larger pieces.
    private static let singleBytesMax = 1_024

    private let rules: ParserRules

    init(_ rules: ParserRules) {
        self.rules = rules
    }

    func check(_ input: Bytes) {
        let whole = read(input) { input.count }
        var random = SeededGenerator(hashing: input)
        let cut = read(input) { 1 + random.remainder(below: 64) }
        demand(whole == cut, "cut into pieces: \(cut), whole: \(whole)")
        if input.count <= Self.singleBytesMax {
            let single = read(input) { 1 }
            demand(whole == single, "byte by byte: \(single), whole: \(whole)")
        }
        checkPrefix(input, whole)
        checkRepeats(whole)
    }

    /// A complete request is independent of what follows, which begins a new request.
    private func checkPrefix(_ input: Bytes, _ whole: [Record]) {
        guard let end = whole.firstIndex(where: \.isEnd) else { return }
        let bytes = whole[end].offset
        let alone = read(Bytes(rebasing: input[..<bytes])) { bytes }
        demand(alone == Array(whole[...end]), "alone: \(alone), with more: \(whole)")
        let rest = read(Bytes(rebasing: input[bytes...])) { input.count }
        let expected = whole[(end + 1)...].map { $0.moved(by: -bytes) }
        demand(rest == expected, "what follows: \(rest), as a part: \(expected)")
    }

    /// An accepted request is accepted again after it is written, with the same meaning.
    private func checkRepeats(_ whole: [Record]) {
        for (record, end) in zip(whole, whole.dropFirst()) {
            guard case .head(let head, let facts) = record.kind, case .complete(let body) = end.kind else {
                continue
            }
            let written = Self.write(head, body)
            // A value that is not UTF-8 grows when it is written, perhaps beyond a line's limit, although the whole becomes shorter.
            let isText = head.fields.all.allSatisfy { !$0.value.unicodeScalars.contains("\u{FFFD}") }
            guard isText, written.count <= end.offset else { continue }
            let again = written.withUnsafeBufferPointer { read($0) { written.count } }
            guard case .head(_, let newFacts)? = again.first?.kind,
                case .complete(let newBody)? = again.last?.kind
            else {
                demand(false, "written again it is refused: \(again), before: \(whole)")
                continue
            }
            demand(again.count == 2 && facts == newFacts && body == newBody, "\(again) is not \(whole)")
        }
    }

    private static func write(_ head: Head, _ body: [UInt8]) -> [UInt8] {
        var lines = "\(head.method.rawValue) \(head.target.raw) HTTP/1.\(head.isHTTP10 ? 0 : 1)\r\n"
        for (name, value) in head.fields.all { lines += "\(name):\(value)\r\n" }
        var bytes = Array((lines + "\r\n").utf8)
        switch head.framing {
        case .none: break
        case .length: bytes += body
        case .chunked:
            if !body.isEmpty {
                bytes += Array((String(body.count, radix: 16) + "\r\n").utf8) + body + Array("\r\n".utf8)
            }
            bytes += Array("0\r\n\r\n".utf8)
        }
        return bytes
    }

    /// Reads as a server does, in pieces of the sizes that `next` returns.
    private func read(_ input: Bytes, pieces next: () -> Int) -> [Record] {
        var parser = RequestParser(rules)
        var records: [Record] = []
        var start = 0
        while start < input.count {
            let end = min(input.count, start + max(1, next()))
            let piece = Span(_unsafeElements: Bytes(rebasing: input[start..<end]))
            var used = 0
            reading: while true {
                switch parser.advance(piece, &used) {
                case .needMore:
                    demand(used == piece.count, "bytes were left over while more is needed")
                    break reading
                case .head(let head):
                    records.append(Record(kind: .head(head, Facts(head)), offset: start + used))
                    if let fault = parser.admit(bodyBytesMax: Self.bodyBytesMax) {
                        return records + [Record(kind: .fault(fault), offset: 0)]
                    }
                case .complete(let body):
                    demand(body.count <= Self.bodyBytesMax, "a body of \(body.count) bytes came through")
                    records.append(Record(kind: .complete(body), offset: start + used))
                case .fault(let fault):
                    return records + [Record(kind: .fault(fault), offset: 0)]
                }
            }
            start = end
        }
        return records
    }
}

/// A result of the bytes so far.
struct Record: Equatable {
    enum Kind {
        case head(Head, Facts)
        case complete([UInt8])
        case fault(HTTPError)
    }

    let kind: Kind
    /// Offset in the connection after this result; 0 for a fault.
    let offset: Int

    var isEnd: Bool { if case .complete = kind { true } else { false } }

    func moved(by distance: Int) -> Record {
        if case .fault = kind { return self }
        return Record(kind: kind, offset: offset + distance)
    }

    static func == (left: Record, right: Record) -> Bool {
        switch (left.kind, right.kind) {
        case (.head(_, let left), .head(_, let right)): if left != right { return false }
        case (.complete(let left), .complete(let right)): if left != right { return false }
        case (.fault(let left), .fault(let right)): if left != right { return false }
        default: return false
        }
        return left.offset == right.offset
    }
}

/// All values of a head, as bytes, because strings are compared by canonical equivalence.
struct Facts: Equatable {
    private let words: [[UInt8]]

    init(_ head: Head) {
        var words = [
            head.method.rawValue, head.target.raw, head.target.rawPath, "\(head.target.isAsterisk)", head.id,
            "\(head.isHTTP10) \(head.framing) \(head.expectsContinue) \(head.keepsAlive)", "path",
        ]
        words += head.target.path + ["query"]
        for item in head.target.query { words += [item.name, item.value] }
        for field in head.fields.all { words += [field.name, field.value] }
        self.words = words.map { Array($0.utf8) }
    }
}
