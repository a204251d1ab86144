import Dispatch

/// A gate that opens once, for one thread that waits there.
public final class OneShotEvent: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    /// A closed gate.
    public init() {}

    /// Lets the waiting thread through, now or when it comes.
    public func open() {
        semaphore.signal()
    }

    /// Waits until it is open.
    public func wait() {
        semaphore.wait()
    }
}
