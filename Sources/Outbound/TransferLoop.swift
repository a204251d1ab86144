import CCurl
import Glibc
import Journal
import Synchronization

/// Runs transfers side by side on one thread, around one of libcurl's multi handles.
final class TransferLoop: Sendable {
    /// The most transfers at a time: the reserve of descriptors that outbound calls have.
    static let transfersMax = 64
    /// The most messages that wait for a place. The outbox hands over no more than 64; the rest is for
    /// tests and bursts.
    static let waitingMax = 1_024
    /// What those are told whom the end of the service cuts short.
    static let stoppingReason = "the service is stopping"

    /// How to end.
    enum Stop: Int, Sendable {
        /// Once the transfers on the wire have ended.
        case whenDone
        /// Aborting them.
        case now
    }

    private struct Queue {
        var waiting: [Job] = []
        var stop: Stop?
        /// The handle is about to be freed: it must not be woken any more.
        var isOver = false
    }

    private typealias Active = [UnsafeMutableRawPointer: Transfer]

    /// libcurl's thread-safe start, once for the process.
    static let isStarted = drumbeat_curl_global_init() == CURLE_OK
    /// An upper bound for a wait that a wake-up ends anyway.
    private static let waitMilliseconds: Int32 = 60_000

    private let settings: Transfer.Settings
    private let queue = Mutex(Queue())
    /// Belongs to the thread in `run`, which frees it; others only wake it, which libcurl allows, and only
    /// before `isOver`.
    private nonisolated(unsafe) let multi: UnsafeMutableRawPointer

    /// A loop whose `run` has yet to be called; `nil` when the system has no memory or no descriptors left.
    init?(_ settings: Transfer.Settings) {
        guard TransferLoop.isStarted, let multi = curl_multi_init() else { return nil }
        // Without descriptors libcurl makes a handle that cannot be woken, and so would sleep through its
        // first message.
        guard curl_multi_wakeup(multi) == CURLM_OK else {
            curl_multi_cleanup(multi)
            return nil
        }
        self.settings = settings
        self.multi = multi
    }

    /// Takes a message; or says why not, and then forgets it.
    func add(_ job: Job) -> String? {
        queue.withLock { queue in
            guard queue.stop == nil else { return TransferLoop.stoppingReason }
            guard queue.waiting.count < TransferLoop.waitingMax else {
                return "the queue of \(TransferLoop.waitingMax) deliveries is full"
            }
            queue.waiting.append(job)
            curl_multi_wakeup(multi)
            return nil
        }
    }

    /// Asks the thread to end. A later `whenDone` does not take back a `now`.
    func stop(_ stop: Stop) {
        queue.withLock { queue in
            guard !queue.isOver, stop.rawValue > queue.stop?.rawValue ?? -1 else { return }
            queue.stop = stop
            curl_multi_wakeup(multi)
        }
    }

    /// Works until it is stopped. Once, on a thread of its own.
    func run() {
        blockBrokenPipes()
        var active: Active = [:]
        while !runOnce(&active) {}
        // Handles have to leave before the one that holds them is freed; by now none is left.
        curl_multi_cleanup(multi)
    }

    /// One round: begin, move bytes, tell who is done, sleep. `true` when it was the last.
    private func runOnce(_ active: inout Active) -> Bool {
        let (jobs, stop) = take(room: TransferLoop.transfersMax - active.count)
        for job in jobs {
            if stop == nil {
                begin(job, &active)
            } else {
                job.completion(.failed(TransferLoop.stoppingReason))
            }
        }
        if stop == .now { end(&active, TransferLoop.stoppingReason) }

        var count: Int32 = 0
        let moved = curl_multi_perform(multi, &count)
        if moved != CURLM_OK { end(&active, String(cString: curl_multi_strerror(moved))) }
        // Ended transfers have made room for those that wait, who may have used up their wake-up.
        if collect(&active) { return false }
        if stop != nil && active.isEmpty { return close() }

        let polled = curl_multi_poll(multi, nil, 0, TransferLoop.waitMilliseconds, nil)
        if polled != CURLM_OK { end(&active, String(cString: curl_multi_strerror(polled))) }
        return false
    }

    /// The next messages; all that wait, when the loop is to stop.
    private func take(room: Int) -> ([Job], Stop?) {
        queue.withLock { queue in
            let count = queue.stop == nil ? min(room, queue.waiting.count) : queue.waiting.count
            let jobs = Array(queue.waiting.prefix(count))
            queue.waiting.removeFirst(count)
            return (jobs, queue.stop)
        }
    }

    /// Marks the handle as gone. Nothing waits by now: since `stop` was set, `add` takes nothing.
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

    /// Tells those whose transfer has ended; whether there were any.
    private func collect(_ active: inout Active) -> Bool {
        var found = false
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else {
                continue
            }
            // The message dies with the removal.
            let code = message.pointee.data.result
            guard let transfer = active.removeValue(forKey: easy) else { continue }
            curl_multi_remove_handle(multi, easy)
            transfer.complete(code)
            found = true
        }
        return found
    }

    private func end(_ active: inout Active, _ reason: String) {
        for transfer in active.values {
            curl_multi_remove_handle(multi, transfer.easy)
            transfer.abort(reason)
        }
        active = [:]
    }

    /// libcurl leaves SIGPIPE alone (`NOSIGNAL`), and OpenSSL writes to sockets whose peer is gone.
    private func blockBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
