import Dispatch
import Journal
import Model
import Synchronization
import Threads
import Time

/// The only way to change anything. Single writer: one thread takes queued requests, decides them in memory, appends them as one
/// transaction, and only then answers (design.md, decisions 1 to 3).
public final class WriteLane: Sendable {
    public struct PendingRequest: Sendable {
        let request: any WriteRequest
        let author: Author
        let key: IdempotencyKey?
        let completion: @Sendable (Result<WriteAnswer, Refusal>) -> Void

        /// `completion` is called once: on the lane's thread after the commit, or on the caller's when the request is refused at once.
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

    /// Upper bound of requests in one transaction.
    public static let batchMax = 256
    /// A transaction takes no more requests after this many bytes of entries.
    public static let batchBytesMax = 4 << 20
    /// A transaction takes no more requests after folding this many entries of ended streams: about 20 ms, during which all requests
    /// wait.
    static let batchFoldedMax = 10_000
    /// Upper bound of each of the two queues.
    public static let waitingMax = 4_096
    /// Default of the longest admitted queue delay of an ordinary request.
    public static let queueDelayMax = Duration.seconds(5)

    private struct Waiting {
        var urgent: [PendingRequest] = []
        var ordinary: [PendingRequest] = []
        /// When the oldest pending request was queued, or the last batch was dequeued.
        var oldestPendingSince: Duration?
        /// When the current batch was dequeued; `nil` between batches.
        var batchStartedAt: Duration?
        var estimator: QueueDelayEstimator
        /// Rejection for new requests after shutdown; `nil` while open.
        var closed: Refusal?
        var thread: WorkerThread?
    }

    public let meters = LaneMeters()
    let store: any JournalStore
    let context: LaneContext
    private let waiting: Mutex<Waiting>
    private let semaphore = DispatchSemaphore(value: 0)
    let memory = WriterMemory()
    let batchMax: Int

    /// `batchMax` below the default is for measuring the gain of batches. An ordinary request whose estimated delay exceeds
    /// `queueDelayMax` is refused at once.
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

    /// Loads the idempotency index; call before the first request.
    public func load(keys: [IdempotencyIndexEntry]) {
        memory.load(keys)
    }

    /// The newest entry of an open incident lies that far ahead of the clock; call before the first request.
    func load(clockStep: Duration) {
        memory.load(clockStep: clockStep)
    }

    public var storeState: StoreState {
        memory.storeState
    }

    /// Queues a request. Backpressure: a full queue refuses it at once, and so does admission control if an ordinary request would wait
    /// too long; the completion is then called before this returns.
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
                    return (.urgentQueueFull(retryAfter: retryAfter), false)
                }
                waiting.urgent.append(request)
            } else {
                let ahead = waiting.urgent.count + waiting.ordinary.count
                guard waiting.ordinary.count < WriteLane.waitingMax,
                    waiting.estimator.isInTime(behind: ahead, working: working)
                else {
                    meters.overflows.add("ordinary")
                    let retryAfter = waiting.estimator.retryAfter(behind: ahead, working: working)
                    return (.tooManyWaiting(retryAfter: retryAfter), false)
                }
                waiting.ordinary.append(request)
            }
            if first { waiting.oldestPendingSince = now }
            return (nil, first)
        }
        if first { semaphore.signal() }
        if let refusal { request.completion(.failure(refusal)) }
    }

    /// Dequeues requests for one transaction, urgent ones first.
    func dequeue() -> [PendingRequest] {
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

    /// The rest of a batch that ended early, after the urgent requests that arrived meanwhile.
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

    /// Call when the batch is answered. Sheds load: refuses ordinary requests at the end of the queue that cannot be served in time at
    /// the current pace.
    func finishBatch() {
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
            request.completion(.failure(.tooManyWaiting(retryAfter: retryAfter)))
        }
    }

    /// Condition at `now`, a moment of `LaneContext.monotonic`. Takes only as long as copying a few numbers.
    public func condition(at now: Duration) -> LaneCondition {
        let lastCommitAt = memory.lastCommitAt
        return waiting.withLock { waiting in
            let since = [waiting.oldestPendingSince, waiting.batchStartedAt].compactMap(\.self).min()
            return LaneCondition(
                urgent: waiting.urgent.count, ordinary: waiting.ordinary.count,
                stalledFor: since.map { max(.zero, now - $0) } ?? .zero, lastCommitAt: lastCommitAt)
        }
    }

    // MARK: Thread

    /// Idle time before the write-ahead log is checkpointed.
    private static let idleAfter: Duration = .milliseconds(500)

    /// Starts the lane's thread. `onBroken` is called once, on that thread, when the store is no longer trusted.
    public func start(onBroken: @escaping @Sendable (String) -> Void) {
        let thread = WorkerThread(name: "lane") { [self] in run(onBroken: onBroken) }
        waiting.withLock { $0.thread = thread }
        thread.start()
    }

    /// Refuses new requests, finishes the queued ones, and closes the store.
    public func stop() {
        let thread = waiting.withLock { waiting in
            waiting.closed = waiting.closed ?? .stopping
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

    /// Refuses queued and later requests: no thread is left to answer them.
    private func close(with refusal: Refusal) {
        waiting.withLock { $0.closed = refusal }
        while case let left = dequeue(), !left.isEmpty {
            for request in left { request.completion(.failure(refusal)) }
        }
    }
}

extension Refusal {
    /// An ordinary request would wait too long, or the ordinary queue is full.
    static func tooManyWaiting(retryAfter: Duration) -> Refusal {
        Refusal(
            .overloaded,
            "Too many writes are waiting for the disk. Nothing was written; wait for the seconds in Retry-After, then retry with "
                + "the same Idempotency-Key. Declaring, raising severity and publishing are still accepted.",
            retryAfter: retryAfter)
    }

    static func urgentQueueFull(retryAfter: Duration) -> Refusal {
        Refusal(
            .overloaded,
            "Too many urgent writes are waiting for the disk. Nothing was written; wait for the seconds in Retry-After, then retry with "
                + "the same Idempotency-Key.",
            retryAfter: retryAfter)
    }

    static var stopping: Refusal {
        Refusal(
            .overloaded,
            "The service is stopping. Nothing was written; wait for the seconds in Retry-After, then retry with the same Idempotency-Key.",
            retryAfter: .seconds(1))
    }

    /// The clock shows a year that cannot be stored.
    static func clock(at now: Timestamp) -> Refusal {
        Refusal(
            .storageUnavailable,
            "\(now.clockRemedy ?? "") Nothing was written; a retry with the same Idempotency-Key is safe.",
            retryAfter: .seconds(2))
    }

    /// The store takes no writes for now.
    static func storage(_ why: String) -> Refusal {
        Refusal(
            .storageUnavailable,
            "The store accepts no writes: \(why). Nothing was acknowledged; a retry with the same Idempotency-Key is safe.",
            retryAfter: .seconds(2))
    }
}

extension Timestamp {
    /// What an operator has to do when a clock shows this time; `nil` when the time can be right.
    public var clockRemedy: String? {
        guard !isCredible else { return nil }
        return
            "The clock says \(rfc3339.prefix(4)): set it, best by NTP. Writes and nags go on by themselves then."
    }
}
