import Journal
import Synchronization

/// Test messages to targets that are being registered, each answered at once.
package final class RecordingProbes: Sendable {
    private let state = Mutex<(sent: [OutboundMessage], result: OutboundResult)>(([], .status(200)))

    package init() {}

    package var sent: [OutboundMessage] { state.withLock { $0.sent } }

    /// What the next ones are answered with.
    package func answer(_ result: OutboundResult) {
        state.withLock { $0.result = result }
    }

    func send(_ message: OutboundMessage, _ completion: @Sendable (OutboundResult) -> Void) {
        completion(
            state.withLock { state in
                state.sent.append(message)
                return state.result
            })
    }
}
