import HTTP

/// An HTTP/1.1 server: a responder plus a socket.
public final class Server: Sendable {
    /// The address it listens on, with the port that ":0" picked.
    public let boundAddress: String

    /// Binds and listens at once, without accepting yet.
    public init(
        settings: ServerSettings, responder: any Responder,
        log: @escaping @Sendable (_ event: String, _ fields: [(String, String)]) -> Void
    ) throws(ServerFault) {
        boundAddress = settings.listen
    }

    /// Begins accepting.
    public func start() {}

    /// Stops accepting, finishes what is under way, then calls `completion`, at the latest after `within`.
    public func drain(within: Duration, completion: @escaping @Sendable () -> Void) { completion() }

    /// Closes everything at once.
    public func stop() {}
}
