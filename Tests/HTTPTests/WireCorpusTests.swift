import Testing

/// The corpus, each case whole, byte by byte, and in two: a written case at every offset, an expanded one at each
/// eighth, which is another eighth for the next byte of its family.
struct WireCorpusTests {
    private static let read = Result { try WireCorpus() }
    private let corpus: WireCorpus

    init() throws { corpus = try Self.read.get() }

    @Test func `every case has its verdict, however its bytes are cut`() {
        for (index, item) in corpus.all.enumerated() {
            let label = "\(item.row) \(item.name)"
            let names = item.outcomes.map { $0.hasSuffix("]]") }
            func reading(_ pieces: [ArraySlice<UInt8>]) -> WireReading {
                var reading = WireReading()
                for piece in pieces { reading.feed(piece, withNames: names) }
                return reading
            }
            #expect(reading([item.bytes[...]]).outcomes == item.outcomes, "\(label)")
            let single = reading(item.bytes.indices.map { item.bytes[$0...$0] })
            #expect(single.outcomes == item.outcomes, "\(label), byte by byte")
            if let marked = item.refusedAt {
                #expect(single.refusedAt == marked, "\(label): refused at another byte")
            }
            // Long streams are cut near their ends and at some offsets between.
            let count = item.bytes.count
            let isLong = count > 700
            let isWritten = index < corpus.written.count
            for offset in 0...count
            where isWritten || offset % 8 == index % 8 {
                guard !isLong || offset < 30 || offset > count - 40 || offset % max(1, count / 20) == 0
                else { continue }
                let cut = reading([item.bytes[..<offset], item.bytes[offset...]])
                if cut.outcomes != item.outcomes { Issue.record("\(label), cut at \(offset)") }
            }
        }
    }

    @Test func `the corpus is as large as it says, and every case is another`() {
        #expect(corpus.written.count >= 900)
        #expect(corpus.all.count >= 10_000)
        var seen: Set<String> = []
        for item in corpus.written { seen.insert("\(item.row) \(item.name)") }
        #expect(seen.count == corpus.written.count, "two cases have one name")
        let distinct = Set(corpus.written.map { $0.bytes })
        #expect(distinct.count >= 850, "too many cases have the same bytes: \(distinct.count)")
        print("wire corpus: \(corpus.written.count) cases written, \(corpus.all.count) in all")
    }

    @Test func `every row of the rules that a parser can hold has cases`() {
        let rows = Set(corpus.written.map(\.row))
        for number in 1...31 where ![14, 0].contains(number) {
            #expect(rows.contains("H\(number)"), "H\(number) has no case")
        }
        #expect(rows.contains("H14"))
    }
}
