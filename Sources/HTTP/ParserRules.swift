/// Limits and hosts of a parser, shared by all connections of a server.
public final class ParserRules: Sendable {
    public let limits: WireLimits
    /// Accepted hosts; `nil` for any.
    public let hosts: HostList?

    public init(limits: WireLimits = WireLimits(), hosts: HostList? = nil) {
        self.limits = limits
        self.hosts = hosts
    }
}
