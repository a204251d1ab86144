import Addresses
import API
import Engine
import HTTPServer
import Incidents
import Logging
import Outbound
import Time

/// What the operator has set, read and checked.
public struct Configuration: Sendable {
    /// The database file's path.
    public var database = "data/drumbeat.db"
    /// How many requests one transaction may hold.
    public var batchMax = WriteLane.batchMax
    /// Where links in nags lead; `nil` for where the server listens.
    public var publicURL: String?
    /// Where the first admin token is taken from or written to; `nil` to print it.
    public var adminTokenFile: String?
    /// The numbers that the rules go by.
    public var policy = Policy.standard
    /// The folder whose `templates/` replace ours file by file.
    public var textsFolder: String?
    /// The zone in which drafts print times.
    public var timeZone = "UTC"
    /// Inner networks that webhooks may reach.
    public var webhookAllow: [CIDR] = []
    /// Certificates of authorities that webhooks trust beside the system's.
    public var webhookCAFile: String?
    /// How long an attempt to deliver a webhook may take.
    public var webhookTimeouts = CurlTransport.Timeouts()
    /// Requests of one token that may wait for an answer at once.
    public var inFlightPerTokenMax = TokenLimiter.inFlightMax
    /// Writes a second that one token may make; `nil` for as many as are taken.
    public var writesPerSecondAndToken: Int?
    /// How much is logged.
    public var logLevel = Logger.Level.info
    /// How lines look; `nil` for text on a terminal and JSON elsewhere.
    public var logFormat: Logger.Format?
    /// The server's address, limits and timeouts.
    public var server = ServerSettings(
        names: .init(product: "drumbeat", listen: "DRUMBEAT_LISTEN", hosts: "DRUMBEAT_HOSTS"))
    /// Where each value comes from, for `config check`.
    public var origins: [String: Setting.Origin] = [:]
    /// The values as they were written, for `config check`.
    public var texts: [String: String] = [:]

    /// The defaults.
    public init() {}

    /// The URL that links begin with, once the server is bound to an address.
    func publicURL(boundTo address: String) -> String {
        publicURL ?? "http://\(address)"
    }
}

/// Why the configuration cannot be used: where, what, and what is allowed.
public struct ConfigurationFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The whole message.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
