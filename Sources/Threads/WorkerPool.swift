@preconcurrency import Dispatch
import Synchronization

/// A thread pool for blocking work with a bounded queue: `submit` returns `false` at once when the queue is full (backpressure).
public final class WorkerPool: Sendable {
    public typealias Work = @Sendable () -> Void

    private let line: WaitingLine
    private let threads: [WorkerThread]

    /// Starts `threads` threads (at least one). At most `waitingMax` pieces of work are queued.
    public init(name: String, threads: Int, waitingMax: Int) {
        precondition(threads > 0 && waitingMax > 0)
        let line = WaitingLine(waitingMax: waitingMax)
        self.line = line
        self.threads = (1...threads).map { number in
            WorkerThread(name: "\(name)-\(number)") {
                while let work = line.next() { work() }
            }
        }
        for thread in self.threads { thread.start() }
    }

    deinit {
        line.close(readers: threads.count)
    }

    /// Queues work; `false` if the queue is full or the pool is shut down, and then the work never runs.
    public func submit(_ work: @escaping Work) -> Bool {
        line.add(work)
    }

    /// Refuses new work, finishes queued work, and returns when all threads have ended. Must not be called from within the pool.
    public func shutdown() {
        line.close(readers: threads.count)
        for thread in threads { thread.join() }
    }
}

/// The bounded first-in, first-out queue of a pool.
private final class WaitingLine: Sendable {
    private struct State {
        var waiting: [WorkerPool.Work] = []
        /// Index of the first queued piece; the ones before it are done. They are removed when the queue is empty, or by `compact`.
        var head = 0
        var isClosed = false

        mutating func takeFirst() -> WorkerPool.Work? {
            guard head < waiting.count else { return nil }
            let work = waiting[head]
            // Releases what the closure captured.
            waiting[head] = {}
            head += 1
            if head == waiting.count {
                waiting.removeAll(keepingCapacity: true)
                head = 0
            }
            return work
        }

        /// Removes the finished pieces of a queue that never becomes empty.
        mutating func compact() {
            guard head > 64, head > waiting.count / 2 else { return }
            waiting.removeFirst(head)
            head = 0
        }
    }

    private let waitingMax: Int
    private let state = Mutex(State())
    /// Counts the queued pieces, and after `close` one per reader.
    private let ready = DispatchSemaphore(value: 0)

    init(waitingMax: Int) {
        self.waitingMax = waitingMax
    }

    func add(_ work: @escaping WorkerPool.Work) -> Bool {
        let isAdded = state.withLock { state in
            guard !state.isClosed, state.waiting.count - state.head < waitingMax else { return false }
            state.compact()
            state.waiting.append(work)
            return true
        }
        if isAdded { ready.signal() }
        return isAdded
    }

    /// Waits for work; `nil` when the queue is closed and empty.
    func next() -> WorkerPool.Work? {
        ready.wait()
        return state.withLock { $0.takeFirst() }
    }

    func close(readers: Int) {
        let wasOpen = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        if wasOpen { for _ in 0..<readers { ready.signal() } }
    }
}
