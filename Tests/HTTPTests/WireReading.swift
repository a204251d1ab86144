import Glibc
import HTTP

/// A parser, fed as a connection feeds it, and its results so far.
struct WireReading {
    enum Outcome {
        case request(Head, body: [UInt8])
        case refused(HTTPError)
        /// Bytes followed `Connection: close`.
        case closed
        /// The request is incomplete.
        case incomplete
    }

    private var parser: RequestParser
    private var read: [Outcome] = []
    private var head: Head?
    private var isOver = false
    private var isClosed = false
    private var bytesFed = 0
    private(set) var refusedAt: Int?
    /// Whether the parser returned `needMore` without using all bytes.
    private(set) var leftBytes = false

    init(_ rules: ParserRules) { parser = RequestParser(rules) }

    /// The results, and whether a request is incomplete.
    var outcomes: [Outcome] {
        let isPending = !isOver && !isClosed && (head != nil || parser.stage != .idle)
        return isPending ? read + [.incomplete] : read
    }

    /// Feeds `part` of the stream as one piece.
    mutating func feed(_ stream: [UInt8], _ part: Range<Int>) {
        let piece = stream.span.extracting(part)
        var used = 0
        bytesFed += piece.count
        while !isOver {
            if isClosed {
                // Nothing after `Connection: close` is parsed (H26).
                if used < piece.count {
                    read.append(.closed)
                    isOver = true
                }
                return
            }
            switch parser.advance(piece, &used) {
            case .needMore:
                if used != piece.count { leftBytes = true }
                return
            case .head(let head): self.head = head
            case .complete(let body):
                guard let head else { return }
                read.append(.request(head, body: body))
                isClosed = !head.keepsAlive
                self.head = nil
            case .fault(let fault):
                read.append(.refused(fault))
                refusedAt = bytesFed - 1
                isOver = true
            }
        }
    }
}

extension WireReading.Outcome {
    /// Whether both readings have the same results. Creates no text, because it runs for every split of every case.
    static func areSame(_ some: [Self], _ others: [Self]) -> Bool {
        guard some.count == others.count else { return false }
        for index in some.indices where !some[index].isSame(as: others[index]) { return false }
        return true
    }

    private func isSame(as other: Self) -> Bool {
        switch (self, other) {
        case (.closed, .closed), (.incomplete, .incomplete): true
        case (.refused(let fault), .refused(let second)): fault == second
        case (.request(let head, let body), .request(let second, let secondBody)):
            head.method == second.method && head.isHTTP10 == second.isHTTP10
                && head.keepsAlive == second.keepsAlive && head.framing == second.framing
                && head.fields.count == second.fields.count && head.target.raw == second.target.raw
                && Self.areEqual(head.fields.bytes("host"), second.fields.bytes("host"))
                && Self.areEqual(head.fields.bytes("x"), second.fields.bytes("x"))
                && Self.areEqual(body[...], secondBody[...])
        default: false
        }
    }

    /// By `memcmp`: without optimisation `==` of arrays needs a call per byte.
    private static func areEqual(_ some: ArraySlice<UInt8>?, _ other: ArraySlice<UInt8>?) -> Bool {
        guard let some, let other else { return some == nil && other == nil }
        guard some.count == other.count else { return false }
        return some.withUnsafeBytes { first in
            other.withUnsafeBytes { second in
                guard let start = first.baseAddress, let secondStart = second.baseAddress else { return true }
                return memcmp(start, secondStart, first.count) == 0
            }
        }
    }

    /// The outcome in the corpus's notation, with the fields if the corpus lists them.
    func line(withFields: Bool) -> String {
        switch self {
        case .closed: return "closed"
        case .incomplete: return "incomplete"
        case .refused(let fault): return "\(fault.status.code) \(fault.slug) \(fault.clause)"
        case .request(let head, let body):
            let request = "\(head.method.rawValue) \(head.target.raw) HTTP/1.\(head.isHTTP10 ? 0 : 1)"
            return Self.line(
                Array(request.utf8), fields: head.fields.count, names: withFields ? head.fields.told : nil,
                body: body)
        }
    }

    /// One request as a line. `names` are all fields, if the corpus lists them.
    static func line(_ request: [UInt8], fields: Int, names: [[UInt8]]?, body: [UInt8]) -> String {
        // A body is shown by its length and a digest (FNV-1a), so that failures stay readable.
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in body { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let all = names.map { " \($0)" } ?? ""
        return "\(String(decoding: request, as: UTF8.self)) \(fields) \(body.count) \(digest)\(all)"
    }
}

extension Fields {
    /// Each line as "name: value", in bytes.
    fileprivate var told: [[UInt8]] {
        all.map { Array($0.name.utf8) + Array(": ".utf8) + Array(bytesOf($0.name)) }
    }

    private func bytesOf(_ name: String) -> ArraySlice<UInt8> {
        switch name {
        case "host": bytes("host") ?? []
        case "x": bytes("x") ?? []
        case "transfer-encoding": bytes("transfer-encoding") ?? []
        default: []
        }
    }
}
