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
        /// Id of the token that asked; `nil` for the service itself.
        let token: String?
        let key: IdempotencyKey?
        let completion: @Sendable (Result<WriteAnswer, Refusal>) -> Void
        /// The queue in which it waits.
        var queue = WriteQueues.Queue.own
        /// States that were folded from the store for it.
        var folded: [StreamID: any AnySnapshot] = [:]

        var isCritical: Bool { request.priority == .critical }

        /// `completion` is called once: on the lane's thread after the commit, or on the caller's when the request is refused at once.
        public init(
            _ request: any WriteRequest, by author: Author, of token: String?, key: IdempotencyKey? = nil,
            completion: @escaping @Sendable (Result<WriteAnswer, Refusal>) -> Void
        ) {
            self.request = request
            self.author = author
            self.token = token
            self.key = key
            self.completion = completion
        }
    }

    /// Upper bound of requests in one transaction.
    public static let batchMax = 256
    /// A transaction takes no more requests after this many bytes of entries.
    public static let batchBytesMax = 4 << 20
    /// A transaction takes no more requests after reading this many entries to bring folded states up to date: about 20 ms, during which
    /// all requests wait.
    static let batchFoldedMax = 10_000
    /// A transaction takes no more requests after deciding for this long, so that urgent requests come in between.
    public static let batchDurationMax = Duration.milliseconds(50)
    /// Upper bound of each of the two queues for requests of tokens.
    public static let waitingMax = 4_096
    /// Upper bound of a token's requests in the urgent queue: a team that declares and publishes has a few. Its further ones are ordinary.
    public static let urgentPerTokenMax = 64
    /// Upper bound of a token's requests in the ordinary queue: a quarter, so that one token does not fill it.
    public static let waitingPerTokenMax = waitingMax / 4
    /// Upper bound of the states that are folded for one request: a chain of duplicates has at most 16.
    static let foldedPerRequestMax = 32
    /// Default of the longest admitted queue delay of an ordinary request.
    public static let queueDelayMax = Duration.seconds(5)

    private struct Waiting {
        var queues = WriteQueues()
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
    /// too long; the completion is then called before this returns. The service's own requests are refused only after shutdown.
    public func submit(_ request: PendingRequest) {
        let (refusal, first) = waiting.withLock { waiting -> (Refusal?, Bool) in
            if let closed = waiting.closed { return (closed, false) }
            var request = request
            request.queue = waiting.queues.queue(for: request)
            let now = context.monotonic()
            if request.queue == .ordinary, let refusal = admissionRefusal(request, waiting, at: now) {
                return (refusal, false)
            }
            return (nil, enqueue(at: now, &waiting) { $0.append(request) })
        }
        if first { semaphore.signal() }
        if let refusal { request.completion(.failure(refusal)) }
    }

    /// Admission control of the ordinary queue; `nil` to admit.
    private func admissionRefusal(
        _ request: PendingRequest, _ waiting: borrowing Waiting, at now: Duration
    ) -> Refusal? {
        let token = request.token ?? ""
        let working = waiting.batchStartedAt.map { max(.zero, now - $0) }
        // By the length of the queues first: only when that is too much does the token's own place count.
        if !waiting.queues.isOrdinaryFull(for: token),
            waiting.estimator.isInTime(behind: waiting.queues.count, working: working)
                || waiting.estimator.isInTime(behind: waiting.queues.ahead(of: token), working: working)
        {
            return nil
        }
        let retryAfter = waiting.estimator.retryAfter(
            behind: waiting.queues.ahead(of: token), working: working)
        meters.overflows.add(request.isCritical ? "urgent" : "ordinary")
        return request.isCritical
            ? .urgentShareUsed(retryAfter: retryAfter) : .tooManyWaiting(retryAfter: retryAfter)
    }

    /// Changes the queues; returns whether they were empty, so that the thread must be woken.
    private func enqueue(
        at now: Duration, _ waiting: inout Waiting, _ change: (inout WriteQueues) -> Void
    ) -> Bool {
        let first = waiting.queues.isEmpty
        change(&waiting.queues)
        if first { waiting.oldestPendingSince = now }
        return first
    }

    /// Dequeues requests for one transaction, urgent ones first.
    func dequeue() -> [PendingRequest] {
        waiting.withLock { waiting in
            let batch = waiting.queues.take(batchMax)
            guard !batch.isEmpty else { return batch }
            let now = context.monotonic()
            waiting.batchStartedAt = now
            waiting.oldestPendingSince = waiting.queues.isEmpty ? nil : now
            return batch
        }
    }

    /// Queues requests of a batch that ended early again, in front of their queues: urgent ones that arrived meanwhile go first.
    func putBack(_ requests: ArraySlice<PendingRequest>) {
        guard !requests.isEmpty else { return }
        let now = context.monotonic()
        // No signal: the lane's thread calls this, and looks at the queues before it waits.
        waiting.withLock { waiting in _ = enqueue(at: now, &waiting) { $0.putBack(requests) } }
    }

    /// Queues a request again that waited for a state, in front of its queue.
    func resume(_ request: PendingRequest) {
        let (closed, first) = waiting.withLock { waiting -> (Refusal?, Bool) in
            if let closed = waiting.closed { return (closed, false) }
            return (nil, enqueue(at: context.monotonic(), &waiting) { $0.putBack([request]) })
        }
        if first { semaphore.signal() }
        if let closed { request.completion(.failure(closed)) }
    }

    /// Call when the batch is answered. Sheds load: refuses ordinary requests at the end of the queue that cannot be served in time at
    /// the current pace, those of the token with most of them first. `answered` of `taken` dequeued requests were decided.
    func finishBatch(answered: Int, of taken: Int) {
        let (late, retryAfter) = waiting.withLock { waiting -> ([PendingRequest], Duration) in
            if let since = waiting.batchStartedAt {
                let duration = max(.zero, context.monotonic() - since)
                waiting.estimator.observe(answered < taken ? duration * taken / max(1, answered) : duration)
            }
            waiting.batchStartedAt = nil
            let room = max(0, waiting.estimator.roomMax - waiting.queues.urgentCount)
            var late: [PendingRequest] = []
            while waiting.queues.ordinaryCount > room, let request = waiting.queues.takeLastOrdinary() {
                late.append(request)
            }
            guard !late.isEmpty else { return ([], .zero) }
            return (
                late, waiting.estimator.retryAfter(behind: waiting.queues.urgentCount + room, working: nil)
            )
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
                urgent: waiting.queues.urgentCount, ordinary: waiting.queues.ordinaryCount,
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
            if waiting.withLock({ $0.closed != nil && $0.queues.isEmpty }) { return }
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

    /// A token has used its share of the urgent queue, and its further urgent requests would wait too long among the ordinary ones.
    static func urgentShareUsed(retryAfter: Duration) -> Refusal {
        Refusal(
            .overloaded,
            "This token has too many urgent writes waiting for the disk. Nothing was written; wait for the seconds in Retry-After, then "
                + "retry with the same Idempotency-Key.",
            retryAfter: retryAfter)
    }

    /// Too many requests of a token wait for states of ended incidents.
    static var tooManyFolds: Refusal {
        Refusal(
            .overloaded,
            "Too many requests of this token wait for the store. Nothing was written; wait for the seconds in Retry-After, then retry "
                + "with the same Idempotency-Key.",
            retryAfter: .seconds(1))
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
