import Dispatch
import Glibc
import HTTP
import Synchronization

/// An HTTP/1.1 server: a responder plus a socket.
///
/// One event loop on up to four cores, else one per four cores; the first loop accepts and distributes connections round-robin. A loop
/// never blocks, so the responder must not block while it is called.
public final class Server: Sendable {
    /// The listening address; for port 0, with the port that was assigned.
    public let boundAddress: String

    public let socket: Int32

    let loops: [EventLoop]
    private let limiter: ConnectionLimiter
    private let inheritedConnections: [Int32]

    /// Binds and listens without accepting: connections wait in the kernel's backlog until `start`.
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
        let connectionsMax = Self.connectionsMax(settings)
        limiter = ConnectionLimiter(
            ConnectionLimiter.Limits(
                inAll: connectionsMax, unauthenticatedPerOrigin: settings.unauthenticatedPerAddressMax,
                burstMilliseconds: Timeouts.milliseconds(settings.burst),
                waitsPerOwner: settings.waitsPerTokenMax
                    ?? ServerSettings.connectionsPerOwner(of: connectionsMax)))
        var loops: [EventLoop] = []
        let count = max(1, settings.loops ?? Self.usualLoops())
        let dismissedMax = Self.dismissedMax(settings, loops: count)
        // Open routes take no body.
        let bodies = ByteBudget(
            .init(
                inAll: settings.bodiesBytesMax, perToken: settings.bodiesBytesPerTokenMax, perAddress: 0,
                strangers: 0))
        let responses = ByteBudget(
            .init(
                inAll: settings.responsesBytesMax, perToken: settings.responsesBytesPerTokenMax,
                perAddress: settings.responsesBytesPerAddressMax,
                strangers: settings.responsesBytesOfStrangersMax))
        for index in 0..<count {
            let loop = EventLoop(
                index: index, settings: settings, rules: rules, responder: responder, limiter: limiter,
                bodies: bodies, responses: responses, dismissedMax: dismissedMax, log: log
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
        for loop in loops {
            loop.peers = loops
            loop.activate()
        }
    }

    deinit {
        stop()
    }

    public var connectionCount: Int { limiter.total }

    /// Connections rejected or evicted since startup, because of the total or the per-address limit.
    public var connectionsRefused: Int { limiter.refused }

    /// Monotonic clock of `Request.receivedNanoseconds`, in nanoseconds since some fixed point.
    public static func monotonicNanoseconds() -> Int64 { Timeouts.monotonicNanoseconds() }

    /// Starts accepting, and serves inherited connections.
    public func start() {
        let connections = inheritedConnections
        loops.first?.onLoop { loop in
            loop.takeOver(connections)
            loop.beginAccepting()
        }
    }

    /// Drains the server: stops accepting, finishes pending requests with `Connection: close`, closes idle connections, then calls
    /// `completion` once, on any thread. After `limit` everything left is closed. Connections in the backlog are still served, unless a
    /// supervisor keeps the socket for the next process.
    ///
    /// A connection that was busy within the last second gets 250 ms before it counts as idle: its next request may be in flight.
    public func drain(within limit: Duration, completion: @escaping @Sendable () -> Void) {
        drain(within: limit, into: nil, completion: completion)
    }

    /// As `drain`, for an in-place restart: the socket and its backlog stay open, and a connection between two requests is put into
    /// `retained` unclosed, with any later input unread.
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
            // After the connections that the first loop has just distributed.
            for peer in loops.dropFirst() { peer.onLoop { $0.drain(into: retained) { gate.loopDrained() } } }
        }
        let milliseconds = Int(Timeouts.milliseconds(limit))
        first.queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
            for loop in loops { loop.onLoop { $0.stop() } }
            gate.timeIsUp()
        }
    }

    /// Closes everything at once, without responses to pending requests.
    public func stop() {
        for loop in loops { loop.onLoop { $0.stop() } }
    }

    /// The configured maximum, at most what the descriptor limit leaves; at least half of a very small limit.
    public static func connectionsMax(_ settings: ServerSettings) -> Int {
        guard let limit = descriptorLimit() else { return settings.connectionsMax }
        return min(settings.connectionsMax, max(limit - settings.descriptorsReserved, limit / 2))
    }

    /// Rejected connections that may linger, per loop: in total at most 64, and at most an eighth of the descriptors that the connections
    /// leave.
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

/// Server-sent events. Any thread; never blocks.
extension Server {
    public var streamCount: Int {
        loops.reduce(0) { $0 + $1.streamCount.load(ordering: .relaxed) }
    }

    /// Reports new events in channels. The server asks the responder for them, once for all subscribers at the same position.
    public func announceNews(in channels: some Collection<EventChannel>) {
        for loop in loops where loop.streamCount.load(ordering: .relaxed) > 0 {
            loop.post(news: channels)
        }
    }

    /// Sends an event without an id to the current subscribers of channels. It is not replayed.
    public func send(notice text: [UInt8], on channels: [EventChannel]) {
        for loop in loops where loop.streamCount.load(ordering: .relaxed) > 0 {
            loop.onLoop { loop in
                for channel in channels { loop.begin(notice: text, on: channel) }
                loop.poller.wake()
            }
        }
    }

    /// Ends the streams whose owner's credentials are no longer valid.
    public func endStreams(unless isValid: @escaping @Sendable (_ owner: String) -> Bool) {
        for loop in loops where loop.streamCount.load(ordering: .relaxed) > 0 {
            loop.onLoop { $0.endStreams(unless: isValid) }
        }
    }
}

/// Why a server could not listen.
public struct ServerFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The address as configured.
    public let address: String
    /// The system's error number; 0 when the address could not be parsed.
    public let errno: Int32
    /// What happened and what to do, in one sentence.
    public let description: String

    init(address: String, errno: Int32, description: String) {
        self.address = address
        self.errno = errno
        self.description = description
    }
}

/// Calls a completion once: when all loops are drained, or at the time limit.
final class DrainGate: Sendable {
    private struct State: Sendable {
        var loopsLeft: Int
        var completion: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(loops: Int, completion: @escaping @Sendable () -> Void) {
        state = Mutex(State(loopsLeft: loops, completion: completion))
    }

    func loopDrained() {
        open { state in
            state.loopsLeft -= 1
            return state.loopsLeft == 0
        }
    }

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
