@preconcurrency import Dispatch
import Glibc
import HTTP
import Synchronization

/// An event loop: a serial queue with one Dispatch source, on an epoll instance that watches all its sockets.
///
/// A source per connection would cost two `epoll_ctl` and two `futex` calls per request; this costs them once per batch. Parts:
/// `EventLoop+Accepting`, `EventLoop+Connections`, `EventLoop+Streams`, `EventLoop+InPlaceRestart`, `EventLoop+Stopping`.
///
/// `@unchecked`: mutable state is used on `queue` only, except `inbox`, `poller.wake`, `streamCount` and `thread`, which are thread-safe.
final class EventLoop: @unchecked Sendable {
    /// Index among the server's loops.
    let index: Int
    let queue: DispatchQueue
    let settings: ServerSettings
    let timeouts: Timeouts
    let rules: ParserRules
    let responder: any Responder
    let limiter: ConnectionLimiter
    let bodies: ByteBudget
    /// Responses that clients have not read yet.
    let responses: ByteBudget
    let log: @Sendable (_ event: String, _ fields: [(String, String)]) -> Void
    let poller: Poller

    /// Monotonic clock in milliseconds, read once per round.
    var now = Timeouts.monotonic()
    /// The same moment in nanoseconds. Request durations start here, so that they include the wait for other requests of the round.
    var nowNanoseconds = Timeouts.monotonicNanoseconds()
    var serializer: ResponseSerializer
    var requestIDs: RequestIDs

    /// Receive buffer shared by all connections.
    let readBuffer: UnsafeMutableRawBufferPointer
    /// Send buffer shared by connections that have nothing unsent.
    var scratch: [UInt8] = []

    var connections: [Connection?] = []
    var deadlines: [Int64] = []
    var generations: [UInt32] = []
    var freeSlots: [UInt32] = []
    var openCount = 0
    /// Connections rejected with 503 that linger.
    var dismissedCount = 0
    /// Upper bound of those; further ones are cut.
    let dismissedMax: Int
    /// Where the next search for an idle connection starts.
    var searchedSlot = 0

    /// Subscribers by channel, and the queued fan-outs.
    var topics: [EventChannel: Topic] = [:]
    var fanOuts: [FanOut] = []
    /// Number of open streams; read on any thread.
    let streamCount = Atomic<Int>(0)

    /// Set on the accepting loop only.
    var listener: Listener?
    /// All loops of the server, this one included. The accepting loop gives them connections, round-robin.
    var peers: [EventLoop] = []
    var nextPeer = 0
    var isAccepting = false
    var restLoggedAt = Int64.min / 2

    var isStopped = false
    var isDraining = false
    var drainingSince: Int64 = 0
    var drainingIdleDeadline: Int64 = .max
    var drained: (@Sendable () -> Void)?
    /// Destination of idle connections during an in-place restart; `nil` to close them.
    var retained: RetainedConnections?

    private var source: (any DispatchSourceRead)?
    private var timer: (any DispatchSourceTimer)?
    private var isTicking = false

    /// The request being passed to the responder, and its response if it came synchronously.
    private var asked: (key: ConnectionKey, serial: UInt32)?
    private var immediate: Response?
    /// Responses given on this loop to pending requests.
    private var ready: [Completion] = []
    /// Connections with bytes left after their share of the round.
    private var again: [ConnectionKey] = []
    /// Queue of connections whose last request was a write and that have new input; some are served per round.
    private var writers: [ConnectionKey] = []

    /// Messages from other threads.
    private struct Inbox {
        var completions: [Completion] = []
        /// Channels with new events.
        var news: Set<EventChannel> = []
        var isEmpty: Bool { completions.isEmpty && news.isEmpty }
    }

    private let inbox = Mutex(Inbox())
    /// The thread the loop runs on now, or 0. A response given on it needs no wake-up.
    private let thread = Atomic<UInt>(0)

