import Engine
import Logging
import Threads
import Time

/// What routing itself needs: tokens, threads, the write lane, clocks, limits and the log.
public struct RoutingServices: Sendable {
    public var credentials: CredentialCache
    /// Threads that may block on the store.
    public var readers: WorkerPool
    /// Submits to the write lane.
    public var submit: @Sendable (WriteLane.PendingRequest) -> Void
    /// The clock that rules decide by.
    public var clock: @Sendable () -> Timestamp
    public var tokenLimiter = TokenLimiter()
    /// Upper bound of a request body.
    public var bodyBytesMax = 256 << 10
    /// The server's timeout of a handler: work for a request that waited longer is dropped.
    public var handlerTimeout: Duration = .seconds(10)
    /// Whether successful reads are logged.
    public var isDebugging = false
    /// The clock of `Request.receivedNanoseconds`. The default makes every duration zero.
    public var monotonicNanoseconds: @Sendable () -> Int64 = { 0 }
    public var log: @Sendable (Logger.Level, String, [(String, String)]) -> Void

    public init(
        credentials: CredentialCache, readers: WorkerPool,
        submit: @escaping @Sendable (WriteLane.PendingRequest) -> Void,
        clock: @escaping @Sendable () -> Timestamp,
        log: @escaping @Sendable (Logger.Level, String, [(String, String)]) -> Void
    ) {
        self.credentials = credentials
        self.readers = readers
        self.submit = submit
        self.clock = clock
        self.log = log
    }
}
