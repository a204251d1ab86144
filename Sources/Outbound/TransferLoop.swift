import CCurl
import Glibc
import Journal
import Synchronization

/// Runs transfers concurrently on one thread, with one of libcurl's multi handles.
final class TransferLoop: Sendable {
    /// Upper bound of concurrent transfers: the descriptors reserved for outbound calls.
    static let transfersMax = 64
    /// Upper bound of queued messages. The outbox passes at most 64; the rest is for tests and bursts.
    static let waitingMax = 1_024
    enum Stop: Int, Sendable {
        /// After the transfers in progress have ended.
        case whenDone
        /// Abort transfers in progress.
        case now
    }

    private struct Queue {
        var waiting: [Job] = []
        var stop: Stop?
        /// The handle is about to be freed: no more wake-ups.
        var isOver = false
    }

    private typealias Active = [UnsafeMutableRawPointer: Transfer]

    /// libcurl's thread-safe initialisation, once per process.
    static let isStarted = drumbeat_curl_global_init() == CURLE_OK
    /// Upper bound of a wait, which a wake-up ends anyway.
    private static let waitMilliseconds: Int32 = 60_000

    private let settings: Transfer.Settings
    private let queue = Mutex(Queue())
    /// Owned by the thread in `run`, which frees it. Other threads only wake it, which libcurl allows, and only before `isOver`.
    private nonisolated(unsafe) let multi: UnsafeMutableRawPointer

    /// `run` must be called next. `nil` when the system has no memory or no descriptors left.
    init?(_ settings: Transfer.Settings) {
        guard TransferLoop.isStarted, let multi = curl_multi_init() else { return nil }
        // Without descriptors libcurl creates a handle that cannot be woken, and would sleep through its first message.
        guard curl_multi_wakeup(multi) == CURLM_OK else {
            curl_multi_cleanup(multi)
            return nil
        }
        self.settings = settings
        self.multi = multi
    }

    /// Queues a message. Returns the result if it is refused; its completion is then not called.
    func add(_ job: Job) -> OutboundResult? {
        queue.withLock { queue in
            guard queue.stop == nil else { return .stopped }
            guard queue.waiting.count < TransferLoop.waitingMax else {
                return .failed("the queue of \(TransferLoop.waitingMax) deliveries is full")
            }
            queue.waiting.append(job)
            curl_multi_wakeup(multi)
            return nil
        }
    }

    /// Asks the thread to end. A later `whenDone` does not replace a `now`.
    func stop(_ stop: Stop) {
        queue.withLock { queue in
            guard !queue.isOver, stop.rawValue > queue.stop?.rawValue ?? -1 else { return }
            queue.stop = stop
            curl_multi_wakeup(multi)
        }
    }

    /// Runs until it is stopped. Call once, on a thread of its own.
    func run() {
        blockBrokenPipes()
        var active: Active = [:]
        while !runOnce(&active) {}
        // Easy handles must be removed before the multi handle is freed; none is left here.
        curl_multi_cleanup(multi)
    }

    /// One round: start, transfer, complete, sleep. `true` when it was the last.
    private func runOnce(_ active: inout Active) -> Bool {
        let (jobs, stop) = take(room: TransferLoop.transfersMax - active.count)
        for job in jobs {
            if stop == nil {
                begin(job, &active)
            } else {
                job.completion(.stopped)
            }
        }
        if stop == .now { end(&active, .stopped) }

        var count: Int32 = 0
        let moved = curl_multi_perform(multi, &count)
        if moved != CURLM_OK { end(&active, .failed(String(cString: curl_multi_strerror(moved)))) }
        // Completed transfers made room for queued messages, whose wake-up may already be consumed.
        if collect(&active) { return false }
        if stop != nil && active.isEmpty { return close() }

        let polled = curl_multi_poll(multi, nil, 0, TransferLoop.waitMilliseconds, nil)
        if polled != CURLM_OK { end(&active, .failed(String(cString: curl_multi_strerror(polled)))) }
        return false
    }

    /// Dequeues messages; all of them when the loop is stopping.
    private func take(room: Int) -> ([Job], Stop?) {
        queue.withLock { queue in
            let count = queue.stop == nil ? min(room, queue.waiting.count) : queue.waiting.count
            let jobs = Array(queue.waiting.prefix(count))
            queue.waiting.removeFirst(count)
            return (jobs, queue.stop)
        }
    }

    /// Marks the handle as freed. Nothing is queued now: after `stop` was set, `add` refuses everything.
    private func close() -> Bool {
        queue.withLock { queue in
            guard queue.waiting.isEmpty else { return false }
            queue.isOver = true
            return true
        }
    }

    private func begin(_ job: Job, _ active: inout Active) {
        do {
            let transfer = try Transfer(job, settings)
            let code = curl_multi_add_handle(multi, transfer.easy)
            guard code == CURLM_OK else {
                job.completion(.failed(String(cString: curl_multi_strerror(code))))
                return
            }
            active[transfer.easy] = transfer
        } catch {
            job.completion(.failed(error.reason))
        }
    }

    /// Completes finished transfers; returns whether there were any.
    private func collect(_ active: inout Active) -> Bool {
        var found = false
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else {
                continue
            }
            // The message is invalid after the removal.
            let code = message.pointee.data.result
            guard let transfer = active.removeValue(forKey: easy) else { continue }
            curl_multi_remove_handle(multi, easy)
            transfer.complete(code)
            found = true
        }
        return found
    }

    private func end(_ active: inout Active, _ result: OutboundResult) {
        for transfer in active.values {
            curl_multi_remove_handle(multi, transfer.easy)
            transfer.abort(result)
        }
        active = [:]
    }
}
