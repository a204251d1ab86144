import Dispatch
import Glibc
import HTTP
import Synchronization

/// An HTTP/1.1 server: a responder plus a socket.
///
/// One event loop up to four cores, else a quarter of them; the first accepts and hands connections out in turn.
/// A loop never blocks, and neither may the responder while it is asked.
public final class Server: Sendable {
    /// The address it listens on, with the port that ":0" picked.
    public let boundAddress: String

    /// The listening socket.
    public let socket: Int32

    let loops: [EventLoop]
    private let limiter: ConnectionLimiter
    private let inheritedConnections: [Int32]

    /// Binds and listens at once, without accepting yet: whoever connects now waits in the kernel.
    ///
    /// `log` is called on the loops with a past-tense event and its fields, and must not block.
    public init(
        settings: ServerSettings, responder: any Responder,
        log: @escaping @Sendable (_ event: String, _ fields: [(String, String)]) -> Void
    ) throws(ServerFault) {
        var hosts: HostList?
        if let names = settings.hosts {
            guard let list = HostList(names) else {
                throw ServerFault(
                    address: settings.listen, errno: 0,
                    description:
                        "\(settings.names.hosts) has an entry that is not a host: use the form example.com or a:8080"
                )
            }
            hosts = list
        }
        let rules = ParserRules(limits: settings.limits, hosts: hosts)
        let listener = try Listener(settings)
        boundAddress = listener.boundAddress
        socket = listener.descriptor
        inheritedConnections = settings.connections
        limiter = ConnectionLimiter(
            totalMax: Self.connectionsMax(settings), unauthenticatedMax: settings.unauthenticatedPerAddressMax
        )
        var loops: [EventLoop] = []
        let count = max(1, settings.loops ?? Self.usualLoops())
        let dismissedMax = Self.dismissedMax(settings, loops: count)
        let bodies = BodyBudget(bytesMax: settings.bodiesBytesMax)
        for index in 0..<count {
            let loop = EventLoop(
                index: index, settings: settings, rules: rules, responder: responder, limiter: limiter,
                bodies: bodies, dismissedMax: dismissedMax, log: log
            )
            guard let loop else {
                throw ServerFault(
                    address: settings.listen, errno: EMFILE,
                    description:
                        "no file descriptors are left for the event loops: raise the limit on open files")
            }
            loops.append(loop)
        }
        self.loops = loops
        loops.first?.listener = listener
        loops.first?.peers = loops
        for loop in loops { loop.activate() }
    }

    deinit {
        stop()
    }

    /// How many connections are open.
    public var connectionCount: Int { limiter.total }

    /// How many connections were turned away or had to give way so far, for there were too many in all or of one address.
    public var connectionsRefused: Int { limiter.refused }

    /// The clock by which `Request.receivedNanoseconds` is told: nanoseconds since some fixed point, which never jumps.
    public static func monotonicNanoseconds() -> Int64 { Timeouts.monotonicNanoseconds() }

    /// Begins accepting, and serves the connections that were taken over.
    public func start() {
        let connections = inheritedConnections
        loops.first?.onLoop { loop in
            loop.takeOver(connections)
            loop.beginAccepting()
        }
    }

    /// Stops accepting, finishes requests under way with `Connection: close`, closes idle connections, then calls
    /// `completion` once, on any thread; at the latest after `limit`, when what is left is closed. Who has connected and was not
    /// accepted yet is served too, unless a supervisor keeps the socket for the next process.
    ///
    /// A connection that was busy within the last second counts as idle a quarter of a second later: its next
    /// request may be on the way.
    public func drain(within limit: Duration, completion: @escaping @Sendable () -> Void) {
        drain(within: limit, into: nil, completion: completion)
    }

    /// As `drain`, but for a process that goes on behind another program: the socket stays open with all who wait there, and a
    /// connection between two requests is left open and put into `retained`, with what its client may have sent since unread.
    public func handOver(
        within limit: Duration, into retained: RetainedConnections, completion: @escaping @Sendable () -> Void
    ) {
        drain(within: limit, into: retained, completion: completion)
    }

