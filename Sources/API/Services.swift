import Documents
import Encoding
import Engine
import HTTP
import Incidents
import Journal
import Logging
import Model
import Threads
import Time
import Views

/// What the routes work with: the parts of the service, passed in.
public struct Services: Sendable {
    /// The open incidents.
    public var incidents: Shelf<Incident>
    /// The others, and what was.
    public var incidentLoader: StateLoader<Incident>
    public var documents: StateLoader<Document>
    /// Up to where the journal is in memory.
    public var position = JournalPosition()
    /// Tokens and webhooks.
    public var credentials: CredentialCache
    /// The journal, for reading.
    public var reader: any JournalReader
    /// Drafts and templates.
    public var draftRenderer: DraftRenderer
    /// Threads for what blocks on the store.
    public var readers: WorkerPool
    /// The lane.
    public var submit: @Sendable (WriteLane.PendingRequest) -> Void
    /// The time that rules decide by.
    public var clock: @Sendable () -> Timestamp
    /// Where ids and secrets come from.
    public var random: any RandomSource
    /// Why a webhook's URL can never be sent to; `nil` when it may be.
    public var refusalOfURL: @Sendable (String) -> String?
    /// A new signing secret for a webhook: `whsec_…`.
    public var newSecret: @Sendable () -> String
    /// Whether a text can be a signing secret.
    public var isSecret: @Sendable (String) -> Bool
    /// How the service is doing.
    public var readiness: @Sendable () -> Readiness
    /// The end of the journal, in memory.
    public var recentEntries = RecentEntries()
    /// How many streams each token has open.
    public var streams = StreamLimiter()
    /// Who waits for the next entry of a timeline.
    public var longPolls = LongPolls()
    /// What each token has under way.
    public var tokenLimiter = TokenLimiter()
    /// The version of the service, as its OpenAPI document names it.
    public var version = "0.0.0"
    /// How many bytes a body may have.
    public var bodyBytesMax = 256 << 10
    /// Whether reads that went well are logged too.
    public var isDebugging = false
    /// What is counted of requests, for `/metrics`.
    public var meters = RequestMeters()
    /// The page of `/metrics`. Called on a loop: it must not block.
    public var metrics: @Sendable () -> [UInt8] = { [] }
    /// The clock of `Request.receivedNanoseconds`; where no server gives one, nothing takes time.
    public var monotonicNanoseconds: @Sendable () -> Int64 = { 0 }
    /// Where it says what happened.
    public var log: @Sendable (Logger.Level, String, [(String, String)]) -> Void

    /// The parts of a service.
    public init(
        incidents: Shelf<Incident>, incidentLoader: StateLoader<Incident>, documents: StateLoader<Document>,
        credentials: CredentialCache,
        reader: any JournalReader,
        draftRenderer: DraftRenderer,
        readers: WorkerPool, submit: @escaping @Sendable (WriteLane.PendingRequest) -> Void,
        clock: @escaping @Sendable () -> Timestamp, random: any RandomSource,
        refusalOfURL: @escaping @Sendable (String) -> String?, newSecret: @escaping @Sendable () -> String,
        isSecret: @escaping @Sendable (String) -> Bool, readiness: @escaping @Sendable () -> Readiness,
        log: @escaping @Sendable (Logger.Level, String, [(String, String)]) -> Void
    ) {
        self.incidents = incidents
        self.incidentLoader = incidentLoader
        self.documents = documents
        self.credentials = credentials
        self.reader = reader
        self.draftRenderer = draftRenderer
        self.readers = readers
        self.submit = submit
        self.clock = clock
        self.random = random
        self.refusalOfURL = refusalOfURL
        self.newSecret = newSecret
        self.isSecret = isSecret
        self.readiness = readiness
        self.log = log
    }
}

/// What a path names, from the store when it is not in memory. Blocks on the store; throws a `Problem` when there is none.
extension Services {
    /// The state of a stream as of one of its entries; `nil` when there is none.
    func snapshot(of stream: StreamID, asOf seq: Int) throws -> (any AnySnapshot)? {
        if let number = Incident.number(of: stream) { return try incidentLoader.snapshot(number, asOf: seq) }
        if let number = Document.number(of: stream) { return try documents.snapshot(number, asOf: seq) }
        return nil
    }

    func requireIncident(_ name: StreamName) throws -> Snapshot<Incident> {
        guard let snapshot = try incidentLoader.snapshot(name) else { throw Problem.noIncident }
        return snapshot
    }

    func requireRow(_ name: StreamName) throws -> IncidentRow {
        guard let number = try incidentLoader.number(of: name), let row = try reader.incident(number) else {
            throw Problem.noIncident
        }
        return row
    }
}
