import Synchronization

/// Counts up from 0 while the process lives. Any thread; one relaxed atomic addition, without a lock.
public final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    /// A counter at 0.
    public init() {}

    /// Counts one more, or several.
    public func add(_ amount: Int = 1) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    /// How many were counted.
    public var total: Int { value.load(ordering: .relaxed) }
}

/// A figure that goes up and down. Any thread; one relaxed atomic operation, without a lock.
public final class Gauge: Sendable {
    private let cell = Atomic<Int>(0)

    /// A gauge at 0.
    public init() {}

    /// Sets it.
    public func set(_ value: Int) {
        cell.store(value, ordering: .relaxed)
    }

    /// Moves it; a negative amount moves it down.
    public func add(_ amount: Int) {
        cell.wrappingAdd(amount, ordering: .relaxed)
    }

    /// What it shows.
    public var value: Int { cell.load(ordering: .relaxed) }
}

/// Counters that differ in one label, whose values are fixed at the start: nobody can make more of them.
///
/// Finding one costs a look into a table, so it is for what does not happen with every request.
public final class CounterSet: Sendable {
    /// The label's values, in the order in which they are shown.
    public let labels: [String]
    private let counters: [String: Counter]

    /// A counter at 0 for each of those values.
    public init(_ labels: [String]) {
        self.labels = labels
        counters = Dictionary(labels.map { ($0, Counter()) }) { first, _ in first }
    }

    /// Counts one more under a value; one that is not among them is our own bug, and is not counted.
    public func add(_ label: String) {
        assert(counters[label] != nil, "nothing counts \(label)")
        counters[label]?.add()
    }

    /// How many were counted under a value.
    public func total(_ label: String) -> Int {
        counters[label]?.total ?? 0
    }
}
