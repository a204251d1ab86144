import Journal
import Synchronization

/// A transport that records attempts and completes them on request.
package final class RecordingTransport: Transport {
    private struct Waiting: Sendable {
        var message: OutboundMessage
        var completion: @Sendable (OutboundResult) -> Void
    }

    private struct State {
        var sent: [OutboundMessage] = []
        var waiting: [Waiting] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// All attempts, in order.
    package var sent: [OutboundMessage] { state.withLock { $0.sent } }

    /// Ids of the attempts without a result.
    package var waiting: [String] { state.withLock { $0.waiting.map(\.message.id) } }

    package func send(_ message: OutboundMessage, completion: @escaping @Sendable (OutboundResult) -> Void) {
        state.withLock { state in
            state.sent.append(message)
            state.waiting.append(Waiting(message: message, completion: completion))
        }
    }

    package func refusal(of url: String, for kind: Webhook.Kind.Name) -> String? { nil }

    /// Completes the pending attempts to a URL, or all; returns their number.
    @discardableResult
    package func answer(_ result: OutboundResult, to url: String? = nil) -> Int {
        let due = state.withLock { state in
            let due = state.waiting.filter { url == nil || $0.message.url == url }
            state.waiting.removeAll { url == nil || $0.message.url == url }
            return due
        }
        for waiting in due { waiting.completion(result) }
        return due.count
    }

    /// Completes the pending attempts with 200.
    @discardableResult
    package func accept(from url: String? = nil) -> Int {
        answer(.status(200), to: url)
    }
}

extension OutboundResult {
    /// A response with that status.
    package static func status(_ status: Int, retryAfter: Duration? = nil) -> OutboundResult {
        .answered(status: status, retryAfter: retryAfter, excerpt: "")
    }
}
