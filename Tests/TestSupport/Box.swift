import Dispatch
import Synchronization

/// Holds what a completion was called with, and how often; another thread may wait for the first call.
package final class Box<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let arrived = DispatchSemaphore(value: 0)

    package init() {}

    package func put(_ value: Value) {
        values.withLock { $0.append(value) }
        arrived.signal()
    }

    /// The first value; `nil` while there is none.
    package var value: Value? { values.withLock { $0.first } }

    /// How often it was called.
    package var count: Int { values.withLock { $0.count } }

    /// Waits for the first value; `nil` when none came in time.
    package func wait(within limit: Duration) -> Value? {
        let deadline = Deadline(limit)
        while true {
            if let value { return value }
            if deadline.hasPassed { return nil }
            _ = arrived.wait(timeout: .now() + .milliseconds(Int(deadline.milliseconds) + 1))
        }
    }
}

/// An event to wait for with a limit, once for each time it happens.
package final class Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    package init() {}

    package func send() {
        semaphore.signal()
    }

    /// Whether it happens in time.
    package func wait(within limit: Duration = .seconds(10)) -> Bool {
        let deadline = Deadline(limit)
        return semaphore.wait(timeout: .now() + .milliseconds(Int(deadline.milliseconds) + 1)) == .success
    }
}
