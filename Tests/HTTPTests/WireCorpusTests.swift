import HTTP
import Testing

/// Reads each case whole, byte by byte, and in two pieces split at every offset.
struct WireCorpusTests {
    private static let read = Result { try WireCorpus() }
    private static let rules = ParserRules()
    /// A longer stream is split near both ends, around its line ends and at some offsets between.
    private static let everyOffsetBytesMax = 1_000
    private let corpus: WireCorpus

    init() throws { corpus = try Self.read.get() }

    @Test func `every case has its verdict, however its bytes are cut`() {
        var cuts = 0
        var first = FirstPieces(rules: Self.rules)
        for item in corpus.all {
            let label = "\(item.row) \(item.name)"
            let count = item.bytes.count
            var whole = WireReading(Self.rules)
            whole.feed(item.bytes, 0..<count)
            let outcomes = whole.outcomes
            let told = outcomes.enumerated().map { index, outcome in
                let expected = item.outcomes.indices.contains(index) ? item.outcomes[index] : ""
                return outcome.line(withFields: expected.hasSuffix("]]"))
            }
            #expect(told == item.outcomes, "\(label)")
            var single = WireReading(Self.rules)
            for index in 0..<count { single.feed(item.bytes, index..<index + 1) }
            if !WireReading.Outcome.areSame(single.outcomes, outcomes) {
                Issue.record("\(label), byte by byte")
            }
            if whole.leftBytes || single.leftBytes { Issue.record("\(label): bytes were left over") }
            if let marked = item.refusedAt {
                #expect(single.refusedAt == marked, "\(label): refused at another byte")
            }
            first.turn(to: item.bytes)
            for offset in Self.offsets(item.bytes) {
                var cut = first.fed(offset)
                cut.feed(item.bytes, offset..<count)
                cuts += 1
                if cut.leftBytes { Issue.record("\(label), cut at \(offset): bytes were left over") }
                if !WireReading.Outcome.areSame(cut.outcomes, outcomes) {
                    Issue.record("\(label), cut at \(offset)")
                }
            }
        }
        print("wire corpus: \(cuts) cuts in two")
    }

    @Test func `no request is complete before its last byte`() {
        var requests = 0
        for item in corpus.all {
            var shorter = WireReading(Self.rules)
            shorter.feed(item.bytes, 0..<max(0, item.bytes.count - 1))
            guard case .request? = whole(item.bytes).last else { continue }
            requests += 1
            if case .incomplete? = shorter.outcomes.last { continue }
            Issue.record("\(item.row) \(item.name): complete without its last byte")
        }
        #expect(requests >= 1_000)
    }

    private func whole(_ bytes: [UInt8]) -> [WireReading.Outcome] {
        var reading = WireReading(Self.rules)
        reading.feed(bytes, 0..<bytes.count)
        return reading.outcomes
    }

    private static func offsets(_ bytes: [UInt8]) -> [Int] {
        let count = bytes.count
        guard count > everyOffsetBytesMax else { return Array(0...count) }
        var offsets = Set(0...40).union(count - 60...count)
        let lineEnds = bytes.indices.filter { bytes[$0] == 0x0D || bytes[$0] == 0x0A }
        for index in stride(from: 0, to: lineEnds.count, by: 1 + lineEnds.count / 60) {
            offsets.formUnion([lineEnds[index], lineEnds[index] + 1])
        }
        offsets.formUnion(stride(from: 0, to: count, by: 1 + count / 20))
        return offsets.sorted()
    }

    @Test func `the corpus is as large as docs/wire.md says, and every case is another`() throws {
        #expect(corpus.written.count >= 1_000)
        #expect(corpus.all.count >= 10_000)
        let told =
            "\(Self.grouped(corpus.written.count)) cases written by hand and \(Self.grouped(corpus.all.count)) in all"
        let page = String(decoding: try WireCorpus.page(), as: UTF8.self).split(
            whereSeparator: \.isWhitespace
        )
        .joined(separator: " ")
        #expect(page.contains(told), "it has \(told)")
        let names = Set(corpus.written.map { "\($0.row) \($0.name)" })
        #expect(names.count == corpus.written.count, "two cases have one name")
        let distinct = Set(corpus.written.map(\.bytes))
        #expect(distinct.count >= 950, "too many cases have the same bytes: \(distinct.count)")
    }

    /// With a comma as the thousands separator.
    private static func grouped(_ count: Int) -> String {
        let digits = String(count)
        return count < 1_000 ? digits : digits.dropLast(3) + "," + digits.suffix(3)
    }

    @Test func `every row of the rules that a parser can hold has cases`() {
        let rows = Set(corpus.written.map(\.row))
        for number in 1...31 { #expect(rows.contains("H\(number)"), "H\(number) has no case") }
        #expect(rows.contains("H34"))
    }
}

/// Cached readings of first pieces: a parser is a value, so cases with a common prefix share its reading.
private struct FirstPieces {
    let rules: ParserRules
    private var stream: [UInt8] = []
    private var readings: [WireReading?] = []

    init(rules: ParserRules) { self.rules = rules }

    /// Keeps the readings of the prefix that the previous stream shares.
    mutating func turn(to stream: [UInt8]) {
        var alike = 0
        let most = min(stream.count, self.stream.count)
        while alike < most, stream[alike] == self.stream[alike] { alike += 1 }
        readings.removeLast(max(0, readings.count - alike - 1))
        readings += Array(repeating: nil, count: stream.count + 1 - readings.count)
        self.stream = stream
    }

    /// A reading that was fed the first bytes as one piece.
    mutating func fed(_ count: Int) -> WireReading {
        if let reading = readings[count] { return reading }
        var reading = WireReading(rules)
        reading.feed(stream, 0..<count)
        readings[count] = reading
        return reading
    }
}
