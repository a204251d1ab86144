import Synchronization

/// Holds what a completion was called with, and how often.
final class Box<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    /// What it was called with first; `nil` while it was not.
    var value: Value? { values.withLock { $0.first } }

    /// How often it was called.
    var count: Int { values.withLock { $0.count } }

    func put(_ value: Value) {
        values.withLock { $0.append(value) }
    }
}
