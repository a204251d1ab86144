import Dispatch

/// An event that is set once and wakes the single thread that waits for it.
public final class OneShotEvent: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    public init() {}

    /// Sets the event. A later `wait` returns at once.
    public func open() {
        semaphore.signal()
    }

    /// Blocks until `open` is called.
    public func wait() {
        semaphore.wait()
    }
}
