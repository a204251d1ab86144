import API
import Glibc
import HTTP
import Incidents
import Journal
import Model
import ServiceSupport
import Storage
import TestSupport
import Testing
import Time

@testable import Engine

/// The API with a thread for its lane, and a token per scope.
///
/// The time advances only in `pass`; every wait has a timeout.
extension TestAPI {
    /// Longer than any operation here takes on a busy machine.
    static let limit = Duration.seconds(60)

    /// `change` may replace the API's dependencies.
    convenience init(
        templates: [Template]? = nil, policy: Policy = TestService.policy,
        recentEntries: RecentEntries = RecentEntries(),
        _ change: (inout Services) -> Void = { _ in }
    ) throws {
        let service = try TestService(
            policy: policy, templates: templates, recentEntries: recentEntries, refusesLateWrites: false)
        try self.init(service, change)
        service.lane.start { _ in }
        for scope in Scope.allCases {
            let token = Token(
                id: "tok_\(scope.rawValue)", name: scope == .admin ? "admin" : "\(scope.rawValue)-bot",
                scope: scope, secretHash: TokenSecret.hash(secret(scope)), createdAt: service.now,
                revokedAt: nil)
            try commit(.createToken(token))
        }
    }

    var time: ManualTime { service.time }
    var reader: SQLiteReader { service.reader }
    var longPolls: LongPolls { service.longPolls }
    var log: RecordingLog { service.log }

    /// Sends a request and waits for the response. `token` selects the token by scope; `nil` sends none.
    @discardableResult
    func ask(
        _ method: Method, _ target: String, _ body: String? = nil, token: Scope? = .admin,
        _ fields: [String: String] = [:], id: String = "req-1"
    ) throws -> Reply {
        try ask(method, target, bytes: body.map { Array($0.utf8) }, token: token, fields, id: id)
    }

    /// Sends a request with the admin token and the given fields.
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
            let answers = Box<Response>()
            responder.respond(to: request, ticket: ticket) { answers.put($0) }
            return Reply(try #require(answers.wait(within: Self.limit), "no answer in time"))
        }
    }

    /// A request as the server passes it to the API.
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

    /// Sends a GET without waiting for the response. Returns when the long poll waits, or has its response.
    func begin(_ target: String, _ fields: [String: String] = [:]) throws -> Box<Response> {
        let request = try request(.get, target, nil, fields)
        let answer = Box<Response>()
        guard case .proceed(_, let ticket) = responder.admit(request.head) else {
            throw Refusal(.internalFault, "the head was refused")
        }
        let before = longPolls.count
        responder.respond(to: request, ticket: ticket) { answer.put($0) }
        // Requests that read the store first run on a reader thread.
        let begun = ContinuousClock.now
        while longPolls.count == before, answer.count == 0 {
            try #require(ContinuousClock.now - begun < .seconds(60), "neither waits nor is answered")
            sched_yield()
        }
        return answer
    }

    /// The secret of the token with that scope.
    func secret(_ scope: Scope) -> String {
        let index = Scope.allCases.firstIndex(of: scope) ?? 0
        return TokenSecret.make(SeededRandom(seed: 1_000 + UInt64(index)))
    }

    /// Advances the time and ticks the scheduler.
    func pass(_ duration: Duration) throws {
        time.advance(by: duration)
        _ = service.scheduler.tick(at: time.wall())
        try commit(.maintain)
    }

    /// The head of the journal, compared before and after a refusal.
    func head() throws -> JournalHead { try reader.head() }

    /// Declares an incident and returns its ref.
    @discardableResult
    func declare(_ members: String = #""title": "People cannot sign in", "severity": "major""#) throws
        -> String
    {
        let reply = try ask(.post, "/v1/incidents", "{\(members)}")
        try #require(reply.status == 201, "\(reply.text)")
        let ref = try #require(reply.string("ref"))
        return ref
    }

    /// Declares an incident without the API, for services whose API refuses.
    func declareAround() throws {
        try commit(.declare(Declare(.major, Declared.Details(title: "x"))))
    }

    /// Disables a webhook, as a 410 from its receiver does.
    func switchOff(_ id: String) throws {
        var webhook = try #require(try reader.webhooks().first { $0.id == id })
        webhook.disabledAt = time.wall()
        webhook.disabledReason = "its receiver answered 410"
        try commit(.createWebhook(webhook))
    }

    /// Records the end of an attempt of 40 ms, as the outbox does.
    func record(_ messageID: String, _ result: OutboundResult) throws {
        let delivery = try #require(try reader.delivery(messageID: messageID))
        let url = try reader.webhooks().first { $0.id == delivery.webhook }?.url
        let end = AttemptEnd(
            result, url: url ?? "", startedAt: time.wall() - .milliseconds(40), duration: .milliseconds(40))
        try commit(.recordAttempt(delivery: delivery.id, end))
    }

    func snapshot(_ ref: String) throws -> IncidentSnapshot? {
        guard let number = Incident.number(inRef: ref), let row = try reader.incident(number) else {
            return nil
        }
        var fold = Fold<Incident>(row.stream, id: row.id.text)
        for entry in try reader.entries(of: row.stream, after: 0, kind: nil, visibility: nil, limit: 500) {
            try fold.add(entry)
        }
        return fold.snapshot
    }

    func commit(_ request: TestRequest) throws {
        let answers = Box<Result<WriteAnswer, Refusal>>()
        let author = Author(person: Person("test"), postedBy: "test")
        service.lane.submit(
            WriteLane.PendingRequest(request.make(service.incidents), by: author, of: nil) { answers.put($0) }
        )
        _ = try #require(answers.wait(within: Self.limit)).get()
    }
}

extension WriteLane.PendingRequest {
    /// Completes the request as a lane that cannot accept it.
    func refuse(_ refusal: Refusal) { completion(.failure(refusal)) }
}

extension RefusedRequest {
    /// A request that was refused before its head was complete.
    init(id: String) { self.init(id: id, remoteAddress: "127.0.0.1", method: nil) }
}
