import API
import Engine
import HTTP
import Incidents
import Journal
import Model
import Platform
import ServiceSupport
import Storage
import Synchronization
import TestSupport
import Time

@testable import Outbound

/// The real API over the real board, rules and SQLite, without a lane's thread: each order is decided at once by a lane of its own,
/// and what it would append is thrown away, so that every input meets the same service.
final class FuzzedAPI: Sendable {
    private let api: TestAPI
    /// The secret of a token that may do everything.
    let secret: String

    var responder: APIResponder { api.responder }

    init() throws {
        let random = SeededRandom(seed: 1)
        secret = TokenSecret.make(random)
        let time = ManualTime(wall: Timestamp(milliseconds: 1_768_471_380_000))
        let service = try TestService(time: time, random: random)
        try Self.furnish(service, secret)
        let networks = AddressGuard(allowed: [], interfaces: { [] })
        let standing = Mutex(())
        api = TestAPI(service, readerThreads: 1) { services in
            services.submit = { submission in
                let lane = Self.lane(beside: service)
                lane.submit(submission)
                _ = standing.withLock { _ in lane.turn() }
            }
            services.refusalOfURL = { Self.refusal(of: $0, networks) }
            services.newSecret = { StandardWebhook.newSecret(random).reveal() }
            services.isSecret = { (try? StandardWebhook.Secret($0)) != nil }
        }
    }

    /// Asks and waits for the answer; a long poll is told that its time is over.
    func answer(_ request: Request, _ ticket: any Sendable) -> Response {
        let answer = Box<Response>()
        responder.respond(to: request, ticket: ticket) { answer.put($0) }
        while true {
            if let response = answer.wait(within: .milliseconds(2)) { return response }
            _ = api.service.longPolls.tick(at: api.service.now + .seconds(100))
        }
    }

    /// A lane with a board of its own, on which stands what stands on the service's.
    private static func lane(beside service: TestService) -> WriteLane {
        let board = Board()
        let open = service.board.open(before: nil, limit: 10) { _ in true }.items
        board.start(openTag: 0, allTag: 0, position: service.board.position())
        board.store(open.reversed(), position: service.board.position())
        let clock = service.clock
        return WriteLane(
            store: ForgetfulStore(service.store),
            context: LaneContext(
                board: board, credentials: service.credentials, policy: .standard, clock: { clock.now() },
                random: service.random, log: { _, _, _ in }, committed: { _ in }))
    }

    /// Two open incidents with a timeline, an ended one, a webhook with a delivery, and the token.
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
        let orders: [Order] = [
            .createToken(token), .createWebhook(webhook), .declare(Declare(.major, details)),
            .declare(Declare(.minor, details)),
            .declare(Declare(.minor, details)), .change(.number(1), note, showing: .entry, ifMatch: nil),
            .change(
                .number(1), PublishUpdate(audience: .public, text: "We look into it."), showing: .entry,
                ifMatch: nil),
            .change(.number(3), over, ifMatch: nil), .testWebhook("whk_01"),
        ]
        for order in orders { _ = try service.run(order).get() }
    }

    private static func refusal(of url: String, _ networks: AddressGuard) -> String? {
        do throws(URLRefusal) {
            return try WebhookURL(url).refusal(by: networks)?.description
        } catch {
            return error.description
        }
    }
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
