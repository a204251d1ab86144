import Addresses
import CCurl
import Dispatch
import Journal
import Synchronization
import Threads
import Time

/// Delivers webhooks with libcurl: signed, to addresses the guard lets through, within firm limits.
///
/// The map of this folder: a message becomes a `Transfer`, which reads an `ResponseCollector`; the `TransferLoop` runs
/// up to 64 of them on one thread; the `AddressGuard` judges where to, the `WebhookURL` what is written;
/// the `StandardWebhook` signs. The thread starts with the first message.
public final class CurlTransport: Transport {
    /// How long an attempt may take. Source: security.md, "Webhooks out".
    public struct Timeouts: Sendable {
        /// Until name, connection and TLS stand.
        public var connect: Duration
        /// From the beginning to the end of the answer.
        public var total: Duration
        /// Without a byte moving either way; rounded up to seconds. As long as `total` by default: a
        /// receiver may think until then before it answers.
        public var quiet: Duration

        /// Five and fifteen seconds, unless told otherwise.
        public init(
            connect: Duration = .seconds(5), total: Duration = .seconds(15), quiet: Duration = .seconds(15)
        ) {
            self.connect = connect
            self.total = total
            self.quiet = quiet
        }
    }

    private enum Phase {
        case idle
        case running(TransferLoop, WorkerThread)
        case stopped
    }

    /// How long an aborted thread may take to end: it only tells everyone and closes its sockets.
    private static let abortSeconds = 2

    private let judge: SharedGuard
    private let settings: Transfer.Settings
    private let phase = Mutex(Phase.idle)
    /// Where messages are refused: whoever sends may hold a lock that its completion takes.
    private let refusing = DispatchQueue(label: "drumbeat.outbound.refusing")

    /// A transport that calls itself `drumbeat/<version>`.
    ///
    /// `caFile` holds certificates of authorities (PEM) that are trusted beside the folder of the system's.
    /// `time` tells how far off a `Retry-After` date lies; timeouts always run by the system's own clock.
    public init(
        version: String, addressGuard: AddressGuard, caFile: String?, timeouts: Timeouts = Timeouts(),
        time: any TimeSource
    ) {
        judge = SharedGuard(addressGuard)
        settings = Transfer.Settings(
            userAgent: "drumbeat/\(version)", caFile: caFile, timeouts: timeouts, time: time, judge: judge)
    }

    deinit {
        if case .running(let loop, _) = phase.withLock({ $0 }) { loop.stop(.now) }
    }

    /// Says where this service itself listens, which it must not call; to be said once the sockets are bound.
    public func setListening(_ addresses: [ListenAddress]) {
        judge.update { $0.listening = addresses }
    }

    /// Sends, and reports how it ended, once, on the transport's thread. Returns at once.
    public func send(_ message: OutboundMessage, completion: @escaping @Sendable (OutboundResult) -> Void) {
        let job = Job(message: message, completion: completion)
        let reason: String? = phase.withLock { phase in
            switch phase {
            case .stopped: return TransferLoop.stoppingReason
            case .running(let loop, _): return loop.add(job)
            case .idle:
                guard let loop = TransferLoop(settings) else { return "libcurl cannot start" }
                let thread = WorkerThread(name: "deliver") { loop.run() }
                phase = .running(loop, thread)
                thread.start()
                return loop.add(job)
            }
        }
        if let reason { refusing.async { completion(.failed(reason)) } }
    }

    /// Why a URL can never be sent to, in words that say what is allowed; `nil` when it may be.
    public func refusal(of url: String) -> String? {
        do {
            return try WebhookURL(url).refusal(by: judge.current)?.description
        } catch {
            return error.description
        }
    }

    /// Takes no more, gives what is on the wire that long to end, aborts the rest, and returns when all are
    /// told (at the latest two seconds later).
    ///
    /// What was not yet on the wire fails at once. To be called once, and never from a completion.
    public func shutdown(within limit: Duration) {
        let running: (TransferLoop, WorkerThread)? = phase.withLock { phase in
            defer { phase = .stopped }
            guard case .running(let loop, let thread) = phase else { return nil }
            return (loop, thread)
        }
        guard let (loop, thread) = running else { return }
        loop.stop(.whenDone)
        if thread.join(within: max(limit, .zero)) { return }
        loop.stop(.now)
        _ = thread.join(within: .seconds(CurlTransport.abortSeconds))
    }
}

/// The guard as it is now, for the threads that ask it and the one that sets where we listen.
final class SharedGuard: Sendable {
    private let value: Mutex<AddressGuard>

    init(_ value: AddressGuard) {
        self.value = Mutex(value)
    }

    /// A copy.
    var current: AddressGuard { value.withLock { $0 } }

    /// Changes it for all.
    func update(_ change: (inout AddressGuard) -> Void) {
        value.withLock { change(&$0) }
    }
}

/// A message and whom to tell how it ended.
struct Job: Sendable {
    let message: OutboundMessage
    let completion: @Sendable (OutboundResult) -> Void
}

extension CurlTransport {
    /// The version of the libcurl that is loaded: `libcurl/7.88.1`.
    public static var libraryVersion: String {
        String(cString: curl_version()).split(separator: " ").first.map(String.init) ?? "libcurl"
    }
}
