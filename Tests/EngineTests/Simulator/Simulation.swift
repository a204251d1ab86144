import Engine
import Incidents
import Journal
import ServiceSupport
import TestSupport
import Time

/// A deterministic simulation of one service from a seed: the lane, the shelf, the scheduler and the outbox of the service, on a real
/// SQLite file, with a simulated clock. Nothing sleeps, there is one thread, and the same seed gives the same journal byte for byte, so a
/// failure can be repeated: `DRUMBEAT_TEST_SEED=<seed> swift test --filter Simulator`.
///
/// **Participants.**
/// - `TestService`: one process of the service, without threads, sockets and network, started by `Startup` like the service.
/// - `Clients`: declare, post, publish, raise, assign, resolve and reopen, each request with an `Idempotency-Key`; they post batches,
///   import a chat log again and again, tick the checklist, start and end mitigations, answer rollbacks, grant and revoke exceptions,
///   and hide incidents. Without a response, or after "the store takes no writes", they retry with the same key, now or after the next
///   start. Some retry although they have a response, some use a key for two different requests, some post the same message twice.
/// - `Receivers`: the webhooks. Each is healthy, slow, failing, throttling, unreachable, or accepts a message and loses its response;
///   this changes over time. One of them responds with 410 at some time. They check every attempt.
/// - An operator retries deliveries by hand, in any state, and rotates secrets.
/// - `FaultyStore`: refuses the lock, refuses a batch, or lets the process die before `COMMIT` or right after it, before any response.
///
/// **Steps.** In each step the clock advances, a little or by hours, and stops at every time that the scheduler, the outbox or a receiver
/// requested; at each stop the service does everything that is due (`settle`). Then something happens: a client sends a request, a
/// receiver changes its behaviour, the wall clock jumps ahead or back, the store fails, the process is killed between any two operations (also
/// between sending and recording), or starts again. At the end all faults are removed, the incidents are resolved, and the service must
/// become idle.
///
/// **Invariants** (S of faults.md, I of domain.md):
/// - S1, I6: everything acknowledged is present, with the same hash, after every start and at the end (`Clients.check`).
/// - S2, I6: one key, one effect, one response. Each part of a batch and each line of a log is there once.
/// - S3, I1, I9: seqs and positions have no gap, and the chain verifies (`JournalCheck`). I3: each row is the fold of its entries.
/// - S4, I4: severity never falls while open.
/// - S5, I7: no nag twice, none after the end or an update, each with the highest number due; and whenever the service is up and its
///   store accepts writes, no nag of an open incident is overdue.
/// - S6, I12: after any downtime one late nag per incident, not a burst.
/// - S7, I8: exactly one delivery per event and webhook; each ends, and all its attempts have one id and one body (`DeliveryCheck`,
///   `Receivers`).
/// - S8, I8: first attempts in order within (webhook, incident, class); one at a time per (webhook, class) except nags.
/// - Section 9 of domain.md: an item of the checklist is ticked once per episode, a rollback begins after its yes alone, two mitigations
///   run at once for a reason alone, and none of them and no exception outlives the incident (`ResponseCheck`).
/// - What is kept beside the incidents agrees with them: the freezes and exceptions of all, and the confidential ones.
/// - S10: nothing is sent that was not committed, or that was obsolete by then.
/// - Liveness: without faults every client gets its response and no delivery stays pending.
///
/// Not covered yet: several instances (S9, S11), streams.
final class Simulation {
    /// What happened, so that a test can check that its simulations cover enough.
    struct Tally {
        var orders = 0
        var entries = 0
        var nags = 0
        var crashes = 0
        var crashesAfterCommit = 0
        var replays = 0
        var refusals = 0
        var deliveries = 0
        var attempts = 0
        var superseded = 0
        var disabled = 0
        var retried = 0
        /// Incidents that followed a clock which was set back.
        var corrections = 0
        var ticks = 0
        /// Parts of batches and lines of logs that were recorded.
        var parts = 0
        var mitigations = 0
        /// Answers to requests for a rollback.
        var answers = 0
        var exceptions = 0
    }

    static let steps = 40
    private static let never = Timestamp(milliseconds: 4_000_000_000_000)
    static let webhooks = ["all", "gone"]

