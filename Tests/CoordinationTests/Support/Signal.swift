import Dispatch

/// Something that happens once, to wait for with a limit.
final class Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() {
        semaphore.signal()
    }

    /// Whether it happened within ten seconds.
    func wait() -> Bool {
        semaphore.wait(timeout: .now() + .seconds(10)) == .success
    }
}
