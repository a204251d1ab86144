import Journal
import Synchronization

/// Tokens and webhooks as they are stored, looked at again each second and after each change of our own: a `drumbeat token` beside us
/// changes them too.
public final class CredentialCache: Sendable {
    /// Who may come in.
    public let authenticator = Authenticator()

    private struct State {
        var revision = -1
        var webhooks: [Webhook] = []
        var tokens: [Token] = []
    }

    private let reader: any JournalReader
    private let state = Mutex(State())
    /// Held over a whole reload, so that an older one cannot overwrite a newer one.
    private let reloading = Mutex(())

    /// A cache over what is stored; empty until `refresh`.
    public init(reader: any JournalReader) {
        self.reader = reader
    }

    /// Every webhook, newest first.
    public func webhooks() -> [Webhook] {
        state.withLock { $0.webhooks }
    }

    /// A webhook, by id; `nil` when there is none.
    public func webhook(_ id: String) -> Webhook? {
        state.withLock { $0.webhooks.first { $0.id == id } }
    }

    /// Every token, revoked ones too, newest first.
    public func tokens() -> [Token] {
        state.withLock { $0.tokens }
    }

    /// A token, by id; `nil` when there is none.
    public func token(_ id: String) -> Token? {
        state.withLock { $0.tokens.first { $0.id == id } }
    }

    /// Reads tokens and webhooks again if something changed; says whether it did. Blocks on the store.
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
