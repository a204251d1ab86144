import Addresses
import API
import Documents
import Encoding
import Engine
import HTTPServer
import Incidents
import Journal
import Logging
import Model
import OperatingSystem
import Outbound
import Storage
import Synchronization
import Threads
import Time
import Views

/// The service as a whole: every part made, wired, started and stopped in its order. Tests build exactly this.
public final class Service: Sendable {
    /// How long requests in flight may take after the service was asked to end.
    public static let drainMax: Duration = .seconds(10)
    /// How long they may take when the store is broken: no write can be acknowledged then.
    public static let brokenDrainMax: Duration = .seconds(1)
    /// How long deliveries under way may take then.
    static let deliveryDrainMax: Duration = .seconds(2)
    /// How many threads answer what blocks on the store, and how many such requests may wait.
    private static let readerThreads = 2
    private static let readersWaitingMax = 1_024

    /// Where it listens: `127.0.0.1:8080`.
    public var address: String { server.boundAddress }
    /// What a first start must show to the operator, once; `nil` on any later start, or when it stands in their file.
    public let adminSecret: String?

    /// How many requests wait for the next entry of a timeline.
    public var waitingCount: Int { longPolls.count }

    private let server: Server
    private let lane: WriteLane
    private let reader: SQLiteReader
    private let readers: WorkerPool
    private let scheduler: TickThread
    private let outbox: Outbox
    private let outboxThread: TickThread
    private let maintenance: TickThread
    private let recentEntries: RecentEntries
    private let longPolls: LongPolls
    private let longPollsThread: TickThread
    private let transport: CurlTransport
    private let logger: Logger
    private let health: HealthMonitor
    private let time: any TimeSource
    private let stopping: Mutex<Bool>

