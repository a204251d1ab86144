import API
import Config
@testable import Coordination
import Dispatch
import Glibc
import HTTP
import Incidents
import Journal
import Platform
import Storage
import Synchronization
import Testing
import Time

/// The real API over the real board, lane and SQLite, in a folder of its own and without a socket.
///
/// Time stands still until `pass`; every wait for an answer has a limit.
final class House: Sendable {
    /// Longer than anything here takes on a busy machine.
    static let limit: DispatchTimeInterval = .seconds(60)

    let time = ManualTime()
    let reader: SQLiteReader
    let responder: APIResponder
    let lane: WriteLane
    private let folder: String
    private let pool: WorkerPool
    private let scheduler: NagScheduler
    private let secrets: [Scope: String]
    /// Who waits for the next entry; a commit that concerns them takes the turn at once, on the lane's thread.
    let tail: JournalTail
    /// What is counted of requests.
    let meters = RequestMeters()
    let waiters: TimelineWaiters
    /// What the service logged, one line an event.
    let log = Log()

    init(
        templates: [Template]? = nil, policy: Policy = .standard, tail: JournalTail = JournalTail(),
        _ change: (inout Services) -> Void = { _ in }
    ) throws {
        folder = try temporaryFolder()
        let time = self.time
        let clock: @Sendable () -> Timestamp = { time.wall() }
        let store = try SQLiteStore.open(
            path: folder + "/a.db", purpose: .serve, now: clock(), synchronous: .off)
        reader = store.reader(connections: 3)
        let board = Board()
        let directory = Directory(reader: reader)
        let random = SystemRandom()
        self.tail = tail
        waiters = TimelineWaiters(tail: tail)
        let (log, waiters) = (self.log, self.waiters)
        var context = LaneContext(
            board: board, directory: directory, policy: policy, clock: clock, random: random,
            log: { log.note($0, $1, $2) },
            committed: { if waiters.note($0.entries) { _ = waiters.turn(at: clock()) } })
        context.tail = tail
        lane = WriteLane(store: store, context: context)
        pool = WorkerPool(name: "reader", threads: 2, waitingMax: 64)
        let texts = try templates ?? Texts.templates.map { try Template(name: $0.name, text: $0.text) }
        let history = History(reader: reader, board: board)
        let drafts = Drafts(reader: reader, templates: texts) { moment in
            String(moment.rfc3339.dropFirst(11).prefix(5)) + " UTC"
        }
        let lane = self.lane
        scheduler = NagScheduler(
            board: board, submit: { lane.submit($0) }, log: { log.note($0, $1, $2) })
        var services = Services(
            board: board, history: history, directory: directory, reader: reader, drafts: drafts,
            readers: pool, submit: { lane.submit($0) }, clock: clock, random: random,
            refusalOfURL: { $0.hasPrefix("https://") ? nil : "Send to https, not to \($0)." },
            newSecret: { "whsec_" + Base64.encode(SystemRandom().bytes(32)) },
            isSecret: { $0.hasPrefix("whsec_") && $0.utf8.count > 30 },
            readiness: { Readiness([]) }, log: { log.note($0, $1, $2) })
        services.waiters = waiters
        services.tail = tail
        services.meters = meters
        change(&services)
        responder = APIResponder(services)
        lane.start { _ in }

        var secrets: [Scope: String] = [:]
        for scope in Scope.allCases {
            let secret = TokenSecret.make(random)
            secrets[scope] = secret
            let token = Token(
                id: "tok_\(scope.rawValue)", name: scope == .admin ? "admin" : "\(scope.rawValue)-bot",
                scope: scope, secretHash: TokenSecret.hash(secret), createdAt: clock(), revokedAt: nil)
            try House.commit(.createToken(token), to: lane)
        }
        self.secrets = secrets
    }

    deinit {
        lane.stop()
        pool.shutdown()
        reader.close()
        removeFolder(folder)
    }

    /// Asks and waits for the answer. `token` is the scope to ask with, or none.
    @discardableResult
    func ask(
        _ method: Method, _ target: String, _ body: String? = nil, token: Scope? = .admin,
        _ fields: [String: String] = [:], id: String = "req-1"
    ) throws -> Reply {
        try ask(method, target, bytes: body.map { Array($0.utf8) }, token: token, fields, id: id)
    }

    /// Asks with the widest token and these fields.
    @discardableResult
    func ask(_ method: Method, _ target: String, _ body: String?, _ fields: [String: String]) throws -> Reply
    {
        try ask(method, target, body, token: .admin, fields)
    }

