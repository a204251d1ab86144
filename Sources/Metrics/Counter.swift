import Synchronization

/// A counter that starts at 0 with the process and only increases. Any thread; one relaxed atomic addition, without a lock.
public final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    public init() {}

    public func add(_ amount: Int = 1) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    public var total: Int { value.load(ordering: .relaxed) }
}

/// A value that rises and falls. Any thread; one relaxed atomic operation, without a lock.
public final class Gauge: Sendable {
    private let cell = Atomic<Int>(0)

    public init() {}

    public func set(_ value: Int) {
        cell.store(value, ordering: .relaxed)
    }

    /// A negative amount decreases the gauge.
    public func add(_ amount: Int) {
        cell.wrappingAdd(amount, ordering: .relaxed)
    }

    public var value: Int { cell.load(ordering: .relaxed) }
}

/// Counters that differ in one label. The label's values are fixed at creation, so the cardinality is bounded.
///
/// An increment costs a dictionary lookup, so use it for events that are rarer than requests.
public final class CounterSet: Sendable {
    /// The label's values, in display order.
    public let labels: [String]
    private let counters: [String: Counter]

    public init(_ labels: [String]) {
        self.labels = labels
        counters = Dictionary(labels.map { ($0, Counter()) }) { first, _ in first }
    }

    /// Counts one event. An unknown label is a programming error and is not counted.
    public func add(_ label: String) {
        assert(counters[label] != nil, "nothing counts \(label)")
        counters[label]?.add()
    }

    /// 0 for an unknown label.
    public func total(_ label: String) -> Int {
        counters[label]?.total ?? 0
    }
}
