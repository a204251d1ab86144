import API
import Config
import Documents
import Encoding
import Engine
import Dispatch
import Glibc
import HTTP
import Incidents
import Journal
import Routing
import Storage
import Synchronization
import Testing
import Threads
import Time
import Views

/// The real API on a database with the recording, started as the service starts. Tests set the time.
final class RecordedService: Sendable {
    let reader: SQLiteReader
    let bodies: MessageBody
    private let responder: RouteResponder
    private let lane: WriteLane
    private let pool: WorkerPool
    private let folder: String
    private let secrets: [String: String]
    private let now: Shared<Timestamp>

    init(_ recording: Recording, redacted: Bool = false) throws {
        var template = Array("/tmp/drumbeat-recorded-XXXXXX".utf8CString)
        folder = try #require(
            template.withUnsafeMutableBufferPointer { buffer in
                buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            }, "no temporary folder")
        let end = try #require(recording.entries.last).recordedAt
        let now = Shared(end)
        self.now = now
        let clock: @Sendable () -> Timestamp = { now.value.withLock { $0 } }
        let store = try SQLiteStore.open(
            path: folder + "/recorded.db", purpose: .serve, now: end, synchronous: .off)
        secrets = try RecordedService.load(recording, redacted: redacted, into: store)

        let reader = store.reader(connections: 2)
        self.reader = reader
        let (credentials, recentEntries) = (CredentialCache(reader: reader), RecentEntries())
        let incidents = Shelf<Incident>(policy: .standard)
        let documents = StateLoader(reader: reader, shelf: Shelf<Document>(policy: ()))
        var context = LaneContext(
            credentials: credentials, clock: { .init(now: clock(), setBack: .zero) }, random: SystemRandom(),
            log: { _, _, _ in },
            committed: { _ in })
        context.recentEntries = recentEntries
        let lane = WriteLane(store: store, context: context)
        self.lane = lane
        let scheduler = Scheduler(
            shelf: incidents, submit: { lane.submit($0) }, announced: { _, _ in }, log: { _, _, _ in })
        try Startup(
            reader: reader, incidents: incidents, documents: documents, credentials: credentials, lane: lane,
            scheduler: scheduler
        )
        .load(at: end)
        recentEntries.prepend(try reader.entries(afterPosition: 0, limit: RecentEntries.entriesAtStart))

        pool = WorkerPool(name: "reader", threads: 1, waitingMax: 64)
        let templates = try Texts.templates.map { try Template(name: $0.name, text: $0.text) }
        let incidentLoader = StateLoader(reader: reader, shelf: incidents)
        let draftRenderer = DraftRenderer(reader: reader, templates: templates) { moment, _ in
            String(moment.rfc3339.dropFirst(11).prefix(5)) + " UTC"
        }
        bodies = MessageBody(
            incident: { try incidentLoader.snapshot($0, asOf: $1) }, reader: reader,
            draftRenderer: draftRenderer,
            contact: { documents.shelf.contact(of: $0) }, handles: { _ in [:] },
            isConfidential: { _ in false }, publicURL: "https://drumbeat.example")
        let routing = RoutingServices(
            credentials: credentials, readers: pool, submit: { lane.submit($0) }, clock: clock,
            log: { _, _, _ in })
        let services = Services(
            routing: routing, incidents: incidents, incidentLoader: incidentLoader, documents: documents,
            reader: reader, draftRenderer: draftRenderer,
            checklist: try ChecklistTexts(text: Texts.firstTenMinutes), zone: { _ in .utc },
            random: SystemRandom(),
            refusalOfURL: { _, _ in nil }, flawOfMailAddress: { _ in nil },
            send: { _, done in done(.stopped) },
            testLimit: .seconds(8), newSecret: { "" }, isSecret: { _ in false },
            readiness: { Readiness([]) }, position: context.position, recentEntries: recentEntries,
            longPolls: LongPolls(recentEntries: recentEntries))
        responder = DrumbeatAPI(services).responder()
        lane.start { _ in }
    }

    deinit {
        lane.stop()
        pool.shutdown()
        reader.close()
        for suffix in ["", "-wal", "-shm", ".lock"] { unlink(folder + "/recorded.db" + suffix) }
        rmdir(folder)
    }

    /// Repeats a recorded request at its time, with additional fields, and returns the current response.
    func ask(_ exchange: Exchange, _ fields: [String: String] = [:]) throws -> Response {
        if let moment = exchange.moment { now.value.withLock { $0 = moment } }
        var pairs = exchange.fields.merging(fields) { $1 }.map { (name: $0.key, value: $0.value) }
        pairs.append((name: "Authorization", value: "Bearer \(try #require(secrets[exchange.token]))"))
        let request = Request(
            method: try #require(Method(rawValue: exchange.method)), target: try Target(exchange.target),
            fields: Fields(pairs), body: exchange.sent.map { Array($0.utf8) } ?? [])
        switch responder.admit(request.head) {
        case .refuse(let response): return response
        case .proceed(_, let ticket):
            let given = DispatchSemaphore(value: 0)
            let answer = Shared(Response?.none)
            responder.respond(to: request, ticket: ticket) { response in
                answer.value.withLock { $0 = response }
                given.signal()
            }
            try #require(given.wait(timeout: .now() + .seconds(60)) == .success, "no answer in time")
            return try #require(answer.value.withLock { $0 })
        }
    }

    /// All frames of `/v1/events`.
    func events() -> [UInt8] {
        var text: [UInt8] = []
        var last = 0
        while let slice = responder.events(of: EventChannel(.all, isRestricted: true), after: last),
            slice.last > last
        {
            text += slice.text
            last = slice.last
        }
        return text
    }

    /// Writes the rows as the lane would; returns the secret of each token by name.
    private static func load(
        _ recording: Recording, redacted: Bool, into store: SQLiteStore
    ) throws -> [String: String] {
        var batch = Batch()
        batch.entries = recording.entries.map { entry in
            redacted && recording.redacted.contains(entry.position) ? entry.erased : entry
        }
        batch.states = recording.incidents
        batch.keys = recording.keys
        batch.deliveries = recording.deliveries.map(\.delivery)
        batch.webhooks = recording.webhooks
        var secrets: [String: String] = [:]
        for var token in recording.tokens {
            let secret = TokenSecret.make(SystemRandom())
            token.secretHash = TokenSecret.hash(secret)
            secrets[token.name] = secret
            batch.tokens.append(token)
        }
        let whole = batch
        try store.commit { (_, _) throws(StoreFault) in whole }
        return secrets
    }
}

/// A value shared between a test and closures on other threads.
private final class Shared<Value: Sendable>: Sendable {
    let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }
}
