import Config
import Documents
import Encoding
import Engine
import Incidents
import Journal
import Lint
import Logging
import Model
import Storage
import TestSupport
import Time
import Views

/// The service without threads, sockets and network, stepped by hand: one process from start to end.
package final class TestService: Sendable {
    /// The built-in templates.
    private static let templates: [Template] = Texts.templates.compactMap {
        try? Template(name: $0.name, text: $0.text)
    }

    /// The built-in words: findings are published with the update.
    package static let lint: UpdateLint = {
        do throws(WordList.Fault) {
            return UpdateLint(.warn, Linter(words: try WordList(Texts.lintWords)), StepWords(Texts.noSteps))
        } catch {
            fatalError("the built-in words: line \(error.line): \(error.detail)")
        }
    }()

    /// The defaults of the product.
    package static let policy: Policy = {
        var policy = Policy.standard
        policy.lint = lint
        return policy
    }()

    package let folder: TemporaryFolder
    package let time: ManualTime
    package let clock: StoreClock
    package let random: any RandomSource
    package let store: FaultyStore
    package let reader: SQLiteReader
    package let incidents: Shelf<Incident>
    package let credentials: CredentialCache
    package let incidentLoader: StateLoader<Incident>
    package let documents: StateLoader<Document>
    package let draftRenderer: DraftRenderer
    package let bodies: MessageBody
    package let lane: WriteLane
    package let recentEntries: RecentEntries
    package let position = JournalPosition()
    package let longPolls: LongPolls
    package let scheduler: Scheduler<Incident>
    package let outbox: Outbox
    package let pokes = Pokes()
    package let log = RecordingLog()

    /// The database is a file in `folder`, or in a new folder. A second service in the folder of an ended one is its restart. Without
    /// `templates` the built-in ones are used. `refusesLateWrites` turns on admission control by queueing delay; it must be off where
    /// `time` jumps while the lane runs on a thread.
    package init(
        in folder: TemporaryFolder? = nil, time: ManualTime = ManualTime(),
        random: any RandomSource = SeededRandom(seed: 1),
        policy: Policy = TestService.policy, transport: any Transport = RecordingTransport(),
        templates: [Template]? = nil, recentEntries: RecentEntries = RecentEntries(),
        batchMax: Int = WriteLane.batchMax,
        refusesLateWrites: Bool = true
    ) throws {
        let folder = try folder ?? TemporaryFolder()
        let clock = StoreClock(time) { _ in }
        let inner = try SQLiteStore.open(
            path: folder.file(), purpose: .serve, now: clock.now(), synchronous: .off)
        let store = FaultyStore(inner)
        let reader = inner.reader(connections: 3)
        let credentials = CredentialCache(reader: reader)
        let incidents = Shelf<Incident>(policy: policy)
        let incidentLoader = StateLoader(reader: reader, shelf: incidents)
        let documents = StateLoader(reader: reader, shelf: Shelf<Document>(policy: ()))
        let draftRenderer = DraftRenderer(reader: reader, templates: templates ?? Self.templates) {
            moment, _ in
            String(moment.rfc3339.dropFirst(11).prefix(5)) + " UTC"
        }
        let longPolls = LongPolls(recentEntries: recentEntries)
        let (pokes, recorded) = (pokes, log)
        let log: @Sendable (Logger.Level, String, [(String, String)]) -> Void = {
            recorded.record($0, $1, $2)
        }
        var context = LaneContext(
            credentials: credentials, clock: { clock.reading() }, random: random,
            log: log
        ) { committed in
            pokes.committed(committed)
            if longPolls.observe(committed.entries) { _ = longPolls.tick(at: clock.now()) }
        }
        if refusesLateWrites { context.monotonic = { time.monotonic() } }
        context.recentEntries = recentEntries
        context.position = position
        let lane = WriteLane(store: store, context: context, batchMax: batchMax)
        let scheduler = Scheduler(
            shelf: incidents, submit: { lane.submit($0) }, announced: { _, _ in }, log: log)
        try Startup(
            reader: reader, incidents: incidents, documents: documents, credentials: credentials, lane: lane,
            scheduler: scheduler
        )
        .load(at: clock.now())
        bodies = MessageBody(
            incident: { try incidentLoader.snapshot($0, asOf: $1) }, reader: reader,
            draftRenderer: draftRenderer,
            contact: { documents.shelf.contact(of: $0) },
            handles: { documents.shelf.handles(of: $0) },
            isConfidential: { [incidents] in incidents.confidential.contains($0) },
            publicURL: "http://drumbeat.test")
        outbox = Outbox(
            reader: reader, credentials: credentials, bodies: bodies, transport: transport,
            clock: { clock.now() }, submit: { lane.submit($0) }, wake: { pokes.wakeOutbox() }, log: log)
        outbox.start(at: clock.now())
        pokes.connect(scheduler, outbox)
        self.incidents = incidents
        self.folder = folder
        self.time = time
        self.clock = clock
        self.random = random
        self.store = store
        self.reader = reader
        self.credentials = credentials
        self.incidentLoader = incidentLoader
        self.documents = documents
        self.draftRenderer = draftRenderer
        self.lane = lane
        self.recentEntries = recentEntries
        self.longPolls = longPolls
        self.scheduler = scheduler
    }

    deinit {
        end()
        pokes.disconnect()
    }

    /// Simulates the end of the process: committed data stays, memory is lost.
    package func end() {
        reader.close()
        store.close()
    }

    /// A second lane that continues from this one's state, whose folds `onReader` gets. Use it instead of `lane`.
    package func lane(onReader: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void) -> WriteLane {
        let clock = clock
        var context = LaneContext(
            credentials: credentials, clock: { clock.reading() }, random: random, log: { _, _, _ in },
            committed: { _ in })
        context.position = position
        context.recentEntries = recentEntries
        context.onReader = { _, _, work in
            onReader(work)
            return true
        }
        return WriteLane(store: store, context: context)
    }

    package var now: Timestamp { clock.now() }

    /// Queues a request of a token, by its id.
    @discardableResult
    package func submit(
        _ request: TestRequest, by name: String = "alice", of token: String? = "tok_bot",
        key: IdempotencyKey? = nil
    ) -> Box<Result<WriteAnswer, Refusal>> {
        let box = Box<Result<WriteAnswer, Refusal>>()
        let author = Author(person: Person(name), postedBy: "bot")
        lane.submit(
            WriteLane.PendingRequest(request.make(incidents), by: author, of: token, key: key) { box.put($0) }
        )
        return box
    }

    /// Queues a request, steps the lane, and returns the result.
    @discardableResult
    package func run(
        _ request: TestRequest, by name: String = "alice", of token: String? = "tok_bot",
        key: IdempotencyKey? = nil
    ) -> Result<WriteAnswer, Refusal> {
        let box = submit(request, by: name, of: token, key: key)
        takeTurns()
        return box.value ?? .failure(Refusal(.internalFault, "not answered"))
    }

    /// Steps the lane until its queue is empty.
    package func takeTurns() {
        while lane.turn() {}
    }
}