    @discardableResult
    func ask(
        _ method: Method, _ target: String, bytes: [UInt8]?, token: Scope? = .admin,
        _ fields: [String: String] = [:], id: String = "req-1"
    ) throws -> Reply {
        let request = try request(method, target, bytes, token: token, fields, id: id)
        switch responder.admit(request.head) {
        case .refuse(let response): return Reply(response)
        case .proceed(_, let ticket):
            let answers = Answers()
            responder.respond(to: request, ticket: ticket) { answers.give($0) }
            return Reply(try #require(answers.take(within: House.limit), "no answer in time"))
        }
    }

    /// A request as the server would hand it over.
    func request(
        _ method: Method, _ target: String, _ bytes: [UInt8]? = nil, token: Scope? = .admin,
        _ fields: [String: String] = [:], id: String = "req-1"
    ) throws -> Request {
        var pairs = fields.map { (name: $0.key, value: $0.value) }
        if let token, fields["Authorization"] == nil {
            pairs.append((name: "Authorization", value: "Bearer \(secret(token))"))
        }
        if bytes != nil, fields["Content-Type"] == nil {
            pairs.append((name: "Content-Type", value: "application/json"))
        }
        return Request(
            method: method, target: try Target(target), fields: Fields(pairs), body: bytes ?? [],
            remoteAddress: fields["Test-Address"] ?? "127.0.0.1", id: id)
    }

    /// Asks with GET and does not wait for the answer: returns when it waits for an entry, or has been answered.
    func begin(_ target: String, _ fields: [String: String] = [:]) throws -> Box<Response> {
        let request = try request(.get, target, nil, fields)
        let answer = Box<Response>()
        guard case .proceed(_, let ticket) = responder.admit(request.head) else {
            throw Refusal.internalFault("the head was refused")
        }
        let before = waiters.count
        responder.respond(to: request, ticket: ticket) { answer.give($0) }
        // What must read the store first has a thread of its own for that.
        let begun = ContinuousClock.now
        while waiters.count == before, !answer.isGiven {
            try #require(ContinuousClock.now - begun < .seconds(60), "neither waits nor is answered")
            sched_yield()
        }
        return answer
    }

    /// The secret of the token with that scope.
    func secret(_ scope: Scope) -> String { secrets[scope] ?? "" }

    /// Lets time go by, and lets whoever is due be nagged.
    func pass(_ duration: Duration) throws {
        time.advance(by: duration)
        _ = scheduler.turn(at: time.wall())
        try House.commit(.keep, to: lane)
    }

    /// The ends of the journal: what is compared before and after a refusal.
    func head() throws -> JournalHead { try reader.head() }

    /// Declares an incident and answers its ref.
    @discardableResult
    func declare(_ members: String = #""title": "People cannot sign in", "severity": "major""#) throws
        -> String
    {
        let reply = try ask(.post, "/v1/incidents", "{\(members)}")
        try #require(reply.status == 201, "\(reply.text)")
        let ref = try #require(reply.string("ref"))
        scheduler.note([try #require(try published(ref))])
        return ref
    }

    /// Declares an incident past the API, for houses whose API refuses.
    func declareAround() throws {
        try House.commit(.declare(.major, Declared.Details(title: "x")), to: lane)
    }

    /// Switches a webhook off, as a 410 of its receiver does.
    func switchOff(_ id: String) throws {
        var endpoint = try #require(try reader.endpoints().first { $0.id == id })
        endpoint.disabledAt = time.wall()
        endpoint.disabledReason = "its receiver answered 410"
        try House.commit(.createEndpoint(endpoint), to: lane)
    }

    /// Records the end of an attempt, as the outbox does: it took 40 ms.
    func record(_ messageID: String, _ result: OutboundResult) throws {
        let delivery = try #require(try reader.delivery(messageID: messageID))
        let url = try reader.endpoints().first { $0.id == delivery.endpoint }?.url
        let end = AttemptEnd(
            result, url: url ?? "", startedAt: time.wall() - .milliseconds(40), duration: .milliseconds(40))
        try House.commit(.recordAttempt(delivery: delivery.id, end), to: lane)
    }

    func published(_ ref: String) throws -> Published? {
        guard let number = Incident.number(inRef: ref), let row = try reader.incident(number) else {
            return nil
        }
        var fold = Fold(row.id)
        for entry in try reader.entries(of: number, after: 0, kind: nil, visibility: nil, limit: 500) {
            try fold.add(entry)
        }
        return fold.published
    }

    private static func commit(_ order: Order, to lane: WriteLane) throws {
        let answers = Box<Result<Outcome, Refusal>>()
        let author = Author(person: Person("test"), postedBy: "test")
        lane.submit(WriteLane.Submission(order, by: author) { answers.give($0) })
        _ = try #require(answers.take(within: limit)).get()
    }
}

extension WriteLane.Submission {
    /// Answers as a lane would that cannot take it.
    func refuse(_ refusal: Refusal) { completion(.failure(refusal)) }
}

private typealias Answers = Box<Response>

/// Hands one value from one thread to another, with a limit to the wait.
final class Box<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let semaphore = DispatchSemaphore(value: 0)

    func give(_ given: Value) {
        value.withLock { $0 = given }
        semaphore.signal()
    }

    var isGiven: Bool { value.withLock { $0 != nil } }

    func take(within limit: DispatchTimeInterval) -> Value? {
        guard semaphore.wait(timeout: .now() + limit) == .success else { return nil }
        return value.withLock { $0 }
    }
}

/// What was logged.
final class Log: Sendable {
    private let lines = Mutex<[String]>([])

    func note(_ level: Logger.Level, _ event: String, _ fields: [(String, String)]) {
        let line = "\(level.rawValue) \(event) " + fields.map { "\($0)=\($1)" }.joined(separator: " ")
        lines.withLock { $0.append(line) }
    }

    var all: [String] { lines.withLock { $0 } }
}

func temporaryFolder() throws -> String {
    var template = Array("/tmp/drumbeat-api-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    return try #require(made, "no temporary folder")
}

/// Removes a folder that holds files alone.
func removeFolder(_ path: String) {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { unlink(path + "/" + name) }
    }
    closedir(folder)
    rmdir(path)
}
