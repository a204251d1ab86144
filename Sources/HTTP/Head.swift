/// Everything of a request but its body: what is judged before the body is read.
public struct Head: Sendable {
    /// What came over the wire, shared: a head is handed around a good deal, and each copy of its parts would
    /// count seven references.
    private final class Received: Sendable {
        let method: Method
        let target: Target
        let fields: Fields
        let isHTTP10: Bool
        let framing: BodyFraming
        let expectsContinue: Bool
        let keepsAlive: Bool

        init(
            method: Method, target: Target, fields: Fields, isHTTP10: Bool, framing: BodyFraming,
            expectsContinue: Bool, keepsAlive: Bool
        ) {
            self.method = method
            self.target = target
            self.fields = fields
            self.isHTTP10 = isHTTP10
            self.framing = framing
            self.expectsContinue = expectsContinue
            self.keepsAlive = keepsAlive
        }
    }

    private let received: Received

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
        received = Received(
            method: method, target: target, fields: fields, isHTTP10: isHTTP10, framing: framing,
            expectsContinue: expectsContinue, keepsAlive: keepsAlive)
        self.remoteAddress = remoteAddress
        self.id = id
    }

    /// The method.
    public var method: Method { received.method }
    /// Where the request goes.
    public var target: Target { received.target }
    /// The header fields.
    public var fields: Fields { received.fields }
    /// Whether the client speaks HTTP/1.0.
    public var isHTTP10: Bool { received.isHTTP10 }
    /// How the body is delimited.
    public var framing: BodyFraming { received.framing }
    /// Whether the client waits for a 100 before it sends the body; never in HTTP/1.0. RFC 9110 §10.1.1.
    public var expectsContinue: Bool { received.expectsContinue }
    /// Whether the connection may stay open after the answer, by version and `Connection`. RFC 9112 §9.3.
    public var keepsAlive: Bool { received.keepsAlive }
    /// Whether both are one head of the parser's, which came again byte for byte on its connection.
    public func isRepetition(of other: Head) -> Bool { received === other.received }
    /// Whether a body was announced: chunked, or with a length over zero.
    public var bodyExpected: Bool { received.framing != .none }
    /// Whether the target is the asterisk of `OPTIONS *`.
    public var isOfWholeService: Bool { received.target.isAsterisk }
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
