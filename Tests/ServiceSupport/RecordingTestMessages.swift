import Journal
import Synchronization

/// Test messages to targets that are being registered, each answered at once unless they are held.
package final class RecordingTestMessages: Sendable {
    private struct State {
        var sent: [OutboundMessage] = []
        /// `nil` to answer later.
        var result: OutboundResult? = .status(200)
        var held: [@Sendable (OutboundResult) -> Void] = []
    }

    private let state = Mutex(State())

    package init() {}

    package var sent: [OutboundMessage] { state.withLock { $0.sent } }

    /// What the next ones are answered with.
    package func answer(_ result: OutboundResult) {
        state.withLock { $0.result = result }
    }

    /// Keeps the next ones without an answer, as a target does that hangs.
    package func hold() {
        state.withLock { $0.result = nil }
    }

    /// Answers those that are held.
    package func release(_ result: OutboundResult) {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for completion in held { completion(result) }
    }

    func send(_ message: OutboundMessage, _ completion: @escaping @Sendable (OutboundResult) -> Void) {
        let result = state.withLock { state in
            state.sent.append(message)
            if state.result == nil { state.held.append(completion) }
            return state.result
        }
        if let result { completion(result) }
    }
}
