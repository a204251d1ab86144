import Incidents
import Journal
import Platform
import Synchronization
import Time

/// Sends what the journal holds for outside: takes what is due, hands it to the transport, and has the lane record how it ended.
///
/// One attempt at a time for each (endpoint, class), in order, but nags, which wait for nothing. What is under way is known to this process
/// alone: after a crash the row is still pending, and the same `webhook-id` goes out again (domain.md, I8). Source: design.md,
/// "Three journeys".
public final class Outbox: Sendable {
    /// How many attempts may be under way.
    public static let inFlightMax = 64
    /// How many of those may go to endpoints whose last attempt failed, so that the dead leave room for the living.
    static let failingInFlightMax = 32
    /// How many nags may be under way to one endpoint.
    static let nagsInFlightMax = 4
    /// How long after its end a delivery is still sent: the last attempt is due at that very moment.
    static let grace: Duration = .seconds(5)
    /// How long it waits before it looks again after a fault of the store.
    static let retryAfter: Duration = .seconds(1)

    private struct Lane: Hashable {
        var endpoint: String
        var retryClass: RetryClass
    }

    private struct State {
        /// Deliveries under way, or waiting for their end to be recorded.
        var inFlight: [Int: Lane] = [:]
        /// Endpoints that asked to be left alone for a while, and until when.
        var heldUntil: [String: Timestamp] = [:]
        /// Endpoints whose last attempt failed.
        var failing: Set<String> = []
        /// Ends that the lane could not record yet.
        var unrecorded: [(delivery: Int, result: OutboundResult?)] = []
        var stopped = false

        func count(_ lane: Lane) -> Int {
            inFlight.values.reduce(0) { $1 == lane ? $0 + 1 : $0 }
        }

        func room(for endpoint: String) -> Bool {
            guard !stopped, inFlight.count < Outbox.inFlightMax else { return false }
            guard failing.contains(endpoint) else { return true }
            return inFlight.values.reduce(0) { failing.contains($1.endpoint) ? $0 + 1 : $0 }
                < Outbox.failingInFlightMax
        }
    }

    private let reader: any JournalReader
    private let directory: Directory
    private let bodies: MessageBody
    private let transport: any Transport
    private let clock: @Sendable () -> Timestamp
    private let submit: @Sendable (WriteLane.Submission) -> Void
    private let poke: @Sendable () -> Void
    private let log: @Sendable (Logger.Level, String, [(String, String)]) -> Void
    private let state = Mutex(State())

    /// An outbox over a journal. `poke` asks for a turn after an attempt has ended.
    public init(
        reader: any JournalReader, directory: Directory, bodies: MessageBody, transport: any Transport,
        clock: @escaping @Sendable () -> Timestamp,
        submit: @escaping @Sendable (WriteLane.Submission) -> Void,
        poke: @escaping @Sendable () -> Void,
        log: @escaping @Sendable (Logger.Level, String, [(String, String)]) -> Void
    ) {
        self.reader = reader
        self.directory = directory
        self.bodies = bodies
        self.transport = transport
        self.clock = clock
        self.submit = submit
        self.poke = poke
        self.log = log
    }

    /// Starts what is due, and answers with the next moment; `nil` when nothing waits for one. Blocks on the store.
    public func turn(at now: Timestamp) -> Timestamp? {
        recordAgain()
        forgetDeleted()
        do {
            var next: Timestamp?
            for endpoint in directory.endpoints() where endpoint.disabledAt == nil {
                for retryClass in RetryClass.allCases {
                    guard
                        let moment = try start(
                            Lane(endpoint: endpoint.id, retryClass: retryClass), endpoint, at: now)
                    else { continue }
                    next = min(next ?? moment, moment)
                }
            }
            return next
        } catch {
            log(.error, "outbox.turn_failed", [("error", "\(error)")])
            return now + Outbox.retryAfter
        }
    }

