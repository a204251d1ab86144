import Journal
import Synchronization
import Time

/// Measures each webhook's backlog, and has the lane mark webhooks that fall far behind, so that people and receivers learn of it.
///
/// Costs no SQL for a webhook that is not marked while no delivery was created, ended or came due since the last look.
final class BacklogWatch: Sendable {
    /// A webhook is behind when its earliest pending delivery is overdue by this long: it takes less than arrives, or nothing.
    static let dueMax: Duration = .seconds(120)
    /// A webhook is also behind with this many pending deliveries: hours of a busy incident.
    static let pendingMax = 1_000
    /// Hysteresis: a marked webhook has caught up when it is below both limits divided by this. Prevents repeated marking at the edge.
    static let slack = 2
    /// Upper bound of the count, and so of the header's value.
    static let countMax = 10_000
    /// Minimum interval between two looks at one webhook.
    static let lookEvery: Duration = .seconds(5)

    private struct Watched {
        var backlog = Backlog(pending: 0, firstDue: nil)
        var lookedAt: Timestamp?
        /// A delivery was created or ended since `lookedAt`.
        var isStale = true
        /// A mark is queued in the lane.
        var isMarking = false
    }

    private let reader: any JournalReader
    private let submit: @Sendable (WriteLane.PendingRequest) -> Void
    private let state = Mutex<[String: Watched]>([:])

    init(reader: any JournalReader, submit: @escaping @Sendable (WriteLane.PendingRequest) -> Void) {
        self.reader = reader
        self.submit = submit
    }

    /// Records that a delivery to a webhook was created or has ended.
    func markStale(_ webhook: String) {
        state.withLock { $0[webhook, default: Watched()].isStale = true }
    }

    /// Pending deliveries of a webhook at the last look, at most 10,000.
    func pending(_ webhook: String) -> Int {
        state.withLock { $0[webhook]?.backlog.pending ?? 0 }
    }

    /// Refreshes the backlog of webhooks that may have fallen behind or caught up. Blocks on the store.
    func look(at webhooks: [Webhook], now: Timestamp) throws {
        let known = Set(webhooks.map(\.id))
        state.withLock { $0 = $0.filter { known.contains($0.key) } }
        for webhook in webhooks where webhook.disabledAt == nil && isWorthALook(webhook, now) {
            // Cleared before the query: a change during the query counts for the next look.
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

    /// Whether the backlog is over the limits; for a marked webhook, over the lower limits.
    static func isBehind(_ backlog: Backlog, _ isMarked: Bool, at now: Timestamp) -> Bool {
        let slack = isMarked ? BacklogWatch.slack : 1
        let late = backlog.firstDue.map { now - $0 } ?? .zero
        return backlog.pending >= pendingMax / slack || late >= dueMax / slack
    }

    private func mark(_ webhook: String, _ backlog: Backlog?) {
        submit(
            WriteLane.PendingRequest(RecordBacklog(webhook: webhook, backlog: backlog), by: .service, of: nil)
            {
                [self] _ in
                state.withLock { state in
                    state[webhook]?.isMarking = false
                    // A refused mark is retried after the next look.
                    state[webhook]?.isStale = true
                }
            })
    }
}
