import Journal
import Model
import Testing

/// How much of a long timeline one request looks through.
struct TimelineQueryTests {
    private var filtered: TimelineFilter {
        var filter = TimelineFilter()
        filter.kinds = ["note"]
        return filter
    }

    /// The seqs that each of several requests looks through, as a client follows `next`.
    private func parts(_ filter: TimelineFilter, _ order: TimelineQuery.Order, last: Int) -> [ClosedRange<
        Int
    >] {
        var parts: [ClosedRange<Int>] = []
        var query = TimelineQuery(filter, order: order, limit: 50)
        while parts.count < 10 {
            let (bounded, continuing) = query.bounded(lastSeq: last)
            parts.append(bounded.after + 1...min(bounded.before - 1, last))
            guard let continuing else { break }
            switch order {
            case .asc: query.after = continuing
            case .desc: query.before = continuing
            }
        }
        return parts
    }

    @Test func `a filter looks through ten thousand entries at a time, each once`() {
        #expect(parts(filtered, .asc, last: 25_000) == [1...10_000, 10_001...20_000, 20_001...25_000])
        #expect(parts(filtered, .desc, last: 25_000) == [15_001...25_000, 5_001...15_000, 1...5_000])
        #expect(parts(filtered, .asc, last: 10_000) == [1...10_000])
        #expect(parts(filtered, .desc, last: 10_000) == [1...10_000])
    }

    @Test func `without a filter, or by a source, the limit or an index is the bound`() {
        #expect(parts(TimelineFilter(), .asc, last: 25_000) == [1...25_000])
        var filter = filtered
        filter.onceKeys = ["x"]
        #expect(parts(filter, .desc, last: 25_000) == [1...25_000])
    }
}
