import Addresses
import CCurl
import Dispatch
import Journal
import Synchronization
import Threads
import Time

/// Delivers webhooks with libcurl, to addresses the guard allows, within fixed limits.
///
/// Map of this folder: the `WebhookKind` of a message makes its `TransferRequest`, and says what a response means (`Kinds`). A `Transfer`
/// sends it and fills a `ResponseCollector`; the `TransferLoop` runs up to 64 of them on one thread, and `MailThreads` up to 64 mails. The
/// `AddressGuard` checks addresses, the `WebhookURL` the URL's text. Threads start with the first message.
public final class CurlTransport: Transport {
    /// Timeouts of an attempt. Source: security.md, "Webhooks out".
    public struct Timeouts: Sendable {
        /// Until name resolution, connection and TLS handshake are complete. Not for mail, where a server may let its clients wait.
        public var connect: Duration
        /// From the start to the end of the response.
        public var total: Duration
        /// Without a byte in either direction; rounded up to seconds. By default equal to `total`: a receiver may compute that long
        /// before it responds.
        public var quiet: Duration

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

    /// How long an aborted thread may take to end: it only reports results and closes its sockets.
    private static let abortSeconds = 2

    private let judge: SharedGuard
    private let settings: Transfer.Settings
    private let mails: MailThreads
    private let phase = Mutex(Phase.idle)
    /// Queue for refusals: the caller of `send` may hold a lock that its completion takes.
    private let refusing = DispatchQueue(label: "drumbeat.outbound.refusing")

    /// `version` is part of the user agent `drumbeat/<version>`.
    ///
    /// `caFile` has certificate authorities (PEM) that are trusted in addition to the system's folder. `time` is used for a `Retry-After`
    /// date; timeouts always use the system's clock.
    public init(
        version: String, addressGuard: AddressGuard, caFile: String?, timeouts: Timeouts = Timeouts(),
        time: any TimeSource
    ) {
        judge = SharedGuard(addressGuard)
        settings = Transfer.Settings(
            userAgent: "drumbeat/\(version)", caFile: caFile, timeouts: timeouts, time: time, judge: judge)
        mails = MailThreads(settings)
    }

    deinit {
        if case .running(let loop, _) = phase.withLock({ $0 }) { loop.stop(.now) }
        mails.stop(.now)
    }

    /// Sets the service's own listening addresses, which must not be called. Call once the sockets are bound.
    public func setListening(_ addresses: [ListenAddress]) {
        judge.update { $0.listening = addresses }
    }

    /// Sends a message; `completion` is called once, on a thread of the transport. Returns at once.
    public func send(_ message: OutboundMessage, completion: @escaping @Sendable (OutboundResult) -> Void) {
        let job = Job(message: message, completion: completion)
        if case .mail = message.content {
            if let refusal = mails.add(job) { refusing.async { completion(refusal) } }
            return
        }
        let refusal: OutboundResult? = phase.withLock { phase in
            switch phase {
            case .stopped: return .stopped
            case .running(let loop, _): return loop.add(job)
            case .idle:
                guard let loop = TransferLoop(settings) else { return .failed("libcurl cannot start") }
                let thread = WorkerThread(name: "deliver") { loop.run() }
                phase = .running(loop, thread)
                thread.start()
                return loop.add(job)
            }
        }
        if let refusal { refusing.async { completion(refusal) } }
    }

    /// Why a URL can never be sent to, with what is allowed; `nil` when it may be.
    public func refusal(of url: String, for kind: Webhook.Kind.Name) -> String? {
        do {
            return try kind.kind.target(url).refusal(by: judge.current)?.description
        } catch {
            return error.description
        }
    }

    /// Refuses new messages, waits up to `limit` for transfers in progress, aborts the rest, and returns when all completions were called
    /// (at most two seconds later).
    ///
    /// Messages that are still queued fail at once. Call once, and never from a completion.
    public func shutdown(within limit: Duration) {
        let running: (TransferLoop, WorkerThread)? = phase.withLock { phase in
            defer { phase = .stopped }
            guard case .running(let loop, let thread) = phase else { return nil }
            return (loop, thread)
        }
        let limit = max(limit, .zero)
        let begin = ContinuousClock.now
        mails.stop(.whenDone)
        running?.0.stop(.whenDone)
        let isDone = running?.1.join(within: limit) ?? true
        if mails.join(within: limit - (ContinuousClock.now - begin)), isDone { return }
        mails.stop(.now)
        running?.0.stop(.now)
        _ = running?.1.join(within: .seconds(CurlTransport.abortSeconds))
        _ = mails.join(within: .seconds(CurlTransport.abortSeconds))
    }
}

/// The current guard, shared between threads.
final class SharedGuard: Sendable {
    private let value: Mutex<AddressGuard>

    init(_ value: AddressGuard) {
        self.value = Mutex(value)
    }

    var current: AddressGuard { value.withLock { $0 } }

    func update(_ change: (inout AddressGuard) -> Void) {
        value.withLock { change(&$0) }
    }
}

/// A message and its completion.
struct Job: Sendable {
    let message: OutboundMessage
    let completion: @Sendable (OutboundResult) -> Void
}

extension CurlTransport {
    /// Version of the loaded libcurl: `libcurl/7.88.1`.
    public static var libraryVersion: String {
        String(cString: curl_version()).split(separator: " ").first.map(String.init) ?? "libcurl"
    }
}
