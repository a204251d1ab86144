import Encoding
import Journal
import Logging
import Time

/// What the lane decides with: everything it needs is passed in, so that tests and the simulator drive the real thing.
public struct LaneContext: Sendable {
    /// Up to where the journal is in memory.
    public var position = JournalPosition()
    /// The end of the journal, in memory.
    public var recentEntries = RecentEntries()
    /// Tokens and webhooks.
    public var credentials: CredentialCache
    /// The time that rules decide by.
    public var clock: @Sendable () -> Timestamp
    /// Where ids, salts and jitter come from.
    public var random: any RandomSource
    /// Where it says what happened.
    public var log: @Sendable (Logger.Level, String, [(String, String)]) -> Void
    /// What it is measured by how long the lane takes: time since some fixed point, which never jumps. It decides alone who would wait
    /// too long, and without it nothing seems to take time.
    public var monotonic: @Sendable () -> Duration = { .zero }
    /// Told after each commit that changed streams or deliveries: look again.
    public var committed: @Sendable (Committed) -> Void

    public init(
        credentials: CredentialCache, clock: @escaping @Sendable () -> Timestamp,
        random: any RandomSource, log: @escaping @Sendable (Logger.Level, String, [(String, String)]) -> Void,
        committed: @escaping @Sendable (Committed) -> Void
    ) {
        self.credentials = credentials
        self.clock = clock
        self.random = random
        self.log = log
        self.committed = committed
    }
}

/// What a commit changed, for those who look again after it.
public struct Committed: Sendable {
    /// The states that it changed, as they are now.
    public let states: [any AnySnapshot]
    /// What was appended, in the order of its positions.
    public let entries: [StoredEntry]
    /// The webhooks, by id, that there are new deliveries to.
    public let deliveries: Set<String>
    /// The webhooks, by id, that somebody asked to send something to again.
    public let retried: Set<String>
}

/// How the store is doing, as far as the lane knows.
public enum StoreState: Sendable, Equatable {
    /// It takes writes.
    case ok
    /// It takes none for now, for that reason; reads go on.
    case refusing(String)
    /// It can no longer be trusted: the service stops acknowledging and ends.
    case broken(String)
}
