import Journal
import Logging
import Model
import Synchronization
import Time
import Views

/// Sends what the journal holds for outside: takes what is due, hands it to the transport, and has the lane record how it ended.
///
/// One attempt at a time for each (webhook, class), in order, but nags, which wait for nothing. What is under way is known to this process
/// alone: after a crash the row is still pending, and the same `webhook-id` goes out again (domain.md, I8). Source: design.md,
/// "Three journeys".
public final class Outbox: Sendable {
    /// How many attempts may be under way.
    public static let inFlightMax = 64
    /// How many of those may go to webhooks that have not taken anything yet, or not lately; the rest is for those that do.
    static let notClosedInFlightMax = 56
    /// How many of those may go to webhooks whose last attempt failed, so that the dead leave room for the new.
    static let openInFlightMax = 32
    /// How many nags may be under way to one webhook.
    static let nagsInFlightMax = 4
    /// How long after its end a delivery is still sent: the last attempt is due at that very moment.
    static let grace: Duration = .seconds(5)
    /// How long it waits before it looks again after a fault of the store.
    static let retryAfter: Duration = .seconds(1)

    private struct DeliveryQueue: Hashable {
        var webhook: String
        var retryClass: RetryClass
    }

    private struct State {
        /// Deliveries under way, or waiting for their end to be recorded.
        var inFlight: [Int: DeliveryQueue] = [:]
        /// Deliveries that were worthless before they could be sent, until that is recorded. They take no place of others.
        var dropping: [Int: DeliveryQueue] = [:]
        /// Webhooks that asked to be left alone for a while, and until when.
        var pausedUntil: [String: Timestamp] = [:]
        /// Circuit breaker, open: webhooks whose last attempt failed.
        var openCircuits: Set<String> = []
        /// Circuit breaker, closed: webhooks whose last attempt succeeded. In neither set: half-open, not tried yet.
        var closedCircuits: Set<String> = []
        /// When a queue's next delivery is due, `nil` for none, as far as it was looked up; a queue that is not here is looked up.
        var nextDue: [DeliveryQueue: Timestamp?] = [:]
        /// Grows with every delivery that is new or ended, so that what was looked up before does not count after.
        var generation = 0
        /// Ends that the lane could not record yet.
        var unrecorded: [(delivery: Int, end: AttemptEnd?)] = []
        /// Where each webhook leads; what was learnt of another place does not count.
        var urls: [String: String] = [:]
        var stopped = false

        func count(where belongs: (DeliveryQueue) -> Bool) -> Int {
            inFlight.values.reduce(0) { belongs($1) ? $0 + 1 : $0 }
        }

        func room(for queue: DeliveryQueue) -> Bool {
            guard !stopped, inFlight.count < Outbox.inFlightMax else { return false }
            guard !closedCircuits.contains(queue.webhook) else { return true }
            // Whoever may hang gets one attempt of a class at a time, nags too.
            guard count(where: { $0 == queue }) == 0,
                count(where: { !closedCircuits.contains($0.webhook) }) < Outbox.notClosedInFlightMax
            else { return false }
            return !openCircuits.contains(queue.webhook)
                || count { openCircuits.contains($0.webhook) } < Outbox.openInFlightMax
        }

        mutating func forget(_ queue: DeliveryQueue) {
            generation += 1
            nextDue[queue] = nil
        }
    }

    /// What it has done so far, and what waits.
    public let meters = OutboxMeters()
    private let reader: any JournalReader
    private let credentials: CredentialCache
    private let bodies: MessageBody
    private let transport: any Transport
    private let clock: @Sendable () -> Timestamp
    private let submit: @Sendable (WriteLane.PendingRequest) -> Void
    private let wake: @Sendable () -> Void
    private let log: @Sendable (Logger.Level, String, [(String, String)]) -> Void
    private let state = Mutex(State())
    private let backlogs: BacklogWatch

    /// An outbox over a journal. `wake` asks for a tick after an attempt has ended.
    public init(
        reader: any JournalReader, credentials: CredentialCache, bodies: MessageBody,
        transport: any Transport,
        clock: @escaping @Sendable () -> Timestamp,
        submit: @escaping @Sendable (WriteLane.PendingRequest) -> Void,
        wake: @escaping @Sendable () -> Void,
        log: @escaping @Sendable (Logger.Level, String, [(String, String)]) -> Void
    ) {
        self.reader = reader
        self.credentials = credentials
        self.bodies = bodies
        self.transport = transport
        self.clock = clock
        self.submit = submit
        self.wake = wake
        backlogs = BacklogWatch(reader: reader, submit: submit)
        self.log = log
    }