    /// Writing connections served per round. A write costs the loop about five times a read, and its client waits for the disk anyway, so
    /// reads are served between.
    private static let writersPerRound = 8
    /// Rounds before the queue is released.
    private static let roundsMax = 64
    /// How long a busy loop polls for further events itself. Returning to Dispatch and being woken costs 20 µs and more on two threads,
    /// which eight busy connections would pay with every batch. Other work of the queue waits for at most 64 such rounds.
    private static let pollTimeoutMilliseconds: Int32 = 1
    private static let readBufferBytes = 65_536
    /// A send buffer that grew larger is not kept.
    private static let scratchBytesMax = 262_144

    init?(
        index: Int, settings: ServerSettings, rules: ParserRules, responder: any Responder,
        limiter: ConnectionLimiter,
        bodies: ByteBudget, responses: ByteBudget, dismissedMax: Int,
        log: @escaping @Sendable (_ event: String, _ fields: [(String, String)]) -> Void
    ) {
        guard let poller = Poller() else { return nil }
        self.poller = poller
        queue = DispatchQueue(label: "\(settings.names.product).http.\(index)")
        self.settings = settings
        serializer = ResponseSerializer(
            server: settings.names.product, secondsSinceEpoch: Timeouts.wallSeconds())
        timeouts = Timeouts(settings)
        self.rules = rules
        self.responder = responder
        self.index = index
        self.limiter = limiter
        self.bodies = bodies
        self.responses = responses
        self.dismissedMax = dismissedMax
        self.log = log
        requestIDs = RequestIDs(seed: UInt64.random(in: 0...UInt64.max))
        readBuffer = .allocate(byteCount: Self.readBufferBytes, alignment: 64)
    }

    deinit {
        // The source's handlers retain the loop until the source is cancelled, so nothing watches the poller now.
        readBuffer.deallocate()
    }

    /// Creates and starts the sources. They retain the loop until `stop`.
    func activate() {
        let source = DispatchSource.makeReadSource(fileDescriptor: poller.descriptor, queue: queue)
        source.setEventHandler { self.handleEvents() }
        let timer = DispatchSource.makeTimerSource(queue: queue)
        timer.setEventHandler { self.tick() }
        timer.schedule(deadline: .distantFuture)
        self.source = source
        self.timer = timer
        source.activate()
        timer.activate()
    }

    /// Cancels the sources, which releases the loop.
    func deactivate() {
        source?.cancel()
        timer?.cancel()
        source = nil
        timer = nil
    }

    /// Runs `work` on the loop's queue, with `thread` and the clocks set.
    func onLoop(_ work: @escaping @Sendable (EventLoop) -> Void) {
        queue.async {
            self.within {
                work(self)
                self.settle()
            }
        }
    }

    private func within(_ work: () -> Void) {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        readClocks()
        work()
        thread.store(0, ordering: .relaxed)
    }

    private func readClocks() {
        nowNanoseconds = Timeouts.monotonicNanoseconds()
        now = nowNanoseconds / 1_000_000
        serializer.setClock(secondsSinceEpoch: Timeouts.wallSeconds())
    }

    private func handleEvents() {
        within {
            var timeout: Int32 = 0
            for _ in 0..<Self.roundsMax {
                // Clocks are read after the wait: a new event must not seem to have waited.
                let count = poller.poll(timeout: timeout, arrived: readClocks) { tag, events in
                    handle(tag, events)
                }
                settle()
                let hasListeners = runFanOuts()
                if count == 0, again.isEmpty, writers.isEmpty, !hasListeners { return }
                runReadyConnections()
                settle()
                timeout = hasWork ? 0 : Self.pollTimeoutMilliseconds
            }
            // The poller may have no events although a connection has bytes left.
            if hasWork { poller.wake() }
        }
    }

    private var hasWork: Bool { !again.isEmpty || !writers.isEmpty || !fanOuts.isEmpty }

