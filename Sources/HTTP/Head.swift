/// Everything of a request but its body: what is judged before the body is read.
public struct Head: Sendable {
    /// The method.
    public let method: Method
    /// Where the request goes.
    public let target: Target
    /// The header fields.
    public let fields: Fields
    /// Whether the client speaks HTTP/1.0.
    public let isHTTP10: Bool
    /// How the body is delimited.
    public let framing: BodyFraming
    /// Whether the client waits for a 100 before it sends the body; never in HTTP/1.0. RFC 9110 §10.1.1.
    public let expectsContinue: Bool
    /// Whether the connection may stay open after the answer, by version and `Connection`. RFC 9112 §9.3.
    public let keepsAlive: Bool
    /// The peer's address without its port; empty until the server has set it.
    public var remoteAddress: String
    /// The request id: the client's `X-Request-Id` when it is `[A-Za-z0-9._-]{1,64}`, else set by the server.
    public var id: String

    /// A head from its parts, for tests and for requests that came over no wire.
    public init(
        method: Method, target: Target, fields: Fields = Fields([]), isHTTP10: Bool = false,
        framing: BodyFraming = .none, expectsContinue: Bool = false, keepsAlive: Bool = true,
        remoteAddress: String = "", id: String = ""
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.isHTTP10 = isHTTP10
        self.framing = framing
        self.expectsContinue = expectsContinue
        self.keepsAlive = keepsAlive
        self.remoteAddress = remoteAddress
        self.id = id
    }

    /// Whether a body was announced: chunked, or with a length over zero.
    public var bodyExpected: Bool { framing != .none }
}

/// How a request's body is delimited. Source: RFC 9112 §6.3.
public enum BodyFraming: Sendable, Equatable {
    /// No body, or one of length zero.
    case none
    /// `Content-Length`, over zero.
    case length(Int)
    /// `Transfer-Encoding: chunked`.
    case chunked
}
