import Documents
import Encoding
import Engine
import Incidents
import Journal
import Model
import Routing
import Time
import Views

/// Dependencies of the handlers.
public struct Services: Sendable {
    /// What routing needs, and handlers may use too.
    public var routing: RoutingServices
    /// Open and recently ended incidents.
    public var incidents: Shelf<Incident>
    /// Other incidents, and past states.
    public var incidentLoader: StateLoader<Incident>
    public var documents: StateLoader<Document>
    /// The position up to which the journal is in memory.
    public var position: JournalPosition
    public var reader: any JournalReader
    public var draftRenderer: DraftRenderer
    /// The words of the first ten minutes.
    public var checklist: ChecklistTexts
    /// The offsets of a time zone; `nil` for an unknown one. Blocks on a file.
    public var zone: @Sendable (String) -> ZoneRules?
    /// Source of ids and secrets.
    public var random: any RandomSource
    /// Why a webhook of a kind can never be sent to a URL; `nil` when it may be.
    public var refusalOfURL: @Sendable (String, Webhook.Kind.Name) -> String?
    /// Why an address of mail cannot be used, as the continuation of it; `nil` when it can.
    public var flawOfMailAddress: @Sendable (String) -> String?
    /// Sends a message that is no delivery, and reports its outcome.
    public var send: @Sendable (OutboundMessage, @escaping @Sendable (OutboundResult) -> Void) -> Void
    /// How long the target of a webhook that is registered may take to answer its test message.
    public var testLimit: Duration
    /// A new signing secret for a webhook: `whsec_…`.
    public var newSecret: @Sendable () -> String
    /// Whether a text is a valid signing secret.
    public var isSecret: @Sendable (String) -> Bool
    public var readiness: @Sendable () -> Readiness
    public var recentEntries: RecentEntries
    public var streams = StreamLimiter()
    let knownPeople = KnownPeople()
    public var longPolls: LongPolls
    /// Whether `GET /v1/freeze` answers without a token.
    public var freezeIsPublic = false
    /// Version of the service, for the OpenAPI document.
    public var version = "0.0.0"
    /// The page of `/metrics`. Called on a loop: must not block.
    public var metrics: @Sendable () -> [UInt8] = { [] }

    public init(
        routing: RoutingServices, incidents: Shelf<Incident>, incidentLoader: StateLoader<Incident>,
        documents: StateLoader<Document>, reader: any JournalReader, draftRenderer: DraftRenderer,
        checklist: ChecklistTexts,
        zone: @escaping @Sendable (String) -> ZoneRules?,
        random: any RandomSource, refusalOfURL: @escaping @Sendable (String, Webhook.Kind.Name) -> String?,
        flawOfMailAddress: @escaping @Sendable (String) -> String?,
        send: @escaping @Sendable (OutboundMessage, @escaping @Sendable (OutboundResult) -> Void) -> Void,
        testLimit: Duration, newSecret: @escaping @Sendable () -> String,
        isSecret: @escaping @Sendable (String) -> Bool,
        readiness: @escaping @Sendable () -> Readiness, position: JournalPosition,
        recentEntries: RecentEntries, longPolls: LongPolls
    ) {
        self.routing = routing
        self.incidents = incidents
        self.incidentLoader = incidentLoader
        self.documents = documents
        self.reader = reader
        self.draftRenderer = draftRenderer
        self.checklist = checklist
        self.zone = zone
        self.random = random
        self.refusalOfURL = refusalOfURL
        self.flawOfMailAddress = flawOfMailAddress
        self.send = send
        self.testLimit = testLimit
        self.newSecret = newSecret
        self.isSecret = isSecret
        self.readiness = readiness
        self.position = position
        self.recentEntries = recentEntries
        self.longPolls = longPolls
    }
}

/// Look-up of streams named in a path, from the store if they are not in memory. Blocks on the store; throws a `Problem` when there is
/// none.
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

extension Services {
    /// The limit of a test message within a request that may take `handlerTimeout`: two seconds less, so that the refusal, which names what
    /// the target did, is answered before the request ends with a 503 that names nothing. At least a second, or half of a shorter timeout.
    public static func testLimit(within handlerTimeout: Duration) -> Duration {
        max(handlerTimeout - .seconds(2), min(.seconds(1), handlerTimeout / 2))
    }
}
