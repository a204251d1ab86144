/// Admission decision for a head, before its body is read.
public enum Admission: Sendable {
    /// Read the body, up to `bodyBytesMax` bytes (never over `WireLimits.bodyBytesMax`). The ticket is passed back with the request.
    case proceed(bodyBytesMax: Int, ticket: any Sendable)
    /// Respond at once. The server closes the connection when a body was announced or the status is 401, 403, 413 or 415 (H26).
    case refuse(Response)
}

/// The application behind a server: the API, or a test's responder.
public protocol Responder: Sendable {
    /// Admission control: decides on a head. Runs on the loop and must not block.
    func admit(_ head: Head) -> Admission

    /// Responds to a complete request through `reply`, exactly once, from any thread, synchronously or later; a second call is ignored.
    /// Runs on the loop and must not block. A synchronous reply costs no wake-up.
    func respond(
        to request: Request, ticket: any Sendable, reply: @escaping @Sendable (Response) -> Void)

    /// Renders a protocol or server error as a response. Runs on the loop and must not block.
    func refusal(_ fault: HTTPError, of refused: RefusedRequest) -> Response

    /// The owner of an admitted request's valid credentials, whose shares it uses; `nil` for a request without credentials. With an owner,
    /// its connection no longer counts against the per-address limit.
    func owner(ticket: any Sendable) -> String?

    /// Whether a ticket issued for the same head on the same connection is still valid, so that `admit` need not run again. Runs on the
    /// loop and must not block.
    func stillHolds(ticket: any Sendable) -> Bool

    /// Timeout of an admitted request; `nil` for the server's handler timeout. A request with its own timeout is a long poll: it counts as
    /// waiting, and it ends when its client does.
    func handlerTimeout(ticket: any Sendable) -> Duration?

    /// The client's connection has ended before the response. Runs on the loop and must not block.
    func abandon(ticket: any Sendable)

    /// The request has reached its timeout: no response to it will be sent. Returns what the client is told instead. Runs on the loop and
    /// must not block.
    func expire(ticket: any Sendable) -> HTTPError

    /// The events after `id` in a channel of `Response.stream`; `nil` when there are none. Runs on the loop and must not block.
    ///
    /// If events after `id` were evicted, the slice begins with an event that says so.
    func events(of channel: EventChannel, after id: Int) -> EventSlice?
}

extension Responder {
    /// All admitted requests have one owner, the empty name.
    public func owner(ticket: any Sendable) -> String? { "" }

    /// Every head is passed to `admit`.
    public func stillHolds(ticket: any Sendable) -> Bool { false }

    public func handlerTimeout(ticket: any Sendable) -> Duration? { nil }

    public func abandon(ticket: any Sendable) {}

    public func expire(ticket: any Sendable) -> HTTPError { .overloaded }

    /// For responders without streams.
    public func events(of channel: EventChannel, after id: Int) -> EventSlice? { nil }
}

/// What is known of a request that was refused before routing; for the response and the log.
public struct RefusedRequest: Sendable {
    public let id: String
    /// The client's address without its port.
    public let remoteAddress: String
    /// `nil` when the head was not complete.
    public let method: Method?

    public init(id: String, remoteAddress: String, method: Method?) {
        self.id = id
        self.remoteAddress = remoteAddress
        self.method = method
    }
}
