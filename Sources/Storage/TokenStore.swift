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

    /// Stores a new token; throws `constraint` when its id or secret exists already.
    public func insert(_ token: Token) throws(StoreFault) {
        try store.commit { (_, _) throws(StoreFault) in
            var batch = Batch()
            batch.tokens = [token]
            return batch
        }
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
