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
import Routing
import Storage
import Synchronization
import Threads
import Time
import Views

/// The complete service: creates, wires, starts and stops all parts in order. Tests use the same class.
public final class Service: Sendable {
    /// Upper bound of the drain of requests at shutdown.
    public static let drainMax: Duration = .seconds(10)
    /// Upper bound of the drain when the store is broken: no write can be acknowledged then.
    public static let brokenDrainMax: Duration = .seconds(1)
    /// Upper bound of the drain of deliveries.
    static let deliveryDrainMax: Duration = .seconds(2)
    /// Threads for requests that block on the store. A token uses all but one of them at a time, so two serve one that reads much.
    private static let readerThreads = 3
    /// Threads for urgent ones only: drafts, publishing by template, and ended incidents that an urgent write needs.
    private static let urgentReaderThreads = 1
    /// Upper bound of the ordinary ones that wait, and of the urgent ones.
    static let readersWaitingMax = 1_024

    /// The listening address: `127.0.0.1:8080`.
    public var address: String { server.boundAddress }
    /// The admin secret that a first start must show once; `nil` on later starts, or when it is in the operator's file.
    public let adminSecret: String?

    /// Number of waiting long polls.
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

    /// Opens the store, loads the state, binds the server and starts the lane; nothing is served before `open()`.
    ///
    /// `onBroken` is called when the store is no longer trusted: nothing more is acknowledged, and the process must end. Throws
    /// `ConfigurationFault`, `OpenFault`, `StoreFault` or `ServerFault`, each with a remedy.
    public init(
        _ configuration: Configuration, logger: Logger, time: any TimeSource, random: any RandomSource,
        onBroken: @escaping @Sendable (String) -> Void
    ) throws {
        let templates = try TemplateLoader.load(folder: configuration.textsFolder)
        let checklist = try ChecklistLoader.load(folder: configuration.textsFolder)
        var policy = configuration.policy
        policy.lint = try TemplateLoader.lint(configuration.lintMode, folder: configuration.textsFolder)
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
        let reader = store.reader(
            connections: Service.readerThreads + Service.urgentReaderThreads + 2)

        // A flood of connections, or of names that do not resolve, leaves no descriptor for a read.
        try reader.openAll()

        let incidents = Shelf<Incident>(policy: policy)
        let credentials = CredentialCache(reader: reader)
        let incidentLoader = StateLoader(reader: reader, shelf: incidents)
        let documents = StateLoader(reader: reader, shelf: Shelf<Document>(policy: ()))
        let draftRenderer = DraftRenderer(reader: reader, templates: templates, clock: LocalTime.print)

        // The observers are created after the lane, so it reaches them through this.
        let pokes = Pokes()
        var context = LaneContext(
            credentials: credentials, clock: { storeClock.reading() }, random: random, log: log
        ) { pokes.committed($0) }
        context.monotonic = { time.monotonic() }
        let readers = WorkerPool(
            name: "reader", threads: Service.readerThreads, urgentThreads: Service.urgentReaderThreads,
            waitingMax: Service.readersWaitingMax)
        context.onReader = { readers.submit(by: $0, isUrgent: $1, $2) }
        let recentEntries = context.recentEntries
        // Half of the handler timeout, so that an admitted request gets its response even if the disk slows down meanwhile.
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

        let health = HealthMonitor(
            lane: lane, hearing: { Hearing(credentials.webhooks()).state }, at: time.monotonic())
        let hearing = Hearing(credentials.webhooks()).state
        if hearing != .ok { log(.warning, "service.nobody_hears", [("webhooks", hearing.rawValue)]) }
        let exposition = Exposition()
        var routing = RoutingServices(
            credentials: credentials, readers: readers, submit: { lane.submit($0) }, clock: clock, log: log)
        routing.monotonicNanoseconds = { Server.monotonicNanoseconds() }
        routing.bodyBytesMax = configuration.server.limits.bodyBytesDefault
        routing.tokenLimiter = TokenLimiter(
            inFlightMax: configuration.inFlightMax,
            writesPerSecond: configuration.writesPerSecondAndToken)
        routing.isDebugging = configuration.logLevel == .debug
        var services = Services(
            routing: routing, incidents: incidents, incidentLoader: incidentLoader, documents: documents,
            reader: reader, draftRenderer: draftRenderer, checklist: checklist,
            zone: LocalTime.rules, random: random,
            refusalOfURL: { transport.refusal(of: $0, for: $1) },
            flawOfMailAddress: MailAddress.flaw(of:), send: { transport.send($0, completion: $1) },
            testLimit: Services.testLimit(within: configuration.server.handlerTimeout),
            newSecret: { StandardWebhook.newSecret(random).reveal() },
            isSecret: { (try? StandardWebhook.Secret($0)) != nil },
            readiness: { health.readiness(at: time.monotonic(), clock()) }, position: context.position,
            recentEntries: recentEntries,
            longPolls: LongPolls(recentEntries: recentEntries, waitersPerTokenMax: configuration.inFlightMax))
        services.metrics = { exposition.page() }
        services.version = drumbeatVersion
        services.freezeIsPublic = configuration.freezeIsPublic
        services.streams = StreamLimiter(
            perTokenMax: configuration.server.waitsPerTokenMax ?? configuration.connectionsPerOwner)
        let responder = DrumbeatAPI(services).responder()
        let server = try Server(settings: configuration.server, responder: responder) {
            log(.info, $0, $1)
        }
        transport.setListening(ListenAddress(server.boundAddress).map { [$0] } ?? [])

        let bodies = MessageBody(
            incident: { try incidentLoader.snapshot($0, asOf: $1) }, reader: reader,
            draftRenderer: draftRenderer,
            contact: { documents.shelf.contact(of: $0) },
            handles: { documents.shelf.handles(of: $0) },
            isConfidential: { incidents.confidential.contains($0) },
            publicURL: configuration.publicURL(boundTo: server.boundAddress))
        let outbox = Outbox(
            reader: reader, credentials: credentials, bodies: bodies, transport: transport, clock: clock,
            submit: { lane.submit($0) }, wake: { pokes.wakeOutbox() }, log: log)
        let schedulerThread = TickThread(name: "scheduler") {
            health.scheduler.during(time) { scheduler.tick(at: storeClock.reading()).map { $0 - clock() } }
        }
        let outboxThread = TickThread(name: "outbox") {
            health.outbox.during(time) { outbox.tick(at: storeClock.reading()).map { $0 - clock() } }
        }
        outbox.start(at: clock())
        health.connect(outbox.meters)
        let figures = Exposition.Sources(
            incidents: incidents, scheduler: scheduler, lane: lane, outbox: outbox,
            requests: responder.meters,
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
            credentials: credentials, lane: lane, clock: clock,
            refreshBacklog: { try outbox.refreshBacklog() }, log: log)
        maintenance = TickThread(name: "keeper") {
            maintenanceTask.tick()
            // Within a second of the revocation, at most five (security.md).
            let now = clock()
            if server.streamCount > 0 { server.endStreams { credentials.isValid(token: $0, at: now) } }
            longPolls.end { credentials.isValid(token: $0, at: now) }
            responder.logSuppressed()
            return nil
        }
        lane.start(onBroken: onBroken)
        adminSecret = try Service.ensureAdmin(credentials, lane, configuration, at: clock(), random)
        if adminSecret == nil, let file = configuration.adminTokenFile,
            let problem = AdminToken.problem(
                of: file, isValid: { credentials.authenticator.principal(ofSecret: $0) != nil })
        {
            logger.warning("admin_token.unusable", [("detail", problem)])
        }
    }

