import Addresses
import Engine
import HTTPServer
import Incidents
import Logging
import Outbound
import Routing
import Time

/// The operator's settings, validated.
public struct Configuration: Sendable {
    /// Path of the database file.
    public var database = "data/drumbeat.db"
    /// Upper bound of requests in one transaction.
    public var batchMax = WriteLane.batchMax
    /// Base of links in nags; `nil` for the listening address.
    public var publicURL: String?
    /// Where the first admin token is read from or written to; `nil` to print it.
    public var adminTokenFile: String?
    public var policy = Policy.standard
    /// What happens to an update in which the linter finds something.
    public var lintMode = UpdateLint.Mode.warn
    /// A folder whose `templates/` and `lint/` replace the built-in texts file by file.
    public var textsFolder: String?
    /// The time zone of times in drafts.
    public var timeZone = "UTC"
    /// Internal networks that webhooks may reach.
    public var webhookAllow: [CIDR] = []
    /// Certificate authorities that webhooks trust in addition to the system's.
    public var webhookCAFile: String?
    /// Timeouts of a delivery attempt.
    public var webhookTimeouts = CurlTransport.Timeouts()
    /// Whether anyone may ask whether deploys are frozen.
    public var freezeIsPublic = false
    /// Upper bound of a token's requests in flight.
    public var inFlightPerTokenMax = TokenLimiter.inFlightMax
    /// Write rate limit per token; `nil` for none.
    public var writesPerSecondAndToken: Int?
    public var logLevel = Logger.Level.info
    /// `nil` for text on a terminal and JSON elsewhere.
    public var logFormat: Logger.Format?
    public var server = ServerSettings(
        names: .init(product: "drumbeat", listen: "DRUMBEAT_LISTEN", hosts: "DRUMBEAT_HOSTS"))
    /// The configuration file that was read; `nil` when there is none.
    public var file: String?
    /// Source of each value, for `config check`.
    public var origins: [String: Setting.Origin] = [:]
    /// The values as written, for `config check`.
    public var texts: [String: String] = [:]

    public init() {}

    /// The share of one token in the connections that the machine's limit on descriptors allows.
    var connectionsPerOwner: Int { ServerSettings.connectionsPerOwner(of: Server.connectionsMax(server)) }

    /// Upper bound of a token's requests in flight: they must not take every connection.
    var inFlightMax: Int { min(inFlightPerTokenMax, connectionsPerOwner) }

    /// Whether any value comes from that file.
    public func isRead(from path: String) -> Bool {
        origins.values.contains { if case .file(path, _) = $0 { true } else { false } }
    }

    /// Base of links, once the server is bound to an address.
    func publicURL(boundTo address: String) -> String {
        publicURL ?? "http://\(address)"
    }
}

/// Why the configuration is invalid: place, value, and what is allowed.
public struct ConfigurationFault: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
