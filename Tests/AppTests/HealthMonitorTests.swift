import API
import Encoding
import Engine
import Incidents
import Journal
import Model
import SQL
import Storage
import Synchronization
import TestSupport
import Testing
import Time
import Views

@testable import App

/// Each fault of readiness, really caused, and its end.
struct HealthMonitorTests {
    private let folder: TemporaryFolder
    private let time = ManualTime()
    private let reader: SQLiteReader
    private let lane: WriteLane
    private let incidents: Shelf<Incident>
    private let outbox: Outbox
    private let health: HealthMonitor

    /// A receiver that never answers.
    private final class Silent: Transport {
        func send(_ message: OutboundMessage, completion: @escaping @Sendable (OutboundResult) -> Void) {}
        func refusal(of url: String, for kind: Webhook.Kind.Name) -> String? { nil }
    }

    init() throws {
        folder = try TemporaryFolder()
        let time = self.time
        let store = try SQLiteStore.open(
            path: folder.path + "/a.db", purpose: .serve, now: time.wall(), synchronous: .off)
        let reader = store.reader(connections: 2)
        let incidents = Shelf<Incident>(policy: .standard)
        let credentials = CredentialCache(reader: reader)
        var context = LaneContext(
            credentials: credentials, clock: { .init(now: time.wall(), setBack: .zero) },
            random: SystemRandom(), log: { _, _, _ in },
            committed: { _ in })
        context.monotonic = { time.monotonic() }
        let lane = WriteLane(store: store, context: context)
        let bodies = MessageBody(
            incident: { _, _ in nil }, reader: reader,
            draftRenderer: DraftRenderer(reader: reader, templates: []) { moment, _ in moment.rfc3339 },
            contact: { _ in nil }, handles: { _ in [:] }, isConfidential: { _ in false },
            publicURL: "http://drumbeat.test")
        outbox = Outbox(
            reader: reader, credentials: credentials, bodies: bodies, transport: Silent(),
            clock: { time.wall() },
            submit: { lane.submit($0) }, wake: {}, log: { _, _, _ in })
        health = HealthMonitor(lane: lane, hearing: { .ok }, at: time.monotonic())
        health.connect(outbox.meters)
        self.lane = lane
        self.incidents = incidents
        self.reader = reader
    }

    /// Lets time pass; each part that is not named takes ticks meanwhile, each second.
    private func pass(_ seconds: Int, without silent: Set<String> = []) {
        for _ in 0..<seconds {
            time.advance(by: .seconds(1))
            if !silent.contains("scheduler") { _ = health.scheduler.during(time) { nil } }
            if !silent.contains("outbox") { _ = health.outbox.during(time) { nil } }
        }
    }

    @discardableResult
    private func give(_ request: any WriteRequest) -> Result<WriteAnswer, Refusal>? {
        let kept = Kept()
        lane.submit(
            WriteLane.PendingRequest(
                request, by: Author(person: Person("alice"), postedBy: "bot"), of: "tok_bot"
            ) {
                kept.set($0)
            }
        )
        while lane.turn() {}
        return kept.value
    }

    private final class Kept: Sendable {
        private let result = Mutex<Result<WriteAnswer, Refusal>?>(nil)
        var value: Result<WriteAnswer, Refusal>? { result.withLock { $0 } }
        func set(_ value: Result<WriteAnswer, Refusal>) { result.withLock { $0 = value } }
    }

    private var readiness: Readiness { health.readiness(at: time.monotonic(), time.wall()) }

    /// The checks that are not ok, with their status.
    private var notOk: [String: String] {
        let checks = readiness.checks.filter { $0.status != "ok" }
        #expect(checks.allSatisfy { $0.detail?.isEmpty == false }, "each says what to do")
        return Dictionary(uniqueKeysWithValues: checks.map { ("\($0.name)", $0.status) })
    }