    private func handle(_ tag: UInt64, _ events: UInt32) {
        switch tag {
        case Poller.listenerTag: acceptWaiting()
        case Poller.wakeTag: takeInbox()
        default: connection(ConnectionKey(tag: tag))?.handle(events, self)
        }
    }

    private func runReadyConnections() {
        if !again.isEmpty {
            var keys: [ConnectionKey] = []
            swap(&keys, &again)
            for key in keys { connection(key)?.run(self) }
        }
        guard !writers.isEmpty else { return }
        let keys = writers.prefix(Self.writersPerRound)
        writers.removeFirst(keys.count)
        for key in keys { connection(key)?.runAsWriter(self) }
    }

    /// Writes responses that arrived while another connection was served, and those that these cause.
    private func settle() {
        while !ready.isEmpty {
            var completions: [Completion] = []
            swap(&completions, &ready)
            for completion in completions { finish(completion) }
        }
    }

    private func takeInbox() {
        poller.acknowledgeWake()
        let taken = inbox.withLock { inbox in
            var taken = Inbox()
            swap(&taken, &inbox)
            return taken
        }
        for completion in taken.completions { finish(completion) }
        for channel in taken.news { beginFanOut(in: channel) }
    }

    /// Reports new events in channels. Any thread.
    func post(news channels: some Collection<EventChannel>) {
        let wasEmpty = inbox.withLock { inbox in
            defer { inbox.news.formUnion(channels) }
            return inbox.isEmpty
        }
        if wasEmpty { poller.wake() }
    }

    private func finish(_ completion: Completion) {
        guard let connection = connection(completion.key), connection.phase == .responding,
            connection.serial == completion.serial
        else { return }
        connection.resume(completion.response, self)
    }

    /// Passes a request to the responder; returns the response if it came synchronously.
    func ask(_ request: Request, ticket: any Sendable, key: ConnectionKey, serial: UInt32) -> Response? {
        asked = (key, serial)
        immediate = nil
        responder.respond(to: request, ticket: ticket) { response in
            self.deliver(Completion(key: key, serial: serial, response: response))
        }
        asked = nil
        defer { immediate = nil }
        return immediate
    }

    /// Queues a responder's response for its connection. Any thread.
    private func deliver(_ completion: Completion) {
        guard thread.load(ordering: .relaxed) == UInt(pthread_self()) else {
            let wasEmpty = inbox.withLock { inbox in
                defer { inbox.completions.append(completion) }
                return inbox.isEmpty
            }
            if wasEmpty { poller.wake() }
            return
        }
        if let asked, asked.key == completion.key, asked.serial == completion.serial, immediate == nil {
            immediate = completion.response
        } else {
            ready.append(completion)
        }
    }

    /// Serves the connection again in the next round.
    func runAgain(_ key: ConnectionKey) {
        again.append(key)
    }

    /// Queues a connection that writes.
    func enqueueWriter(_ key: ConnectionKey) {
        writers.append(key)
    }

    /// Takes back an empty buffer from a connection.
    func takeBack(_ buffer: inout [UInt8]) {
        if buffer.capacity <= Self.scratchBytesMax { swap(&buffer, &scratch) }
        buffer = []
    }

    /// Runs the timer only while there are connections.
    func updateTicking() {
        let isNeeded = openCount > 0
        guard isNeeded != isTicking else { return }
        isTicking = isNeeded
        let period = DispatchTimeInterval.milliseconds(Int(timeouts.tick))
        if isNeeded {
            timer?.schedule(deadline: .now() + period, repeating: period, leeway: .milliseconds(5))
        } else {
            timer?.schedule(deadline: .distantFuture)
        }
    }

    private func tick() {
        within {
            for slot in deadlines.indices where deadlines[slot] <= now {
                connections[slot]?.expire(self)
            }
            settle()
            if hasWork { poller.wake() }
        }
    }
}
