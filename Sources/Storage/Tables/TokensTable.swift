import Journal
import SQL
import Time

extension Token {
    fileprivate static let table = Table(
        "tokens",
        ["id", "name", "scope", "secret_hash", "created_at", "revoked_at", "expires_at", "last_used_at"])

    init(row: Statement) throws(SQLFault) {
        self.init(
            id: try row.text(0), name: try row.text(1), scope: try row.word(2), secretHash: try row.bytes(3),
            createdAt: try row.moment(4), revokedAt: try row.optionalMoment(5),
            expiresAt: try row.optionalMoment(6), lastUsedAt: try row.optionalMoment(7))
    }

    fileprivate var values: [SQLValue] {
        [
            .text(id), .text(name), .text(scope.rawValue), .blob(secretHash), .moment(createdAt),
            .moment(revokedAt), .moment(expiresAt), .moment(lastUsedAt),
        ]
    }
}

/// Statements on tokens, shared by the lane and `TokenStore`.
extension Database {
    func append(_ token: Token) throws(SQLFault) {
        try run(Token.table.insert, token.values)
    }

    /// Revokes a valid token; `changes` says whether there was one.
    func revoke(token id: String, at moment: Timestamp) throws(SQLFault) {
        try run(
            "UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            [.text(id), .moment(moment)])
    }

    /// Ends a token at that moment, or lets it end earlier than before.
    func end(token id: String, at moment: Timestamp) throws(SQLFault) {
        try run("UPDATE tokens SET expires_at = $2 WHERE id = $1", [.text(id), .moment(moment)])
    }

    /// Records the minute of a token's last use, unless a later one is known.
    func use(token id: String, at minute: Timestamp) throws(SQLFault) {
        try run(
            "UPDATE tokens SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
            [.text(id), .moment(minute)])
    }

    /// Deletes tokens that were revoked long ago.
    func forgetTokens(revokedBefore moment: Timestamp) throws(SQLFault) {
        try run("DELETE FROM tokens WHERE revoked_at < $1", [.moment(moment)])
    }

    /// All tokens, newest first.
    func tokens() throws(SQLFault) -> [Token] {
        try rows(Token.table.select("ORDER BY created_at DESC, id DESC"), [], Token.init(row:))
    }

    /// Grows with every change to tokens or webhooks, by any process.
    func revision() throws(SQLFault) -> Int? {
        try first("SELECT value FROM meta WHERE key = 'revision'") { (row) throws(SQLFault) in
            try row.count(0)
        }
    }
}
