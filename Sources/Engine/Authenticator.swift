import Encoding
import Journal
import Synchronization

/// Who makes a request: a token that is good.
public struct Principal: Sendable, Equatable {
    /// The token's id.
    public let id: String
    /// The token's name: the `posted_by` of what it brings.
    public let name: String
    /// What it may do.
    public let scope: Scope
}

/// Every good token, in memory, so that authentication goes on while the store is away.
public final class Authenticator: Sendable {
    private let byHash = Mutex<[[UInt8]: Principal]>([:])
    private let goodIDs = Mutex<Set<String>>([])
    private let changes = Atomic<Int>(0)

    /// Nobody yet.
    public init() {}

    /// Goes up when tokens may have changed: what was found out about a secret holds while this stays, when it was read before.
    public var revision: Int { changes.load(ordering: .acquiring) }

    /// The principal of a secret; `nil` for one that was never given out or was revoked.
    ///
    /// A shape or checksum that does not fit is refused without a look-up.
    public func principal(ofSecret secret: String) -> Principal? {
        principal(ofSecret: Array(secret.utf8)[...])
    }

    /// The same, for the bytes as they came.
    public func principal(ofSecret secret: ArraySlice<UInt8>) -> Principal? {
        guard TokenSecret.isWellFormed(secret) else { return nil }
        let hash = Digest.sha256(Array(secret))
        return byHash.withLock { $0[hash] }
    }

    /// Whether a token, by id, is still good.
    public func isGood(_ id: String) -> Bool {
        goodIDs.withLock { $0.contains(id) }
    }

    /// Takes over what is stored.
    func replace(with tokens: [Token]) {
        var table: [[UInt8]: Principal] = [:]
        for token in tokens where token.revokedAt == nil {
            table[token.secretHash] = Principal(id: token.id, name: token.name, scope: token.scope)
        }
        let complete = table
        let ids = Set(table.values.map(\.id))
        byHash.withLock { $0 = complete }
        goodIDs.withLock { $0 = ids }
        changes.wrappingAdd(1, ordering: .releasing)
    }
}

/// The secret half of a token: `dbt_`, 30 random base62 digits, and 6 that are their CRC-32, so that scanners find leaks offline
/// (security.md, "Authentication and authorisation").
public enum TokenSecret {
    private static let prefix = Array("dbt_".utf8)
    private static let randomDigits = 30
    private static let checkDigits = 6

    /// A new secret, of at least 178 random bits.
    public static func make(_ random: any RandomSource) -> String {
        let digits = Base62.random(randomDigits, from: random)
        return "dbt_" + digits + checksum(of: Array(digits.utf8)[...])
    }

    /// What is stored of a secret: its SHA-256.
    public static func hash(_ secret: String) -> [UInt8] {
        Digest.sha256(Array(secret.utf8))
    }

    /// Whether a text has the shape and the checksum of a secret.
    public static func isWellFormed(_ text: String) -> Bool {
        isWellFormed(Array(text.utf8)[...])
    }

    /// Whether the bytes have the shape and the checksum of a secret; asked of every request, so it makes no text of them.
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
