@preconcurrency import Dispatch
import Synchronization
import Threads
import Time

/// The bounded queue between the threads that log and the writer thread.
final class LogBuffer: Sendable {
    /// Upper bounds of the queued lines and their bytes. Beyond either, lines are dropped.
    static let linesMax = 2_048
    private static let bytesMax = 4 << 20

    /// Events below a warning get three quarters of the queue: a flood of them leaves a quarter to what needs attention.
    private static func share(_ whole: Int, of level: Logger.Level) -> Int {
        level >= .warning ? whole : whole / 4 * 3
    }

    /// All queued lines, and the number of lines dropped after them because the queue was full.
    struct Batch {
        let lines: [[UInt8]]
        let refused: Int
    }

    private struct State {
        var waiting: [[UInt8]] = []
        var waitingBytes = 0
        var refused = 0
        /// Lines dropped since startup: refused by the queue, or lost by the writer.
        var dropped = 0
        /// Lines queued and lines processed since startup. `flush` waits until `finished` reaches the current `accepted`.
        var accepted = 0
        var finished = 0
        var flushes: [(upTo: Int, done: DispatchSemaphore)] = []
        /// When the writer stops waiting for a blocked descriptor; set by `close`.
        var deadline: DispatchTime?
    }

    private let state = Mutex(State())
    /// Signalled when the queue becomes non-empty, and by `close`.
    private let wake = DispatchSemaphore(value: 0)
    /// Called by `flush` and `close`, which skip the gathering time. A semaphore's timeout is a time of the wall clock: if that is set back
    /// meanwhile, the log would be silent for as long as the step.
    private let hurry = WakeupPipe()
    /// How long the writer gathers further lines after the first. Under load a wake-up per line would take CPU time from request threads.
    private static let gathering: Duration = .milliseconds(5)

    /// Queues a line, or counts it as dropped. Blocks only for a short critical section.
    func add(_ line: [UInt8], _ level: Logger.Level) {
        let wasEmpty = state.withLock { state in
            let isFull =
                state.waiting.count >= Self.share(Self.linesMax, of: level)
                || state.waitingBytes + line.count > Self.share(Self.bytesMax, of: level)
            if isFull || state.deadline != nil {
                state.refused += 1
                state.dropped += 1
                return false
            }
            state.waiting.append(line)
            state.waitingBytes += line.count
            state.accepted += 1
            return state.waiting.count == 1
        }
        if wasEmpty { wake.signal() }
    }

    /// For the writer: waits for lines and dequeues all of them; `nil` when the queue is closed and empty.
    func take() -> Batch? {
        while true {
            let (batch, isClosed) = state.withLock { state in
                let batch = Batch(lines: state.waiting, refused: state.refused)
                state.waiting = []
                state.waitingBytes = 0
                state.refused = 0
                return (batch, state.deadline != nil)
            }
            if !batch.lines.isEmpty { return batch }
            if isClosed { return nil }
            wake.wait()
            hurry.wait(atMost: Self.gathering)
        }
    }

    /// For the writer: reports a batch as processed; `lost` of its lines could not be written.
    func finish(_ batch: Batch, lost: Int) {
        let done = state.withLock { state in
            state.finished += batch.lines.count
            state.dropped += lost
            let done = state.flushes.filter { $0.upTo <= state.finished }
            state.flushes.removeAll { $0.upTo <= state.finished }
            return done.map(\.done)
        }
        for semaphore in done { semaphore.signal() }
    }

    /// For the writer: whether the time limit of `close` has passed.
    var isGivenUp: Bool {
        state.withLock { state in state.deadline.map { $0 <= .now() } ?? false }
    }

    var linesDropped: Int {
        state.withLock { $0.dropped }
    }

    /// Waits until the lines queued before the call are processed, at most `limit`.
    func flush(within limit: Duration) {
        let done = state.withLock { state -> DispatchSemaphore? in
            guard state.finished < state.accepted else { return nil }
            let done = DispatchSemaphore(value: 0)
            state.flushes.append((state.accepted, done))
            return done
        }
        if done != nil { hurry.call() }
        _ = done?.wait(timeout: .now() + .nanoseconds(limit.nanosecondsToWait))
    }

    /// Refuses further lines. The writer has until `limit` for the queued ones.
    func close(within limit: Duration) {
        state.withLock { state in
            if state.deadline == nil { state.deadline = .now() + .nanoseconds(limit.nanosecondsToWait) }
        }
        wake.signal()
        hurry.call()
    }
}
