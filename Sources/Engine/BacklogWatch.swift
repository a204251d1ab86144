import Journal
import Synchronization
import Time

/// Watches how far webhooks are behind, and has the lane mark those that are far behind, so that people and receivers learn it.
///
/// Costs no SQL for a webhook while nothing was made for it, nothing ended and nothing has come due since the last look.
final class BacklogWatch: Sendable {
    /// Something that was due so long ago and has not been tried means that the webhook takes less than comes, or nothing.
    static let dueMax: Duration = .seconds(120)
    /// As many waiting deliveries mean the same: hours of a busy incident.
    static let pendingMax = 1_000
    /// A webhook has caught up once it is below both divided by this, so that one on the edge is not marked again and again.
    static let slack = 2
    /// Beyond that nobody counts: the header says at most this.
    static let countMax = 10_000
    /// The time between two looks at one webhook.
    static let lookEvery: Duration = .seconds(5)

    private struct Watched {
        var backlog = Backlog(pending: 0, firstDue: nil)
        var lookedAt: Timestamp?
        /// Whether something was made or ended since that look.
        var isStale = true
        /// Whether a mark is on its way to the lane.
        var isMarking = false
    }

    private let reader: any JournalReader
    private let submit: @Sendable (WriteLane.PendingRequest) -> Void
    private let state = Mutex<[String: Watched]>([:])

    init(reader: any JournalReader, submit: @escaping @Sendable (WriteLane.PendingRequest) -> Void) {
        self.reader = reader
        self.submit = submit
    }

    /// Says that something was made for a webhook, or ended.
    func markStale(_ webhook: String) {
        state.withLock { $0[webhook, default: Watched()].isStale = true }
    }

    /// How many deliveries wait for a webhook, as of the last look, at most 10,000.
    func pending(_ webhook: String) -> Int {
        state.withLock { $0[webhook]?.backlog.pending ?? 0 }
    }

    /// Looks at those webhooks that may have fallen behind or caught up. Blocks on the store.
    func look(at webhooks: [Webhook], now: Timestamp) throws {
        let known = Set(webhooks.map(\.id))
        state.withLock { $0 = $0.filter { known.contains($0.key) } }
        for webhook in webhooks where webhook.disabledAt == nil && isWorthALook(webhook, now) {
            // Before the look: what comes in between is for the next one.
            state.withLock { $0[webhook.id, default: Watched()].isStale = false }
            let backlog = try reader.backlog(of: webhook.id, countMax: BacklogWatch.countMax)
            let isBehind = BacklogWatch.isBehind(backlog, webhook.behindSince != nil, at: now)
            let marks = state.withLock { state in
                var watched = state[webhook.id] ?? Watched()
                watched.backlog = backlog
                watched.lookedAt = now
                let marks = !watched.isMarking && isBehind != (webhook.behindSince != nil)
                if marks { watched.isMarking = true }
                state[webhook.id] = watched
                return marks
            }
            if marks { mark(webhook.id, isBehind ? backlog : nil) }
        }
    }

    private func isWorthALook(_ webhook: Webhook, _ now: Timestamp) -> Bool {
        state.withLock { state in
            guard let watched = state[webhook.id], let lookedAt = watched.lookedAt else { return true }
            guard now - lookedAt >= BacklogWatch.lookEvery else { return false }
            return watched.isStale || webhook.behindSince != nil
                || watched.backlog.firstDue.map { $0 + BacklogWatch.dueMax <= now } ?? false
        }
    }

    /// Whether it is far behind, being marked so or not.
    static func isBehind(_ backlog: Backlog, _ isMarked: Bool, at now: Timestamp) -> Bool {
        let slack = isMarked ? BacklogWatch.slack : 1
        let late = backlog.firstDue.map { now - $0 } ?? .zero
        return backlog.pending >= pendingMax / slack || late >= dueMax / slack
    }

    private func mark(_ webhook: String, _ backlog: Backlog?) {
        submit(
            WriteLane.PendingRequest(RecordBacklog(webhook: webhook, backlog: backlog), by: .service) {
                [self] _ in
                state.withLock { state in
                    state[webhook]?.isMarking = false
                    // One that was refused is looked at, and marked, again.
                    state[webhook]?.isStale = true
                }
            })
    }
}
