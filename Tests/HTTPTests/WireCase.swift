import HTTP
import Testing

/// A stream of bytes and the verdict on it: `GET /a 0` for a request with its target and the length of its body,
/// `400` for a fault, `more` when a request is not complete; joined by " | ".
struct WireCase: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let verdict: String

    init(_ text: String, _ verdict: String) {
        self.init(Array(text.utf8), verdict)
    }

    init(_ bytes: [UInt8], _ verdict: String) {
        self.bytes = bytes
        self.verdict = verdict
    }

    /// A GET of / with these field lines beside `Host`.
    static func get(_ fields: String, _ verdict: String) -> WireCase {
        WireCase("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n", verdict)
    }

    /// A POST to / with these field lines beside `Host`, and this body.
    static func post(_ fields: String, _ body: String, _ verdict: String) -> WireCase {
        WireCase("POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body, verdict)
    }

    /// A POST to / with a chunked body.
    static func chunked(_ body: String, _ verdict: String) -> WireCase {
        post("Transfer-Encoding: chunked\r\n", body, verdict)
    }

    /// A request of that target.
    static func target(_ target: String, _ verdict: String) -> WireCase {
        WireCase("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n", verdict)
    }

    /// A GET of / with that `Host`.
    static func host(_ host: String, _ verdict: String) -> WireCase {
        WireCase("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n", verdict)
    }

    /// A GET of / with one field line of raw bytes beside `Host`.
    static func raw(_ line: [UInt8], _ verdict: String) -> WireCase {
        WireCase(Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8) + line + Array("\r\n\r\n".utf8), verdict)
    }

    var testDescription: String {
        let head = bytes.prefix(100).map { byte in
            switch byte {
            case 0x0D: "\\r"
            case 0x0A: "\\n"
            case 0x20..<0x7F: String(UnicodeScalar(byte))
            default: "\\x" + String(byte, radix: 16)
            }
        }
        return head.joined() + " → " + verdict
    }

    /// Feeds the pieces between the cuts and reads the verdict off.
    func verdict(cutAt cuts: [Int], limits: WireLimits = WireLimits(), hosts: HostList? = nil) -> String {
        var reading = PieceReading(RequestParser(WireRules(limits: limits, hosts: hosts)))
        var start = 0
        for end in cuts + [bytes.count] {
            reading.feed(Array(bytes[start..<end]))
            start = end
        }
        return reading.verdict
    }

    /// Every offset of a short stream; of a long one those at its ends and some between.
    var offsets: [Int] {
        guard bytes.count > 700 else { return Array(0...bytes.count) }
        let step = max(1, bytes.count / 60)
        return Array(0...30) + stride(from: 31, to: bytes.count - 40, by: step)
            + (bytes.count - 40...bytes.count)
    }
}

/// A parser being fed, and the words of its verdict so far.
struct PieceReading {
    private var parser: RequestParser
    private var words: [String] = []
    private var head: Head?
    private var isOver = false

    init(_ parser: RequestParser) {
        self.parser = parser
    }

    var verdict: String {
        let isPending = !isOver && (head != nil || parser.stage != .idle)
        return (words + (isPending ? ["more"] : [])).joined(separator: " | ")
    }

    mutating func feed(_ piece: [UInt8]) {
        var used = 0
        while !isOver {
            switch parser.advance(piece.span, &used) {
            case .needMore:
                #expect(used == piece.count, "bytes were left over")
                return
            case .head(let head): self.head = head
            case .complete(let body):
                if let head { words.append("\(head.method.rawValue) \(head.target.raw) \(body.count)") }
                head = nil
            case .fault(let fault):
                words.append("\(fault.status.code)")
                isOver = true
            }
        }
    }
}
