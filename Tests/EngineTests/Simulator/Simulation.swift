import Engine
import Incidents
import Journal
import ServiceSupport
import TestSupport
import Time

/// One service, lived through from a seed: the lane, the shelf, the scheduler and the outbox as the service runs them, over a real SQLite
/// file, under a clock that only the simulation moves. Nothing sleeps, there is one thread, and the same seed tells the same story to
/// the byte; so a story that goes wrong can be told again: `DRUMBEAT_TEST_SEED=<seed> swift test --filter Simulator`.
///
/// **Who is in it.**
/// - `TestService`: one process of the service, without threads, sockets and network. It is started by `Startup`, as the service is.
/// - `Clients`: they declare, post, publish, raise, assign, resolve and reopen, each order under an `Idempotency-Key`. Who gets no
///   answer, or "the store takes no writes", asks again with the same key, now or after the next start. Some ask again although they
///   were answered, some use a key twice for different things, some post the same message twice.
/// - `Receivers`: the webhooks. Each is healthy, slow, failing, throttling, unreachable, or takes a message and loses its answer;
///   this changes as time goes by. One of them says 410 one day. They check every attempt at the moment it is made.
/// - An operator sends deliveries again by hand, whatever became of them, and rotates secrets.
/// - `FaultyStore`: refuses the lock, refuses a batch, or lets the process die before `COMMIT` or right after it, before anybody was told.
///
/// **What happens.** At each step the clock moves on, a little or by hours, stopping at every moment that the scheduler, the outbox or a
/// receiver asked for; the service does all there is to do at each stop (`settle`). Then something happens: a client gives a request, a
/// receiver changes its manners, the wall clock leaps ahead, the store jams, the process is killed between any two of its doings (also
/// between sending and recording), or starts again. At the end all faults go away, the incidents are resolved, and the service has to come
/// to rest.
///
/// **What must hold** (S of faults.md, I of domain.md):
/// - S1, I6: what was acknowledged is there, with the same hash, after every start and at the end (`Clients.check`).
/// - S2, I6: one key, one effect, one answer.
/// - S3, I1, I9: seqs and positions without a gap, and the chain verifies (`JournalCheck`). I3: each row is the fold of its entries.
/// - S4, I4: severity never falls while open.
/// - S5, I7: no nag twice, none after the end or an update, each with the highest number that had come; and whenever the service is up and
///   its store takes writes, no open incident is overdue for its nag.
/// - S6, I12: after any downtime one late nag for each incident, not a burst.
/// - S7, I8: a delivery exactly for each event and webhook; each ends, and all its attempts carry one id and one body
///   (`DeliveryCheck`, `Receivers`).
/// - S8, I8: first attempts in order within (webhook, incident, class); one at a time for each (webhook, class) but nags.
/// - S10: nothing is sent that was not committed, or that was worthless by then.
/// - Liveness: without faults every client is answered and no delivery stays pending.
///
/// Not in it yet: several instances (S9, S11), a wall clock set back, streams. Those come with the issues that build them.
final class Simulation {
    /// What happened in it, so that a test can tell whether its stories were worth telling.
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
    /// The promises that were broken; empty when all held.
    private(set) var broken: [String] = []
    /// The hash of every entry, in order: what makes two stories the same.
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
    /// Until when the store takes no writes.
    private var jammedUntil: Duration?
    /// Until when the store may have kept the service from its duties.
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

    /// Lets time pass, and stops wherever somebody has something to do.
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

    /// Lets the process do all there is to do at this moment.
    private func settle() throws {
        var rounds = 0
        while let service, broken.isEmpty {
            var worked = receivers.answer(at: time.monotonic())
            let now = service.now
            if service.pokes.takeScheduler() || schedulerNext <= now {
                schedulerNext = service.scheduler.tick(at: now) ?? Simulation.never
                worked = true
            }
            while service.lane.turn() { worked = true }
            if service.lane.storeState != .ok {
                // The service looks again after a second, whatever happens; here it does so only when that may matter, so that no
                // missing wake-up is hidden by it.
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

    /// Whenever the service could do its duty, it has done it.
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
        if service.log.events.contains("lane.batch_split") {
            fail("a request hurt a constraint of the store")
        }
        if service.outbox.inFlightCount > Outbox.inFlightMax { fail("S12: too many attempts are under way") }
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
            // Several at once, so that batches hold more than one order.
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
        default: service.run(.maintain, by: "drumbeat")
        }
    }

    /// Somebody sends deliveries again by hand, and may rotate a secret.
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
        receivers.serve(fresh.reader)
        schedulerNext = Timestamp(milliseconds: 0)
        outboxNext = schedulerNext
        excusedUntil = time.monotonic()
        broken += clients.check(try fresh.entries(), "after a start")
        try settle()
    }

    /// The end of a process that nobody asked: what it held in memory is gone, what it had sent is sent.
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

    /// Takes all faults away; then everything has to come to rest.
    private func rest() throws {
        receivers.heal()
        if service == nil { try open() }
        guard let service else { return fail("it does not start") }
        service.store.plan()
        service.store.always(.none)
        service.run(.maintain, by: "drumbeat")
        // A second for what the store kept the service from, and the answers that are still on their way.
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
        // The slowest schedule waits a day between two attempts; a healthy webhook takes the next one.
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
        broken += DeliveryCheck(events: check.events, webhooks: service.credentials.webhooks()).run(
            deliveries, receivers)
        tally.orders = clients.count
        tally.replays = clients.replays
        tally.refusals = clients.refusals
        tally.entries = entries.count
        tally.nags = entries.count { $0.kind == NagSent.kind }
        tally.deliveries = deliveries.count
        tally.attempts = receivers.attempts
        tally.superseded = deliveries.count { $0.state == .superseded }
        tally.disabled = service.credentials.webhooks().count { $0.disabledAt != nil }
    }
}
