/// How a head is judged before its body is read.
public enum Admission: Sendable {
    /// Read the body, up to so many bytes (and never over `WireLimits.bodyBytesMax`); the ticket is handed back
    /// with the request.
    case proceed(bodyBytesMax: Int, ticket: any Sendable)
    /// Answer at once. The server closes the connection when a body was announced or the status is 401, 403,
    /// 413 or 415 (H26).
    case refuse(Response)
}

/// Whoever answers requests: the API over a socket, or a test's.
public protocol Responder: Sendable {
    /// Judges a head. Runs on the loop and must not block.
    func admit(_ head: Head) -> Admission

    /// Answers a complete request through `reply`, exactly once, from any thread, now or later; a second call is
    /// ignored. Runs on the loop and must not block. A reply given before this returns costs no wake-up.
    func respond(
        to request: Request, ticket: any Sendable, reply: @escaping @Sendable (Response) -> Void)

    /// Renders a fault of the wire or of the server as an answer. Runs on the loop and must not block.
    func refusal(_ fault: HTTPError, id: String) -> Response

    /// Whether an admitted request came with credentials that are good: its connection then no longer counts against its address.
    func isTrusted(ticket: any Sendable) -> Bool

    /// Whether a ticket given before for the very same head on the same connection still holds, so that the head need not be judged
    /// again. Runs on the loop and must not block.
    func stillHolds(ticket: any Sendable) -> Bool

    /// How long the answer to an admitted request may take, or `nil` for the server's handler timeout: a long
    /// poll waits longer.
    func handlerTimeout(ticket: any Sendable) -> Duration?

    /// What comes after an event in a channel of `Response.stream`, or `nil` while nothing does. Runs on the loop and must not block.
    ///
    /// Where some of it is no longer known, the slice begins with what tells the client so.
    func events(of channel: EventChannel, after id: Int) -> EventSlice?
}

extension Responder {
    /// Every admitted request.
    public func isTrusted(ticket: any Sendable) -> Bool { true }

    /// Never: each head is judged.
    public func stillHolds(ticket: any Sendable) -> Bool { false }

    /// The server's handler timeout, for every request.
    public func handlerTimeout(ticket: any Sendable) -> Duration? { nil }

    /// No events: for responders without streams.
    public func events(of channel: EventChannel, after id: Int) -> EventSlice? { nil }
}