    /// Starts to serve, nag and deliver.
    public func open() {
        health.open(at: time.monotonic())
        scheduler.start()
        outboxThread.start()
        maintenance.start()
        longPollsThread.start()
        loadRecentEntries()
        server.start()
    }

    /// Loads the newest entries before the first request, so that stream clients can resume after a restart. Takes a few milliseconds;
    /// the service works without it.
    private func loadRecentEntries() {
        do {
            let last = recentEntries.last
            let first = max(0, last - RecentEntries.entriesAtStart)
            let entries = try reader.entries(afterPosition: first, limit: RecentEntries.entriesAtStart)
            recentEntries.prepend(entries.filter { $0.position <= last })
            logger.info(
                "stream.tail_ready",
                [
                    ("position", "\(last)"),
                    ("detail", "The newest entries are in memory: event streams can resume."),
                ])
        } catch {
            logger.log(.warning, "stream.tail_unread", [("error", "\(error)")])
        }
    }

    /// Stops in order: refuses new requests, finishes those in flight, records deliveries, closes the store.
    ///
    /// Requests still in flight at the limit are cut off.
    public func stop(drainingWithin limit: Duration = Service.drainMax) {
        end(drainingWithin: limit, into: nil)
    }

    /// As `stop`, for an in-place restart: keeps the listening socket and the connections between two requests open, and returns their
    /// descriptors.
    public func handOver() -> (listening: Int32, connections: [Int32], strangers: Set<Int32>) {
        let retained = RetainedConnections(most: ReplacementProgram.connectionsMax)
        // Concurrent with the last requests, so that slow receivers do not lengthen the gap.
        outbox.stop()
        transport.shutdown(within: Service.deliveryDrainMax)
        end(drainingWithin: Service.drainMax, into: retained)
        return (server.socket, retained.descriptors, retained.strangers)
    }

    private func end(drainingWithin limit: Duration, into retained: RetainedConnections?) {
        let first = stopping.withLock { stopping in
            defer { stopping = true }
            return !stopping
        }
        guard first else { return }
        health.drain()
        // Only the store (another process's lock) can delay the rest, so the log says what is pending.
        let waiting = [
            ("connections", "\(server.connectionCount)"), ("deliveries", "\(outbox.inFlightCount)"),
        ]
        let advice = "Requests and deliveries in progress are finished. A second signal stops at once."
        logger.info("service.stopping", waiting + [("detail", advice)])
        let drained = OneShotEvent()
        if let retained {
            server.handOver(within: limit, into: retained) { drained.open() }
        } else {
            server.drain(within: limit) { drained.open() }
        }
        // After the drain began, so that a client does not start another long poll on the same connection.
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

    /// Whether the scheduler ticked within that time and the store is trusted. A store that only refuses writes (disk full, locked) is no
    /// reason for a restart: it recovers by itself.
    func isWell(inactivityMax: Duration) -> Bool {
        if case .broken = lane.storeState { return false }
        return health.scheduler.inactivity(at: time.monotonic()) <= inactivityMax
    }

    /// Creates the admin token at the first start; it is committed before it can be used.
    private static func ensureAdmin(
        _ credentials: CredentialCache, _ lane: WriteLane, _ configuration: Configuration, at now: Timestamp,
        _ random: any RandomSource
    ) throws -> String? {
        guard credentials.tokens().isEmpty else { return nil }
        let admin = try AdminToken.make(file: configuration.adminTokenFile, at: now, random)
        let committed = OneShotEvent()
        let failure = Mutex<Refusal?>(nil)
        lane.submit(
            WriteLane.PendingRequest(
                CreateToken(admin.token, secret: admin.secret, isFirst: true), by: .service, of: nil
            ) { result in
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
