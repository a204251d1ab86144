import Journal
import JSON
import Model
import Time

public struct CreateToken: WriteRequest {
    private let token: Token
    private let secret: String
    public let ignoresClock: Bool

    /// Only the first answer shows `secret`. The first token of all is made whatever the clock says, or a first start could not end well.
    public init(_ token: Token, secret: String, isFirst: Bool) {
        self.token = token
        self.secret = secret
        ignoresClock = isFirst
    }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        try transaction.requireFreeTokenName(token.name)
        transaction.keep(token)
        return Outcome(created: token, secret: secret)
    }
}

/// Creates the successor of a token, with its name and scope; the old one ends after an overlap.
///
/// A token of its own, not a second secret, so that the last use shows whether anyone still has the old one.
public struct RotateToken: WriteRequest {
    private let id: String
    private let successor: (id: String, secret: String, hash: [UInt8])
    /// `nil` to keep the end of the old token.
    private let expiresAt: Timestamp?
    private let overlap: Duration

    /// Only the first answer shows the successor's secret.
    public init(
        of id: String, to successor: (id: String, secret: String, hash: [UInt8]), expiresAt: Timestamp?,
        overlap: Duration
    ) {
        self.id = id
        self.successor = successor
        self.expiresAt = expiresAt
        self.overlap = overlap
    }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        let old = try transaction.requireToken(id)
        let successors = transaction.successors(of: old)
        if let successor = successors.first(where: { $0.isValid(at: transaction.now) }) {
            throw .refused(
                .invalid(
                    "#",
                    "This token was rotated already: \(successor.id) is its successor. Rotate that one; if its secret was lost, revoke it "
                        + "first, then rotate this one again."))
        }
        // An earlier rotation has set the end of the old token; its successor has the end that was meant.
        let meant = (successors.first ?? old).expiresAt
        let new = Token(
            id: successor.id, name: old.name, scope: old.scope, secretHash: successor.hash,
            createdAt: transaction.now, revokedAt: nil, expiresAt: expiresAt ?? meant)
        transaction.keep(new)
        if overlap == .zero {
            transaction.revoke(old)
        } else {
            transaction.end(old, at: transaction.now + overlap)
        }
        return Outcome(created: new, secret: successor.secret)
    }
}

public struct RevokeToken: WriteRequest {
    private let id: String
    /// A stolen token must stop to work whatever the clock says.
    public let ignoresClock = true

    public init(_ id: String) {
        self.id = id
    }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        transaction.revoke(try transaction.requireToken(id))
        return .finished
    }
}

/// Records when tokens were last used; the service's own, at most once a minute.
public struct RecordTokenUses: WriteRequest {
    private let uses: [(id: String, at: Timestamp)]

    public init(_ uses: [(id: String, at: Timestamp)]) {
        self.uses = uses
    }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        transaction.note(uses: uses)
        return .finished
    }
}

extension Outcome {
    fileprivate init(created token: Token, secret: String) {
        func body(_ secret: String?) -> [UInt8] {
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("id", token.id)
            writer.member("name", token.name)
            writer.member("scope", token.scope.rawValue)
            writer.member("token", secret)
            writer.member("created_at", token.createdAt.rfc3339)
            writer.member("expires_at", token.expiresAt?.rfc3339)
            writer.member("last_used_at", nil as String?)
            writer.endObject()
            return writer.bytes
        }
        self.init(
            .created,
            .resource(ShownResource(.token, id: token.id, body: body(nil), bodyWithSecret: body(secret))))
    }
}