    /// How many attempts are under way.
    public var inFlightCount: Int {
        state.withLock { $0.inFlight.count }
    }

    /// Starts no more attempts; those under way go on.
    public func stop() {
        state.withLock { $0.stopped = true }
    }

    /// Starts what is due in one lane; answers when its next is, or `nil` when an end will poke us anyway.
    private func start(_ lane: Lane, _ endpoint: Endpoint, at now: Timestamp) throws -> Timestamp? {
        let isNag = lane.retryClass == .nag
        let (busy, heldUntil) = state.withLock { ($0.count(lane), $0.heldUntil[lane.endpoint]) }
        let room = (isNag ? Outbox.nagsInFlightMax : 1) - busy
        guard room > 0 else { return nil }
        if !isNag, let heldUntil, heldUntil > now { return heldUntil }

        let due = try reader.dueDeliveries(
            to: lane.endpoint, lane.retryClass, at: now, limit: isNag ? Outbox.nagsInFlightMax * 2 : 1)
        var started = 0
        for delivery in due where started < room {
            let admitted = state.withLock { state in
                guard state.inFlight[delivery.id] == nil, state.room(for: lane.endpoint) else { return false }
                state.inFlight[delivery.id] = lane
                return true
            }
            guard admitted else { continue }
            try attempt(delivery, to: endpoint, at: now)
            started += 1
        }
        if started > 0 || !due.isEmpty { return nil }
        return try reader.nextDelivery(to: lane.endpoint, lane.retryClass)
    }

    private func attempt(_ delivery: Delivery, to endpoint: Endpoint, at now: Timestamp) throws {
        // Worthless before it could be sent: recorded as such, and no fault of the endpoint.
        guard now <= delivery.expiresAt + Outbox.grace else { return finish(delivery.id, nil) }
        let body: [UInt8]
        do {
            body = try bodies.make(delivery)
        } catch let unreadable as UnreadableEntry {
            return finish(delivery.id, .failed("its body cannot be made: \(unreadable.detail)"))
        } catch {
            state.withLock { $0.inFlight[delivery.id] = nil }
            throw error
        }
        let message = OutboundMessage(
            url: endpoint.url, id: delivery.messageID, sentAt: now, body: body, secrets: [endpoint.secret])
        transport.send(message) { [self] result in
            note(result, of: endpoint.id)
            finish(delivery.id, result)
        }
    }

    private func note(_ result: OutboundResult, of endpoint: String) {
        let now = clock()
        state.withLock { state in
            if case .answered(let status, let retryAfter, _) = result {
                if (200...299).contains(status) {
                    state.failing.remove(endpoint)
                    state.heldUntil[endpoint] = nil
                    return
                }
                if [429, 502, 503, 504].contains(status), let retryAfter {
                    state.heldUntil[endpoint] = now + min(retryAfter, RetrySchedule.retryAfterMax)
                }
            }
            state.failing.insert(endpoint)
        }
    }

    /// Has the end recorded; the delivery counts as under way until that is committed, so that it is not sent again.
    private func finish(_ delivery: Int, _ result: OutboundResult?) {
        submit(
            WriteLane.Submission(.recordAttempt(delivery: delivery, result), by: .service) {
                [self] recorded in
                if case .failure = recorded {
                    // Tried again with the next turn, a second from now at the latest.
                    state.withLock { $0.unrecorded.append((delivery, result)) }
                } else {
                    state.withLock { $0.inFlight[delivery] = nil }
                    poke()
                }
            })
    }

    private func forgetDeleted() {
        let known = Set(directory.endpoints().map(\.id))
        state.withLock { state in
            state.failing.formIntersection(known)
            state.heldUntil = state.heldUntil.filter { known.contains($0.key) }
        }
    }

    private func recordAgain() {
        let waiting = state.withLock { state in
            defer { state.unrecorded = [] }
            return state.unrecorded
        }
        for (delivery, result) in waiting { finish(delivery, result) }
    }
}
