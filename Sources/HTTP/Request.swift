/// A complete request: head and body. No handler ever sees less (H34).
public struct Request: Sendable {
    /// The method.
    public let method: Method
    /// Where the request goes.
    public let target: Target
    /// The header fields.
    public let fields: Fields
    /// The decoded body, without chunk sizes and trailers; empty when there was none.
    public let body: [UInt8]
    /// The peer's address without its port.
    public let remoteAddress: String
    /// Whether the client speaks HTTP/1.0.
    public let isHTTP10: Bool
    /// The request id, which the answer carries as `X-Request-Id`.
    public let id: String

    /// A request from its head and body.
    public init(_ head: Head, body: [UInt8]) {
        self.init(
            method: head.method, target: head.target, fields: head.fields, body: body,
            remoteAddress: head.remoteAddress, id: head.id, isHTTP10: head.isHTTP10)
    }

    /// A request from its parts, for tests and for requests that came over no wire.
    public init(
        method: Method, target: Target, fields: Fields = Fields([]), body: [UInt8] = [],
        remoteAddress: String = "127.0.0.1", id: String = "test", isHTTP10: Bool = false
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
        self.remoteAddress = remoteAddress
        self.isHTTP10 = isHTTP10
        self.id = id
    }

    /// Path and query exactly as sent, without the authority of an absolute form: what idempotency digests.
    public var digestTarget: String { target.raw }
}
