import Addresses
import Glibc
import HTTP

/// One connection: a non-blocking state machine driven by its loop.
///
///     reading ──head, body──▶ responding ──response──▶ reading … ▶ closing ──flushed──▶ lingering ▶ closed
///                                  └──stream──▶ streaming ──end──────┘
///
/// Parts: `Connection+Reading` receives and parses, `Connection+Answering` admits and responds, `Connection+Streaming` has server-sent
/// events, `Connection+Writing` sends, `Connection+Deadlines` has the timeouts, `Connection+Eviction` rejects over capacity,
/// `Connection+Waiting` counts streams and long polls, `ByteBudget` counts bodies and unread responses. Used on its loop only.
final class Connection {
    enum Phase {
        /// Waiting for bytes of a request.
        case reading
        /// Waiting for the responder; nothing is read meanwhile (H25).
        case responding
        /// Sending server-sent events (`Connection+Streaming`); input is not read.
        case streaming
        /// Waiting for the last response to be sent.
        case closing
        /// Lingering close: waiting for the client to read the response and close (H26).
        case lingering
        case closed
    }

    let descriptor: Int32
    let key: ConnectionKey
    let remoteAddress: String
    /// The peer's address if it is a trusted proxy, whose `X-Forwarded-For` is used.
    let proxy: IPAddress?
    /// How the connection limiter counts this connection.
    var authState: ConnectionLimiter.AuthState
    /// Whether it was rejected over capacity and still lingers, so that the client can read the 503. Counted in `EventLoop.dismissedCount`
    /// until it closes.
    var isLeaving = false

    /// Whether it gave way and ends after the response to its write. Counted by the limiter until it closes.
    var endsAfterResponse = false

    var phase = Phase.reading
    /// `nil` once a stream has begun.
    var parser: RequestParser?

    /// Whether its last request was not safe. Such connections are served from a queue.
    var isWriter = false
    private var isQueuedAsWriter = false

    /// Whether the socket may have bytes, by the last edge.
    var isReadable = true
    /// Whether the peer has shut down sending; unread bytes may precede the end.
    var hasFinished = false
    /// Bytes received after a request that is still in progress (pipelining).
    var unread: [UInt8] = []
    var unreadStart = 0

    /// Bytes the socket has not accepted yet.
    var out: [UInt8] = []
    var outStart = 0

    var subscription: Subscription?
    /// Whether the request in progress is a long poll.
    var isPolling = false
    /// Its place among the waiting connections; `nil` while it is neither a stream nor a long poll.
    var wait: WaitingConnections.Handle?

    /// The request in progress.
    var head: Head?
    var ticket: (any Sendable)?
    /// The last admitted head without a body, and its ticket. A polling client repeats the same head, which then needs no second
    /// admission.
    var admitted: (head: Head, ticket: any Sendable)?
    /// Number of the current request on this connection; wraps.
    var serial: UInt32 = 0
    var requests = 0

    /// When the connection last began to wait for a request.
    var idleSince: Int64
    var headStarted: Int64?
    var bodyStarted: Int64 = 0
    var bodyProgressed: Int64 = 0
    var bodyBytes = 0
    /// Whose shares the request in progress uses.
    var owner: ShareOwner
    /// Bytes of the body, counted in `EventLoop.bodies`.
    var bodyWeight = Weight()
    /// Bytes of `out`, counted in `EventLoop.responses`.
    var outWeight = Weight()
    var handlerDeadline: Int64 = 0
    var writeDeadline: Int64?
    var lingeringDeadline: Int64 = 0
    var lingeringBytes = 0

    init(
        descriptor: Int32, key: ConnectionKey, address: SocketAddress, proxy: IPAddress?,
        authState: ConnectionLimiter.AuthState, parser: RequestParser, now: Int64
    ) {
        self.descriptor = descriptor
        self.key = key
        remoteAddress = address.host
        owner = .address(address.host)
        self.proxy = proxy
        self.authState = authState
        self.parser = parser
        idleSince = now
    }

    var isSending: Bool { outStart < out.count }

    /// Between requests, with nothing left to send.
    var isIdle: Bool { isBetweenRequests && !isSending }

    /// Whether no byte of a request has arrived since the last response.
    var isBetweenRequests: Bool { phase == .reading && parser?.stage == .idle && unread.isEmpty }