    /// Takes over what is stored about the webhooks, before the first tick: those that neither failed nor had anything waiting when
    /// the service ended get a closed circuit; the others stay half-open, for they may hang. Blocks on the store.
    public func start(at now: Timestamp) {
        for webhook in credentials.webhooks() {
            if webhook.failingSince != nil {
                state.withLock { _ = $0.openCircuits.insert(webhook.id) }
            } else if !hasBacklog(webhook.id, at: now) {
                state.withLock { _ = $0.closedCircuits.insert(webhook.id) }
            }
        }
    }

    /// Whether something has been due for it; a store that does not answer proves nothing.
    private func hasBacklog(_ webhook: String, at now: Timestamp) -> Bool {
        do {
            return try RetryClass.allCases.contains { retryClass in
                try reader.nextDelivery(to: webhook, retryClass).map { $0 <= now } ?? false
            }
        } catch {
            return true
        }
    }

    /// Starts what is due, and answers with the next moment; `nil` when nothing waits for one. Blocks on the store.
    public func tick(at now: Timestamp) -> Timestamp? {
        recordAgain()
        let webhooks = credentials.webhooks()
        forgetAllBut(webhooks)
        var fault: (any Error)?
        // A row that does not read holds up its own queue, and nobody else's.
        func attempt(_ look: () throws -> Timestamp?) -> Timestamp? {
            do {
                return try look()
            } catch {
                fault = fault ?? error
                return now + Outbox.retryAfter
            }
        }
        var next = attempt {
            try backlogs.look(at: webhooks, now: now)
            return nil
        }
        for webhook in webhooks where webhook.disabledAt == nil {
            for retryClass in RetryClass.allCases {
                let queue = DeliveryQueue(webhook: webhook.id, retryClass: retryClass)
                guard let moment = attempt({ try look(queue, webhook, at: now) }) else { continue }
                next = min(next ?? moment, moment)
            }
        }
        if let fault { log(.error, "outbox.turn_failed", [("error", "\(fault)")]) }
        return next
    }

    /// Counts what waits, for `meters`. Blocks on the store; what was counted last stands while the store does not answer.
    public func refreshBacklog() throws {
        let pending = try reader.pendingDeliveries(countMax: OutboxMeters.pendingMax)
        var oldest: Timestamp?
        if pending > 0 {
            for webhook in credentials.webhooks() {
                for retryClass in RetryClass.allCases {
                    guard let next = try reader.nextDelivery(to: webhook.id, retryClass) else { continue }
                    oldest = min(oldest ?? next, next)
                }
            }
        }
        meters.set(BacklogGauge(pending: pending, earliestDueAt: oldest))
    }

    /// How many attempts are under way.
    public var inFlightCount: Int {
        state.withLock { $0.inFlight.count }
    }

    /// Starts no more attempts; those under way go on.
    public func stop() {
        state.withLock { $0.stopped = true }
    }

    /// Says that there are new deliveries to these webhooks: their queues are looked up again. To be called before the wake-up.
    public func markStale(_ webhooks: Set<String>) {
        state.withLock { state in
            for webhook in webhooks {
                for retryClass in RetryClass.allCases {
                    state.forget(DeliveryQueue(webhook: webhook, retryClass: retryClass))
                }
            }
        }
        for webhook in webhooks { backlogs.markStale(webhook) }
    }

    /// Says that somebody had something sent again to these webhooks: they are not left alone any longer. To be called before the wake-up.
    public func handleRetries(to webhooks: Set<String>) {
        state.withLock { state in
            for webhook in webhooks { state.pausedUntil[webhook] = nil }
        }
        markStale(webhooks)
    }

    /// Starts what is due in one queue, if anything can be; answers when its next is. Costs no SQL while nothing has changed.
    private func look(_ queue: DeliveryQueue, _ webhook: Webhook, at now: Timestamp) throws -> Timestamp? {
        if let known = state.withLock({ $0.nextDue[queue] }) {
            guard let moment = known else { return nil }
            if moment > now { return moment }
        }
        return try start(queue, webhook, at: now)
    }

    /// Starts what is due in one queue; answers when its next is, or `nil` when an end will wake us anyway.
    private func start(_ queue: DeliveryQueue, _ webhook: Webhook, at now: Timestamp) throws -> Timestamp? {
        let isNag = queue.retryClass == .nag
        // What is under way is noted before the rows are read: a row that was read before its end was recorded is stale.
        let (underWay, pausedUntil, generation) = state.withLock { state in
            (state.inFlight, state.pausedUntil[queue.webhook], state.generation)
        }
        let room =
            (isNag ? Outbox.nagsInFlightMax : 1) - underWay.values.reduce(0) { $1 == queue ? $0 + 1 : $0 }
        guard room > 0 else { return nil }
        if !isNag, let pausedUntil, pausedUntil > now { return pausedUntil }

        let due = try reader.dueDeliveries(
            to: queue.webhook, queue.retryClass, at: now, limit: isNag ? Outbox.nagsInFlightMax * 2 : 1)
        var started = 0
        for delivery in due where started < room && underWay[delivery.id] == nil {
            if now > delivery.expiresAt + Outbox.grace {
                drop(delivery, queue)
                continue
            }
            let admitted = state.withLock { state in
                guard state.inFlight[delivery.id] == nil, state.room(for: queue) else { return false }
                state.inFlight[delivery.id] = queue
                return true
            }
            guard admitted else { continue }
            try attempt(delivery, to: webhook, at: now)
            started += 1
        }
        guard due.isEmpty else { return nil }
        let next = try reader.nextDelivery(to: queue.webhook, queue.retryClass)
        state.withLock { state in
            if state.generation == generation { state.nextDue[queue] = .some(next) }
        }
        return next
    }

