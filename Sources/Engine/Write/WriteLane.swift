import Dispatch
import Journal
import Model
import Synchronization
import Threads
import Time

/// The one way to change anything: one thread that takes what waits, decides it in memory, appends it as one transaction, and only then
/// answers (design.md, decisions 1 to 3).
public final class WriteLane: Sendable {
    /// What waits: a request, who makes it, and whom to tell.
    public struct PendingRequest: Sendable {
        let request: any WriteRequest
        let author: Author
        let key: IdempotencyKey?
        let completion: @Sendable (Result<WriteAnswer, Refusal>) -> Void

        /// `completion` is called once: on the lane's thread after the commit, or on the caller's when it is refused at once.
        public init(
            _ request: any WriteRequest, by author: Author, key: IdempotencyKey? = nil,
            completion: @escaping @Sendable (Result<WriteAnswer, Refusal>) -> Void
        ) {
            self.request = request
            self.author = author
            self.key = key
            self.completion = completion
        }
    }

    /// How many requests one transaction may hold.
    public static let batchMax = 256
    /// How many bytes of entries one transaction may hold.
    public static let batchBytesMax = 4 << 20
    /// From how many entries on, read to fold ended incidents, one transaction takes no more requests: some 20 ms, for which all wait.
    static let batchFoldedMax = 10_000
    /// How many requests may wait in each line.
    public static let waitingMax = 4_096
    /// How long an ordinary request may have to wait, unless the lane is told otherwise.
    public static let queueDelayMax = Duration.seconds(5)

    private struct Waiting {
        var urgent: [PendingRequest] = []
        var ordinary: [PendingRequest] = []
        /// When the oldest pending request was queued, or the last batch was dequeued.
        var oldestPendingSince: Duration?
        /// When the batch under way was dequeued; `nil` between batches.
        var batchStartedAt: Duration?
        var estimator: QueueDelayEstimator
        /// Rejection for new requests after shutdown; `nil` while open.
        var closed: Refusal?
        var thread: WorkerThread?
    }

    /// What it has done so far.
    public let meters = LaneMeters()
    let store: any JournalStore
    let context: LaneContext
    private let waiting: Mutex<Waiting>
    private let semaphore = DispatchSemaphore(value: 0)
    let memory = WriterMemory()
    let batchMax: Int

    /// A lane into a store. `batchMax` below the default is for measuring what batches are worth. An ordinary request that would be
    /// answered later than after `queueDelayMax` is refused at once.
    public init(
        store: any JournalStore, context: LaneContext, batchMax: Int = WriteLane.batchMax,
        queueDelayMax: Duration = WriteLane.queueDelayMax
    ) {
        self.store = store
        self.context = context
        self.batchMax = batchMax
        waiting = Mutex(
            Waiting(estimator: QueueDelayEstimator(batchMax: batchMax, queueDelayMax: queueDelayMax)))
    }

    /// Takes over the keys that were kept, before the first request.
    public func load(keys: [IdempotencyIndexEntry]) {
        memory.load(keys)
    }

    /// How the store is doing.
    public var storeState: StoreState {
        memory.storeState
    }

    /// Lines a request up. Where the line is full, or an ordinary request would wait too long, it is refused at once; the completion is
    /// then called before this returns.
    public func submit(_ request: PendingRequest) {
        let (refusal, first) = waiting.withLock { waiting -> (Refusal?, Bool) in
            if let closed = waiting.closed { return (closed, false) }
            let first = waiting.urgent.isEmpty && waiting.ordinary.isEmpty
            let now = context.monotonic()
            let working = waiting.batchStartedAt.map { max(.zero, now - $0) }
            if request.request.priority == .critical {
                let ahead = waiting.urgent.count
                guard ahead < WriteLane.waitingMax else {
                    meters.overflows.add("urgent")
                    let retryAfter = waiting.estimator.retryAfter(behind: ahead, working: working)
                    return (.overloaded(retryAfter: retryAfter), false)
                }
                waiting.urgent.append(request)
            } else {
                let ahead = waiting.urgent.count + waiting.ordinary.count
                guard waiting.ordinary.count < WriteLane.waitingMax,
                    waiting.estimator.isInTime(behind: ahead, working: working)
                else {
                    meters.overflows.add("ordinary")
                    let retryAfter = waiting.estimator.retryAfter(behind: ahead, working: working)
                    return (.overloaded(retryAfter: retryAfter), false)
                }
                waiting.ordinary.append(request)
            }
            if first { waiting.oldestPendingSince = now }
            return (nil, first)
        }
        if first { semaphore.signal() }
        if let refusal { request.completion(.failure(refusal)) }
    }

    /// Takes what waits, urgent requests first, as many as one transaction may hold.
    func take() -> [PendingRequest] {
        waiting.withLock { waiting in
            var batch = Array(waiting.urgent.prefix(batchMax))
            waiting.urgent.removeFirst(batch.count)
            let room = min(batchMax - batch.count, waiting.ordinary.count)
            batch += waiting.ordinary.prefix(room)
            waiting.ordinary.removeFirst(room)
            guard !batch.isEmpty else { return batch }
            let now = context.monotonic()
            waiting.batchStartedAt = now
            waiting.oldestPendingSince = waiting.urgent.isEmpty && waiting.ordinary.isEmpty ? nil : now
            return batch
        }
    }