    /// Handles a poller event.
    func handle(_ events: UInt32, _ loop: EventLoop) {
        let ends = endsWithClient ? Poller.gone | Poller.finished : Poller.gone
        if events & ends != 0, phase != .reading {
            close(loop)
            return
        }
        if events & (Poller.readable | Poller.gone) != 0 { isReadable = true }
        if events & (Poller.finished | Poller.gone) != 0 { hasFinished = true }
        guard isWriter, phase == .reading else { return run(loop) }
        if isQueuedAsWriter { return }
        isQueuedAsWriter = true
        loop.enqueueWriter(key)
    }

    /// Serves the connection from the queue of writers.
    func runAsWriter(_ loop: EventLoop) {
        isQueuedAsWriter = false
        run(loop)
    }

    /// Advances as far as input, responses and the socket allow, then sets the next deadline.
    func run(_ loop: EventLoop) {
        if isSending { flush(loop) }
        switch phase {
        case .reading:
            borrowBuffer(loop)
            read(loop)
            // The result is not needed: a refusal has set the phase to closing, which is handled below.
            if phase == .reading, parser?.stage == .body { _ = weighBody(parser?.bodyBytesTaken ?? 0, loop) }
            flush(loop)
        case .streaming: pump(loop)
        case .responding, .closing: break
        case .lingering: linger(loop)
        case .closed: return
        }
        if phase == .closing, !isSending { endSending(loop) }
        if isIdle, let retained = loop.retained { retain(in: retained, loop) }
        updateDeadline(loop)
    }

    func updateDeadline(_ loop: EventLoop) {
        if phase != .closed { loop.setDeadline(deadline(loop), of: key) }
    }

    /// Writes the response to the pending request, then continues with the bytes after it.
    func resume(_ response: Response, _ loop: EventLoop) {
        borrowBuffer(loop)
        complete(response, loop)
        run(loop)
    }

    /// Responses are built in the loop's buffer, so that an idle connection owns none.
    private func borrowBuffer(_ loop: EventLoop) {
        if out.isEmpty { swap(&out, &loop.scratch) }
    }

    /// Closes with a reset, so that the kernel does not keep unsent bytes of a slow client.
    func abort(_ loop: EventLoop) {
        var option = Glibc.linger(l_onoff: 1, l_linger: 0)
        _ = setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<Glibc.linger>.size))
        close(loop)
    }

    /// Closes the socket and leaves the loop.
    func close(_ loop: EventLoop) {
        guard phase != .closed else { return }
        Glibc.close(descriptor)
        leave(loop)
    }

    /// Leaves the loop with the socket open; closes it when the maximum is reached.
    private func retain(in retained: RetainedConnections, _ loop: EventLoop) {
        let isStranger = if case .unauthenticated = authState { true } else { false }
        guard retained.take(descriptor, isStranger: isStranger) else {
            close(loop)
            return
        }
        loop.poller.forget(descriptor)
        leave(loop)
    }

    private func leave(_ loop: EventLoop) {
        if phase == .responding, let ticket { loop.responder.abandon(ticket: ticket) }
        phase = .closed
        out = []
        outStart = 0
        unread = []
        head = nil
        ticket = nil
        if let subscription { loop.leave(subscription) }
        subscription = nil
        admitted = nil
        endWait(loop)
        releaseBody(loop)
        outWeight.release(to: loop.responses)
        if endsAfterResponse { loop.limiter.releaseEnding() }
        loop.remove(self)
    }
}

/// Identifies a connection: a slot of its loop, and the generation of the slot, so that a late event or response never reaches the slot's
/// next connection.
struct ConnectionKey: Sendable, Equatable {
    let slot: UInt32
    let generation: UInt32

    init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// The key stored in an epoll event.
    init(tag: UInt64) {
        self.init(slot: UInt32(truncatingIfNeeded: tag), generation: UInt32(truncatingIfNeeded: tag >> 32))
    }

    /// The value stored in an epoll event. A generation never reaches the poller's reserved tags.
    var tag: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// A response on its way from the responder to the waiting connection.
struct Completion: Sendable {
    let key: ConnectionKey
    /// The request's number on its connection. A response with another number is late or duplicate, and ignored.
    let serial: UInt32
    let response: Response
}
