import Model
import Time

/// A registered webhook.
public struct Webhook: Sendable, Equatable {
    /// Public id: `whk_…`.
    public var id: String
    public var url: String
    /// Event types as patterns: `update.*`, `*`.
    public var events: [String]
    /// Signing secret: `whsec_` and base64 of 24 to 64 bytes.
    public var secret: String
    /// Rotated secrets that still sign, newest first.
    public var previousSecrets: [PreviousSecret]
    public var createdAt: Timestamp
    /// `nil` while the webhook is enabled.
    public var disabledAt: Timestamp?
    /// Why it was disabled.
    public var disabledReason: String?
    /// Since when every attempt has failed; `nil` after a success.
    public var failingSince: Timestamp?
    /// Number of attempts that failed since the last success, counted up to `failuresMax`.
    public var failures: Int
    /// Since when the backlog is over its limits; `nil` while the webhook keeps up.
    public var behindSince: Timestamp?

    /// From this number of failures in a row on nobody is taken to hear what is sent to the webhook.
    public static let failuresMax = 3

    /// A rotated secret.
    public struct PreviousSecret: Sendable, Equatable {
        /// `whsec_…`.
        public var secret: String
        /// From then on it no longer signs.
        public var until: Timestamp

        public init(secret: String, until: Timestamp) {
            self.secret = secret
            self.until = until
        }
    }

    public init(
        id: String, url: String, events: [String], secret: String, createdAt: Timestamp,
        disabledAt: Timestamp?,
        disabledReason: String?, failingSince: Timestamp?, previousSecrets: [PreviousSecret] = [],
        behindSince: Timestamp? = nil, failures: Int = 0
    ) {
        self.id = id
        self.url = url
        self.events = events
        self.secret = secret
        self.createdAt = createdAt
        self.disabledAt = disabledAt
        self.disabledReason = disabledReason
        self.failingSince = failingSince
        self.previousSecrets = previousSecrets
        self.behindSince = behindSince
        self.failures = failures
    }

    /// The secrets that sign at `now`, the current one first.
    public func secrets(at now: Timestamp) -> [String] {
        [secret] + previousSecrets.filter { $0.until > now }.map(\.secret)
    }

    /// Whether the webhook is enabled and subscribed to that type.
    public func wants(_ type: EventType) -> Bool {
        disabledAt == nil && events.contains { EventType.matches(pattern: $0, type.rawValue) }
    }
}
