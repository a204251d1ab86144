/// What a parser goes by: the limits and the hosts, shared by all connections of a server.
public final class ParserRules: Sendable {
    /// How much of anything a request may bring.
    public let limits: WireLimits
    /// The hosts this service answers for; `nil` is any.
    public let hosts: HostList?

    /// Rules with those limits, for those hosts.
    public init(limits: WireLimits = WireLimits(), hosts: HostList? = nil) {
        self.limits = limits
        self.hosts = hosts
    }
}
