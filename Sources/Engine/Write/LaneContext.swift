import Encoding
import Journal
import Logging
import Time

/// Dependencies of the lane. All are injected, so that tests and the simulator run the real lane.
public struct LaneContext: Sendable {
    public var position = JournalPosition()
    public var recentEntries = RecentEntries()
    public var credentials: CredentialCache
    /// The clock that rules decide by, with how far it has fallen.
    public var clock: @Sendable () -> StoreClock.Reading
    /// Source of ids, salts and jitter.
    public var random: any RandomSource
    public var log: @Sendable (Logger.Level, String, [(String, String)]) -> Void
    /// Monotonic clock for the queue-delay estimate. The default (always zero) disables admission control by delay.
    public var monotonic: @Sendable () -> Duration = { .zero }
    /// Runs work that blocks on the store, of a token (`nil` for the service) and urgent or not, on another thread; `false` if too much
    /// waits. The default runs it at once, for a lane that is stepped by hand.
    public var onReader: @Sendable (String?, Bool, @escaping @Sendable () -> Void) -> Bool = { _, _, work in
        work()
        return true
    }
    /// Called after each commit that changed streams or deliveries.
    public var committed: @Sendable (Committed) -> Void

    var reader: any JournalReader { credentials.reader }

    public init(
        credentials: CredentialCache, clock: @escaping @Sendable () -> StoreClock.Reading,
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

/// The changes of one commit, for its observers.
public struct Committed: Sendable {
    /// The changed states, as of the commit.
    public let states: [any AnySnapshot]
    /// The appended entries, in order of position.
    public let entries: [StoredEntry]
    /// Ids of webhooks with new deliveries.
    public let deliveries: Set<String>
    /// Ids of webhooks for which a retry was requested by hand.
    public let retried: Set<String>
}

/// State of the store, as the lane last saw it.
public enum StoreState: Sendable, Equatable {
    case ok
    /// Writes fail for now, for that reason; reads continue.
    case refusing(String)
    /// The store is no longer trusted: the lane stops acknowledging, and the service ends.
    case broken(String)
}
