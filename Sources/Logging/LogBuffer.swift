@preconcurrency import Dispatch
import Synchronization
import Time

/// The lines between those who log and the thread that writes.
final class LogBuffer: Sendable {
    /// Lines, and bytes in them, that may wait; beyond either, lines are dropped.
    private static let linesMax = 1_024
    private static let bytesMax = 4 << 20

    /// What the writer takes at once: lines, and how many found no room behind them.
    struct Batch {
        let lines: [[UInt8]]
        let refused: Int
    }

    private struct State {
        var waiting: [[UInt8]] = []
        var waitingBytes = 0
        var refused = 0
        /// Lines dropped for either reason, ever.
        var dropped = 0
        /// Lines taken in and lines done with, ever: who flushes waits for one to reach the other.
        var accepted = 0
        var finished = 0
        var flushes: [(upTo: Int, done: DispatchSemaphore)] = []
        /// When the writer gives up on a descriptor that takes nothing; set by the close.
        var deadline: DispatchTime?
    }

    private let state = Mutex(State())
    /// Signalled when the buffer is no longer empty, and at the close.
    private let wake = DispatchSemaphore(value: 0)
    /// Signalled by who does not want to wait until lines have gathered.
    private let hurry = DispatchSemaphore(value: 0)
    /// How long the first line waits for others: under load a wake-up for each would take a thread's turn from who serves requests.
    private static let gathering = DispatchTimeInterval.milliseconds(5)

    /// Takes a line in, or counts it as dropped. Never blocks for longer than copying a few words takes.
    func add(_ line: [UInt8]) {
        let wasEmpty = state.withLock { state in
            let isFull =
                state.waiting.count >= Self.linesMax || state.waitingBytes + line.count > Self.bytesMax
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

    /// For the writer: waits for lines and takes them all; `nil` when the buffer is closed and empty.
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
            _ = hurry.wait(timeout: .now() + Self.gathering)
        }
    }

    /// For the writer: the lines of a batch are written, but for those that were lost.
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

    /// For the writer: whether the buffer was closed so long ago that waiting must end.
    var isGivenUp: Bool {
        state.withLock { state in state.deadline.map { $0 <= .now() } ?? false }
    }

    var linesDropped: Int {
        state.withLock { $0.dropped }
    }

    /// Waits at most so long until what was added before is done with.
    func flush(within limit: Duration) {
        let done = state.withLock { state -> DispatchSemaphore? in
            guard state.finished < state.accepted else { return nil }
            let done = DispatchSemaphore(value: 0)
            state.flushes.append((state.accepted, done))
            return done
        }
        if done != nil { hurry.signal() }
        _ = done?.wait(timeout: .now() + .nanoseconds(limit.nanosecondsToWait))
    }

    /// Takes no more lines; the writer has so long for those that wait.
    func close(within limit: Duration) {
        state.withLock { state in
            if state.deadline == nil { state.deadline = .now() + .nanoseconds(limit.nanosecondsToWait) }
        }
        wake.signal()
        hurry.signal()
    }
}
