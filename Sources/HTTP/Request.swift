/// A complete request: head and body. No handler ever sees less (H34).
public struct Request: Sendable {
    /// Everything but the body.
    public let head: Head
    /// The decoded body, without chunk sizes and trailers; empty when there was none.
    public let body: [UInt8]
    /// When it was complete, in nanoseconds of the server's monotonic clock; 0 when it came over no wire.
    public let receivedNanoseconds: Int64

    /// A request from its head and body, complete at that moment.
    public init(_ head: Head, body: [UInt8], receivedNanoseconds: Int64 = 0) {
        self.head = head
        self.body = body
        self.receivedNanoseconds = receivedNanoseconds
    }

    /// A request from its parts, for tests and for requests that came over no wire.
    public init(
        method: Method, target: Target, fields: Fields = Fields([]), body: [UInt8] = [],
        remoteAddress: String = "127.0.0.1", id: String = "test", isHTTP10: Bool = false
    ) {
        head = Head(
            method: method, target: target, fields: fields, isHTTP10: isHTTP10,
            framing: body.isEmpty ? .none : .length(body.count), remoteAddress: remoteAddress, id: id)
        self.body = body
        receivedNanoseconds = 0
    }

    /// The method.
    public var method: Method { head.method }
    /// Where the request goes.
    public var target: Target { head.target }
    /// The header fields.
    public var fields: Fields { head.fields }
    /// The peer's address without its port.
    public var remoteAddress: String { head.remoteAddress }
    /// Whether the client speaks HTTP/1.0.
    public var isHTTP10: Bool { head.isHTTP10 }
    /// The request id, which the answer carries as `X-Request-Id`.
    public var id: String { head.id }
    /// Path and query exactly as sent, without the authority of an absolute form: what idempotency digests.
    public var digestTarget: String { head.target.raw }
}
