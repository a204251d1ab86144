import HTTP
import TestSupport
import Testing

/// Properties of the parser beyond the corpus: accepted hosts, nothing parsed after a fault, and random bytes.
struct WireTests {
    private static func outcomes(
        _ bytes: [UInt8], cutAt cuts: [Int] = [], hosts: HostList? = nil
    ) -> [WireReading.Outcome] {
        var reading = WireReading(ParserRules(hosts: hosts))
        var start = 0
        for end in cuts + [bytes.count] {
            reading.feed(bytes, start..<end)
            start = end
        }
        return reading.outcomes
    }

    private static func lines(_ text: String, hosts: HostList?) -> [String] {
        outcomes(Array(text.utf8), hosts: hosts).map { $0.line(withFields: false) }
    }

    /// Method, target, version, fields, the body's length and the digest of an empty body.
    private static let served = "GET / HTTP/1.1 1 0 14695981039346656037"
    private static let misdirected = "421 misdirected-request RFC 9110 §15.5.20"

    @Test(arguments: [
        ("a", served), ("A", served), ("a:80", served), ("b", misdirected), ("c:81", served),
        ("c:82", misdirected),
        ("c", misdirected), ("[::1]:9", served), ("a.", misdirected),
    ])
    func `a list of hosts refuses others`(_ host: String, _ verdict: String) throws {
        let hosts = try #require(HostList(["a", "C:81", "[::1]"]))
        #expect(Self.lines("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n", hosts: hosts) == [verdict])
    }

    @Test func `an absolute form's authority obeys the list of hosts too`() throws {
        let hosts = try #require(HostList(["a"]))
        #expect(Self.lines("GET http://b/ HTTP/1.0\r\n\r\n", hosts: hosts) == [Self.misdirected])
        let served = Self.served.replacing("HTTP/1.1 1", with: "HTTP/1.0 0")
        #expect(Self.lines("GET / HTTP/1.0\r\n\r\n", hosts: hosts) == [served])
    }

    @Test(arguments: ["", "a,b", "a b", "u@a", "[", "a:", "a:65536"])
    func `a list of hosts refuses what is no host`(_ host: String) {
        #expect(HostList([host]) == nil)
    }

    @Test func `nothing after a fault is looked at`() {
        var parser = RequestParser(ParserRules())
        var used = 0
        let bad = Array("GET / HTTP/1.1\nHost: a\r\n\r\n".utf8)
        guard case .fault(let first) = parser.advance(bad.span, &used) else {
            Issue.record("a bare LF was accepted")
            return
        }
        used = 0
        let good = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        guard case .fault(let second) = parser.advance(good.span, &used) else {
            Issue.record("the parser went on after a fault")
            return
        }
        #expect(first == second)
        #expect(used == 0)
        #expect(parser.stage == .failed)
    }

    @Test func `random bytes never trap and never depend on the cut`() {
        var random = SeededGenerator(seed: 42)
        let words = [
            "GET ", "POST ", "/", " HTTP/1.1\r\n", "Host: a\r\n", "Content-Length: 5\r\n", "\r\n", "hello",
            "\n", "\r",
            "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n", "0\r\n\r\n", ";a=b", "\0", "\t", " ", ":",
            "%", "%41",
            "é", "X: y\r\n", "Expect: 100-continue\r\n", "FFFFFFFF\r\n", "OPTIONS * HTTP/1.1\r\n", "?a=b&c",
        ]
        for _ in 0..<2_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...14, using: &random) {
                bytes += Array((words.randomElement(using: &random) ?? "").utf8)
            }
            let whole = Self.outcomes(bytes)
            let cut = Int.random(in: 0...bytes.count, using: &random)
            #expect(WireReading.Outcome.areSame(Self.outcomes(bytes, cutAt: [cut]), whole), "\(bytes)")
            let single = Self.outcomes(bytes, cutAt: Array(1..<max(1, bytes.count)))
            #expect(WireReading.Outcome.areSame(single, whole), "\(bytes)")
        }
    }
}
