import Glibc
import Time

/// A call that one thread waits for, with a limit by a clock that never jumps.
///
/// A `DispatchSemaphore` would do but for its limit: on Linux that is a moment of the wall clock, so a clock set back by an hour
/// would hold a nag up for an hour. `poll` waits by the monotonic one.
public final class WakeupPipe: Sendable {
    private let listening: Int32
    private let calling: Int32

    /// A call nobody has made yet. A process that has no two descriptors left cannot start its threads: that is a fault of the start.
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

    /// Calls the waiting thread, now or when it next waits; calls in between are one. Never blocks.
    public func call() {
        var byte: UInt8 = 1
        // A full pipe holds calls enough.
        _ = write(calling, &byte, 1)
    }

    /// Waits for a call, `limit` at most, in whole milliseconds; takes every call made so far.
    public func wait(atMost limit: Duration) {
        let milliseconds = Int32(clamping: max(limit, .zero).wholeMilliseconds)
        var waiting = pollfd(fd: listening, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, milliseconds) > 0 else { return }
        var calls = [UInt8](repeating: 0, count: 64)
        while read(listening, &calls, calls.count) == calls.count {}
    }
}