    static func events(of webhook: String) -> [String] {
        switch webhook {
        case "gone": ["incident.*", "timeline.*", "cadence.breached"]
        default: ["*"]
        }
    }

    let seed: UInt64
    private(set) var tally = Tally()
    /// The violations; empty if there are none.
    private(set) var broken: [String] = []
    /// The hash of every entry, in order: equal for equal simulations.
    private(set) var journal: [[UInt8]] = []

    private let folder: TemporaryFolder
    private let time = ManualTime()
    private let random: SeededRandom
    private let receivers: Receivers
    private var dice: SeededGenerator
    private var clients: Clients
    private var service: TestService?
    private var policy = Policy.standard
    private var schedulerNext = Timestamp(milliseconds: 0)
    private var outboxNext = Timestamp(milliseconds: 0)
    /// The position in the journal at the last look at what is kept beside the incidents.
    private var indexed = 0
    /// The clock at the last look.
    private var latest = Timestamp(milliseconds: 0)
    /// End of the current store fault.
    private var jammedUntil: Duration?
    /// Until this time a store fault may have delayed the service.
    private var excusedUntil: Duration = .zero

    init(seed: UInt64) throws {
        self.seed = seed
        folder = try TemporaryFolder()
        random = SeededRandom(seed: seed)
        dice = SeededGenerator(seed: seed &+ 1)
        receivers = Receivers(seed: seed &+ 2)
        clients = Clients(seed: seed &+ 3)
        if dice.happens(30) {
            policy.critical = Policy.Intervals(firstUpdate: .seconds(60), interval: .seconds(300))
        }
        if dice.happens(20) { policy.nagSteps = [.seconds(30), .seconds(60), .seconds(61)] }
        policy.lint = TestService.lint
    }

    func run() throws {
        try open()
        for (index, name) in Simulation.webhooks.enumerated() {
            let moment = Timestamp(milliseconds: Int64(index))
            if service?.run(.webhook(name, events: Simulation.events(of: name), at: moment)).refusal != nil {
                fail("no endpoint")
            }
        }
        for _ in 0..<Simulation.steps where broken.isEmpty {
            try advance(by: pause())
            try act()
            try settle()
        }
        if broken.isEmpty { try rest() }
        if broken.isEmpty { try checkAll() }
        service?.end()
    }

    private func fail(_ what: String) {
        broken.append(what)
    }

    // MARK: Time

    private func pause() -> Duration {
        switch dice.below(100) {
        case 0..<25: .zero
        case 25..<55: .milliseconds(dice.below(5_000))
        case 55..<85: .milliseconds(dice.below(240_000))
        case 85..<97: .seconds(dice.below(1_500))
        case 97..<99: .seconds(dice.below(7_200))
        default: .seconds(dice.below(40_000))
        }
    }

    /// Advances the time, stopping whenever something is due.
    private func advance(by duration: Duration) throws {
        let end = time.monotonic() + duration
        var stops = 0
        while broken.isEmpty {
            let now = time.monotonic()
            var next = end
            if let service {
                let clock = service.now
                next = min(next, now + max(.zero, min(schedulerNext, outboxNext) - clock))
                if let answer = receivers.nextAnswer() { next = min(next, max(now, answer)) }
                if let jammedUntil { next = min(next, max(now, jammedUntil)) }
            }
            time.advance(by: next - now)
            if let end = jammedUntil, end <= next {
                service?.store.always(.none)
                jammedUntil = nil
            }
            try settle()
            if next >= end { return }
            stops += 1
            if stops > 20_000 { fail("it never gets there: \(stops) stops on the way") }
        }
    }

    /// Lets the process do everything that is due now.
    private func settle() throws {
        var rounds = 0
        while let service, broken.isEmpty {
            var worked = receivers.answer(at: time.monotonic())
            let now = service.now
            // The threads tick at least once a second.
            if now < latest { (schedulerNext, outboxNext) = (now, now) }
            latest = now
            if service.pokes.takeScheduler() || schedulerNext <= now {
                schedulerNext = service.scheduler.tick(at: now) ?? Simulation.never
                worked = true
            }
            while service.lane.turn() { worked = true }
            if service.lane.storeState != .ok {
                // The service checks again after a second in any case. Here it does so only when that may matter, so that a missing
                // wake-up is not hidden.
                excusedUntil = time.monotonic() + .milliseconds(1_001)
                schedulerNext = min(schedulerNext, now + .seconds(1))
                outboxNext = min(outboxNext, now + .seconds(1))
            }
            if case .broken = service.lane.storeState { return crash() }
            if service.pokes.takeOutbox() || outboxNext <= now {
                let next = service.outbox.tick(at: now) ?? Simulation.never
                outboxNext = service.outbox.inFlightCount > 0 ? min(next, now + .seconds(5)) : next
                worked = true
            }
            broken += receivers.takeFaults() + clients.collect()
            guard worked else { break }
            rounds += 1
            if rounds > 500 { fail("it spins") }
        }
        checkBeat()
    }