    /// Opens the store, folds what is open, binds the server and starts every thread; answers to nobody before `open()`.
    ///
    /// `onBroken` is called when the store can no longer be trusted: nothing more is acknowledged, and the process must end.
    /// Throws `ConfigurationFault`, `OpenFault`, `StoreFault` or `ServerFault`, each with what to do next.
    public init(
        _ configuration: Configuration, logger: Logger, time: any TimeSource, random: any RandomSource,
        onBroken: @escaping @Sendable (String) -> Void
    ) throws {
        let templates = try TemplateLoader.load(folder: configuration.textsFolder)
        let log: @Sendable (Logger.Level, String, [(String, String)]) -> Void = { logger.log($0, $1, $2) }
        let storeClock = StoreClock(time) { event in
            switch event {
            case .wallClockJumped(let by):
                log(.warning, "clock.wall_jumped", [("milliseconds", "\(by.wholeMilliseconds)")])
            case .wallClockAdopted(let by):
                log(.warning, "clock.wall_adopted", [("milliseconds", "\(by.wholeMilliseconds)")])
            }
        }
        let clock: @Sendable () -> Timestamp = { storeClock.now() }

        let store = try SQLiteStore.open(path: configuration.database, purpose: .serve, now: clock())
        for warning in store.warnings { log(.warning, "store.warning", [("detail", warning)]) }
        for name in store.migrated { log(.info, "store.migrated", [("migration", name)]) }
        let reader = store.reader(connections: Service.readerThreads + 2)

        let incidents = Shelf<Incident>(policy: configuration.policy)
        let credentials = CredentialCache(reader: reader)
        let incidentLoader = StateLoader(reader: reader, shelf: incidents)
        let documents = StateLoader(reader: reader, shelf: Shelf<Document>(policy: ()))
        let draftRenderer = DraftRenderer(reader: reader, templates: templates, clock: LocalTime.print)

        // Those who look again after a commit are made after the lane, so they are reached through this.
        let pokes = Pokes()
        var context = LaneContext(
            credentials: credentials, clock: clock, random: random, log: log
        ) { pokes.committed($0) }
        context.monotonic = { time.monotonic() }
        let recentEntries = context.recentEntries
        // Half of what an answer may take, so that who is let in is answered even where the disk becomes slower meanwhile.
        let lane = WriteLane(
            store: store, context: context, batchMax: configuration.batchMax,
            queueDelayMax: configuration.server.handlerTimeout / 2)
        let scheduler = Scheduler(
            shelf: incidents, submit: { lane.submit($0) },
            announced: { snapshot, _ in pokes.announced(snapshot.state) }, log: log)
        let transport = CurlTransport(
            version: drumbeatVersion,
            addressGuard: AddressGuard(
                allowed: configuration.webhookAllow, interfaces: IPAddress.ofThisMachine),
            caFile: configuration.webhookCAFile, timeouts: configuration.webhookTimeouts, time: time)

        try Startup(
            reader: reader, incidents: incidents, documents: documents, credentials: credentials, lane: lane,
            scheduler: scheduler
        )
        .load(at: clock())

        let health = HealthMonitor(lane: lane, at: time.monotonic())
        let exposition = Exposition()
        let readers = WorkerPool(
            name: "reader", threads: Service.readerThreads, waitingMax: Service.readersWaitingMax)
        var services = Services(
            incidents: incidents, incidentLoader: incidentLoader, documents: documents,
            credentials: credentials,
            reader: reader,
            draftRenderer: draftRenderer,
            readers: readers,
            submit: { lane.submit($0) }, clock: clock, random: random,
            refusalOfURL: { transport.refusal(of: $0) },
            newSecret: { StandardWebhook.newSecret(random).reveal() },
            isSecret: { (try? StandardWebhook.Secret($0)) != nil },
            readiness: { health.readiness(at: time.monotonic(), clock()) }, log: log)
        services.recentEntries = recentEntries
        services.position = context.position
        services.metrics = { exposition.page() }
        services.monotonicNanoseconds = { Server.monotonicNanoseconds() }
        services.bodyBytesMax = configuration.server.limits.bodyBytesDefault
        services.version = drumbeatVersion
        services.tokenLimiter = TokenLimiter(
            inFlightMax: configuration.inFlightPerTokenMax,
            writesPerSecond: configuration.writesPerSecondAndToken)
        services.longPolls = LongPolls(
            recentEntries: recentEntries, waitersPerTokenMax: configuration.inFlightPerTokenMax)
        services.isDebugging = configuration.logLevel == .debug
        let server = try Server(settings: configuration.server, responder: APIResponder(services)) {
            log(.info, $0, $1)
        }
        transport.setListening(ListenAddress(server.boundAddress).map { [$0] } ?? [])

        let bodies = MessageBody(
            incident: { try incidentLoader.snapshot($0, asOf: $1) }, reader: reader,
            draftRenderer: draftRenderer,
            contact: { documents.shelf.contact(of: $0) },
            publicURL: configuration.publicURL(boundTo: server.boundAddress))
        let outbox = Outbox(
            reader: reader, credentials: credentials, bodies: bodies, transport: transport, clock: clock,
            submit: { lane.submit($0) }, wake: { pokes.wakeOutbox() }, log: log)
        let schedulerThread = TickThread(name: "scheduler") {
            health.scheduler.during(time) { scheduler.tick(at: clock()).map { $0 - clock() } }
        }
        let outboxThread = TickThread(name: "outbox") {
            health.outbox.during(time) { outbox.tick(at: clock()).map { $0 - clock() } }
        }
        outbox.start(at: clock())
        health.connect(outbox.meters)
        let figures = Exposition.Sources(
            incidents: incidents, scheduler: scheduler, lane: lane, outbox: outbox, requests: services.meters,
            longPolls: services.longPolls, health: health, server: server, logger: logger, clock: clock,
            monotonic: { time.monotonic() })
        exposition.connect(monotonic: { time.monotonic() }) { figures.page() }
        let longPolls = services.longPolls
        let longPollsThread = TickThread(name: "waiters") {
            longPolls.tick(at: clock()).map { $0 - clock() }
        }
        pokes.connect(
            scheduler: scheduler, schedulerThread, outbox: outbox, outboxThread, longPolls: longPolls,
            longPollsThread, server: server)

        self.server = server
        self.lane = lane
        self.reader = reader
        self.readers = readers
        self.scheduler = schedulerThread
        self.outbox = outbox
        self.outboxThread = outboxThread
        self.recentEntries = recentEntries
        self.longPolls = longPolls
        self.longPollsThread = longPollsThread
        self.transport = transport
        self.logger = logger
        self.health = health
        self.time = time
        stopping = Mutex(false)
        let maintenanceTask = MaintenanceTask(
            credentials: credentials, lane: lane, refreshBacklog: { try outbox.refreshBacklog() }, log: log)
        maintenance = TickThread(name: "keeper") {
            maintenanceTask.tick()
            // Within a second of the revocation, and five at most (security.md).
            if server.streamCount > 0 { server.endStreams { credentials.authenticator.isGood($0) } }
            return nil
        }
        lane.start(onBroken: onBroken)
        adminSecret = try Service.ensureAdmin(credentials, lane, configuration, at: clock(), random)
    }

