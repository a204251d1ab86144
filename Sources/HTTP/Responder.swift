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
    func refusal(_ fault: HTTPError, id: String) -> Response

    /// Whether an admitted request carried valid credentials. Its connection then no longer counts against the per-address limit.
    func isTrusted(ticket: any Sendable) -> Bool

    /// Whether a ticket issued for the same head on the same connection is still valid, so that `admit` need not run again. Runs on the
    /// loop and must not block.
    func stillHolds(ticket: any Sendable) -> Bool

    /// Timeout of an admitted request; `nil` for the server's handler timeout. A long poll waits longer.
    func handlerTimeout(ticket: any Sendable) -> Duration?

    /// The events after `id` in a channel of `Response.stream`; `nil` when there are none. Runs on the loop and must not block.
    ///
    /// If events after `id` were evicted, the slice begins with an event that says so.
    func events(of channel: EventChannel, after id: Int) -> EventSlice?
}

extension Responder {
    /// Trusts every admitted request.
    public func isTrusted(ticket: any Sendable) -> Bool { true }

    /// Every head is passed to `admit`.
    public func stillHolds(ticket: any Sendable) -> Bool { false }

    public func handlerTimeout(ticket: any Sendable) -> Duration? { nil }

    /// For responders without streams.
    public func events(of channel: EventChannel, after id: Int) -> EventSlice? { nil }
}
