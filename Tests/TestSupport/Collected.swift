import Dispatch
import Glibc
import Synchronization
import Threads

/// Output of a child's pipe, read by a dedicated thread so that the child never blocks.
package final class Collected: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let arrived = DispatchSemaphore(value: 0)
    private let waker: Int32
    private let thread = Mutex<WorkerThread?>(nil)

    /// Takes ownership of the read end of a pipe.
    package init(reading descriptor: Int32) {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no pipe")
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let wakeable = ends[0]
        waker = ends[1]
        let thread = WorkerThread(name: "collected") { [weak self] in
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                var both = [
                    pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: wakeable, events: Int16(POLLIN), revents: 0),
                ]
                guard poll(&both, 2, -1) > 0, both[1].revents == 0 else { break }
                let count = read(descriptor, &chunk, chunk.count)
                guard count > 0, let self else { break }
                state.withLock { $0.bytes += chunk.prefix(count) }
                arrived.signal()
            }
            close(descriptor)
            close(wakeable)
            self?.state.withLock { $0.hasEnded = true }
            self?.arrived.signal()
        }
        thread.start()
        self.thread.withLock { $0 = thread }
    }

    deinit {
        close(waker)
    }

    /// Closes the read end: the child's next write fails with EPIPE.
    package func hangUp() {
        var byte: UInt8 = 0
        _ = write(waker, &byte, 1)
        thread.withLock { $0 }?.join()
    }

    /// The output so far.
    package var text: String { String(decoding: state.withLock { $0.bytes }, as: UTF8.self) }

    /// The complete lines so far.
    package var lines: [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// Waits for the first line that matches; `nil` on timeout, or at the end of the output.
    package func line(within limit: Duration = Deadline.usual, where fits: (String) -> Bool) -> String? {
        let deadline = Deadline(limit)
        while true {
            let hasEnded = state.withLock { $0.hasEnded }
            if let line = lines.first(where: fits) { return line }
            if hasEnded || deadline.hasPassed { return nil }
            _ = arrived.wait(timeout: .now() + .milliseconds(Int(deadline.milliseconds)))
        }
    }

    /// Waits for the end of the output; `false` on timeout.
    package func finish(within limit: Duration = Deadline.usual) -> Bool {
        thread.withLock { $0 }?.join(within: limit) ?? true
    }
}
