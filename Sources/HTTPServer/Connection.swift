import Addresses
import Glibc
import HTTP

/// One connection: a state machine that its loop drives and that never blocks.
///
///     reading ──head, body──▶ responding ──answer──▶ reading … ▶ closing ──flushed──▶ lingering ▶ closed
///                                  └──stream──▶ streaming ──end──────┘
///
/// Its parts: `Connection+Reading` takes bytes in, `Connection+Answering` judges and answers, `Connection+Writing`
/// sends, `Connection+Deadlines` says how long any of it may take. Touched on its loop only.
final class Connection {
    /// What the connection waits for.
    enum Phase {
        /// Bytes of a request.
        case reading
        /// The responder; nothing is read meanwhile (H25).
        case responding
        /// Events, for as long as the client listens (`Connection+Streaming`); what it sends is not read.
        case streaming
        /// The last answer's bytes to go out.
        case closing
        /// The client to read that answer and close (H26).
        case lingering
        case closed
    }

    let descriptor: Int32
    let key: ConnectionKey
    let remoteAddress: String
    /// The peer, when it is a proxy whose word on its client's address is taken.
    let proxy: IPAddress?
    /// What it counts as.
    var authState: ConnectionLimiter.AuthState
    /// Whether it was told 503 at the cap and is kept for a moment, so that the client can read that.
    var isLeaving = false

    var phase = Phase.reading
    /// What its requests are read with; `nil` once a stream has begun.
    var parser: RequestParser?

    /// Whether its last request was one that may change something: such connections have their turns one after the other.
    var isWriter = false
    private var isQueuedAsWriter = false

    /// Whether the socket may hold bytes, by the last edge.
    var isReadable = true
    /// Whether the peer has finished sending, perhaps behind bytes not read yet.
    var hasFinished = false
    /// Bytes that were received behind a request that is still being answered.
    var unread: [UInt8] = []
    var unreadStart = 0

    /// Bytes the socket has not taken yet.
    var out: [UInt8] = []
    var outStart = 0

    /// The stream that the answer has become.
    var subscription: Subscription?

    /// The request being read or answered.
    var head: Head?
    var ticket: (any Sendable)?
    /// The last admitted head without a body, and its ticket: who polls sends the same again, and need not be judged again.
    var admitted: (head: Head, ticket: any Sendable)?
    /// Which request of the connection; wraps.
    var serial: UInt32 = 0
    var requests = 0

    /// When the connection last began to wait for a request.
    var idleSince: Int64
    var headStarted: Int64?
    var bodyStarted: Int64 = 0
    var bodyProgressed: Int64 = 0
    var bodyBytes = 0
    /// Bytes of its body that are counted in the `BodyBudget`.
    var weighedBytes = 0
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
        self.proxy = proxy
        self.authState = authState
        self.parser = parser
        idleSince = now
    }

    /// Whether bytes wait for the socket.
    var isSending: Bool { outStart < out.count }

    /// Whether nothing of a request has come since the last answer, and nothing is left to send.
    var isIdle: Bool { isBetweenRequests && !isSending }

    /// Whether nothing of a request has come since the last answer.
    var isBetweenRequests: Bool { phase == .reading && parser?.stage == .idle && unread.isEmpty }

    /// Takes an event of the poller.
    func handle(_ events: UInt32, _ loop: EventLoop) {
        // A listener that has finished sending has gone: nobody follows a stream with half a connection for long.
        let ends = phase == .streaming ? Poller.gone | Poller.finished : Poller.gone
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

    /// Its turn among those that write.
    func runAsWriter(_ loop: EventLoop) {
        isQueuedAsWriter = false
        run(loop)
    }

    /// Goes as far as bytes, answers and the socket allow, then sets the next deadline.
    func run(_ loop: EventLoop) {
        if isSending { flush(loop) }
        switch phase {
        case .reading:
            borrowBuffer(loop)
            read(loop)
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

    /// Tells the loop when it is to be looked at again.
    func updateDeadline(_ loop: EventLoop) {
        if phase != .closed { loop.setDeadline(deadline(loop), of: key) }
    }

    /// Writes the answer to a parked request, then goes on with what came behind it.
    func resume(_ response: Response, _ loop: EventLoop) {
        borrowBuffer(loop)
        complete(response, loop)
        run(loop)
    }

    /// Answers are gathered in the loop's buffer: an idle connection has none of its own.
    private func borrowBuffer(_ loop: EventLoop) {
        if out.isEmpty { swap(&out, &loop.scratch) }
    }

    /// Closes with a reset: what the client has not taken for too long is not kept for it in the kernel either.
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

    /// Leaves the loop, and its socket open; closes it when there are too many.
    private func retain(in retained: RetainedConnections, _ loop: EventLoop) {
        guard retained.take(descriptor) else {
            close(loop)
            return
        }
        loop.poller.forget(descriptor)
        leave(loop)
    }

    private func leave(_ loop: EventLoop) {
        phase = .closed
        out = []
        outStart = 0
        unread = []
        head = nil
        ticket = nil
        if let subscription { loop.leave(subscription) }
        subscription = nil
        admitted = nil
        releaseBody(loop)
        loop.remove(self)
    }
}

/// Which connection: a slot of its loop, and which tenant of the slot, so that what is meant for one that is
/// gone never reaches the next.
struct ConnectionKey: Sendable, Equatable {
    let slot: UInt32
    let generation: UInt32

    init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// The key in an epoll event.
    init(tag: UInt64) {
        self.init(slot: UInt32(truncatingIfNeeded: tag), generation: UInt32(truncatingIfNeeded: tag >> 32))
    }

    /// What an epoll event carries. A generation never reaches the poller's own tags.
    var tag: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// A responder's answer on its way to the connection that waits for it.
struct Completion: Sendable {
    let key: ConnectionKey
    /// Which request of the connection; an answer to any other is late or double, and ignored.
    let serial: UInt32
    let response: Response
}
