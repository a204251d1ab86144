import Encoding
import Journal
import Synchronization
import Time

/// The authenticated caller of a request: a valid token without its secret.
public struct Principal: Sendable, Equatable {
    public let id: String
    /// The token's name; recorded as `posted_by` of the entries it writes.
    public let name: String
    public let scope: Scope
    /// Refused from then on; `nil` for no end.
    public let expiresAt: Timestamp?
    /// Notes that the token is used.
    public let use: TokenUse

    init(
        id: String, name: String, scope: Scope, expiresAt: Timestamp?, use: TokenUse
    ) {
        self.id = id
        self.name = name
        self.scope = scope
        self.expiresAt = expiresAt
        self.use = use
    }

    /// `now` is read only for a token that has an end.
    public func isValid(at now: @autoclosure () -> Timestamp) -> Bool {
        expiresAt.map { $0 > now() } ?? true
    }

    public static func == (left: Principal, right: Principal) -> Bool {
        (left.id, left.name, left.scope, left.expiresAt) == (
            right.id, right.name, right.scope, right.expiresAt
        )
    }
}

/// Whether a token was used since the last look: a flag, because a request must cost no write and no lock.
public final class TokenUse: Sendable {
    private let isNoted = Atomic<Bool>(false)

    public init() {}

    public func note() {
        // A store that changes nothing would still take the cache line from the other loops.
        if !isNoted.load(ordering: .relaxed) { isNoted.store(true, ordering: .relaxed) }
    }

    /// Whether it was used since the last call.
    func take() -> Bool { isNoted.exchange(false, ordering: .relaxed) }
}

/// Index of all valid tokens, in memory: authentication works while the store is unavailable.
public final class Authenticator: Sendable {
    private let byHash = Mutex<[[UInt8]: Principal]>([:])
    /// By token; kept over replacements, so that no use is lost.
    private let uses = Mutex<[String: TokenUse]>([:])
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

    private func use(of token: Token) -> TokenUse {
        uses.withLock { uses in
            let use = uses[token.id] ?? TokenUse()
            uses[token.id] = use
            return use
        }
    }

    /// The tokens used since the last call.
    func takeUses() -> [String] {
        uses.withLock { uses in uses.filter { $0.value.take() }.map(\.key) }
    }

    /// Replaces the index with those of the stored tokens that are valid.
    func replace(with tokens: TokenTable, at now: Timestamp) {
        let valid = tokens.newestFirst.filter { $0.isValid(at: now) }
        let validIDs = Set(valid.map(\.id))
        uses.withLock { uses in uses = uses.filter { validIDs.contains($0.key) } }
        var table: [[UInt8]: Principal] = [:]
        for token in valid {
            table[token.secretHash] = Principal(token, use(of: token))
        }
        let complete = table
        byHash.withLock { $0 = complete }
        changes.wrappingAdd(1, ordering: .releasing)
    }

    /// Applies the changes of one transaction; `tokens` has them already.
    func apply(_ changes: CredentialChanges, _ tokens: TokenTable) {
        let ids = changes.tokens.map(\.id) + changes.revokedTokens.map(\.id) + changes.endedTokens.map(\.id)
        guard !ids.isEmpty else { return }
        let changed = ids.compactMap { tokens[$0] }
        byHash.withLock { table in
            for token in changed {
                table[token.secretHash] = token.revokedAt == nil ? Principal(token, use(of: token)) : nil
            }
        }
        self.changes.wrappingAdd(1, ordering: .releasing)
    }
}

extension Principal {
    fileprivate init(_ token: Token, _ use: TokenUse) {
        self.init(
            id: token.id, name: token.name, scope: token.scope, expiresAt: token.expiresAt, use: use)
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

extension Principal? {
    /// Whether confidential incidents exist for a caller; not for one without a token.
    public var seesConfidential: Bool { self?.scope.seesConfidential ?? false }
}
