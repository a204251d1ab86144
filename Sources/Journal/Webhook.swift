import Model
import Time

/// A registered webhook.
public struct Webhook: Sendable, Equatable {
    /// What a webhook speaks.
    public enum Kind: Sendable, Equatable {
        /// Signed JSON events (Standard Webhooks).
        case standard
        /// Incoming webhooks of Slack, and what takes the same: Mattermost, Rocket.Chat, Discord's `/slack`.
        case slack
        /// A topic of ntfy; the last segment of the URL's path names it.
        case ntfy(token: String?)
        case smtp(Mail)
    }

    /// How mail is sent.
    public struct Mail: Sendable, Equatable {
        /// Upper bound of `to`.
        public static let recipientsMax = 20

        /// Address of the sender.
        public var from: String
        /// Addresses of the recipients.
        public var to: [String]
        public var username: String?
        public var password: String?

        public init(from: String, to: [String], username: String?, password: String?) {
            self.from = from
            self.to = to
            self.username = username
            self.password = password
        }
    }

    /// Public id: `whk_…`.
    public var id: String
    public var kind: Kind
    public var url: String
    /// The person whom its messages reach; `nil` for everyone.
    public var person: Person?
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
        id: String, kind: Kind = .standard, url: String, person: Person? = nil, events: [String],
        secret: String, createdAt: Timestamp, disabledAt: Timestamp?,
        disabledReason: String?, failingSince: Timestamp?, previousSecrets: [PreviousSecret] = [],
        behindSince: Timestamp? = nil, failures: Int = 0
    ) {
        self.id = id
        self.kind = kind
        self.url = url
        self.person = person
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

    /// Whether a message that asks these people is for the webhook; `nil` for a message that asks no one.
    public func isFor(_ asked: [Person]?) -> Bool {
        guard let person, let asked else { return true }
        return asked.contains(person)
    }
}

extension Webhook.Kind {
    /// The value of `kind` in JSON and in the store.
    public var name: Name {
        switch self {
        case .standard: .standard
        case .slack: .slack
        case .ntfy: .ntfy
        case .smtp: .smtp
        }
    }

    public enum Name: String, Sendable, CaseIterable {
        case standard, slack, ntfy, smtp
    }
}

extension Webhook {
    /// The URL as it is shown: that of Slack and ntfy is a secret but for scheme and host.
    public var shownURL: String {
        switch kind {
        case .standard, .smtp: return url
        case .slack, .ntfy:
            let scheme = url.utf8.prefix { $0 != UInt8(ascii: ":") }
            return String(decoding: scheme, as: UTF8.self) + "://" + Webhook.host(of: url) + "/…"
        }
    }

    /// The host of a URL, with its port. The path may hold a secret.
    public static func host(of url: String) -> String {
        let rest = url.utf8.drop { $0 != UInt8(ascii: ":") }.dropFirst().drop { $0 == UInt8(ascii: "/") }
        return String(decoding: rest.prefix { !"/?#".utf8.contains($0) }, as: UTF8.self)
    }

    /// What is sent of a notification to people; `nil` for a kind that gets events.
    public func content(of notification: Notification) -> OutboundMessage.Content? {
        switch kind {
        case .standard: nil
        case .slack: .slack(notification)
        case .ntfy(let token): .ntfy(notification, token: token)
        case .smtp(let mail): .mail(notification, mail)
        }
    }
}

extension Notification {
    /// Says that a target is about to be registered.
    public static func testMessage(at moment: Timestamp) -> Notification {
        let matter = "Test: nags and messages of Drumbeat arrive here"
        return Notification(
            type: .webhookTest, subject: nil, matter: matter, headline: matter, asked: [],
            number: 0, dueAt: nil, text: nil, draft: nil, brief: nil, link: "", buttons: [], createdAt: moment
        )
    }
}
