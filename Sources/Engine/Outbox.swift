import Journal
import Logging
import Model
import Synchronization
import Time
import Views

/// Sends deliveries: takes what is due from the journal, passes it to the transport, and has the lane record the result.
///
/// One attempt at a time per (webhook, retry class), in order; nags go out in parallel. The health of a webhook limits its concurrency: one
/// whose last attempt failed ("open"), or that was not tried yet ("half-open"), gets fewer attempts at a time. Unlike a classical circuit
/// breaker, an open one does not stop attempts: each delivery still follows its retry schedule.
///
/// In-flight attempts are known to this process only: after a crash the row is still pending, and the same `webhook-id` is sent again
/// (domain.md, I8). Source: design.md, "Three journeys".
public final class Outbox: Sendable {
    /// Upper bound of attempts in flight.
    public static let inFlightMax = 64
    /// Upper bound of attempts in flight to webhooks whose circuit is not closed. The rest is reserved for webhooks that work.
    static let notClosedInFlightMax = 56
    /// Upper bound of attempts in flight to webhooks whose circuit is open, so that dead webhooks leave room for new ones.
    static let openInFlightMax = 32
    /// Upper bound of nags in flight to one webhook.
    static let nagsInFlightMax = 4
    /// How long after `expiresAt` a delivery is still sent: the last attempt is due exactly then.
    static let grace: Duration = .seconds(5)
    /// Pause of a webhook after a second failed attempt in a row and each further one, for everything but nags.
    static let pauseAfterFailure: Duration = .seconds(1)
    /// Delay before the next look after a store fault.
    static let retryAfter: Duration = .seconds(1)

    struct DeliveryQueue: Hashable {
        var webhook: String
        var retryClass: RetryClass
    }

    struct State {
        /// Deliveries in flight, or whose result is not yet recorded.
        var inFlight: [Int: DeliveryQueue] = [:]
        /// Expired deliveries whose drop is not yet recorded. They do not count against the limits.
        var dropping: [Int: DeliveryQueue] = [:]
        /// Webhooks that answered with `Retry-After` or failed again, and until when they are paused.
        var pausedUntil: [String: Timestamp] = [:]
        /// Circuit breaker, open: webhooks whose last attempt failed.
        var openCircuits: Set<String> = []
        /// Circuit breaker, closed: webhooks whose last attempt succeeded. A webhook in neither set is half-open: not tried yet.
        var closedCircuits: Set<String> = []
        /// When a queue's next delivery is due, `nil` for none. A queue that is missing here must be looked up.
        var nextDue: [DeliveryQueue: Timestamp?] = [:]
        /// Incremented when a delivery is created or ends, so that an older look-up is not cached.
        var generation = 0
        /// Results that the lane could not record yet.
        var unrecorded: [(delivery: Int, end: AttemptEnd?)] = []
        /// The time of the last tick.
        var latest: Timestamp?
        /// By how much the clock had been set back at the last tick.
        var setBack: Duration = .zero
        /// After the clock was set back: the id after which deliveries still have to follow it. Nothing is sent until they have.
        /// Whether deliveries that a wrong clock created were looked for.
        var hasLookedAhead = true
        var followsClockAfter: Int?
        /// Whether a slice of them is in the lane.
        var isFollowingClock = false
        /// The URL of each webhook. State learnt from another URL is discarded.
        var urls: [String: String] = [:]
        var stopped = false

        func count(where belongs: (DeliveryQueue) -> Bool) -> Int {
            inFlight.values.reduce(0) { belongs($1) ? $0 + 1 : $0 }
        }

        /// Whether an attempt of the queue may start now.
        func admits(_ queue: DeliveryQueue) -> Bool {
            guard !stopped, inFlight.count < Outbox.inFlightMax else { return false }
            guard !closedCircuits.contains(queue.webhook) else { return true }
            // A webhook that may hang gets one attempt per class at a time, nags included.
            guard count(where: { $0 == queue }) == 0,
                count(where: { !closedCircuits.contains($0.webhook) }) < Outbox.notClosedInFlightMax
            else { return false }
            return !openCircuits.contains(queue.webhook)
                || count { openCircuits.contains($0.webhook) } < Outbox.openInFlightMax
        }