    /// Worthless before it could be sent: recorded as such, and no fault of the webhook.
    private func drop(_ delivery: Delivery, _ queue: DeliveryQueue) {
        let isNew = state.withLock { state in
            guard !state.stopped else { return false }
            return state.dropping.updateValue(queue, forKey: delivery.id) == nil
        }
        if isNew { finish(delivery.id, nil) }
    }

    private func attempt(_ delivery: Delivery, to webhook: Webhook, at now: Timestamp) throws {
        let body: [UInt8]
        do {
            body = try bodies.make(delivery)
        } catch let unreadable as UnreadableEntry {
            let result = OutboundResult.failed("its body cannot be built: \(unreadable.detail)")
            return finish(delivery.id, AttemptEnd(result, url: webhook.url, startedAt: now, duration: .zero))
        } catch {
            state.withLock { $0.inFlight[delivery.id] = nil }
            throw error
        }
        let message = OutboundMessage(
            url: webhook.url, id: delivery.messageID, sentAt: now, body: body,
            secrets: webhook.secrets(at: now),
            backlog: webhook.behindSince == nil ? nil : backlogs.pending(webhook.id))
        // The tick's moment is as old as what was done before in it.
        let startedAt = clock()
        transport.send(message) { [self] result in
            let duration = max(.zero, clock() - startedAt)
            meters.attemptDuration.observe(duration)
            record(result, of: webhook)
            finish(
                delivery.id,
                AttemptEnd(result, url: webhook.url, startedAt: startedAt, duration: duration))
        }
    }

    private func record(_ result: OutboundResult, of webhook: Webhook) {
        let now = clock()
        state.withLock { state in
            // It may have been deleted, or lead elsewhere by now.
            guard state.urls[webhook.id] == webhook.url else { return }
            let webhook = webhook.id
            if case .answered(let status, let retryAfter, _) = result {
                if (200...299).contains(status) {
                    state.openCircuits.remove(webhook)
                    state.closedCircuits.insert(webhook)
                    state.pausedUntil[webhook] = nil
                    return
                }
                if [429, 502, 503, 504].contains(status), let retryAfter {
                    state.pausedUntil[webhook] = now + min(retryAfter, RetrySchedule.retryAfterMax)
                }
            }
            state.openCircuits.insert(webhook)
            state.closedCircuits.remove(webhook)
        }
    }

    /// Has the end recorded; the delivery counts as under way until that is committed, so that it is not sent again.
    private func finish(_ delivery: Int, _ end: AttemptEnd?) {
        submit(
            WriteLane.PendingRequest(RecordAttempt(of: delivery, end), by: .service) {
                [self] recorded in
                if case .failure = recorded {
                    // Tried again with the next tick, a second from now at the latest.
                    state.withLock { $0.unrecorded.append((delivery, end)) }
                } else {
                    let ended = state.withLock { state in
                        let ended = [
                            state.inFlight.removeValue(forKey: delivery),
                            state.dropping.removeValue(forKey: delivery),
                        ].compactMap(\.self)
                        for queue in ended { state.forget(queue) }
                        return ended
                    }
                    for queue in ended { backlogs.markStale(queue.webhook) }
                    wake()
                }
            })
    }

    /// Forgets what was learnt of webhooks that are gone, or lead elsewhere now.
    private func forgetAllBut(_ webhooks: [Webhook]) {
        let urls = Dictionary(webhooks.map { ($0.id, $0.url) }) { first, _ in first }
        state.withLock { state in
            guard state.urls != urls else { return }
            let known = Set(urls.keys.filter { state.urls[$0] == nil || state.urls[$0] == urls[$0] })
            state.urls = urls
            state.openCircuits.formIntersection(known)
            state.closedCircuits.formIntersection(known)
            state.pausedUntil = state.pausedUntil.filter { known.contains($0.key) }
            state.nextDue = state.nextDue.filter { known.contains($0.key.webhook) }
        }
    }

    private func recordAgain() {
        let waiting = state.withLock { state in
            defer { state.unrecorded = [] }
            return state.unrecorded
        }
        for (delivery, end) in waiting { finish(delivery, end) }
    }
}