    /// The service has done everything that was due, unless a fault excuses it.
    private func checkBeat() {
        guard let service, broken.isEmpty, time.monotonic() >= excusedUntil else { return }
        let now = service.now
        for snapshot in service.incidents.open(before: nil, limit: 1_000, where: { _ in true }).items {
            if let moment = snapshot.incident.nextNagAt, moment <= now {
                fail(
                    "S5: \(snapshot.incident.ref) was due for a nag at \(moment.rfc3339), and it is \(now.rfc3339)"
                )
            }
        }
        if service.position.value != indexed {
            indexed = service.position.value
            checkIndexes(service, at: now)
        }
        if service.log.events.contains("lane.batch_split") {
            fail("a request hurt a constraint of the store")
        }
        if service.outbox.inFlightCount > Outbox.inFlightMax { fail("S12: too many attempts are under way") }
    }

    /// What is kept beside the incidents, for questions about all of them, agrees with them.
    private func checkIndexes(_ service: TestService, at now: Timestamp) {
        let open = service.incidents.open(before: nil, limit: 1_000, where: { _ in true }).items.map(
            \.incident)
        let answer = service.incidents.counts().freezes.answer(to: .everything, at: now)
        let freezing = open.filter { $0.freeze?.runs(at: now) ?? false }.map(\.number)
        if Set(answer.freezes.map(\.number)) != Set(freezing) {
            fail("the freezes are \(answer.freezes), and these incidents freeze: \(freezing)")
        }
        let opening = open.flatMap { incident in
            incident.exceptions.filter { $0.scope.isEverything && $0.runs(at: now) }
                .map { "\(incident.number) \($0.seq)" }
        }
        if Set(answer.exceptions.map { "\($0.number) \($0.seq)" }) != Set(opening) {
            fail("the exceptions are \(answer.exceptions), and those of the incidents \(opening)")
        }
        checkHidden(open, service)
    }

    private func checkHidden(_ incidents: [Incident], _ service: TestService) {
        for incident in incidents
        where incident.isConfidential != service.incidents.confidential.contains(incident.number) {
            fail("\(incident.ref) is \(incident.isConfidential ? "shown to all" : "hidden for no reason")")
        }
    }

    // MARK: What happens

    private func act() throws {
        guard let service else {
            if dice.happens(60) { try open() }
            return
        }
        switch dice.below(100) {
        case 0..<5: try operate(service)
        case 5..<72:
            // Several at once, so that batches have more than one request.
            for _ in 0...(dice.happens(30) ? dice.below(6) : 0) { clients.act(on: service) }
        case 72..<80: receivers.changeManners()
        case 80..<84:
            excusedUntil = time.monotonic() + .milliseconds(1_001)
            service.store.plan(dice.one(of: .refusesLock, .refusesBatch), .refusesBatch)
        case 84..<86:
            service.store.always(dice.one(of: .refusesLock, .refusesBatch))
            jammedUntil = time.monotonic() + .seconds(dice.below(90))
        case 86..<91:
            clients.act(on: service)
            service.store.plan(dice.one(of: .none, .diesBefore), .diesBefore)
        case 91..<95:
            clients.act(on: service)
            service.store.plan(dice.one(of: .none, .diesAfter), .diesAfter)
        case 95..<97: crash()
        case 97: time.setWall(time.wall() + .seconds(dice.below(7_200)))
        case 98: time.setWall(time.wall() - .seconds(dice.one(of: 600, 7_200, 90_000, 700_000)))
        default: service.run(.maintain, by: "drumbeat")
        }
    }