        /// Forgets moments of a clock that was set back since the last tick.
        mutating func turn(to reading: StoreClock.Reading) {
            let now = reading.now
            defer { setBack = reading.setBack }
            if let latest, now < latest || reading.setBack > setBack {
                pausedUntil = [:]
                nextDue = [:]
                generation += 1
                followsClockAfter = 0
            }
            latest = now
        }

        mutating func forget(_ queue: DeliveryQueue) {
            generation += 1
            nextDue[queue] = nil
        }
    }

    public let meters = OutboxMeters()
    private let reader: any JournalReader
    private let credentials: CredentialCache
    let bodies: MessageBody
    let transport: any Transport
    let clock: @Sendable () -> Timestamp
    let submit: @Sendable (WriteLane.PendingRequest) -> Void
    let wake: @Sendable () -> Void
    private let log: @Sendable (Logger.Level, String, [(String, String)]) -> Void
    let state = Mutex(State())
    let backlogs: BacklogWatch

    /// `wake` requests a tick after an attempt has ended.
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

    /// Initialises the circuit breakers before the first tick. A webhook that was neither failing nor had a backlog at the last shutdown
    /// starts closed; others start open (failing) or half-open, because they may hang. Blocks on the store.
    public func start(at now: Timestamp) {
        for webhook in credentials.webhooks() {
            if webhook.failingSince != nil {
                state.withLock { _ = $0.openCircuits.insert(webhook.id) }
            } else if !hasBacklog(webhook.id, at: now) {
                state.withLock { _ = $0.closedCircuits.insert(webhook.id) }
            }
        }
        lookAhead(at: now)
    }

    /// Finds the deliveries created by a clock that was ahead, once the clock can be right.
    private func lookAhead(at now: Timestamp) {
        guard now.isCredible else { return state.withLock { $0.hasLookedAhead = false } }
        do {
            let first = try reader.firstPendingDelivery(createdAfter: now + ClockSteps.tolerance)
            state.withLock { state in
                state.hasLookedAhead = true
                state.followsClockAfter = first.map { $0 - 1 }
            }
        } catch {
            log(.error, "outbox.clock_check_failed", [("error", "\(error)")])
        }
    }

    /// Whether a delivery is overdue. A store fault counts as yes.
    private func hasBacklog(_ webhook: String, at now: Timestamp) -> Bool {
        do {
            return try RetryClass.allCases.contains { retryClass in
                try reader.nextDelivery(to: webhook, retryClass).map { $0 <= now } ?? false
            }
        } catch {
            return true
        }
    }

