@preconcurrency import Dispatch
import Glibc
import Synchronization

/// The process's signal handling: ignored signals, and handlers for those that stop or replace the process.
public final class Signals: Sendable {
    private struct State {
        var count = 0
        var handler: (@Sendable (Int) -> Void)?
    }

    /// Registration takes well under a millisecond; startup must not hang on it.
    private static let registrationLimit = DispatchTimeInterval.seconds(1)

    /// Signals that stop or replace the process.
    public static let watched = [SIGTERM, SIGINT, SIGUSR2]

    private let sources: [any DispatchSourceSignal]
    private let replacing: (any DispatchSourceSignal)?
    private let state: Mutex<State>
    private let replacement = Mutex<(@Sendable () -> Void)?>(nil)
    private let queue: DispatchQueue

    /// Ignores SIGPIPE and SIGXFSZ, which would kill the process when a reader disconnects or a file reaches its size limit; the writes
    /// then fail with EPIPE and EFBIG. Starts counting SIGTERM and SIGINT, and watching SIGUSR2. Create one instance, at startup.
    public convenience init() {
        self.init(terminating: [SIGTERM, SIGINT], replacing: SIGUSR2)
    }

    init(terminating signals: [Int32], replacing: Int32? = nil) {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        queue = DispatchQueue(label: "signals")
        state = Mutex(State())
        sources = signals.map { [queue] in DispatchSource.makeSignalSource(signal: $0, queue: queue) }
        self.replacing = replacing.map { [queue] in DispatchSource.makeSignalSource(signal: $0, queue: queue)
        }
        let registered = DispatchSemaphore(value: 0)
        self.replacing?.setEventHandler { [weak self] in self?.replacement.withLock { $0 }?() }
        self.replacing?.setRegistrationHandler { registered.signal() }
        self.replacing?.activate()
        if replacing != nil { _ = registered.wait(timeout: .now() + Self.registrationLimit) }
        for source in sources {
            // A source and its handler retain each other until the source is cancelled.
            source.setEventHandler { [weak self] in self?.arrive(Int(source.data)) }
            source.setRegistrationHandler { registered.signal() }
            source.activate()
        }
        // Registration completes some time after activation; until then the signal would kill the process.
        for _ in sources { _ = registered.wait(timeout: .now() + Self.registrationLimit) }
    }

    deinit {
        for source in sources { source.cancel() }
        replacing?.cancel()
    }

    /// Calls `handler` for each later SIGUSR2, on the queue of `onTermination`. Earlier ones are ignored.
    public func onReplacement(_ handler: @escaping @Sendable () -> Void) {
        replacement.withLock { $0 = handler }
    }

    /// Calls `handler` with 1, 2, … for each SIGTERM or SIGINT, including earlier ones, on a queue of its own.
    public func onTermination(_ handler: @escaping @Sendable (Int) -> Void) {
        let earlier = state.withLock { state in
            state.handler = handler
            return state.count
        }
        guard earlier > 0 else { return }
        queue.async { for number in 1...earlier { handler(number) } }
    }

    /// Dispatch merges signals in quick succession into one event with their number.
    private func arrive(_ number: Int) {
        let (before, handler) = state.withLock { state in
            defer { state.count += number }
            return (state.count, state.handler)
        }
        guard let handler, number > 0 else { return }
        for offset in 1...number { handler(before + offset) }
    }
}