    /// What is left of a batch that ended early, behind the urgent requests that have come meanwhile.
    func lettingUrgentPass(_ rest: ArraySlice<PendingRequest>) -> ArraySlice<PendingRequest> {
        let urgent = waiting.withLock { waiting in
            defer {
                waiting.urgent.removeAll()
                if waiting.ordinary.isEmpty { waiting.oldestPendingSince = nil }
            }
            return waiting.urgent
        }
        guard !urgent.isEmpty else { return rest }
        var requests = Array(rest)
        let place = requests.firstIndex { $0.request.priority != .critical } ?? requests.endIndex
        requests.insert(contentsOf: urgent, at: place)
        return requests[...]
    }

    /// The turn is over: everybody whose request was taken has been answered. Those at the end of the line who cannot be served in time
    /// at the pace that the lane has now are told so at once.
    func rest() {
        let (late, retryAfter) = waiting.withLock { waiting -> (ArraySlice<PendingRequest>, Duration) in
            if let since = waiting.batchStartedAt {
                waiting.estimator.observe(max(.zero, context.monotonic() - since))
            }
            waiting.batchStartedAt = nil
            let room = max(0, waiting.estimator.roomMax - waiting.urgent.count)
            guard waiting.ordinary.count > room else { return ([], .zero) }
            let late = waiting.ordinary[room...]
            waiting.ordinary.removeLast(late.count)
            return (late, waiting.estimator.retryAfter(behind: waiting.urgent.count + room, working: nil))
        }
        for request in late {
            meters.overflows.add("ordinary")
            request.completion(.failure(.overloaded(retryAfter: retryAfter)))
        }
    }

    /// How the lane is doing at a moment of `LaneContext.monotonic`. Takes no longer than copying a few figures.
    public func condition(at now: Duration) -> LaneCondition {
        let lastCommitAt = memory.lastCommitAt
        return waiting.withLock { waiting in
            let since = [waiting.oldestPendingSince, waiting.batchStartedAt].compactMap(\.self).min()
            return LaneCondition(
                urgent: waiting.urgent.count, ordinary: waiting.ordinary.count,
                stalledFor: since.map { max(.zero, now - $0) } ?? .zero, lastCommitAt: lastCommitAt)
        }
    }

    // MARK: The thread

    /// How long the lane is idle before it moves the write-ahead log into the database.
    private static let idleAfter: Duration = .milliseconds(500)

    /// Starts the lane's thread. `onBroken` is called once, on it, when the store can no longer be trusted.
    public func start(onBroken: @escaping @Sendable (String) -> Void) {
        let thread = WorkerThread(name: "lane") { [self] in run(onBroken: onBroken) }
        waiting.withLock { $0.thread = thread }
        thread.start()
    }

    /// Refuses what comes from now on, finishes what waits, and closes the store.
    public func stop() {
        let thread = waiting.withLock { waiting in
            waiting.closed = waiting.closed ?? .overloaded(retryAfter: .seconds(1))
            return waiting.thread.take()
        }
        semaphore.signal()
        thread?.join()
        store.close()
    }

    private func run(onBroken: @Sendable (String) -> Void) {
        var checkpointed = true
        while true {
            let wait: DispatchTime =
                checkpointed
                ? .distantFuture : .now() + .milliseconds(Int(WriteLane.idleAfter.wholeMilliseconds))
            let woken = semaphore.wait(timeout: wait) == .success
            var worked = false
            while turn() { worked = true }
            if case .broken(let why) = storeState {
                close(with: .storage(why))
                return onBroken(why)
            }
            if worked { checkpointed = false }
            if !worked, !woken, !checkpointed {
                checkpoint(idle: true)
                checkpointed = true
            }
            if waiting.withLock({ $0.closed != nil && $0.urgent.isEmpty && $0.ordinary.isEmpty }) { return }
        }
    }

    /// Refuses what waits and whatever comes: no thread is left that could answer.
    private func close(with refusal: Refusal) {
        waiting.withLock { $0.closed = refusal }
        while case let left = take(), !left.isEmpty {
            for request in left { request.completion(.failure(refusal)) }
        }
    }
}

extension Refusal {
    /// Too much waits, or it would wait too long.
    static func overloaded(retryAfter: Duration) -> Refusal {
        Refusal(
            .overloaded,
            "The write queue is full; the disk cannot keep up. Nothing was written; wait for the seconds in Retry-After, then retry with "
                + "the same Idempotency-Key. Declaring, raising severity and publishing are still accepted.",
            retryAfter: retryAfter)
    }

    /// The store takes no writes for now.
    static func storage(_ why: String) -> Refusal {
        Refusal(
            .storageUnavailable,
            "The store accepts no writes: \(why). Nothing was acknowledged; a retry with the same Idempotency-Key is safe.",
            retryAfter: .seconds(2))
    }
}
