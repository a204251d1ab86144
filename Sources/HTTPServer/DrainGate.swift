import Synchronization

/// Calls a completion once: when all loops are drained, or at the time limit.
final class DrainGate: Sendable {
    private struct State: Sendable {
        var loopsLeft: Int
        var completion: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(loops: Int, completion: @escaping @Sendable () -> Void) {
        state = Mutex(State(loopsLeft: loops, completion: completion))
    }

    func loopDrained() {
        open { state in
            state.loopsLeft -= 1
            return state.loopsLeft == 0
        }
    }

    func timeIsUp() {
        open { _ in true }
    }

    private func open(_ isOpen: (inout State) -> Bool) {
        let completion: (@Sendable () -> Void)? = state.withLock { state in
            guard isOpen(&state) else { return nil }
            defer { state.completion = nil }
            return state.completion
        }
        completion?()
    }
}
