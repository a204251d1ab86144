import Metrics
import Testing
import Threads

struct MetricsTests {
    @Test func `counters and histograms lose nothing when four threads count at once`() {
        let counter = Metrics.Counter()
        let histogram = Histogram([10, 20], perUnit: 1)
        let pool = WorkerPool(name: "count", threads: 4, waitingMax: 4)
        for _ in 0..<4 {
            _ = pool.submit {
                for value in 0..<25_000 {
                    counter.add()
                    histogram.observe(value % 30)
                }
            }
        }
        pool.shutdown()
        #expect(counter.total == 100_000)
        let snapshot = histogram.snapshot
        #expect(snapshot.count == 100_000)
        #expect(snapshot.cumulative.last.map { $0 < 100_000 } == true)
    }

    @Test func `a value at a bound belongs to it, one above all bounds only to the count`() {
        let histogram = Histogram([5, 10], perUnit: 1)
        for value in [-3, 0, 5, 6, 10, 11] { histogram.observe(value) }
        #expect(histogram.snapshot == .init(cumulative: [3, 5], count: 6, sum: 32))
    }

    @Test func `a duration is counted in the histogram's own unit, however long it is`() {
        let milliseconds = Histogram([1_000], perUnit: 1_000)
        milliseconds.observe(Duration.milliseconds(1_500))
        milliseconds.observe(Duration.seconds(-2))
        #expect(milliseconds.snapshot == .init(cumulative: [1], count: 2, sum: 1_500))
        let nanoseconds = Histogram.ofDurations()
        nanoseconds.observe(Duration.microseconds(999))
        nanoseconds.observe(Duration.milliseconds(1))
        nanoseconds.observe(Duration.seconds(Int64.max / 2))
        #expect(nanoseconds.snapshot.cumulative.first == 2)
        #expect(nanoseconds.snapshot.cumulative.last == 2)
        #expect(nanoseconds.snapshot.count == 3)
    }

    @Test func `the page is what Prometheus reads: help and type once, labels escaped, buckets up to +Inf`() {
        var text = MetricsText()
        text.family("a_total", .counter, help: "back\\slash,\nline, \"quotes\"")
        text.sample("a_total", labels: [("x", "back\\slash,\nline, \"quotes\""), ("y", "ü")], 3)
        let histogram = Histogram([5, 2_500], perUnit: 1_000)
        for value in [1, 2_000, 9_000] { histogram.observe(value) }
        text.family("b_seconds", .histogram, help: "b")
        text.histogram("b_seconds", labels: [("x", "1")], histogram)
        text.family("c", .gauge, help: "c")
        text.sample("c", fraction: 0.25)
        #expect(
            String(decoding: text.bytes, as: UTF8.self) == """
                # HELP a_total back\\\\slash,\\nline, "quotes"
                # TYPE a_total counter
                a_total{x="back\\\\slash,\\nline, \\"quotes\\"",y="ü"} 3
                # HELP b_seconds b
                # TYPE b_seconds histogram
                b_seconds_bucket{x="1",le="0.005"} 1
                b_seconds_bucket{x="1",le="2.5"} 2
                b_seconds_bucket{x="1",le="+Inf"} 3
                b_seconds_sum{x="1"} 11.001
                b_seconds_count{x="1"} 3
                # HELP c c
                # TYPE c gauge
                c 0.25

                """)
    }
}
