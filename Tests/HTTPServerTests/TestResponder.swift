import Dispatch
import HTTP
import HTTPServer
import Synchronization

/// Answers by path, and keeps the replies of "/park" until a test gives them.
final class TestResponder: Responder {
    typealias Reply = @Sendable (Response) -> Void

    private struct State: Sendable {
        var parked: [Reply] = []
        var served: [String] = []
        var events: [String] = []
        var receivedNanoseconds: [Int64] = []
        /// The events of each channel; the id of one is its place, from 1.
        var channels: [EventChannel: [String]] = [:]
        /// How often slices were asked for.
        var pulls = 0
    }

    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)
    /// What "/hold" keeps its loop waiting for.
    private let hold = DispatchSemaphore(value: 0)
    private let timeout: Duration?
    /// What every stream holds while it lasts.
    var permit: (any AnyObject & Sendable)? { weakPermit.withLock { $0.value } }
    private struct Weak: Sendable { weak var value: (any AnyObject & Sendable)? }
    private let weakPermit = Mutex(Weak())

    /// Gives every stream to come this permit; the responder itself does not hold it.
    func setPermit(_ permit: any AnyObject & Sendable) { weakPermit.withLock { $0.value = permit } }

    init(timeout: Duration? = nil) {
        self.timeout = timeout
    }

    /// Targets of the requests that reached a handler, in order.
    var served: [String] { state.withLock { $0.served } }
    /// When those were complete, by the server's clock.
    var receivedNanoseconds: [Int64] { state.withLock { $0.receivedNanoseconds } }
    /// What the server logged.
    var events: [String] { state.withLock { $0.events } }

    func log(_ event: String, _ fields: [(String, String)]) {
        state.withLock { $0.events.append(event) }
    }

    /// Whether one more request parks within the limit.
    func waitsForParked() -> Bool {
        arrival.wait(timeout: .now() + .milliseconds(Int(Client.limitMilliseconds))) == .success
    }

    /// Lets the loop that "/hold" stopped go on.
    func release() { hold.signal() }

    /// The next parked reply, or `nil` when none comes within the limit.
    func nextParked() -> Reply? {
        guard waitsForParked() else { return nil }
        return state.withLock { $0.parked.removeFirst() }
    }

    /// How often the server asked for events and got some.
    var pulls: Int { state.withLock { $0.pulls } }

    /// Adds an event to a channel.
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
            while last < events.count, text.count < 65_536 {
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
        default: .proceed(bodyBytesMax: 1_048_576, ticket: 0)
        }
    }

    func respond(to request: Request, ticket: any Sendable, reply: @escaping Reply) {
        state.withLock { state in
            state.served.append(request.target.raw)
            state.receivedNanoseconds.append(request.receivedNanoseconds)
        }
        switch request.target.path.first {
        case "park":
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

    /// So many bytes that differ along the way; made in blocks, for a loop must not be kept waiting.
    static func pattern(_ count: Int) -> [UInt8] {
        let block = (0..<10_007).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + block.count)
        while bytes.count < count { bytes.append(contentsOf: block) }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    func refusal(_ fault: HTTPError, id: String) -> Response {
        Response(fault.status, body: Array(fault.slug.utf8))
    }

    func handlerTimeout(ticket: any Sendable) -> Duration? { timeout }
}

/// A running server with its responder; it stops when it goes.
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

    /// A connection to it.
    func connect(receiveBufferBytes: Int32? = nil) -> Client? {
        Client(server.boundAddress, receiveBufferBytes: receiveBufferBytes)
    }
}
