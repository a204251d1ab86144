@preconcurrency import Dispatch
import Glibc
import HTTP
import Synchronization

/// A serial queue with one Dispatch source, on an epoll instance that holds all its sockets.
///
/// A source per connection would cost two `epoll_ctl` and two `futex` calls a request; this one pays them once a
/// batch. Its parts: `EventLoop+Accepting`, `EventLoop+Connections`, `EventLoop+Stopping`.
///
/// `@unchecked`: everything that changes is touched on `queue` only, but `inbox`, `poller.wake` and `thread`,
/// which are made for it.
final class EventLoop: @unchecked Sendable {
    /// Which of the server's loops it is.
    let index: Int
    let queue: DispatchQueue
    let settings: ServerSettings
    let timeouts: Timeouts
    let rules: ParserRules
    let responder: any Responder
    let limiter: ConnectionLimiter
    let bodies: BodyBudget
    let log: @Sendable (_ event: String, _ fields: [(String, String)]) -> Void
    let poller: Poller

    /// Milliseconds of the monotonic clock, read once a round.
    var now = Timeouts.monotonic()
    /// The same moment in nanoseconds: what requests of this round are timed from, their wait for each other included.
    var nowNanoseconds = Timeouts.monotonicNanoseconds()
    var serializer: ResponseSerializer
    var requestIDs: RequestIDs

    /// Where every connection reads into.
    let readBuffer: UnsafeMutableRawBufferPointer
    /// Where answers are gathered until they are sent.
    var scratch: [UInt8] = []

    var connections: [Connection?] = []
    var deadlines: [Int64] = []
    var generations: [UInt32] = []
    var freeSlots: [UInt32] = []
    var openCount = 0
    /// Connections that were told 503 at the cap and may read that for a moment.
    var dismissedCount = 0
    /// How many of those there may be; more are cut.
    let dismissedMax: Int
    /// Where the search for an idle connection goes on.
    var searchedSlot = 0

    /// Those who listen to streams, by channel, and the fan-outs that are under way.
    var topics: [EventChannel: Topic] = [:]
    var fanOuts: [FanOut] = []
    /// How many streams are open here; read on any thread.
    let streamCount = Atomic<Int>(0)

    /// Only on the accepting loop.
    var listener: Listener?
    /// Whom the accepting loop hands connections to, itself included, in turn.
    var peers: [EventLoop] = []
    var nextPeer = 0
    var isAccepting = false
    var restLoggedAt = Int64.min / 2

    var isStopped = false
    var isDraining = false
    var drainingIdleDeadline: Int64 = .max
    var drained: (@Sendable () -> Void)?
    /// Where connections between two requests go while the loop is drained, unless they are closed.
    var retained: RetainedConnections?

    private var source: (any DispatchSourceRead)?
    private var timer: (any DispatchSourceTimer)?
    private var isTicking = false

    /// The request that the responder is being asked, and its answer if it came at once.
    private var asked: (key: ConnectionKey, serial: UInt32)?
    private var immediate: Response?
    /// Answers given on this loop to requests that were parked.
    private var ready: [Completion] = []
    /// Connections whose turn ended before their bytes did.
    private var again: [ConnectionKey] = []
    /// Connections that wrote last time and have something new: some of them have their turn in each round.
    private var writers: [ConnectionKey] = []

    /// What other threads have left for the loop.
    private struct Inbox {
        var completions: [Completion] = []
        /// Channels in which there is something new.
        var news: Set<EventChannel> = []
        var isEmpty: Bool { completions.isEmpty && news.isEmpty }
    }

    private let inbox = Mutex(Inbox())
    /// The thread the loop runs on right now, or 0: a reply given on it takes the short way.
    private let thread = Atomic<UInt>(0)

    /// Writers served in a round. A write costs the loop some five times what a read does, and who writes waits for the disk anyway:
    /// when many come at once, reads have their turns between.
    private static let writersPerRound = 8
    /// Rounds of events before the queue is given back.
    private static let roundsMax = 64
    /// How long a busy loop waits for the next events itself: going back to Dispatch and being woken costs two
    /// threads 20 µs and more, which eight busy connections would pay with every batch. The queue's other work
    /// waits for at most 64 such rounds.
    private static let pollTimeoutMilliseconds: Int32 = 1
    private static let readBufferBytes = 65_536
    /// A buffer that an unusually long answer has grown is not kept.
    private static let scratchBytesMax = 262_144

    init?(
        index: Int, settings: ServerSettings, rules: ParserRules, responder: any Responder,
        limiter: ConnectionLimiter,
        bodies: BodyBudget, dismissedMax: Int,
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
        self.dismissedMax = dismissedMax
        self.log = log
        requestIDs = RequestIDs(seed: UInt64.random(in: 0...UInt64.max))
        readBuffer = .allocate(byteCount: Self.readBufferBytes, alignment: 64)
    }

    deinit {
        // The source's handlers hold the loop until the source is cancelled, so nothing watches the poller now.
        readBuffer.deallocate()
    }

    /// Makes the sources and lets them run. They hold the loop until `stop`.
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

    /// Cancels the sources, which lets the loop go.
    func deactivate() {
        source?.cancel()
        timer?.cancel()
        source = nil
        timer = nil
    }

    /// Runs `work` on the loop's queue, with the thread and the clock noted.
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
                // Behind the wait: what has just come must not seem to have waited with us.
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
            // The poller may be empty although someone's bytes are not.
            if hasWork { poller.wake() }
        }
    }

    /// Whether somebody waits for a turn.
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

    /// Writes answers that came while another connection had its turn, and those that these cause.
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

    /// Takes notice, on any thread, that there is something new in channels.
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

    /// Asks the responder; answers its response if it gave it before returning.
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

    /// Takes a responder's answer, on any thread.
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

    /// Gives a connection another turn after the others.
    func runAgain(_ key: ConnectionKey) {
        again.append(key)
    }

    /// Gives a connection that writes its turn behind those that waited before.
    func enqueueWriter(_ key: ConnectionKey) {
        writers.append(key)
    }

    /// Takes an empty buffer back from a connection.
    func takeBack(_ buffer: inout [UInt8]) {
        if buffer.capacity <= Self.scratchBytesMax { swap(&buffer, &scratch) }
        buffer = []
    }

    /// Lets the timer run while there are connections, and only then.
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
