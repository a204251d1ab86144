import HTTP

/// Settings of a server: address, timeouts and limits. Source: http-strictness, "Timeouts and caps".
public struct ServerSettings: Sendable {
    /// The product's name, and the names of its settings for messages that ask the operator to change one.
    public struct Names: Sendable {
        /// A token, used in `Server` and in queue labels.
        public var product: String
        /// Name of the setting of the listening address.
        public var listen: String
        /// Name of the setting of the accepted hosts.
        public var hosts: String

        /// The defaults are generic words.
        public init(
            product: String = "http-server", listen: String = "the address to listen on",
            hosts: String = "the list of hosts"
        ) {
            self.product = product
            self.listen = listen
            self.hosts = hosts
        }
    }

    public let names: Names
    /// Address and port: "127.0.0.1:8080", "[::1]:0"; port 0 selects a free one.
    public var listen: String
    /// An inherited listening socket, used instead of binding one; never closed.
    public var inherited: Int32?
    /// Whether a supervisor also holds the inherited socket; a drain then leaves its backlog for the next process.
    public var isShared = false
    /// Inherited connections, each between two requests.
    public var connections: [Int32] = []
    /// Those of them that have shown no valid credentials yet.
    public var strangers: Set<Int32> = []
    /// Limits on requests.
    public var limits = WireLimits()
    /// Accepted hosts, with or without a port; `nil` for any. Others get 421.
    public var hosts: [String]?
    /// Origins whose pages may call; `nil` for none, and then no response has a field of the CORS protocol.
    public var crossOrigins: CrossOrigins?
    /// Number of event loops; `nil` selects one on up to four cores, else one per four cores.
    public var loops: Int?

    /// From accepting to the first byte.
    public var firstByteTimeout = Duration.seconds(10)
    /// From the first to the last byte of a head; not extended by received bytes.
    public var headersTimeout = Duration.seconds(10)
    /// Between two pieces of a body.
    public var bodyIdleTimeout = Duration.seconds(10)
    /// Minimum average rate of a body, in bytes per second, after `bodyIdleTimeout`.
    public var bodyBytesPerSecondMin = 1_024
    /// From the head to the last byte of a body, whatever its rate.
    public var bodyTimeMax = Duration.seconds(60)
    /// From a complete request to its response, then 503. `Responder.handlerTimeout` overrides it.
    public var handlerTimeout = Duration.seconds(10)
    /// How long a client may accept no bytes of a response.
    public var writeIdleTimeout = Duration.seconds(30)
    /// Keep-alive: from a response to the next request.
    public var keepAliveTimeout = Duration.seconds(75)
    /// Duration of the lingering close after the last response, so that the client can read it. H26.
    public var lingeringTimeout = Duration.seconds(1)

    /// Interval of keep-alives on a stream; proxies cut connections that are idle for a minute.
    public var streamKeepAliveInterval = Duration.seconds(15)

    /// Upper bound of the bytes held by all request bodies in progress. Bodies of at most 16 KiB are not counted. The default fits 256 of
    /// the largest bodies.
    public var bodiesBytesMax = 64 << 20
    /// The same for the requests of one owner.
    public var bodiesBytesPerTokenMax = 16 << 20

    /// Upper bound of the bytes of responses that clients have not read yet. A response and what waits before it of at most 16 KiB are not
    /// counted.
    public var responsesBytesMax = 256 << 20
    /// The same for one owner.
    public var responsesBytesPerTokenMax = 64 << 20
    /// The same for one address without valid credentials, and for all of them together.
    public var responsesBytesPerAddressMax = 16 << 20
    public var responsesBytesOfStrangersMax = 64 << 20

    /// Upper bound of connections; also bounded by the descriptor limit minus `descriptorsReserved`.
    public var connectionsMax = 12_000
    /// Upper bound of the streams and long polls of one owner; `nil` for `connectionsPerOwner`. All together leave as many connections to
    /// other requests.
    public var waitsPerTokenMax: Int?
    /// Descriptors reserved for everything else that the process opens.
    public var descriptorsReserved = 200
    /// Connections of one address that have shown no valid credentials yet; beyond it the longest waiting one is evicted.
    public var unauthenticatedPerAddressMax = 256
    /// For so long after its arrival a connection without valid credentials is not evicted for a newer one of its address, up to four times
    /// `unauthenticatedPerAddressMax`.
    public var burst = Duration.seconds(1)
    /// Proxies whose `X-Forwarded-For` is used.
    public var trustedProxies = TrustedProxies([])
    /// The kernel's queue of connections not yet accepted.
    public var backlog = 4_096

    public init(listen: String = "127.0.0.1:8080", names: Names = Names()) {
        self.listen = listen
        self.names = names
    }

    /// The share of one owner in `connections`: a quarter.
    public static func connectionsPerOwner(of connections: Int) -> Int { max(1, connections / 4) }
}