    private func drain(
        within limit: Duration, into retained: RetainedConnections?,
        completion: @escaping @Sendable () -> Void
    ) {
        let gate = DrainGate(loops: loops.count, completion: completion)
        let loops = loops
        guard let first = loops.first else { return }
        first.onLoop { loop in
            loop.drain(into: retained) { gate.loopDrained() }
            // Behind the connections that the first loop has just handed over.
            for peer in loops.dropFirst() { peer.onLoop { $0.drain(into: retained) { gate.loopDrained() } } }
        }
        let milliseconds = Int(Timeouts.milliseconds(limit))
        first.queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
            for loop in loops { loop.onLoop { $0.stop() } }
            gate.timeIsUp()
        }
    }

    /// Closes everything at once, without a word to the clients.
    public func stop() {
        for loop in loops { loop.onLoop { $0.stop() } }
    }

    /// The setting, within what the limit on descriptors leaves; half of a very small limit.
    private static func connectionsMax(_ settings: ServerSettings) -> Int {
        guard let limit = descriptorLimit() else { return settings.connectionsMax }
        return min(settings.connectionsMax, max(limit - settings.descriptorsReserved, limit / 2))
    }

    /// Per loop, those over the cap who may read why: all together at most 64, and an eighth of what the connections leave.
    private static func dismissedMax(_ settings: ServerSettings, loops: Int) -> Int {
        let left = (descriptorLimit() ?? 1_024) - connectionsMax(settings)
        return max(1, min(64, left / 8) / loops)
    }

    private static func descriptorLimit() -> Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Int(min(limit.rlim_cur, 1_000_000_000))
    }

    private static func usualLoops() -> Int {
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        return cores <= 4 ? 1 : cores / 4
    }
}

/// What the service tells those who listen to streams. Any thread; never blocks.
extension Server {
    /// How many streams are open.
    public var streamCount: Int {
        loops.reduce(0) { $0 + $1.streamCount.load(ordering: .relaxed) }
    }

    /// Says that there is something new in channels: the server asks the responder for it, once for all who listen.
    public func announceNews(in channels: some Collection<EventChannel>) {
        for loop in loops where loop.streamCount.load(ordering: .relaxed) > 0 {
            loop.post(news: channels)
        }
    }

    /// Sends an event without an id to those who listen to channels now, and to nobody later.
    public func send(notice text: [UInt8], on channels: [EventChannel]) {
        for loop in loops where loop.streamCount.load(ordering: .relaxed) > 0 {
            loop.onLoop { loop in
                for channel in channels { loop.begin(notice: text, on: channel) }
                loop.poller.wake()
            }
        }
    }

    /// Ends the streams whose owner is not valid any more.
    public func endStreams(unless isGood: @escaping @Sendable (_ owner: String) -> Bool) {
        for loop in loops where loop.streamCount.load(ordering: .relaxed) > 0 {
            loop.onLoop { $0.endStreams(unless: isGood) }
        }
    }
}

/// Why a server could not begin to listen.
public struct ServerFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The address as it was given.
    public let address: String
    /// The system's error number, or 0 when the address could not be read.
    public let errno: Int32
    /// One sentence: what happened and what to do.
    public let description: String

    init(address: String, errno: Int32, description: String) {
        self.address = address
        self.errno = errno
        self.description = description
    }
}

/// Calls a completion once: when every loop is drained, or when the time is up.
final class DrainGate: Sendable {
    private struct State: Sendable {
        var loopsLeft: Int
        var completion: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(loops: Int, completion: @escaping @Sendable () -> Void) {
        state = Mutex(State(loopsLeft: loops, completion: completion))
    }

    /// One more loop has no connection left.
    func loopDrained() {
        open { state in
            state.loopsLeft -= 1
            return state.loopsLeft == 0
        }
    }

    /// The time is up.
    func timeIsUp() {
        open { _ in true }
    }

    private func open(_ isOpen: (inout State) -> Bool) {
        let completion: (@Sendable () -> Void)? = state.withLock { state in
            guard isOpen(&state) else { return nil }
            defer { state.completion = nil }
            return state.completion
        }
        completion?()
    }
}
