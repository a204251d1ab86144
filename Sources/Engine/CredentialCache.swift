import Journal
import Synchronization

/// Cache of the stored tokens and webhooks. Refreshed each second and after each of our own changes, because a `drumbeat token` process
/// changes them too.
public final class CredentialCache: Sendable {
    public let authenticator = Authenticator()

    private struct State {
        var revision = -1
        var webhooks: [Webhook] = []
        var tokens: [Token] = []
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
            authenticator.replace(with: tokens)
            state.withLock { state in
                state.revision = revision
                state.tokens = tokens
                state.webhooks = webhooks
            }
            return true
        }
    }
}
