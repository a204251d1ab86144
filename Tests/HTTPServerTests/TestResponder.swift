import Dispatch
import HTTP
import HTTPServer
import Synchronization

/// Responds by path, and keeps the replies to "/park" until a test calls them.
final class TestResponder: Responder {
    typealias Reply = @Sendable (Response) -> Void

    private struct State: Sendable {
        var parked: [Reply] = []
        var served: [String] = []
        var events: [String] = []
        var receivedNanoseconds: [Int64] = []
        /// Events of each channel; an event's id is its position, from 1.
        var channels: [EventChannel: [String]] = [:]
        /// Number of tickets whose client has gone.
        var abandoned = 0
        /// Number of calls of `events(of:after:)` that returned a slice.
        var pulls = 0
    }

    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)
    /// Blocks the loop of a request to "/hold".
    private let hold = DispatchSemaphore(value: 0)
    private let timeout: Duration?
    /// The permit of new streams.
    var permit: (any AnyObject & Sendable)? { weakPermit.withLock { $0.value } }
    private struct Weak: Sendable { weak var value: (any AnyObject & Sendable)? }
    private let weakPermit = Mutex(Weak())

    /// Sets the permit of new streams. The responder keeps only a weak reference.
    func setPermit(_ permit: any AnyObject & Sendable) { weakPermit.withLock { $0.value = permit } }

    init(timeout: Duration? = nil) {
        self.timeout = timeout
    }

    /// Targets of the requests that reached a handler, in order.
    var served: [String] { state.withLock { $0.served } }
    /// Completion times of those requests, by the server's clock.
    var receivedNanoseconds: [Int64] { state.withLock { $0.receivedNanoseconds } }
    /// The server's log.
    var events: [String] { state.withLock { $0.events } }

    func log(_ event: String, _ fields: [(String, String)]) {
        state.withLock { $0.events.append(event) }
    }

    /// Whether another request to "/park" arrives in time.
    func waitsForParked() -> Bool {
        arrival.wait(timeout: .now() + .milliseconds(Int(Client.limitMilliseconds))) == .success
    }

    /// Resumes a loop blocked by "/hold".
    func release() { hold.signal() }

    /// The next parked reply; `nil` on timeout.
    func nextParked() -> Reply? {
        guard waitsForParked() else { return nil }
        return state.withLock { $0.parked.removeFirst() }
    }

    /// Number of requests whose client left before the response.
    var abandoned: Int { state.withLock { $0.abandoned } }

    func abandon(ticket: any Sendable) { state.withLock { $0.abandoned += 1 } }

    /// `X-Owner` names the owner. "poll" is a long poll, answered as "/park".
    private struct TestTicket: Sendable {
        let owner: String
        let isPoll: Bool
    }

    func owner(ticket: any Sendable) -> String? { (ticket as? TestTicket)?.owner ?? "" }

    /// Number of slices that the server has requested and received.
    var pulls: Int { state.withLock { $0.pulls } }

    /// Appends an event to a channel.
    func happen(_ text: String, in channel: EventChannel) {
        state.withLock { $0.channels[channel, default: []].append(text) }
    }

    func events(of channel: EventChannel, after id: Int) -> EventSlice? {
        state.withLock { state in
            let events = state.channels[channel] ?? []
            guard id < events.count else { return nil }
            state.pulls += 1
            var text: [UInt8] = []
            var last = id
            // The stream ends there, and shows nothing of it.
            if events[last] == "gone" { return EventSlice(text: [], last: last, isLast: true) }
            // This client is not shown the event.
            if events[last] == "hidden" { return EventSlice(text: [], last: last + 1) }
            while last < events.count, text.count < 65_536, !["gone", "hidden"].contains(events[last]) {
                EventText.append("e", id: last + 1, data: Array(events[last].utf8), to: &text)
                last += 1
            }
            return EventSlice(text: text, last: last)
        }
    }

    func admit(_ head: Head) -> Admission {
        switch head.target.path.first {
        case "secret": .refuse(Response(.unauthorized, fields: [("WWW-Authenticate", "Bearer")]))
        case "nowhere": .refuse(Response(.notFound, body: Array("nothing".utf8)))
        case "small": .proceed(bodyBytesMax: 10, ticket: 0)
        case let first:
            .proceed(
                bodyBytesMax: 1_048_576,
                ticket: TestTicket(owner: head.fields["x-owner"] ?? "", isPoll: first == "poll"))
        }
    }

    func respond(to request: Request, ticket: any Sendable, reply: @escaping Reply) {
        state.withLock { state in
            state.served.append(request.target.raw)
            state.receivedNanoseconds.append(request.receivedNanoseconds)
        }
        switch request.target.path.first {
        case "park", "poll":
            state.withLock { $0.parked.append(reply) }
            arrival.signal()
        case "hold":
            arrival.signal()
            _ = hold.wait(timeout: .now() + .milliseconds(Int(Client.limitMilliseconds)))
            reply(Response(.ok))
        case "wake":
            let parked = state.withLock { state in
                defer { state.parked = [] }
                return state.parked
            }
            for other in parked { other(Response(.ok, body: Array("woken".utf8))) }
            reply(Response(.ok, body: Array("waker".utf8)))
        case "twice":
            reply(Response(.ok, body: Array("first".utf8)))
            reply(Response(.ok, body: Array("second".utf8)))
        case "big":
            let count = request.target.path.last.flatMap { Int($0) } ?? 0
            reply(Response(.ok, body: Self.pattern(count)))
        case "events":
            var response = Response(.ok, fields: [("Content-Type", "text/event-stream")])
            let channel = request.target.path.dropFirst().first.flatMap { Int($0) } ?? 0
            response.stream = EventStream(
                channel: .one(channel),
                after: request.target.path.dropFirst(2).first.flatMap { Int($0) } ?? 0,
                preface: Array(":hello\n\n".utf8), owner: request.fields["x-owner"] ?? "", permit: permit)
            reply(response)
        case "split": reply(Response(.ok, fields: [("Location", "/a\r\nSet-Cookie: b")]))
        case "close":
            var response = Response(.ok, body: Array("bye".utf8))
            response.closes = true
            reply(response)
        default:
            let text = "\(request.method.rawValue) \(request.target.raw) "
            reply(
                Response(
                    .ok, fields: [("X-From", request.remoteAddress)], body: Array(text.utf8) + request.body))
        }
    }

    /// `count` bytes with a varying pattern. Built in blocks, because it runs on a loop.
    static func pattern(_ count: Int) -> [UInt8] {
        let block = (0..<10_007).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + block.count)
        while bytes.count < count { bytes.append(contentsOf: block) }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    func refusal(_ fault: HTTPError, of refused: RefusedRequest) -> Response {
        Response(fault.status, body: Array(fault.slug.utf8))
    }

    func handlerTimeout(ticket: any Sendable) -> Duration? {
        (ticket as? TestTicket)?.isPoll == true ? .seconds(60) : timeout
    }
}

/// A running server with its responder. `deinit` stops it.
final class Service {
    let responder: TestResponder
    let server: Server

    init(timeout: Duration? = nil, _ change: (inout ServerSettings) -> Void = { _ in }) throws {
        var settings = ServerSettings(
            listen: "127.0.0.1:0",
            names: .init(product: "drumbeat", listen: "DRUMBEAT_LISTEN", hosts: "DRUMBEAT_HOSTS"))
        settings.loops = 1
        change(&settings)
        let responder = TestResponder(timeout: timeout)
        self.responder = responder
        server = try Server(settings: settings, responder: responder, log: responder.log)
        server.start()
    }

    deinit { server.stop() }

    /// Connects to the server.
    func connect(receiveBufferBytes: Int32? = nil) -> Client? {
        Client(server.boundAddress, receiveBufferBytes: receiveBufferBytes)
    }
}

extension EventChannel {
    static let all = EventChannel(.all, isRestricted: false)

    static func one(_ number: Int) -> EventChannel { EventChannel(.one(number), isRestricted: false) }
}
