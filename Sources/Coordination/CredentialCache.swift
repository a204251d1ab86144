import Journal
import Synchronization

/// Tokens and endpoints as they are stored, looked at again each second and after each change of our own: a `drumbeat token` beside us
/// changes them too.
public final class CredentialCache: Sendable {
    /// Who may come in.
    public let authenticator = Authenticator()

    private struct State {
        var revision = -1
        var endpoints: [Endpoint] = []
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

    /// Every endpoint, newest first.
    public func endpoints() -> [Endpoint] {
        state.withLock { $0.endpoints }
    }

    /// An endpoint, by id; `nil` when there is none.
    public func endpoint(_ id: String) -> Endpoint? {
        state.withLock { $0.endpoints.first { $0.id == id } }
    }

    /// Every token, revoked ones too, newest first.
    public func tokens() -> [Token] {
        state.withLock { $0.tokens }
    }

    /// A token, by id; `nil` when there is none.
    public func token(_ id: String) -> Token? {
        state.withLock { $0.tokens.first { $0.id == id } }
    }

    /// Reads tokens and endpoints again if something changed; says whether it did. Blocks on the store.
    @discardableResult
    public func refresh() throws -> Bool {
        try reloading.withLock { _ in
            let revision = try reader.revision()
            guard revision != state.withLock({ $0.revision }) else { return false }
            let tokens = try reader.tokens()
            let endpoints = try reader.endpoints()
            authenticator.replace(with: tokens)
            state.withLock { state in
                state.revision = revision
                state.tokens = tokens
                state.endpoints = endpoints
            }
            return true
        }
    }
}
