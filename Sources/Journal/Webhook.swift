import Model
import Time

/// A webhook: where events go, and which.
public struct Webhook: Sendable, Equatable {
    /// Its public id: `whk_…`.
    public var id: String
    /// Where to.
    public var url: String
    /// Which event types, as patterns: `update.*`, `*`.
    public var events: [String]
    /// The signing secret: `whsec_` and base64 of 24 to 64 bytes.
    public var secret: String
    /// Secrets that were replaced and sign beside it for a while, newest first.
    public var previousSecrets: [PreviousSecret]
    /// When it was registered.
    public var createdAt: Timestamp
    /// When it was switched off; `nil` while it is on.
    public var disabledAt: Timestamp?
    /// Why it was switched off.
    public var disabledReason: String?
    /// Since when every attempt has failed; `nil` when the last one did not.
    public var failingSince: Timestamp?
    /// Since when too much has been waiting for it; `nil` while it keeps up.
    public var behindSince: Timestamp?

    /// A secret that was replaced.
    public struct PreviousSecret: Sendable, Equatable {
        /// The secret: `whsec_…`.
        public var secret: String
        /// From when on it signs no more.
        public var until: Timestamp

        /// A secret that signs until then.
        public init(secret: String, until: Timestamp) {
            self.secret = secret
            self.until = until
        }
    }

    /// A webhook with all its columns.
    public init(
        id: String, url: String, events: [String], secret: String, createdAt: Timestamp,
        disabledAt: Timestamp?,
        disabledReason: String?, failingSince: Timestamp?, previousSecrets: [PreviousSecret] = [],
        behindSince: Timestamp? = nil
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
    }

    /// The secrets to sign with at that moment, the current one first.
    public func secrets(at now: Timestamp) -> [String] {
        [secret] + previousSecrets.filter { $0.until > now }.map(\.secret)
    }

    /// Whether it wants events of that type.
    public func wants(_ type: EventType) -> Bool {
        disabledAt == nil && events.contains { EventType.matches(pattern: $0, type.rawValue) }
    }
}
