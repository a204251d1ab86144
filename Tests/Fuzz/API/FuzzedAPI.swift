import API
import Encoding
import Engine
import HTTP
import Incidents
import Journal
import Model
import Routing
import ServiceSupport
import Storage
import Synchronization
import TestSupport
import Time
import Views

@testable import Outbound

/// The real API with the real shelf, rules and SQLite, but without a lane thread. Each request is decided at once by a lane of its own,
/// and what it would append is discarded, together with its shelf, so that every input meets the same state.
final class FuzzedAPI: Sendable {
    private let api: TestAPI
    private let services: Services
    private let standing: Standing
    /// The secret of an admin token.
    let secret: String

    var responder: RouteResponder { standing.responder }

    init() throws {
        let random = SeededRandom(seed: 1)
        secret = TokenSecret.make(random)
        let time = ManualTime(wall: Timestamp(milliseconds: 1_768_471_380_000))
        let service = try TestService(time: time, random: random)
        try Self.furnish(service, secret)
        let networks = AddressGuard(allowed: [], interfaces: { [] })
        let standing = Standing()
        var furnished: Services?
        api = try TestAPI(service, readerThreads: 1) { services in
            services.routing.submit = { request in
                let lane = Self.lane(beside: service) { standing.change() }
                lane.submit(request)
                standing.turn(lane)
            }
            services.refusalOfURL = { url, _ in Self.refusal(of: url, networks) }
            services.send = { _, done in done(.status(200)) }
            services.newSecret = { StandardWebhook.newSecret(random).reveal() }
            services.isSecret = { (try? StandardWebhook.Secret($0)) != nil }
            furnished = services
        }
        guard let furnished else { throw Refusal(.internalFault, "an API without services") }
        services = furnished
        self.standing = standing
        renew()
    }

    /// Creates an API whose shelf has the state of the service's shelf.
    private func renew() {
        let service = api.service
        var services = services
        services.incidents = Shelf(policy: service.incidents.policy)
        services.incidents.load(
            (1...3).compactMap { service.incidents.snapshot($0) }, asOf: service.incidents.lastChanges().any)
        services.incidentLoader = StateLoader(reader: service.reader, shelf: services.incidents)
        standing.begin(DrumbeatAPI(services).responder())
    }

    /// Sends a request and waits for the response; a long poll times out at once.
    func answer(_ request: Request, _ ticket: any Sendable) -> Response {
        let answer = Box<Response>()
        defer { if standing.isChanged { renew() } }
        responder.respond(to: request, ticket: ticket) { answer.put($0) }
        while true {
            if let response = answer.wait(within: .milliseconds(2)) { return response }
            _ = api.service.longPolls.tick(at: api.service.now + .seconds(100))
        }
    }

    /// A lane that continues from the state of the service's lane.
    private static func lane(
        beside service: TestService, _ changed: @escaping @Sendable () -> Void
    ) -> WriteLane {
        let clock = service.clock
        let context = LaneContext(
            credentials: service.credentials, clock: { clock.reading() }, random: service.random,
            log: { _, _, _ in }, committed: { _ in changed() })
        context.position.advance(to: service.position.value)
        return WriteLane(store: ForgetfulStore(service.store), context: context)
    }

    /// Sets up two open incidents with a timeline, an ended one, a webhook with a delivery, and the token.
    private static func furnish(_ service: TestService, _ secret: String) throws {
        let token = Token(
            id: "tok_01", name: "admin", scope: .admin, secretHash: TokenSecret.hash(secret),
            createdAt: service.now,
            revokedAt: nil)
        let webhook = Webhook(
            id: "whk_01", url: "https://example.org/", events: ["*"],
            secret: "whsec_" + Base64.encode([UInt8](1...32)),
            createdAt: service.now, disabledAt: nil, disabledReason: nil, failingSince: nil)
        var details = Declared.Details(title: "People cannot sign in")
        details.labels = ["service": "web"]
        details.roles = [.commander: Declared.Holder(person: Person("alice"), contact: nil)]
        let note = PostEntry(
            Finding(confirmed: true), text: "The database is full", visibility: .public,
            source: Source(system: "slack", ref: "1", url: nil))
        let over = ChangeStatus(to: .cancelled, reason: "false_alarm")
        let requests: [TestRequest] = [
            .createToken(token), .createWebhook(webhook), .declare(Declare(.major, details)),
            .declare(Declare(.minor, details)),
            .declare(Declare(.minor, details)), .change(.number(1), note, showing: .entry, ifMatch: nil),
            .change(
                .number(1), PublishUpdate(audience: .public, text: "We look into it."), showing: .entry,
                ifMatch: nil),
            .change(.number(3), over, ifMatch: nil), .testWebhook("whk_01"),
        ]
        for request in requests { _ = try service.run(request).get() }
    }

    private static func refusal(of url: String, _ networks: AddressGuard) -> String? {
        do throws(URLRefusal) {
            return try SignedWebhook.target(url).refusal(by: networks)?.description
        } catch {
            return error.description
        }
    }
}

/// The current API, and whether a write has changed its shelf.
private final class Standing: Sendable {
    private let state = Mutex<(responder: RouteResponder?, isChanged: Bool)>((nil, false))
    private let turns = Mutex(())

    var responder: RouteResponder {
        guard let responder = state.withLock({ $0.responder }) else { fatalError("no API stands yet") }
        return responder
    }

    var isChanged: Bool { state.withLock { $0.isChanged } }

    func begin(_ responder: RouteResponder) { state.withLock { $0 = (responder, false) } }
    func change() { state.withLock { $0.isChanged = true } }
    /// One turn at a time, over all lanes.
    func turn(_ lane: WriteLane) { _ = turns.withLock { _ in lane.turn() } }
}

/// The real store, which decides under its lock and then appends nothing.
private final class ForgetfulStore: JournalStore {
    private let inner: FaultyStore

    init(_ inner: FaultyStore) {
        self.inner = inner
    }

    func commit(_ decide: (JournalHead, any JournalLookup) throws(StoreFault) -> Batch) throws(StoreFault) {
        try inner.commit { (head, lookup) throws(StoreFault) in
            _ = try decide(head, lookup)
            return Batch()
        }
    }

    func checkpoint(idle: Bool) throws(StoreFault) -> Bool { false }

    func close() {}
}
