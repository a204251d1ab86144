import HTTP

/// What a server is told: where to listen, how long to wait, how much to hold. Source: http-strictness,
/// "Timeouts and caps".
public struct ServerSettings: Sendable {
    /// What the product around the server is called, and how its operator knows the settings that a message asks to change.
    public struct Names: Sendable {
        /// The product, a token: `Server` and the queues bear it.
        public var product: String
        /// The setting of the address to listen on.
        public var listen: String
        /// The setting of the hosts.
        public var hosts: String

        /// The product's names; without them, plain words.
        public init(
            product: String = "http-server", listen: String = "the address to listen on",
            hosts: String = "the list of hosts"
        ) {
            self.product = product
            self.listen = listen
            self.hosts = hosts
        }
    }

    /// What messages and `Server` say.
    public let names: Names
    /// Address and port: "127.0.0.1:8080", "[::1]:0"; port 0 picks a free one.
    public var listen: String
    /// A listening socket to take over instead of binding one; it is never closed.
    public var inherited: Int32?
    /// Whether a supervisor holds that socket too: then whoever waits there at a drain is left for the next process.
    public var isShared = false
    /// Connections to take over, each between two requests.
    public var connections: [Int32] = []
    /// How much of anything a request may bring.
    public var limits = WireLimits()
    /// The hosts this service answers for, with or without a port; `nil` is any. Others get 421.
    public var hosts: [String]?
    /// Event loops; `nil` is one up to four cores, then a quarter of them.
    public var loops: Int?

    /// From accepting to the first byte.
    public var firstByteTimeout = Duration.seconds(10)
    /// From a head's first byte to its last, whatever arrives in between.
    public var headersTimeout = Duration.seconds(10)
    /// Between two pieces of a body.
    public var bodyIdleTimeout = Duration.seconds(10)
    /// Bytes a second that a body must bring on average once `bodyIdleTimeout` has gone by.
    public var bodyBytesPerSecondMin = 1_024
    /// From a complete request to its answer, then 503; `Responder.handlerTimeout` may say otherwise.
    public var handlerTimeout = Duration.seconds(10)
    /// Between two pieces of an answer that the client takes.
    public var writeIdleTimeout = Duration.seconds(30)
    /// Between an answer and the next request.
    public var keepAliveTimeout = Duration.seconds(75)
    /// For reading on after an error's answer, so that the client can read it. H26.
    public var lingeringTimeout = Duration.seconds(1)

    /// Between two signs of life on a stream; proxies cut what is silent for a minute.
    public var streamKeepAliveInterval = Duration.seconds(15)

    /// Bytes that the bodies of all requests under way may hold together, but for those of at most 16 KiB: 256 of the largest by default.
    public var bodiesBytesMax = 64 << 20

    /// Connections at most; also bounded by the limit on file descriptors minus `descriptorsReserved`.
    public var connectionsMax = 12_000
    /// Descriptors left for what else the process opens.
    public var descriptorsReserved = 200
    /// Connections of one address that have shown no valid credentials yet; the longest waiting gives way to the next.
    public var unauthenticatedPerAddressMax = 256
    /// Proxies whose word on their clients' addresses is taken.
    public var trustedProxies = TrustedProxies([])
    /// The kernel's waiting line of connections not yet accepted.
    public var backlog = 4_096

    /// The defaults, listening there.
    public init(listen: String = "127.0.0.1:8080", names: Names = Names()) {
        self.listen = listen
        self.names = names
    }
}
