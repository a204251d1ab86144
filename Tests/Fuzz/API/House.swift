import API
import Config
import Coordination
import Dispatch
import Glibc
import HTTP
import Incidents
import Journal
import Platform
import Storage
import Synchronization
import Time

@testable import Outbound

/// The real API over the real board, rules and SQLite, without a lane's thread: each order is decided at once by a lane of its own,
/// and what it would append is thrown away, so that every input meets the same house.
final class House: Sendable {
    private static let now = Timestamp(milliseconds: 1_768_471_380_000)

    let responder: APIResponder
    /// The secret of a token that may do everything.
    let secret: String
    private let waiters = TimelineWaiters()

    init() throws {
        let store = try SQLiteStore.open(
            path: try Self.temporaryFolder() + "/a.db", purpose: .serve, now: Self.now, synchronous: .off)
        let reader = store.reader(connections: 2)
        let random = SeededRandom(seed: 1)
        secret = TokenSecret.make(random)
        let secret = self.secret
        let (board, directory) = (Board(), Directory(reader: reader))

        /// A lane with a board of its own, on which stands what stands on ours.
        @Sendable func lane(_ store: any JournalStore, _ board: Board) -> WriteLane {
            WriteLane(
                store: store,
                context: LaneContext(
                    board: board, directory: directory, policy: .standard, clock: { Self.now },
                    random: random,
                    log: { _, _, _ in }, committed: { _ in }))
        }
        try Self.furnish(lane(store, board), secret)

        let templates = try Texts.templates.map { try Template(name: $0.name, text: $0.text) }
        let networks = AddressGuard(allowed: [], interfaces: { [] })
        let standing = Mutex(())
        var services = Services(
            board: board, history: History(reader: reader, board: board), directory: directory,
            reader: reader,
            drafts: Drafts(reader: reader, templates: templates) { $0.rfc3339 },
            readers: WorkerPool(name: "reader", threads: 1, waitingMax: 4),
            submit: { submission in
                let copy = Board()
                let open = board.open(before: nil, limit: 10) { _ in true }.items
                copy.start(openTag: 0, allTag: 0, position: board.position())
                copy.publish(open.reversed(), position: board.position())
                let lane = lane(ForgetfulStore(store), copy)
                lane.submit(submission)
                _ = standing.withLock { _ in lane.turn() }
            },
            clock: { Self.now }, random: random, refusalOfURL: { Self.refusal(of: $0, networks) },
            newSecret: { StandardWebhook.newSecret(random).reveal() },
            isSecret: { (try? StandardWebhook.Secret($0)) != nil }, readiness: { Readiness([]) },
            log: { _, _, _ in })
        services.waiters = waiters
        responder = APIResponder(services)
    }

    /// Asks and waits for the answer; a long poll is told that its time is over.
    func answer(_ request: Request, _ ticket: any Sendable) -> Response {
        let given = Mutex<Response?>(nil)
        let arrived = DispatchSemaphore(value: 0)
        responder.respond(to: request, ticket: ticket) { response in
            given.withLock { $0 = response }
            arrived.signal()
        }
        while arrived.wait(timeout: .now() + .milliseconds(2)) == .timedOut {
            _ = waiters.turn(at: Self.now + .seconds(100))
        }
        guard let response = given.withLock({ $0 }) else { fatalError("no answer was given") }
        return response
    }

    /// Two open incidents with a timeline, an ended one, a webhook with a delivery, and the token.
    private static func furnish(_ lane: WriteLane, _ secret: String) throws {
        let token = Token(
            id: "tok_01", name: "admin", scope: .admin, secretHash: TokenSecret.hash(secret), createdAt: now,
            revokedAt: nil)
        let endpoint = Endpoint(
            id: "whk_01", url: "https://example.org/", events: ["*"],
            secret: "whsec_" + Base64.encode([UInt8](1...32)),
            createdAt: now, disabledAt: nil, disabledReason: nil, failingSince: nil)
        var details = Declared.Details(title: "People cannot sign in")
        details.labels = ["service": "web"]
        details.roles = [.commander: Declared.Holder(person: Person("alice"), contact: nil)]
        let note = Change.Note(
            kind: .finding(confirmed: true), text: "The database is full", visibility: .public,
            source: Source(system: "slack", ref: "1", url: nil))
        let over = Change.StatusChange(to: .cancelled, reason: "false_alarm")
        let orders: [Order] = [
            .createToken(token), .createEndpoint(endpoint), .declare(.major, details),
            .declare(.minor, details),
            .declare(.minor, details), .change(.number(1), .post(note), ifMatch: nil),
            .change(
                .number(1), .publish(Change.Update(audience: .public, text: "We look into it.")), ifMatch: nil
            ),
            .change(.number(3), .changeStatus(over), ifMatch: nil), .testEndpoint("whk_01"),
        ]
        for order in orders {
            let refusal = Mutex<Refusal?>(nil)
            let author = Author(person: Person("alice"), postedBy: "admin")
            lane.submit(
                WriteLane.Submission(order, by: author) { result in
                    if case .failure(let why) = result { refusal.withLock { $0 = why } }
                })
            lane.turn()
            if let refusal = refusal.withLock({ $0 }) { throw refusal }
        }
    }

    private static func refusal(of url: String, _ networks: AddressGuard) -> String? {
        do throws(URLRefusal) {
            return try WebhookURL(url).refusal(by: networks)?.description
        } catch {
            return error.description
        }
    }

    private static func temporaryFolder() throws -> String {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/drumbeat-fuzz-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else { throw StoreFault.refusing("no temporary folder") }
        return made
    }
}

/// The real store, which decides under its lock and then appends nothing.
private final class ForgetfulStore: JournalStore {
    private let inner: SQLiteStore

    init(_ inner: SQLiteStore) {
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
