import Synchronization
import Threads

/// A thread that ticks when it is woken, or when the time it asked for has come; at the latest after a second, for a machine may
/// have slept.
///
/// The shell around a steppable core: tests and the simulator call the core's `tick` themselves.
public final class TickThread: Sendable {
    /// The longest time between two ticks.
    public static let paceMax: Duration = .seconds(1)

    private struct State {
        var woken = false
        var stopped = false
        var thread: WorkerThread?
    }

    private let name: String
    private let tick: @Sendable () -> Duration?
    private let state = Mutex(State())
    private let wakeupPipe = WakeupPipe()

    /// A thread that takes `tick`, which answers how long it may wait for the next one.
    public init(name: String, tick: @escaping @Sendable () -> Duration?) {
        self.name = name
        self.tick = tick
    }

    /// Starts taking ticks.
    public func start() {
        let thread = WorkerThread(name: name) { [self] in run() }
        state.withLock { $0.thread = thread }
        thread.start()
    }

    /// Asks for a tick now. Never blocks.
    public func wake() {
        let first = state.withLock { state in
            defer { state.woken = true }
            return !state.woken
        }
        if first { wakeupPipe.call() }
    }

    /// Ends after the tick that is being taken, and waits for that.
    public func stop() {
        let thread = state.withLock { state in
            state.stopped = true
            return state.thread.take()
        }
        wakeupPipe.call()
        thread?.join()
    }

    private func run() {
        while !state.withLock({ $0.stopped }) {
            state.withLock { $0.woken = false }
            let wait = min(tick() ?? TickThread.paceMax, TickThread.paceMax)
            if wait > .zero { wakeupPipe.wait(atMost: wait) }
        }
    }
}
