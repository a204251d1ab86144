import Journal
import JSON
import Model

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
        transaction.keep(token)
        return Outcome(
            .created,
            .resource(ShownResource(.token, id: token.id, body: body(nil), bodyWithSecret: body(secret))))
    }

    private func body(_ secret: String?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", token.id)
        writer.member("name", token.name)
        writer.member("scope", token.scope.rawValue)
        writer.member("token", secret)
        writer.member("created_at", token.createdAt.rfc3339)
        writer.endObject()
        return writer.bytes
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
        guard transaction.isValid(token: id) else {
            throw .refused(
                Refusal(
                    .notFound,
                    "This token does not exist or is already revoked. GET /v1/tokens lists the valid tokens."
                ))
        }
        transaction.revoke(id)
        return .finished
    }
}