    /// Starts due deliveries. Returns when the next is due; `nil` when no delivery waits for a time. Blocks on the store.
    public func tick(at reading: StoreClock.Reading) -> Timestamp? {
        let now = reading.now
        // By a clock that cannot be right everything would be due, or expired.
        guard now.isCredible else { return nil }
        if !state.withLock({ $0.hasLookedAhead }) { lookAhead(at: now) }
        state.withLock { $0.turn(to: reading) }
        recordAgain()
        guard !followsClock() else { return now + Outbox.retryAfter }
        let webhooks = credentials.webhooks()
        forgetAllBut(webhooks)
        var fault: (any Error)?
        // An unreadable row blocks only its own queue.
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

    /// Whether deliveries still have to follow a clock that was set back; if so, has the lane do the next slice.
    private func followsClock() -> Bool {
        let (isAwaited, after) = state.withLock { state -> (Bool, Int?) in
            guard let after = state.followsClockAfter else { return (false, nil) }
            defer { state.isFollowingClock = true }
            return (true, state.isFollowingClock ? nil : after)
        }
        guard let after else { return isAwaited }
        let reached = Reached(next: after)
        let request = FollowClockWithDeliveries(after: after) { id in reached.next.withLock { $0 = id } }
        submit(
            WriteLane.PendingRequest(request, by: .service, of: nil) { [self] result in
                state.withLock { state in
                    state.isFollowingClock = false
                    // After a failure the same slice again, at the next tick.
                    if case .success = result { state.followsClockAfter = reached.next.withLock { $0 } }
                }
                if case .success = result { wake() }
            })
        return true
    }

    /// How far a slice came.
    private final class Reached: Sendable {
        let next: Mutex<Int?>

        init(next: Int) { self.next = Mutex(next) }
    }

    /// Counts pending deliveries for `meters`. Blocks on the store; after a store fault the last count stays.
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

    public var inFlightCount: Int {
        state.withLock { $0.inFlight.count }
    }

    /// Starts no more attempts. Attempts in flight continue.
    public func stop() {
        state.withLock { $0.stopped = true }
    }

    /// Invalidates the cached due times of webhooks that have new deliveries. Call before the wake-up.
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

    /// Ends the pause of webhooks for which a retry was requested by hand. Call before the wake-up.
    public func handleRetries(to webhooks: Set<String>) {
        state.withLock { state in
            for webhook in webhooks { state.pausedUntil[webhook] = nil }
        }
        markStale(webhooks)
    }

    /// Starts due deliveries of one queue; returns when its next is due. Costs no SQL while nothing has changed.
    private func look(_ queue: DeliveryQueue, _ webhook: Webhook, at now: Timestamp) throws -> Timestamp? {
        if let known = state.withLock({ $0.nextDue[queue] }) {
            guard let moment = known else { return nil }
            if moment > now { return moment }
        }
        return try start(queue, webhook, at: now)
    }

    /// Starts due deliveries of one queue. Returns the next due time, or `nil` if a completion will wake the outbox.
    private func start(_ queue: DeliveryQueue, _ webhook: Webhook, at now: Timestamp) throws -> Timestamp? {
        let isNag = queue.retryClass == .nag
        // In-flight state is read before the rows: a row read before its result was recorded is stale.
        let (underWay, pausedUntil, generation) = state.withLock { state in
            (state.inFlight, state.pausedUntil[queue.webhook], state.generation)
        }
        // In a chat, messages that cross are hard to read.
        let inFlightMax = isNag && webhook.kind == .standard ? Outbox.nagsInFlightMax : 1
        let room =
            inFlightMax - underWay.values.reduce(0) { $1 == queue ? $0 + 1 : $0 }
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
            // Queued before, or retried by hand.
            if !isNag, bodies.isWithheld(delivery) {
                withhold(delivery, queue)
                continue
            }
            let admitted = state.withLock { state in
                guard state.inFlight[delivery.id] == nil, state.admits(queue) else { return false }
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

    /// Records a delivery that expired before it could be sent. Not a failure of the webhook.
    private func drop(_ delivery: Delivery, _ queue: DeliveryQueue) {
        let isNew = state.withLock { state in
            guard !state.stopped else { return false }
            return state.dropping.updateValue(queue, forKey: delivery.id) == nil
        }
        if isNew { finish(delivery.id, nil) }
    }

    /// Records that a delivery is not sent. If that fails, the next tick finds it again.
    private func withhold(_ delivery: Delivery, _ queue: DeliveryQueue) {
        let isNew = state.withLock { state in
            guard !state.stopped else { return false }
            return state.dropping.updateValue(queue, forKey: delivery.id) == nil
        }
        guard isNew else { return }
        submit(
            WriteLane.PendingRequest(RecordAttempt(withholding: delivery.id), by: .service, of: nil) {
                [self] _ in
                state.withLock { state in
                    if let queue = state.dropping.removeValue(forKey: delivery.id) { state.forget(queue) }
                }
                backlogs.markStale(queue.webhook)
                wake()
            })
    }

    /// Discards the state of webhooks that were deleted or whose URL changed.
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
