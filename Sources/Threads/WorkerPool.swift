@preconcurrency import Dispatch
import Synchronization

/// A few threads for work that blocks, behind a waiting line with an end: who finds it full hears so at once.
public final class WorkerPool: Sendable {
    /// A piece of work.
    public typealias Work = @Sendable () -> Void

    private let line: WaitingLine
    private let threads: [WorkerThread]

    /// Starts `threads` threads (at least one), for which at most `waitingMax` pieces of work may wait.
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

    /// Puts work at the end of the line; false when it is full or the pool is shut down, and then nothing will run.
    public func submit(_ work: @escaping Work) -> Bool {
        line.add(work)
    }

    /// Takes no more work, finishes what waits and returns when all threads have ended. Never call it from work.
    public func shutdown() {
        line.close(readers: threads.count)
        for thread in threads { thread.join() }
    }
}

/// Work that waits for a thread, first come first served.
private final class WaitingLine: Sendable {
    private struct State {
        var waiting: [WorkerPool.Work] = []
        /// Where the first one stands; those before it are gone, and are cleared away when the line is empty.
        var head = 0
        var isClosed = false

        mutating func takeFirst() -> WorkerPool.Work? {
            guard head < waiting.count else { return nil }
            let work = waiting[head]
            // What the work holds must not live on in the line.
            waiting[head] = {}
            head += 1
            if head == waiting.count {
                waiting.removeAll(keepingCapacity: true)
                head = 0
            }
            return work
        }

        /// Keeps the gone ones from piling up in a line that never runs empty.
        mutating func compact() {
            guard head > 64, head > waiting.count / 2 else { return }
            waiting.removeFirst(head)
            head = 0
        }
    }

    private let waitingMax: Int
    private let state = Mutex(State())
    /// Counts what waits, and after the close one for each reader.
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

    /// Waits for work; `nil` when the line is closed and empty.
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
