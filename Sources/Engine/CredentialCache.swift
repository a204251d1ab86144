import Journal
import Synchronization
import Time

/// Cache of the stored tokens and webhooks. The lane applies its own changes after each commit; a reload each second finds those of other
/// processes, such as `drumbeat token`.
public final class CredentialCache: Sendable {
    public let authenticator = Authenticator()

    fileprivate struct State {
        var revision = -1
        /// Newest first.
        var webhooks: [Webhook] = []
        var tokens = TokenTable()
        /// Changes applied since the running reload began, to be applied to what it read; `nil` while none runs.
        var sinceReload: [CredentialChanges]?
        /// The last `passTime`.
        var now = Timestamp(milliseconds: 0)
        /// Minutes of last uses that the store may not have yet.
        var uses: [String: Timestamp] = [:]
    }

    let reader: any JournalReader
    private let state = Mutex(State())
    /// Held during a whole reload, so that an older reload cannot overwrite a newer one.
    private let reloading = Mutex(())

    /// An empty cache until the first `refresh`.
    public init(reader: any JournalReader) {
        self.reader = reader
    }

    /// All webhooks, newest first.
    public func webhooks() -> [Webhook] {
        state.withLock { $0.webhooks }
    }

    public func webhook(_ id: String) -> Webhook? {
        state.withLock { $0.webhooks.first { $0.id == id } }
    }

    /// All tokens, revoked ones included, newest first.
    public func tokens() -> [Token] {
        state.withLock { $0.tokens }.newestFirst
    }

    public func token(_ id: String) -> Token? {
        state.withLock { $0.tokens[id] }
    }

    /// Whether the token is known, not revoked and not at its end.
    public func isValid(token id: String, at now: Timestamp) -> Bool {
        token(id)?.isValid(at: now) ?? false
    }

    func hasToken(revokedBefore moment: Timestamp) -> Bool {
        state.withLock { $0.tokens.hasToken(revokedBefore: moment) }
    }

    /// Applies committed changes of the lane, in its order. Costs no SQL, however many tokens there are.
    func apply(_ changes: CredentialChanges) {
        guard !changes.isEmpty else { return }
        state.withLock { state in
            state.sinceReload?.append(changes)
            state.apply(changes)
            authenticator.apply(changes, state.tokens)
        }
    }

    /// Reloads tokens and webhooks if the stored revision changed; returns whether it did. Blocks on the store.
    @discardableResult
    public func refresh() throws -> Bool {
        try reloading.withLock { _ in
            let revision = try reader.revision()
            guard revision != state.withLock({ $0.revision }) else { return false }
            // The lane does not wait for the reload: what it applies meanwhile is applied to the result again.
            state.withLock { $0.sinceReload = [] }
            defer { state.withLock { $0.sinceReload = nil } }
            let tokens = TokenTable(newestFirst: try reader.tokens())
            let webhooks = try reader.webhooks()
            state.withLock { state in
                state.revision = revision
                state.tokens = tokens
                state.webhooks = webhooks
                for changes in state.sinceReload ?? [] { state.apply(changes) }
                state.showUses()
                authenticator.replace(with: state.tokens, at: state.now)
            }
            return true
        }
    }

    /// Drops the tokens whose end has come, and takes note of those that were used, to the minute. Call each second.
    public func passTime(_ now: Timestamp) {
        state.withLock { state in
            let hasEnded = state.tokens.hasEnded(since: state.now, at: now)
            state.now = now
            if hasEnded { authenticator.replace(with: state.tokens, at: now) }
        }
        let used = authenticator.takeUses()
        guard !used.isEmpty else { return }
        let minute = Timestamp(milliseconds: now.milliseconds / 60_000 * 60_000)
        state.withLock { state in
            for id in used { state.uses[id] = minute }
            state.showUses()
        }
    }

