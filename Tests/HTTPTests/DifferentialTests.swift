import Glibc
import HTTP
import TestSupport
import Testing

/// The corpus and mutations of it, read by this parser and by two others (`wire/differential.py`). Each difference must be of a
/// class that `wire/differences.json` lists and docs/wire.md explains.
struct DifferentialTests {
    private static let mutations = 20_000
    private static let seed: UInt64 = 0x5EED_0F31_BE75
    /// A mutation of a long stream says no more than one of a short one.
    private static let mutatedBytesMax = 600

    @Test func `other parsers frame what this one accepts in the same way`() throws {
        let corpus = try WireCorpus()
        var lines = Verdicts()
        for item in corpus.all { lines.add(item.bytes, from: "\(item.row) \(item.name)") }
        var random = SeededGenerator(seed: Self.seed)
        let short = corpus.written.map(\.bytes).filter { $0.count <= Self.mutatedBytesMax }
        for number in 0..<Self.mutations {
            lines.add(Self.mutation(of: short, &random), from: "mutation \(number)")
        }
        let run = try lines.judge()
        print("differential seed \(Self.seed)\n\(run.output)\(run.errors)")
        #expect(run.ending == .exited(0), "\(run.output)\(run.errors)")
    }

    /// One of the streams after one to three small changes.
    private static func mutation(of streams: [[UInt8]], _ random: inout SeededGenerator) -> [UInt8] {
        // What ends, splits or frames something, and what looks like it.
        let words = [
            "\r", "\n", "\r\n", " ", "\t", ":", ",", ";", "0", "1", "5", "a", "G", "_", "-", "+", "\"",
            "\u{0}", "\u{B}", "/", "?", "%",
            "chunked", "HTTP/1.0", "close", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        ]
        var bytes = streams.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let start = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, start + Int.random(in: 1...12, using: &random))
            let word = Array((words.randomElement(using: &random) ?? "").utf8)
            switch Int.random(in: 0..<8, using: &random) {
            case 0: bytes.removeSubrange(start..<min(start + 1, bytes.count))
            case 1: bytes.insert(contentsOf: word, at: start)
            case 2: bytes.replaceSubrange(start..<min(start + 1, bytes.count), with: word)
            case 3: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 4: bytes.removeSubrange(start..<end)
            case 5: bytes.insert(UInt8.random(in: 0...255, using: &random), at: start)
            case 6: if start < bytes.count { bytes[start] ^= 1 << UInt8.random(in: 0...7, using: &random) }
            default: bytes += (streams.randomElement(using: &random) ?? []).prefix(400)
            }
        }
        return bytes
    }
}

/// What this parser read of each stream, as lines of JSON with bytes in hexadecimal.
private struct Verdicts {
    private var text: [UInt8] = []
    private let rules = ParserRules()

    mutating func add(_ bytes: [UInt8], from origin: String) {
        var reading = WireReading(rules)
        reading.feed(bytes, 0..<bytes.count)
        var messages: [String] = []
        var end = "complete"
        for outcome in reading.outcomes {
            switch outcome {
            case .request(let head, let body): messages.append(Self.message(head, body))
            case .refused(let fault): end = "\(fault.status.code) \(fault.clause)"
            case .closed, .incomplete: end = outcome.line(withFields: false)
            }
        }
        let name = String(origin.map { $0.isLetter || $0.isNumber ? $0 : " " })
        text += Array("{\"from\": \"\(name)\", \"end\": \"\(end)\", \"bytes\": \"".utf8)
        text += Self.hexadecimal(bytes)
        text += Array("\", \"messages\": [\(messages.joined(separator: ", "))]}\n".utf8)
    }

    private static func message(_ head: Head, _ body: [UInt8]) -> String {
        let fields = head.fields.all.map { "[\"\(hexadecimal($0.name))\", \"\(hexadecimal($0.value))\"]" }
        return
            "[\"\(head.method.rawValue)\", \"\(hexadecimal(head.target.raw))\", \"1.\(head.isHTTP10 ? 0 : 1)\", "
            + "[\(fields.joined(separator: ", "))], \"\(String(decoding: hexadecimal(body), as: UTF8.self))\"]"
    }

    private static func hexadecimal(_ text: String) -> String {
        String(decoding: hexadecimal(Array(text.utf8)), as: UTF8.self)
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(2 * bytes.count)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }

    /// Lets the other parsers read the streams, and answers what the script said.
    func judge() throws -> (ending: Child.Ending, output: String, errors: String) {
        let streams = try TemporaryFolder()
        let path = try streams.write("streams", text)
        let folder = repository + "/Tests/HTTPTests/wire"
        return try Child.run(
            [
                try Python.withPackages(), "-B", folder + "/differential.py", path,
                folder + "/differences.json",
            ], in: "/tmp", within: .seconds(120))
    }
}
