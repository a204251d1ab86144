import Config
import Incidents
import Journal
import Platform
import Storage
import Synchronization
import Time

@testable import Coordination

/// Told by the lane after a commit, as the service's own pokes are: notes who must look again.
final class Pokes: Sendable {
    private struct State {
        var scheduler: NagScheduler?
        var outbox: Outbox?
        var schedulerPoked = true
        var outboxPoked = true
        var log: [String] = []
    }

    private let state = Mutex(State())

    func connect(_ scheduler: NagScheduler, _ outbox: Outbox) {
        state.withLock { state in
            state.scheduler = scheduler
            state.outbox = outbox
        }
    }

    func committed(_ committed: Committed) {
        let (scheduler, outbox) = state.withLock { state in
            state.schedulerPoked = true
            if !committed.deliveries.isEmpty || !committed.retried.isEmpty { state.outboxPoked = true }
            return (state.scheduler, state.outbox)
        }
        scheduler?.note(committed.incidents)
        if !committed.deliveries.isEmpty { outbox?.note(committed.deliveries) }
        if !committed.retried.isEmpty { outbox?.noteRetries(to: committed.retried) }
    }

    func pokeOutbox() {
        state.withLock { $0.outboxPoked = true }
    }

    func takeScheduler() -> Bool {
        state.withLock { state in
            defer { state.schedulerPoked = false }
            return state.schedulerPoked
        }
    }

    func takeOutbox() -> Bool {
        state.withLock { state in
            defer { state.outboxPoked = false }
            return state.outboxPoked
        }
    }

    func log(_ event: String) {
        state.withLock { $0.log.append(event) }
    }

    /// The names of the events that were logged.
    var logged: [String] { state.withLock { $0.log } }
}

/// The service without its threads, its sockets and its network: one process, from its start to its end, driven by hand.
final class House: Sendable {
    private static let templates: [Template] = Texts.templates.compactMap {
        try? Template(name: $0.name, text: $0.text)
    }

    let time: ManualTime
    let clock: StoreClock
    let store: FaultyStore
    let reader: SQLiteReader
    let board = Board()
    let directory: Directory
    let history: History
    let bodies: MessageBody
    let lane: WriteLane
    let scheduler: NagScheduler
    let outbox: Outbox
    let pokes = Pokes()

    init(
        _ file: String, time: ManualTime, random: SeededRandom = SeededRandom(seed: 1),
        policy: Policy = .standard, transport: any Transport = RecordingTransport(),
        batchMax: Int = WriteLane.batchMax
    ) throws {
        let clock = StoreClock(time)
        let inner = try SQLiteStore.open(
            path: file, purpose: .serve, now: clock.now(), synchronous: .off)
        let store = FaultyStore(inner)
        let reader = inner.reader(connections: 2)
        let directory = Directory(reader: reader)
        let history = History(reader: reader, board: board)
        let drafts = Drafts(reader: reader, templates: House.templates) { String($0.rfc3339.dropFirst(11)) }
        let pokes = pokes
        let log: @Sendable (Logger.Level, String, [(String, String)]) -> Void = { _, event, _ in
            pokes.log(event)
        }
        var context = LaneContext(
            board: board, directory: directory, policy: policy, clock: { clock.now() }, random: random,
            log: log
        ) { pokes.committed($0) }
        context.monotonic = { time.monotonic() }
        let lane = WriteLane(store: store, context: context, batchMax: batchMax)
        let scheduler = NagScheduler(board: board, submit: { lane.submit($0) }, log: log)
        try Startup(reader: reader, board: board, directory: directory, lane: lane, scheduler: scheduler)
            .load(at: clock.now())
        bodies = MessageBody(
            history: history, reader: reader, drafts: drafts, publicURL: "http://drumbeat.test")
        outbox = Outbox(
            reader: reader, directory: directory, bodies: bodies, transport: transport,
            clock: { clock.now() }, submit: { lane.submit($0) }, poke: { pokes.pokeOutbox() }, log: log)
        outbox.start(at: clock.now())
        pokes.connect(scheduler, outbox)
        self.time = time
        self.clock = clock
        self.store = store
        self.reader = reader
        self.directory = directory
        self.history = history
        self.lane = lane
        self.scheduler = scheduler
    }

    deinit {
        end()
    }

    /// The end of the process: what was committed stays, what was in memory is gone.
    func end() {
        reader.close()
        store.close()
    }

    var now: Timestamp { clock.now() }

    /// Lines an order up.
    @discardableResult
    func submit(
        _ order: Order, by name: String = "alice", key: IdempotencyKey? = nil
    ) -> Box<Result<Outcome, Refusal>> {
        let box = Box<Result<Outcome, Refusal>>()
        let author = Author(person: Person(name), postedBy: "bot")
        lane.submit(WriteLane.Submission(order, by: author, key: key) { box.put($0) })
        return box
    }

    /// Lines an order up, takes the lane's turns, and answers what became of it.
    @discardableResult
    func run(
        _ order: Order, by name: String = "alice", key: IdempotencyKey? = nil
    ) -> Result<Outcome, Refusal> {
        let box = submit(order, by: name, key: key)
        takeTurns()
        return box.value ?? .failure(.internalFault("not answered"))
    }

    /// Takes the lane's turns until nothing waits.
    func takeTurns() {
        while lane.turn() {}
    }

    /// An attempt at endpoint `a` that took a second and ended now.
    func ended(_ result: OutboundResult, url: String = "https://a.test/hook") -> AttemptEnd {
        AttemptEnd(result, url: url, startedAt: now - .seconds(1), duration: .seconds(1))
    }

    /// Every entry there is.
    func entries() throws -> [StoredEntry] {
        try reader.entries(afterPosition: 0, limit: 1_000_000)
    }

    /// Every entry of an incident.
    func entries(of incident: Int) throws -> [StoredEntry] {
        try reader.entries(of: incident, after: 0, kind: nil, visibility: nil, limit: 1_000_000)
    }
}

extension IdempotencyKey {
    /// A key with the request it came with.
    init(_ key: String, request: String = "request") {
        self.init(
            keyDigest: Array(Digest.sha256(Array(key.utf8)).prefix(16)),
            requestDigest: Array(Digest.sha256(Array(request.utf8)).prefix(16)))
    }
}
