import Dispatch
import Synchronization

/// Records the values that a completion is called with. Another thread may wait for the first call.
package final class Box<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let arrived = DispatchSemaphore(value: 0)

    package init() {}

    package func put(_ value: Value) {
        values.withLock { $0.append(value) }
        arrived.signal()
    }

    /// The first value; `nil` before the first call.
    package var value: Value? { values.withLock { $0.first } }

    /// Number of calls.
    package var count: Int { values.withLock { $0.count } }

    /// Waits for the first value; `nil` on timeout.
    package func wait(within limit: Duration) -> Value? {
        let deadline = Deadline(limit)
        while true {
            if let value { return value }
            if deadline.hasPassed { return nil }
            _ = arrived.wait(timeout: .now() + .milliseconds(Int(deadline.milliseconds) + 1))
        }
    }
}

/// A counting semaphore with a timeout.
package final class Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    package init() {}

    package func send() {
        semaphore.signal()
    }

    /// `false` on timeout.
    package func wait(within limit: Duration = .seconds(10)) -> Bool {
        let deadline = Deadline(limit)
        return semaphore.wait(timeout: .now() + .milliseconds(Int(deadline.milliseconds) + 1)) == .success
    }
}
