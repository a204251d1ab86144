import Synchronization

/// A Prometheus histogram: counts observed values in buckets with fixed upper bounds.
///
/// Values and bounds are integers in a small unit (nanoseconds, milliseconds, requests); `perUnit` of them make one exposed unit. Any
/// thread; two relaxed atomic additions per value, without a lock.
public final class Histogram: Sendable {
    public struct Snapshot: Sendable, Equatable {
        /// For each bound, the number of values less than or equal to it.
        public var cumulative: [Int]
        /// Number of all values.
        public var count: Int
        /// In the small unit.
        public var sum: Int

        public init(cumulative: [Int], count: Int, sum: Int) {
            self.cumulative = cumulative
            self.count = count
            self.sum = sum
        }
    }

    /// Upper bound of the number of bounds. The buckets are stored inline; the last one is for values above all bounds.
    public static let boundsMax = 15

    /// Upper bounds of the buckets, ascending, in the small unit.
    public let bounds: [Int]
    /// Small units per exposed unit, such as 1,000,000,000 for nanoseconds exposed as seconds.
    public let perUnit: Int
    private let cells = InlineArray<16, Atomic<Int>> { _ in Atomic<Int>(0) }
    private let total = Atomic<Int>(0)

    /// Bounds that are not ascending, or too many of them, are a programming error.
    public init(_ bounds: [Int], perUnit: Int) {
        precondition(!bounds.isEmpty && bounds.count <= Self.boundsMax && perUnit > 0)
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds ascend")
        self.bounds = bounds
        self.perUnit = perUnit
    }

    /// A negative value, as after a clock was set back, counts as 0.
    public func observe(_ value: Int) {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        cells[index].wrappingAdd(1, ordering: .relaxed)
        if value > 0 { total.wrappingAdd(value, ordering: .relaxed) }
    }

    /// Records a duration, in a histogram of milliseconds or nanoseconds.
    public func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, seconds < 1_000_000_000 else { return observe(seconds < 0 ? 0 : Int.max >> 8) }
        observe(Int(seconds) * perUnit + Int(attoseconds / (1_000_000_000_000_000_000 / Int64(perUnit))))
    }

    /// The current counts. Not atomic as a whole: a concurrent value may be in `sum` and not yet in a bucket, but `count` always equals the
    /// sum of all buckets.
    public var snapshot: Snapshot {
        var cumulative: [Int] = []
        var count = 0
        for index in bounds.indices {
            count += cells[index].load(ordering: .relaxed)
            cumulative.append(count)
        }
        count += cells[bounds.count].load(ordering: .relaxed)
        return Snapshot(cumulative: cumulative, count: count, sum: total.load(ordering: .relaxed))
    }
}

extension Histogram {
    /// Bounds for the duration of a request or an attempt: 1 ms to 10 s.
    private static let durationBounds =
        [1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000]
        .map { $0 * 1_000 } + [1, 2.5, 5, 10].map { Int($0 * 1_000_000_000) }

    /// A histogram of durations in nanoseconds, from 1 ms to 10 s, exposed in seconds.
    public static func ofDurations() -> Histogram {
        Histogram(durationBounds, perUnit: 1_000_000_000)
    }
}
