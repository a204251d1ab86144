import HTTP
import Testing

/// Bytes and verdicts, row by row of http-strictness; each stream whole, byte by byte, and cut at every offset.
struct WireTests {
    @Test(arguments: WireTables.all)
    func `the verdict is the same however the bytes are cut`(_ row: WireCase) {
        #expect(row.verdict(cutAt: []) == row.verdict)
        #expect(row.verdict(cutAt: Array(1..<max(1, row.bytes.count))) == row.verdict, "byte by byte")
        for offset in row.offsets {
            #expect(row.verdict(cutAt: [offset]) == row.verdict, "cut at \(offset)")
        }
    }

    @Test func `the tables have more than 200 rows`() {
        #expect(WireTables.all.count > 200)
    }

    /// A stream that is accepted as complete must not be accepted as complete, with as many requests, one byte
    /// earlier.
    @Test(arguments: WireTables.all.filter { $0.verdict.hasSuffix(" 0") || $0.verdict.hasSuffix(" 5") })
    func `no request is complete before its last byte`(_ row: WireCase) {
        let shorter = WireCase(Array(row.bytes.dropLast()), "")
        #expect(shorter.verdict(cutAt: []) != row.verdict)
    }

    @Test(arguments: [
        ("a", "GET / 0"), ("A", "GET / 0"), ("a:80", "GET / 0"), ("b", "421"), ("c:81", "GET / 0"),
        ("c:82", "421"),
        ("c", "421"), ("[::1]:9", "GET / 0"), ("a.", "421"),
    ])
    func `a list of hosts refuses others`(_ host: String, _ verdict: String) throws {
        let hosts = try #require(HostList(["a", "C:81", "[::1]"]))
        #expect(WireCase.host(host, "").verdict(cutAt: [], hosts: hosts) == verdict)
    }

    @Test func `an absolute form's authority obeys the list of hosts too`() throws {
        let hosts = try #require(HostList(["a"]))
        let row = WireCase("GET http://b/ HTTP/1.0\r\n\r\n", "")
        #expect(row.verdict(cutAt: [], hosts: hosts) == "421")
        #expect(WireCase("GET / HTTP/1.0\r\n\r\n", "").verdict(cutAt: [], hosts: hosts) == "GET / 0")
    }

    @Test(arguments: ["", "a,b", "a b", "u@a", "[", "a:", "a:65536"])
    func `a list of hosts refuses what is no host`(_ host: String) {
        #expect(HostList([host]) == nil)
    }

    @Test func `nothing after a fault is looked at`() {
        var parser = RequestParser(WireRules())
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
        var random = SplitMix64(state: 42)
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
            let row = WireCase(bytes, "")
            let whole = row.verdict(cutAt: [])
            let cut = Int.random(in: 0...bytes.count, using: &random)
            #expect(row.verdict(cutAt: [cut]) == whole)
            #expect(row.verdict(cutAt: Array(1..<max(1, bytes.count))) == whole)
        }
    }
}

/// A small generator with a seed, so that a failure repeats.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
