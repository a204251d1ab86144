@preconcurrency import Dispatch
import Synchronization

/// A thread pool for blocking work with bounded, fair queues: `submit` returns `false` at once when a queue is full (backpressure).
///
/// Work belongs to a token. Each token has a share of the queues and of the threads, and tokens are served in turn, so that one that
/// submits much delays itself and hardly anyone else. Urgent work is served first, and some threads serve nothing else.
public final class WorkerPool: Sendable {
    public typealias Work = @Sendable () -> Void

    /// A token may have one part in this many of each queue.
    public static let shareOfQueue = 4

    private let queue: WorkQueue
    private let threads: [WorkerThread]

    /// Starts `threads` threads (at least one), and `urgentThreads` more that serve urgent work only. Each of the two queues holds at most
    /// `waitingMax` pieces of work.
    public init(name: String, threads: Int, urgentThreads: Int = 0, waitingMax: Int) {
        precondition(threads > 0 && urgentThreads >= 0 && waitingMax > 0)
        let queue = WorkQueue(threads: threads, urgentThreads: urgentThreads, waitingMax: waitingMax)
        self.queue = queue
        self.threads = (1...threads + urgentThreads).map { number in
            WorkerThread(name: "\(name)-\(number)") { queue.serve(urgentOnly: number > threads) }
        }
        for thread in self.threads { thread.start() }
    }

    deinit {
        queue.close()
    }

    /// Queues work of a token; `nil` is the service itself, which has no share. `false` if the queue or the token's share of it is full, or
    /// the pool is shut down, and then the work never runs.
    public func submit(by token: String? = nil, isUrgent: Bool = false, _ work: @escaping Work) -> Bool {
        queue.add(work, by: token, isUrgent: isUrgent)
    }

    /// Refuses new work, finishes queued work, and returns when all threads have ended. Must not be called from within the pool.
    public func shutdown() {
        queue.close()
        for thread in threads { thread.join() }
    }
}

/// The two queues of a pool.
private final class WorkQueue: Sendable {
    private struct Piece {
        var work: WorkerPool.Work
        var token: String?
    }

    private struct State {
        var urgent = FairQueue<Piece>()
        var ordinary = FairQueue<Piece>()
        /// Pieces that run on threads for all work, by token.
        var running: [String: Int] = [:]
        /// Threads that wait, without those that were woken already.
        var idle = 0
        var idleUrgent = 0
        var isClosed = false
    }

    private let threads: Int
    private let urgentThreads: Int
    private let waitingMax: Int
    private let state = Mutex(State())
    private let ready = DispatchSemaphore(value: 0)
    private let readyUrgent = DispatchSemaphore(value: 0)

    init(threads: Int, urgentThreads: Int, waitingMax: Int) {
        self.threads = threads
        self.urgentThreads = urgentThreads
        self.waitingMax = waitingMax
    }

    func add(_ work: @escaping WorkerPool.Work, by token: String?, isUrgent: Bool) -> Bool {
        let share = token == nil ? waitingMax : max(1, waitingMax / WorkerPool.shareOfQueue)
        let key = token ?? ""
        let (isAdded, wakes) = state.withLock { state -> (Bool, DispatchSemaphore?) in
            let isFull =
                isUrgent
                ? state.urgent.count >= waitingMax || state.urgent.count(of: key) >= share
                : state.ordinary.count >= waitingMax || state.ordinary.count(of: key) >= share
            guard !state.isClosed, !isFull else { return (false, nil) }
            let piece = Piece(work: work, token: token)
            if isUrgent {
                state.urgent.append(piece, of: key)
            } else {
                state.ordinary.append(piece, of: key)
            }
            if isUrgent, state.idleUrgent > 0 {
                state.idleUrgent -= 1
                return (true, readyUrgent)
            }
            guard state.idle > 0 else { return (true, nil) }
            state.idle -= 1
            return (true, ready)
        }
        wakes?.signal()
        return isAdded
    }

    /// Runs work until the pool is closed and the queues are empty.
    func serve(urgentOnly: Bool) {
        while true {
            let (piece, ends) = state.withLock { state -> (Piece?, Bool) in
                let piece = take(urgentOnly: urgentOnly, &state)
                guard piece == nil else { return (piece, false) }
                let isDone = state.urgent.isEmpty && (urgentOnly || state.ordinary.isEmpty)
                if state.isClosed, isDone { return (nil, true) }
                if urgentOnly { state.idleUrgent += 1 } else { state.idle += 1 }
                return (nil, false)
            }
            if ends { return }
            guard let piece else {
                (urgentOnly ? readyUrgent : ready).wait()
                continue
            }
            piece.work()
            if !urgentOnly { finish(piece) }
        }
    }

    private func take(urgentOnly: Bool, _ state: inout State) -> Piece? {
        guard !urgentOnly else { return state.urgent.popFirst() }
        // One thread is left to other tokens, however much one has to read.
        let share = state.isClosed ? Int.max : max(1, threads - 1)
        let running = state.running
        let isAllowed: (String) -> Bool = { $0.isEmpty || running[$0] ?? 0 < share }
        let piece = state.urgent.popFirst(where: isAllowed) ?? state.ordinary.popFirst(where: isAllowed)
        if let token = piece?.token { state.running[token, default: 0] += 1 }
        return piece
    }

    /// Counts a finished piece. If its token waits at its share, the thread that calls this takes the next piece itself.
    private func finish(_ piece: Piece) {
        guard let token = piece.token else { return }
        state.withLock { state in
            let count = state.running[token] ?? 0
            state.running[token] = count > 1 ? count - 1 : nil
        }
    }

    func close() {
        let wasOpen = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard wasOpen else { return }
        for _ in 0..<threads { ready.signal() }
        for _ in 0..<urgentThreads { readyUrgent.signal() }
    }
}
