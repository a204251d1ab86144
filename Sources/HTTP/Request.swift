/// A complete request. No handler gets a partial one (H34).
public struct Request: Sendable {
    public let head: Head
    /// The decoded body, without chunk framing and trailers; empty when there was none.
    public let body: [UInt8]
    /// When the request was complete, in nanoseconds of the server's monotonic clock; 0 when it did not arrive over a socket.
    public let receivedNanoseconds: Int64

    public init(_ head: Head, body: [UInt8], receivedNanoseconds: Int64 = 0) {
        self.head = head
        self.body = body
        self.receivedNanoseconds = receivedNanoseconds
    }

    /// For tests and for requests that did not arrive over a socket.
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

    public var method: Method { head.method }
    public var target: Target { head.target }
    public var fields: Fields { head.fields }
    /// The client's address without its port.
    public var remoteAddress: String { head.remoteAddress }
    public var isHTTP10: Bool { head.isHTTP10 }
    /// The request id, returned as `X-Request-Id`.
    public var id: String { head.id }
    /// Path and query exactly as sent, without the authority of an absolute form: input of the idempotency digest.
    public var digestTarget: String { head.target.raw }
}
