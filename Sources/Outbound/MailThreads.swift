import Dispatch
import Journal
import Synchronization
import Threads

/// Sends mail, each message on a thread of its own.
///
/// libcurl waits for a mail server's answers to the end of the data and to QUIT without going back to its caller. In the `TransferLoop` a
/// server that hangs there would hold up all webhooks.
final class MailThreads: Sendable {
    private struct State {
        /// Running threads.
        var count = 0
        var waiting: [Job] = []
        var isStopped = false
    }

    private let settings: Transfer.Settings
    private let state = Mutex(State())
    /// Whether transfers in progress are to end.
    private let isAborted = Atomic(false)
    /// Entered while a thread runs.
    private let running = DispatchGroup()

    init(_ settings: Transfer.Settings) {
        self.settings = settings
    }

    /// Queues a message. Returns the result if it is refused; its completion is then not called.
    func add(_ job: Job) -> OutboundResult? {
        state.withLock { state in
            guard !state.isStopped else { return .stopped }
            guard TransferLoop.isStarted else { return .failed("libcurl cannot start") }
            guard state.waiting.count < TransferLoop.waitingMax else {
                return .failed("the queue of \(TransferLoop.waitingMax) mails is full")
            }
            state.waiting.append(job)
            if state.count < TransferLoop.transfersMax {
                state.count += 1
                running.enter()
                WorkerThread(name: "mail") { [self] in
                    blockBrokenPipes()
                    while let job = next() { send(job) }
                    running.leave()
                }.start()
            }
            return nil
        }
    }

    /// Asks the threads to end: `now` aborts transfers in progress, within a second.
    func stop(_ stop: TransferLoop.Stop) {
        let waiting = state.withLock { state in
            state.isStopped = true
            defer { state.waiting = [] }
            return state.waiting
        }
        if stop == .now { isAborted.store(true, ordering: .relaxed) }
        guard !waiting.isEmpty else { return }
        running.enter()
        WorkerThread(name: "mail") { [running] in
            for job in waiting { job.completion(.stopped) }
            running.leave()
        }.start()
    }

    /// Waits at most `limit` for the threads to end; `false` on timeout.
    func join(within limit: Duration) -> Bool {
        let (seconds, attoseconds) = max(limit, .zero).components
        let wait = DispatchTimeInterval.nanoseconds(
            Int(min(seconds, 1_000_000)) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
        return running.wait(timeout: .now() + wait) == .success
    }

    private func next() -> Job? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.count -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
    }

    private func send(_ job: Job) {
        do {
            try Transfer(job, settings).perform { [self] in isAborted.load(ordering: .relaxed) }
        } catch {
            job.completion(.failed(error.reason))
        }
    }
}