    /// Retries deliveries by hand, and may rotate a secret.
    private func operate(_ service: TestService) throws {
        let deliveries = try service.store.deliveries()
        for _ in 0...dice.below(3) {
            guard let delivery = deliveries.randomElement(using: &dice) else { return }
            receivers.allow(delivery.messageID)
            service.submit(.retryDelivery(delivery.messageID))
            tally.retried += 1
        }
        guard dice.happens(50) else { return }
        let overlap = Duration.seconds(dice.one(of: 0, 60, 86_400))
        let webhook = dice.one(of: Simulation.webhooks[0], Simulation.webhooks[1])
        service.submit(
            .rotateSecret(webhook: webhook, to: "whsec_\(dice.below(1_000_000))", overlap: overlap))
    }

    private func open() throws {
        let fresh = try TestService(
            in: folder, time: time, random: random, policy: policy, transport: receivers)
        service = fresh
        indexed = 0
        receivers.serve(fresh.reader)
        schedulerNext = Timestamp(milliseconds: 0)
        outboxNext = schedulerNext
        excusedUntil = time.monotonic()
        broken += clients.check(try fresh.entries(), "after a start")
        try settle()
    }

    /// A crash of the process: its memory is lost, what it sent is sent.
    private func crash() {
        guard let dead = service else { return }
        tally.crashes += 1
        tally.crashesAfterCommit += dead.store.diedAfterCommit ? 1 : 0
        service = nil
        receivers.forget()
        clients.forget()
        dead.end()
    }

    // MARK: The end

    /// Removes all faults; then the service must become idle.
    private func rest() throws {
        receivers.heal()
        if service == nil { try open() }
        guard let service else { return fail("it does not start") }
        service.store.plan()
        service.store.always(.none)
        service.run(.maintain, by: "drumbeat")
        // Allows for the recovery of the store and for pending responses.
        try advance(by: .seconds(20))
        for _ in 0..<3 where broken.isEmpty {
            clients.askAgain(on: service)
            try settle()
        }
        if clients.unanswered > 0 { fail("liveness: \(clients.unanswered) clients were never answered") }
        for snapshot in service.incidents.open(before: nil, limit: 1_000, where: { _ in true }).items {
            let commander = snapshot.incident.holder(of: .commander)?.name ?? "alice"
            if service.run(.resolve(snapshot.incident.number), by: commander).snapshot == nil {
                fail("\(snapshot.incident.ref) cannot be resolved")
            }
        }
        // The slowest schedule waits a day between two attempts; a healthy webhook accepts the next one.
        for _ in 0..<32 where broken.isEmpty {
            try advance(by: .seconds(3_600))
            if try service.store.deliveries().allSatisfy({ $0.state != .pending }) { return }
        }
        let left = try service.store.deliveries().filter { $0.state == .pending }
        if let first = left.first {
            fail("liveness: \(left.count) deliveries stay pending, the first is \(first)")
        }
    }

    private func checkAll() throws {
        guard let service else { return fail("it is not up at the end") }
        let entries = try service.entries()
        let deliveries = try service.store.deliveries()
        journal = entries.map(\.hash)
        broken += clients.check(entries, "at the end")
        var check = JournalCheck()
        try check.run(entries, reader: service.reader)
        broken += check.broken
        checkHidden(check.incidents, service)
        broken += DeliveryCheck(events: check.events, webhooks: service.credentials.webhooks()).run(
            deliveries, receivers)
        tally.orders = clients.count
        tally.replays = clients.replays
        tally.refusals = clients.refusals
        tally.entries = entries.count
        tally.nags = entries.count { $0.kind == NagSent.kind }
        tally.corrections = entries.count { $0.kind == ClockCorrected.kind }
        tally.ticks = entries.count { $0.kind == ChecklistTicked.kind }
        tally.parts = clients.parts
        tally.mitigations = entries.count { $0.kind == MitigationStarted.kind }
        tally.answers = entries.count { $0.kind == RollbackAnswered.kind }
        tally.exceptions = entries.count { $0.kind == ExceptionGranted.kind }
        tally.deliveries = deliveries.count
        tally.attempts = receivers.attempts
        tally.superseded = deliveries.count { $0.state == .superseded }
        tally.disabled = service.credentials.webhooks().count { $0.disabledAt != nil }
    }
}
