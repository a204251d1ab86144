import Platform
import Synchronization

/// A thread that takes a turn when it is woken, or when the time it asked for has come; at the latest after a second, for a machine may
/// have slept.
///
/// The shell around a steppable core: tests and the simulator call the core's `turn` themselves.
public final class PacedThread: Sendable {
    /// The longest time between two turns.
    public static let paceMax: Duration = .seconds(1)

    private struct State {
        var woken = false
        var stopped = false
        var thread: WorkerThread?
    }

    private let name: String
    private let turn: @Sendable () -> Duration?
    private let state = Mutex(State())
    private let wakeUp = WakeUp()

    /// A thread that takes `turn`, which answers how long it may wait for the next one.
    public init(name: String, turn: @escaping @Sendable () -> Duration?) {
        self.name = name
        self.turn = turn
    }

    /// Starts taking turns.
    public func start() {
        let thread = WorkerThread(name: name) { [self] in run() }
        state.withLock { $0.thread = thread }
        thread.start()
    }

    /// Asks for a turn now. Never blocks.
    public func wake() {
        let first = state.withLock { state in
            defer { state.woken = true }
            return !state.woken
        }
        if first { wakeUp.call() }
    }

    /// Ends after the turn that is being taken, and waits for that.
    public func stop() {
        let thread = state.withLock { state in
            state.stopped = true
            return state.thread.take()
        }
        wakeUp.call()
        thread?.join()
    }

    private func run() {
        while !state.withLock({ $0.stopped }) {
            state.withLock { $0.woken = false }
            let wait = min(turn() ?? PacedThread.paceMax, PacedThread.paceMax)
            if wait > .zero { wakeUp.wait(atMost: wait) }
        }
    }
}