    @Test func `a service at rest is ready, for hours`() {
        pass(7_200)
        #expect(notOk == [:])
        #expect(readiness.isReady)
        #expect(
            readiness.checks.map { "\($0.name)" } == [
                "store", "lane", "scheduler", "outbox", "hearing", "clock", "service",
            ])
    }

    @Test func `a clock of another century makes it unready, until it is set`() {
        let right = time.wall()
        time.setWall(Timestamp(milliseconds: 0))
        #expect(notOk == ["clock": "wrong"])
        #expect(!readiness.isReady)
        #expect(readiness.checks.contains { $0.detail?.contains("The clock says 1970: set it") == true })
        time.setWall(right)
        #expect(readiness.isReady)
    }

    @Test func `a database that another program locks makes it unready, until the lock is gone`() throws {
        give(OpenStream(Declare(.major, Declared.Details(title: "x")), in: incidents))
        let other = try Database(
            path: folder.path + "/a.db", access: .readWrite, busyTimeoutMilliseconds: 100)
        try other.run("BEGIN IMMEDIATE")
        give(PerformAction(PostEntry(Note(), text: "x"), on: .number(1), in: incidents, showing: .entry))
        #expect(notOk == ["store": "refusing"])
        #expect(!readiness.isReady)
        try other.run("ROLLBACK")
        // What the keeper does each second.
        give(Maintain())
        #expect(readiness.isReady)
    }

    @Test func `a scheduler that takes no ticks for more than ten seconds makes it unready`() {
        pass(10, without: ["scheduler"])
        #expect(readiness.isReady && health.isTicking(at: time.monotonic()))
        pass(1, without: ["scheduler"])
        #expect(notOk == ["scheduler": "silent"])
        #expect(!readiness.isReady && !health.isTicking(at: time.monotonic()))
        pass(1)
        #expect(readiness.isReady && health.isTicking(at: time.monotonic()))
    }

    @Test func `a tick of the scheduler that does not end is behind, and after ten seconds silent`() {
        let (time, health) = (time, health)
        _ = health.scheduler.during(time) {
            time.advance(by: .seconds(4))
            #expect(health.scheduler.lag(at: time.monotonic()) == .seconds(4))
            #expect(health.readiness(at: time.monotonic(), time.wall()).isReady)
            time.advance(by: .seconds(7))
            #expect(!health.isTicking(at: time.monotonic()))
            return .milliseconds(300)
        }
        #expect(health.scheduler.lag(at: time.monotonic()) == .zero)
        time.advance(by: .milliseconds(300))
        #expect(health.scheduler.lag(at: time.monotonic()) == .zero)
        time.advance(by: .milliseconds(250))
        #expect(health.scheduler.lag(at: time.monotonic()) == .milliseconds(250))
    }

    @Test func `a request that waits in the lane for more than ten seconds makes it unready`() {
        lane.submit(
            WriteLane.PendingRequest(Maintain(), by: Author(person: Person("a"), postedBy: "a"), of: "tok_a")
            { _ in })
        pass(10)
        #expect(readiness.isReady)
        pass(1)
        #expect(notOk == ["lane": "stuck"])
        #expect(!readiness.isReady)
        while lane.turn() {}
        #expect(readiness.isReady)
    }

    @Test func `an outbox that takes no ticks for more than thirty seconds makes it unready`() {
        pass(30, without: ["outbox"])
        #expect(readiness.isReady)
        pass(1, without: ["outbox"])
        #expect(notOk == ["outbox": "silent"])
        #expect(!readiness.isReady)
    }

    @Test func `a receiver that hangs puts the outbox behind, and the service stays ready`() throws {
        let webhook = Webhook(
            id: "whk_1", url: "https://a.test/", events: ["*"], secret: "whsec_x", createdAt: time.wall(),
            disabledAt: nil, disabledReason: nil, failingSince: nil)
        give(CreateWebhook(webhook))
        give(OpenStream(Declare(.major, Declared.Details(title: "x")), in: incidents))
        _ = outbox.tick(at: StoreClock.Reading(now: time.wall(), setBack: .zero))
        pass(60)
        try outbox.refreshBacklog()
        #expect(notOk == [:])
        pass(1)
        #expect(notOk == ["outbox": "behind"])
        #expect(readiness.isReady)
    }

    @Test func `a service that was asked to end is not ready`() {
        health.drain()
        #expect(notOk == ["service": "draining"])
        #expect(!readiness.isReady)
    }

    @Test(arguments: [(Hearing.State.nobody, "POST /v1/webhooks"), (.failing, "POST /v1/nags/test")])
    func `that no one hears is said, and is no reason not to be ready`(hearing: Hearing.State, advice: String)
        throws
    {
        let health = HealthMonitor(lane: lane, hearing: { hearing }, at: .zero)
        health.open(at: .zero)
        let readiness = health.readiness(at: .zero, time.wall())
        let check = try #require(readiness.checks.first { "\($0.name)" == "hearing" })
        #expect(check.status == hearing.rawValue)
        #expect(!check.isFailing)
        #expect(check.detail?.contains(advice) == true)
    }
}
