import HTTP
import Journal
import ServiceSupport
import Storage
import TestSupport
import Testing
import Time

@testable import Engine
@testable import Routing

/// What was decided at the head is decided again when the request acts (security.md, "Revocation effective").
struct RevocationTests {
    /// A token of its own, so that it can be revoked.
    private struct Bot {
        let api: TestAPI
        let fields: [String: String]
        let id: String

        init(_ api: TestAPI, _ scope: String = "admin") throws {
            self.api = api
            let made = try api.ask(.post, "/v1/tokens", #"{"name": "bot", "scope": "\#(scope)"}"#)
            fields = ["Authorization": "Bearer \(try #require(made.string("token")))"]
            id = try #require(made.string("id"))
        }

        func revoke() throws {
            #expect(try api.ask(.delete, "/v1/tokens/\(id)").status == 204)
        }
    }

    @Test func `a body that ends after the revocation changes nothing`() throws {
        let api = try TestAPI()
        let bot = try Bot(api)
        let body = Array(#"{"name": "backdoor", "scope": "admin"}"#.utf8)
        let request = try api.request(.post, "/v1/tokens", body, bot.fields)
        guard case .proceed(_, let ticket) = api.responder.admit(request.head) else {
            Issue.record("a good token was refused")
            return
        }
        try bot.revoke()
        let answers = Box<Response>()
        api.responder.respond(to: request, ticket: ticket) { answers.put($0) }
        let reply = Reply(try #require(answers.wait(within: TestAPI.limit)))
        #expect(reply.slug == "unauthorized")
        #expect(reply.field("WWW-Authenticate")?.contains("invalid_token") == true)
        #expect(try api.ask(.get, "/v1/tokens").items("name").contains("backdoor") == false)
        #expect(try #require(answers.wait(within: TestAPI.limit)).closes)
    }

    @Test func `another token's change does not disturb a body`() throws {
        let api = try TestAPI()
        try api.declare()
        let bot = try Bot(api)
        let request = try api.request(
            .post, "/v1/incidents/INC-1/timeline", Array(#"{"text": "x"}"#.utf8))
        guard case .proceed(_, let ticket) = api.responder.admit(request.head) else {
            Issue.record("a good token was refused")
            return
        }
        try bot.revoke()
        let answers = Box<Response>()
        api.responder.respond(to: request, ticket: ticket) { answers.put($0) }
        #expect(try #require(answers.wait(within: TestAPI.limit)).status == .created)
    }

    /// A rotation with an overlap changes when the token ends, not whether it holds.
    @Test func `what waits for a rotated token goes on while the overlap lasts`() throws {
        let (api, ticket, note) = try steppedAPI()
        let answers = Box<Response>()
        api.responder.respond(to: note, ticket: ticket) { answers.put($0) }
        api.service.credentials.apply(
            CredentialChanges(endedTokens: [("tok_admin", api.service.now + .seconds(3_600))]))
        api.service.takeTurns()
        #expect(answers.value?.status == .created)
    }

    /// A lane that is stepped by hand, so that a write can wait.
    private func steppedAPI() throws -> (api: TestAPI, ticket: RequestContext.Ticket, note: Request) {
        let api = try TestAPI(try TestService(refusesLateWrites: false))
        let token = Token(
            id: "tok_admin", name: "admin", scope: .admin, secretHash: TokenSecret.hash(api.secret(.admin)),
            createdAt: api.service.now, revokedAt: nil)
        _ = try api.service.run(.createToken(token)).get()
        let note = try api.request(
            .post, "/v1/incidents", Array(#"{"title": "x", "severity": "minor"}"#.utf8))
        guard case .proceed(_, let ticket) = api.responder.admit(note.head),
            let ticket = ticket as? RequestContext.Ticket
        else { throw Problem(.internalFault, "the head was refused") }
        return (api, ticket, note)
    }

    @Test func `a write that was queued before the revocation acts no more after it`() throws {
        let (api, ticket, note) = try steppedAPI()
        let head = try api.head()
        let answers = Box<Response>()
        api.responder.respond(to: note, ticket: ticket) { answers.put($0) }
        let besides = try TokenStore.open(path: api.service.folder.file(), now: api.service.now)
        #expect(try besides.revoke("tok_admin", at: api.service.now))
        #expect(try api.service.credentials.refresh())
        api.service.takeTurns()
        #expect(answers.value?.status == .unauthorized)
        #expect(try api.head() == head)
    }

    @Test func `at the handler's timeout a write that waits is taken back: it is never written, and told so`()
        throws
    {
        let (api, ticket, note) = try steppedAPI()
        let head = try api.head()
        api.responder.respond(to: note, ticket: ticket) { _ in }
        let fault = api.responder.expire(ticket: ticket)
        #expect(fault.status == .serviceUnavailable)
        api.service.takeTurns()
        #expect(try api.head() == head)
    }

    @Test func `at the handler's timeout the outcome of a write that has begun is unknown`() throws {
        let (api, ticket, note) = try steppedAPI()
        api.responder.respond(to: note, ticket: ticket) { _ in }
        api.service.takeTurns()
        let fault = api.responder.expire(ticket: ticket)
        #expect(fault.status == .gatewayTimeout)
        #expect(fault.slug == "outcome-unknown")
    }

    @Test func `a write is either begun or taken back, by the one that comes first`() {
        let begun = WriteClaim()
        #expect(begun.begin())
        #expect(!begun.withdraw())
        #expect(begun.begin(), "a batch may be performed twice")
        let withdrawn = WriteClaim()
        #expect(withdrawn.withdraw())
        #expect(!withdrawn.begin())
    }

    @Test func `a long poll of a revoked token is told 401, and reads nothing new`() throws {
        let api = try TestAPI()
        try api.declare()
        let bot = try Bot(api, "read")
        let path = "/v1/incidents/INC-1/timeline?after=1&wait=55"
        let early = try api.begin(path, bot.fields)
        let late = try api.begin(path, bot.fields)
        let other = try api.begin(path)
        try bot.revoke()
        // Also before anyone has looked for revoked tokens.
        #expect(try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "secret"}"#).status == 201)
        for poll in [early, late] {
            let reply = Reply(try #require(poll.wait(within: TestAPI.limit)))
            #expect(reply.status == 401)
            #expect(!reply.text.contains("secret"))
        }
        #expect(Reply(try #require(other.wait(within: TestAPI.limit))).items("text") == ["secret"])
    }

    @Test func `a long poll whose client has gone gives up its seat`() throws {
        let api = try TestAPI()
        try api.declare()
        let request = try api.request(.get, "/v1/incidents/INC-1/timeline?after=1&wait=55")
        guard case .proceed(_, let ticket) = api.responder.admit(request.head) else {
            Issue.record("a good token was refused")
            return
        }
        api.responder.respond(to: request, ticket: ticket) { _ in Issue.record("no one waits for this") }
        #expect(api.longPolls.count == 1)
        api.responder.abandon(ticket: ticket)
        #expect(api.longPolls.count == 0)
        try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#)
    }
}