    /// Begins to answer, nag and deliver.
    public func open() {
        health.open(at: time.monotonic())
        scheduler.start()
        outboxThread.start()
        maintenance.start()
        longPollsThread.start()
        loadRecentEntries()
        server.start()
    }

    /// Reads the journal's end, before anybody is answered: who listened before a restart may come back at once, with the last id it has
    /// seen. It takes some milliseconds, and without it the service answers all the same.
    private func loadRecentEntries() {
        do {
            let last = recentEntries.last
            let first = max(0, last - RecentEntries.entriesAtStart)
            let entries = try reader.entries(afterPosition: first, limit: RecentEntries.entriesAtStart)
            recentEntries.prepend(entries.filter { $0.position <= last })
            logger.info("stream.tail_ready", [("position", "\(last)")])
        } catch {
            logger.log(.warning, "stream.tail_unread", [("error", "\(error)")])
        }
    }

    /// Ends in order: no new requests, those in flight answered, deliveries under way recorded, the store closed.
    ///
    /// Requests in flight that are not answered by the limit are cut off.
    public func stop(drainingWithin limit: Duration = Service.drainMax) {
        end(drainingWithin: limit, into: nil)
    }

    /// Ends as `stop`, but keeps the listening socket and the connections between two requests open, for a process that goes on as
    /// another program: answers with their descriptors.
    public func handOver() -> (listening: Int32, connections: [Int32]) {
        let retained = RetainedConnections(most: ReplacementProgram.connectionsMax)
        // While requests are still answered: the time that a receiver takes is no part of the gap.
        outbox.stop()
        transport.shutdown(within: Service.deliveryDrainMax)
        end(drainingWithin: Service.drainMax, into: retained)
        return (server.socket, retained.descriptors)
    }

    private func end(drainingWithin limit: Duration, into retained: RetainedConnections?) {
        let first = stopping.withLock { stopping in
            defer { stopping = true }
            return !stopping
        }
        guard first else { return }
        health.drain()
        // The store alone may hold the end up (a lock held by somebody else), and whoever waits should know for what.
        let waiting = [
            ("connections", "\(server.connectionCount)"), ("deliveries", "\(outbox.inFlightCount)"),
        ]
        logger.info("service.stopping", waiting + [("at_once", "a second signal")])
        let drained = OneShotEvent()
        if let retained {
            server.handOver(within: limit, into: retained) { drained.open() }
        } else {
            server.drain(within: limit) { drained.open() }
        }
        // Behind the drain, so that whoever is answered does not come back to wait on the same connection.
        longPolls.close()
        drained.wait()
        server.stop()
        scheduler.stop()
        outbox.stop()
        transport.shutdown(within: Service.deliveryDrainMax)
        outboxThread.stop()
        maintenance.stop()
        longPollsThread.stop()
        readers.shutdown()
        lane.stop()
        reader.close()
    }

    /// Whether the scheduler has ticked within that time, and the store can be trusted. A store that only
    /// refuses (no room, a lock) is no reason to be started anew: it comes back by itself.
    func isWell(inactivityMax: Duration) -> Bool {
        if case .broken = lane.storeState { return false }
        return health.scheduler.inactivity(at: time.monotonic()) <= inactivityMax
    }

    /// A first start makes the admin token; it is committed before anybody can use it.
    private static func ensureAdmin(
        _ credentials: CredentialCache, _ lane: WriteLane, _ configuration: Configuration, at now: Timestamp,
        _ random: any RandomSource
    ) throws -> String? {
        guard credentials.tokens().isEmpty else { return nil }
        let admin = try AdminToken.make(file: configuration.adminTokenFile, at: now, random)
        let committed = OneShotEvent()
        let failure = Mutex<Refusal?>(nil)
        lane.submit(
            WriteLane.PendingRequest(CreateToken(admin.token, secret: admin.secret), by: .service) { result in
                if case .failure(let refusal) = result { failure.withLock { $0 = refusal } }
                committed.open()
            })
        committed.wait()
        if let refusal = failure.withLock({ $0 }) {
            throw ConfigurationFault(
                "The first admin token cannot be stored: \(refusal.detail) Nothing was changed; start the service again."
            )
        }
        return admin.isInFile ? nil : admin.secret
    }
}
