/// A request without its body: the input of admission.
public struct Head: Sendable {
    /// Shared storage: heads are copied often, and each copy of the separate parts would retain seven references.
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

    /// The peer's address without its port; empty until the server sets it.
    public var remoteAddress: String
    /// The request id: the client's `X-Request-Id` when it is `[A-Za-z0-9._-]{1,64}`, else set by the server.
    public var id: String

    /// For tests and for requests that did not arrive over a socket.
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

    public var method: Method { received.method }
    public var target: Target { received.target }
    public var fields: Fields { received.fields }
    public var isHTTP10: Bool { received.isHTTP10 }
    public var framing: BodyFraming { received.framing }
    /// Whether the client waits for 100 before it sends the body; never in HTTP/1.0. RFC 9110 §10.1.1.
    public var expectsContinue: Bool { received.expectsContinue }
    /// Keep-alive: whether the connection may stay open after the response, by version and `Connection`. RFC 9112 §9.3.
    public var keepsAlive: Bool { received.keepsAlive }
    /// Whether the parser returned both from identical bytes on the same connection.
    public func isRepetition(of other: Head) -> Bool { received === other.received }
    /// Whether a body was announced: chunked, or a length over zero.
    public var bodyExpected: Bool { received.framing != .none }
    /// Whether the target is the asterisk of `OPTIONS *`.
    public var isOfWholeService: Bool { received.target.isAsterisk }
}

/// How a request's body is delimited. Source: RFC 9112 §6.3.
public enum BodyFraming: Sendable, Equatable {
    /// No body, or one of length zero.
    case none
    /// `Content-Length` over zero.
    case length(Int)
    /// `Transfer-Encoding: chunked`.
    case chunked
}
