import Time

/// What a token may do; each includes the ones before it (api.md, "Conventions").
public enum Scope: String, CaseIterable, Sendable, Comparable {
    /// Read everything.
    case read
    /// Post entries, status updates and disputes.
    case post
    /// Everything about incidents.
    case command
    /// Webhooks and tokens.
    case admin

    /// Orders scopes from the narrowest to the widest.
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

/// A token as it is stored: its secret's hash, never its secret.
public struct Token: Sendable, Equatable {
    /// Its public id: `tok_…`.
    public var id: String
    /// Whose it is; the `posted_by` of what it brings.
    public var name: String
    /// What it may do.
    public var scope: Scope
    /// SHA-256 of the secret, 32 bytes.
    public var secretHash: [UInt8]
    /// When it was made.
    public var createdAt: Timestamp
    /// When it was revoked; `nil` while it is good.
    public var revokedAt: Timestamp?

    /// A token with all its columns.
    public init(
        id: String, name: String, scope: Scope, secretHash: [UInt8], createdAt: Timestamp,
        revokedAt: Timestamp?
    ) {
        self.id = id
        self.name = name
        self.scope = scope
        self.secretHash = secretHash
        self.createdAt = createdAt
        self.revokedAt = revokedAt
    }
}
