import Encoding
import Journal
import Synchronization

/// The authenticated caller of a request: a valid token without its secret.
public struct Principal: Sendable, Equatable {
    public let id: String
    /// The token's name; recorded as `posted_by` of the entries it writes.
    public let name: String
    public let scope: Scope
}

/// Index of all valid tokens, in memory: authentication works while the store is unavailable.
public final class Authenticator: Sendable {
    private let byHash = Mutex<[[UInt8]: Principal]>([:])
    private let validIDs = Mutex<Set<String>>([])
    private let changes = Atomic<Int>(0)

    public init() {}

    /// Incremented when tokens may have changed. A result for a secret stays valid while this is unchanged, if it was read before the
    /// look-up.
    public var revision: Int { changes.load(ordering: .acquiring) }

    /// The principal of a secret; `nil` for an unknown or revoked one.
    ///
    /// A malformed secret or a wrong checksum is rejected without a look-up.
    public func principal(ofSecret secret: String) -> Principal? {
        principal(ofSecret: Array(secret.utf8)[...])
    }

    public func principal(ofSecret secret: ArraySlice<UInt8>) -> Principal? {
        guard TokenSecret.isWellFormed(secret) else { return nil }
        let hash = Digest.sha256(Array(secret))
        return byHash.withLock { $0[hash] }
    }

    /// Whether the token is known and not revoked.
    public func isValid(_ id: String) -> Bool {
        validIDs.withLock { $0.contains(id) }
    }

    /// Replaces the index with the stored tokens.
    func replace(with tokens: TokenTable) {
        var table: [[UInt8]: Principal] = [:]
        for token in tokens.newestFirst where token.revokedAt == nil {
            table[token.secretHash] = Principal(token)
        }
        let complete = table
        let ids = Set(table.values.map(\.id))
        byHash.withLock { $0 = complete }
        validIDs.withLock { $0 = ids }
        changes.wrappingAdd(1, ordering: .releasing)
    }

    /// Applies the changes of one transaction; `tokens` has them already.
    func apply(_ changes: CredentialChanges, _ tokens: TokenTable) {
        guard !changes.tokens.isEmpty || !changes.revokedTokens.isEmpty else { return }
        let changed = (changes.tokens.map(\.id) + changes.revokedTokens.map(\.id)).compactMap { tokens[$0] }
        byHash.withLock { table in
            for token in changed { table[token.secretHash] = token.revokedAt == nil ? Principal(token) : nil }
        }
        validIDs.withLock { ids in
            for token in changed {
                if token.revokedAt == nil { ids.insert(token.id) } else { ids.remove(token.id) }
            }
        }
        self.changes.wrappingAdd(1, ordering: .releasing)
    }
}

extension Principal {
    fileprivate init(_ token: Token) {
        self.init(id: token.id, name: token.name, scope: token.scope)
    }
}

/// Token secrets: `dbt_`, 30 random base62 digits, and 6 digits of their CRC-32, so that scanners find leaks offline (security.md,
/// "Authentication and authorisation").
public enum TokenSecret {
    private static let prefix = Array("dbt_".utf8)
    private static let randomDigits = 30
    private static let checkDigits = 6

    /// A new secret with at least 178 random bits.
    public static func make(_ random: any RandomSource) -> String {
        let digits = Base62.random(randomDigits, from: random)
        return "dbt_" + digits + checksum(of: Array(digits.utf8)[...])
    }

    /// SHA-256 of a secret: the only form that is stored.
    public static func hash(_ secret: String) -> [UInt8] {
        Digest.sha256(Array(secret.utf8))
    }

    public static func isWellFormed(_ text: String) -> Bool {
        isWellFormed(Array(text.utf8)[...])
    }

    /// Whether the bytes have the shape and the checksum of a secret. Runs for every request, so it does not create a `String`.
    static func isWellFormed(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count == prefix.count + randomDigits + checkDigits, bytes.starts(with: prefix) else {
            return false
        }
        let digits = bytes.dropFirst(prefix.count).prefix(randomDigits)
        return Base62.isValid(digits) && checksum(of: digits).utf8.elementsEqual(bytes.suffix(checkDigits))
    }

    private static func checksum(of digits: ArraySlice<UInt8>) -> String {
        Base62.encode(UInt64(CRC32.checksum(digits)), width: checkDigits)
    }
}