    /// Last uses that are later than what was last taken, for the store.
    public func takeUses() -> [(id: String, at: Timestamp)] {
        state.withLock { state in
            defer { state.uses = [:] }
            return state.uses.map { (id: $0.key, at: $0.value) }.sorted { $0.id < $1.id }
        }
    }
}

extension CredentialCache.State {
    /// Shows the noted uses with the tokens.
    fileprivate mutating func showUses() {
        for (id, minute) in uses { tokens.use(id, at: minute) }
    }
}

extension CredentialCache.State {
    fileprivate mutating func apply(_ changes: CredentialChanges) {
        for token in changes.tokens { tokens.insert(token) }
        for revoked in changes.revokedTokens { tokens.revoke(revoked.id, at: revoked.at) }
        for ended in changes.endedTokens { tokens.end(ended.id, at: ended.at) }
        if let moment = changes.forgetRevokedBefore { tokens.forget(revokedBefore: moment) }
        for (id, webhook) in changes.webhooks {
            webhooks.removeAll { $0.id == id }
            guard let webhook else { continue }
            // As the store orders them: by creation, then id, newest first.
            let place = webhooks.firstIndex { ($0.createdAt, $0.id) < (webhook.createdAt, webhook.id) }
            webhooks.insert(webhook, at: place ?? webhooks.endIndex)
        }
    }
}

/// The changes to tokens and webhooks of one transaction.
struct CredentialChanges: Sendable {
    var tokens: [Token] = []
    var revokedTokens: [(id: String, at: Timestamp)] = []
    var endedTokens: [(id: String, at: Timestamp)] = []
    var forgetRevokedBefore: Timestamp?
    /// Webhooks written, or deleted (`nil`), by id.
    var webhooks: [String: Webhook?] = [:]

    var isEmpty: Bool {
        tokens.isEmpty && revokedTokens.isEmpty && endedTokens.isEmpty && forgetRevokedBefore == nil
            && webhooks.isEmpty
    }
}

/// Tokens in order of creation, found by id.
struct TokenTable: Sendable {
    private var oldestFirst: [Token] = []
    private var places: [String: Int] = [:]

    init() {}

    init(newestFirst tokens: [Token]) {
        for token in tokens.reversed() { insert(token) }
    }

    var newestFirst: [Token] { oldestFirst.reversed() }

    subscript(id: String) -> Token? { places[id].map { oldestFirst[$0] } }

    /// Adds a token that is not known yet.
    mutating func insert(_ token: Token) {
        guard places[token.id] == nil else { return }
        places[token.id] = oldestFirst.count
        oldestFirst.append(token)
    }

    func hasToken(revokedBefore moment: Timestamp) -> Bool {
        oldestFirst.contains { $0.wasRevoked(before: moment) }
    }

    mutating func forget(revokedBefore moment: Timestamp) {
        self = TokenTable(newestFirst: newestFirst.filter { !$0.wasRevoked(before: moment) })
    }

    mutating func revoke(_ id: String, at moment: Timestamp) {
        guard let place = places[id], oldestFirst[place].revokedAt == nil else { return }
        oldestFirst[place].revokedAt = moment
    }

    mutating func end(_ id: String, at moment: Timestamp) {
        if let place = places[id] { oldestFirst[place].expiresAt = moment }
    }

    mutating func use(_ id: String, at minute: Timestamp) {
        guard let place = places[id] else { return }
        oldestFirst[place].lastUsedAt = max(minute, oldestFirst[place].lastUsedAt ?? minute)
    }

    /// Whether a token was valid then and is not any more.
    func hasEnded(since then: Timestamp, at now: Timestamp) -> Bool {
        oldestFirst.contains { $0.expiresAt != nil && $0.isValid(at: then) && !$0.isValid(at: now) }
    }
}

extension Token {
    fileprivate func wasRevoked(before moment: Timestamp) -> Bool {
        revokedAt.map { $0 < moment } ?? false
    }
}
