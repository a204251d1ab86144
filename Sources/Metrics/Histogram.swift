import Synchronization

/// How values are spread: how many lie at or below each of some bounds, fixed at the start.
///
/// Values and bounds are whole numbers of a small unit (nanoseconds, milliseconds, requests); `perUnit` of them make one of what
/// is shown. Any thread; two relaxed atomic additions for each value, without a lock.
public final class Histogram: Sendable {
    /// What was observed so far.
    public struct Snapshot: Sendable, Equatable {
        /// For each bound, how many values lie at or below it.
        public var cumulative: [Int]
        /// How many values there are.
        public var count: Int
        /// Their sum, in the small unit.
        public var sum: Int

        /// What a histogram holds.
        public init(cumulative: [Int], count: Int, sum: Int) {
            self.cumulative = cumulative
            self.count = count
            self.sum = sum
        }
    }

    /// How many bounds there may be: the cells lie in one piece of memory, and one is for what is above all bounds.
    public static let boundsMax = 15

    /// The bounds, ascending, in the small unit.
    public let bounds: [Int]
    /// How many of the small unit make one of what is shown: a billion nanoseconds, a second.
    public let perUnit: Int
    private let cells = InlineArray<16, Atomic<Int>> { _ in Atomic<Int>(0) }
    private let total = Atomic<Int>(0)

    /// A histogram without values. Bounds that do not ascend, or too many of them, are our own bug.
    public init(_ bounds: [Int], perUnit: Int) {
        precondition(!bounds.isEmpty && bounds.count <= Self.boundsMax && perUnit > 0)
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds ascend")
        self.bounds = bounds
        self.perUnit = perUnit
    }

    /// Takes in a value; a negative one, as of a clock that was set back, counts as 0.
    public func observe(_ value: Int) {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        cells[index].wrappingAdd(1, ordering: .relaxed)
        if value > 0 { total.wrappingAdd(value, ordering: .relaxed) }
    }

    /// Takes in a duration, for a histogram in milliseconds or nanoseconds.
    public func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, seconds < 1_000_000_000 else { return observe(seconds < 0 ? 0 : Int.max >> 8) }
        observe(Int(seconds) * perUnit + Int(attoseconds / (1_000_000_000_000_000_000 / Int64(perUnit))))
    }

    /// What was observed so far. Values that come meanwhile may be in one figure and not yet in another, but `count` is always what
    /// all buckets hold.
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
    /// The bounds for how long a request or an attempt takes: 1 ms to 10 s.
    private static let durationBounds =
        [1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000]
        .map { $0 * 1_000 } + [1, 2.5, 5, 10].map { Int($0 * 1_000_000_000) }

    /// A histogram of durations in nanoseconds, from 1 ms to 10 s, shown in seconds.
    public static func ofDurations() -> Histogram {
        Histogram(durationBounds, perUnit: 1_000_000_000)
    }
}
