import Synchronization
import Threads

/// A thread that ticks when woken, when the requested time has come, and at least once a second, because the machine may have slept.
///
/// The shell around a steppable core: tests and the simulator call the core's `tick` directly.
public final class TickThread: Sendable {
    /// Upper bound of the time between two ticks.
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

    /// `tick` returns how long to wait for the next one; `nil` for the maximum.
    public init(name: String, tick: @escaping @Sendable () -> Duration?) {
        self.name = name
        self.tick = tick
    }

    public func start() {
        let thread = WorkerThread(name: name) { [self] in run() }
        state.withLock { $0.thread = thread }
        thread.start()
    }

    /// Requests a tick now. Never blocks.
    public func wake() {
        let first = state.withLock { state in
            defer { state.woken = true }
            return !state.woken
        }
        if first { wakeupPipe.call() }
    }

    /// Stops after the current tick, and waits for the thread to end.
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
