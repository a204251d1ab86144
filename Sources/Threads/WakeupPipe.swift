import Glibc
import Time

/// Wakes a waiting thread, with a timeout by the monotonic clock (the self-pipe trick).
///
/// A `DispatchSemaphore` does not suffice: on Linux its timeout is a time of the wall clock, so setting that clock back by an hour would
/// delay a nag by an hour. `poll` uses the monotonic clock.
public final class WakeupPipe: Sendable {
    private let listening: Int32
    private let calling: Int32

    /// Creates the pipe. Terminates the process if no two descriptors are left, because its threads cannot run without.
    public init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no pipe for a thread: errno \(errno)")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (listening, calling) = (ends[0], ends[1])
    }

    deinit {
        close(listening)
        close(calling)
    }

    /// Wakes the waiting thread, now or at its next `wait`. Several calls before a `wait` count as one. Never blocks.
    public func call() {
        var byte: UInt8 = 1
        // A full pipe already has a wake-up pending.
        _ = write(calling, &byte, 1)
    }

    /// Waits for a call, at most `limit`, rounded to whole milliseconds. Consumes all pending calls.
    public func wait(atMost limit: Duration) {
        let milliseconds = Int32(clamping: max(limit, .zero).wholeMilliseconds)
        var waiting = pollfd(fd: listening, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, milliseconds) > 0 else { return }
        var calls = [UInt8](repeating: 0, count: 64)
        while read(listening, &calls, calls.count) == calls.count {}
    }
}
