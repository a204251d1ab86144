import Journal
import Synchronization
import Time

/// Cache of the stored tokens and webhooks. Refreshed each second and after each of our own changes, because a `drumbeat token` process
/// changes them too.
public final class CredentialCache: Sendable {
    public let authenticator = Authenticator()

    fileprivate struct State {
        var revision = -1
        var webhooks: [Webhook] = []
        var tokens: [Token] = []
        /// The last `passTime`.
        var now = Timestamp(milliseconds: 0)
        /// Minutes of last uses that the store may not have yet.
        var uses: [String: Timestamp] = [:]
    }

    private let reader: any JournalReader
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
        state.withLock { $0.tokens }
    }

    public func token(_ id: String) -> Token? {
        state.withLock { $0.tokens.first { $0.id == id } }
    }

    /// Reloads tokens and webhooks if the stored revision changed; returns whether it did. Blocks on the store.
    @discardableResult
    public func refresh() throws -> Bool {
        try reloading.withLock { _ in
            let revision = try reader.revision()
            guard revision != state.withLock({ $0.revision }) else { return false }
            let tokens = try reader.tokens()
            let webhooks = try reader.webhooks()
            let now = state.withLock { state in
                state.revision = revision
                state.tokens = tokens
                state.webhooks = webhooks
                state.showUses()
                return state.now
            }
            authenticator.replace(with: tokens, at: now)
            return true
        }
    }

    /// Drops the tokens whose end has come, and takes note of those that were used, to the minute. Call each second.
    public func passTime(_ now: Timestamp) {
        // Not while a reload replaces the index.
        reloading.withLock { _ in
            let (tokens, hasEnded) = state.withLock { state in
                let hasEnded = state.tokens.contains { $0.isValid(at: state.now) && !$0.isValid(at: now) }
                state.now = now
                return (state.tokens, hasEnded)
            }
            if hasEnded { authenticator.replace(with: tokens, at: now) }
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
        guard !uses.isEmpty else { return }
        for index in tokens.indices {
            guard let minute = uses[tokens[index].id] else { continue }
            tokens[index].lastUsedAt = max(minute, tokens[index].lastUsedAt ?? minute)
        }
    }
}
