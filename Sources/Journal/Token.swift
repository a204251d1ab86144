import Model
import Time

/// Permissions of a token; each scope includes the ones before it (api.md, "Conventions").
public enum Scope: String, CaseIterable, Sendable, Comparable {
    /// Read everything.
    case read
    /// Post entries, status updates and disputes.
    case post
    /// Everything about incidents.
    case command
    /// Webhooks and tokens.
    case admin

    /// Whether confidential incidents exist for it.
    public var seesConfidential: Bool { self >= .command }

    /// From the narrowest to the widest.
    public static func < (left: Scope, right: Scope) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .read: 0
        case .post: 1
        case .command: 2
        case .admin: 3
        }
    }
}

/// A stored token: the hash of its secret, never the secret.
public struct Token: Sendable, Equatable {
    /// Public id: `tok_…`.
    public var id: String
    /// Name of its owner; recorded as `posted_by` of the entries it writes.
    public var name: String
    public var scope: Scope
    /// SHA-256 of the secret, 32 bytes.
    public var secretHash: [UInt8]
    public var createdAt: Timestamp
    /// `nil` unless it was revoked.
    public var revokedAt: Timestamp?
    /// Refused from then on; `nil` for no end.
    public var expiresAt: Timestamp?
    /// The minute of its last request; `nil` for none.
    public var lastUsedAt: Timestamp?

    public init(
        id: String, name: String, scope: Scope, secretHash: [UInt8], createdAt: Timestamp,
        revokedAt: Timestamp?, expiresAt: Timestamp? = nil, lastUsedAt: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.scope = scope
        self.secretHash = secretHash
        self.createdAt = createdAt
        self.revokedAt = revokedAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
    }

    public func isValid(at now: Timestamp) -> Bool {
        revokedAt == nil && (expiresAt.map { $0 > now } ?? true)
    }

    /// Whether the name of a valid token is taken for another one: names are compared like those of persons, which they stand for.
    public func isNamed(_ other: String) -> Bool { Person(name) == Person(other) }
}
