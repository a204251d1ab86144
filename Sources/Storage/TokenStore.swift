import Journal
import SQL
import Time

/// Token administration alongside a running service: each call is one short transaction, durable on return.
///
/// The service notices a change by the database's revision. Used by one thread.
public final class TokenStore {
    private let store: SQLiteStore

    private init(store: SQLiteStore) {
        self.store = store
    }

    /// Opens a database that exists and is up to date.
    public static func open(path: String, now: Timestamp) throws(OpenFault) -> TokenStore {
        TokenStore(store: try SQLiteStore.open(path: path, purpose: .beside, now: now))
    }

    /// Findings about the file for the operator, one sentence each.
    public var warnings: [String] { store.warnings }

    /// Stores a new token; throws `constraint` when its id or secret exists already. Returns the valid token that has its name, if there is
    /// one; then nothing is stored.
    public func insert(_ token: Token) throws(StoreFault) -> Token? {
        var namesake: Token?
        try store.commit { (_, _) throws(StoreFault) in
            let known = try storing { () throws(SQLFault) in try store.database.tokens() }
            namesake = known.first { $0.isValid(at: token.createdAt) && $0.isNamed(token.name) }
            var batch = Batch()
            if namesake == nil { batch.tokens = [token] }
            return batch
        }
        return namesake
    }

    /// All tokens, newest first.
    public func tokens() throws(StoreFault) -> [Token] {
        try storing { () throws(SQLFault) in try store.database.tokens() }
    }

    /// Revokes a token. Returns whether a valid one with that id existed.
    public func revoke(_ id: String, at moment: Timestamp) throws(StoreFault) -> Bool {
        try store.commit { (_, _) throws(StoreFault) in
            var batch = Batch()
            batch.revokedTokens = [(id, moment)]
            return batch
        }
        return store.database.changes > 0
    }

    public func close() {
        store.close()
    }
}
