import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
import ServiceSupport
import TestSupport
import Testing
import Time
import Views

@testable import API

/// Kinds of webhook: how they are registered and shown, whom their nags reach, and what their buttons do.
struct KindTests {
    private let api: TestAPI

    init() throws { api = try TestAPI() }

    private static let ntfy =
        #"{"kind": "ntfy", "url": "https://ntfy.example/oncall-7f3a", "events": ["update.*"], "token": "tk_secret"}"#
    private static let slack =
        #"{"kind": "slack", "url": "https://hooks.example/services/T1/B1/secret", "events": ["*"]}"#
    private static let mail = """
        {"kind": "smtp", "url": "smtps://mail.example:465", "events": ["update.*"], "from": "drumbeat@mail.example",
         "to": ["bob@mail.example"], "username": "drumbeat", "password": "secret-password", "person": "bob"}
        """

    private func register(_ body: String) throws -> Reply {
        let reply = try api.ask(.post, "/v1/webhooks", body)
        try #require(reply.status == 201, "\(reply.text)")
        return reply
    }

    @Test(arguments: [ntfy, slack, mail])
    func `a target for people gets a test message, and its secrets are never shown`(body: String) throws {
        let made = try register(body)
        #expect(made["secret"] == .null)
        #expect(api.tests.sent.count == 1)
        let path = "/v1/webhooks/\(try #require(made.string("id")))"
        let read = try api.ask(.get, path)
        for text in [made.text, read.text, try api.ask(.get, "/v1/webhooks").text] {
            #expect(!text.contains("secret-password") && !text.contains("tk_secret"))
            #expect(!text.contains("oncall-7f3a") && !text.contains("B1"))
        }
        #expect(!api.log.lines.contains { $0.contains("secret-password") || $0.contains("tk_secret") })
        #expect(try api.ask(.post, "\(path)/rotate-secret").status == 422, "nothing is signed")
    }

    @Test func `what is shown of each kind`() throws {
        let slack = try register(KindTests.slack)
        #expect(slack.string("kind") == "slack")
        #expect(slack.string("url") == "https://hooks.example/…")
        #expect(slack["person"] == .null)
        let mail = try register(KindTests.mail)
        #expect(mail.string("url") == "smtps://mail.example:465")
        #expect(mail.string("from") == "drumbeat@mail.example")
        #expect(mail.items("", in: "to").isEmpty == false)
        #expect(mail.string("username") == "drumbeat")
        #expect(mail.string("person") == "bob")
        let standard = try register(#"{"url": "https://a.example/", "events": ["*"]}"#)
        #expect(standard.string("kind") == "standard")
        #expect(standard.string("secret")?.hasPrefix("whsec_") == true)
        #expect(api.tests.sent.count == 2, "a receiver of events may not be there yet")
    }

    @Test func `a target that cannot work is refused with what it said`() throws {
        let head = try api.head()
        api.tests.answer(.refused(status: 404, excerpt: "no_service"))
        let refused = try api.ask(.post, "/v1/webhooks", KindTests.slack)
        #expect(refused.slug == "webhook-url-refused")
        #expect(refused.string("detail")?.contains("404: no_service") == true)
        #expect(refused.pointers == ["#/url"])
        api.tests.answer(.failed("the name does not resolve"))
        let failed = try api.ask(.post, "/v1/webhooks", KindTests.mail)
        #expect(failed.string("detail")?.contains("the name does not resolve") == true)
        #expect(try api.head() == head)
        #expect(try api.reader.webhooks().isEmpty)
        let fields = ["Idempotency-Key": "once"]
        api.tests.answer(.status(200))
        let made = try api.ask(.post, "/v1/webhooks", KindTests.slack, fields)
        api.tests.answer(.refused(status: 404, excerpt: "gone since"))
        let again = try api.ask(.post, "/v1/webhooks", KindTests.slack, fields)
        #expect(again.status == 201 && again.string("id") == made.string("id"), "the first response")
        api.tests.answer(.status(429))
        #expect(try api.ask(.post, "/v1/webhooks", KindTests.slack).status == 201, "it works later")
    }

    @Test(arguments: [530, 534, 535, 538])
    func `a login that a mail server refuses is said to be that`(status: Int) throws {
        api.tests.answer(.refused(status: status, excerpt: "no"))
        let login = try api.ask(.post, "/v1/webhooks", KindTests.mail)
        #expect(login.slug == "webhook-url-refused")
        #expect(login.string("title") == "The webhook's target cannot be used")
        #expect(login.string("detail") == "It refused the login with \(status): no")
        #expect(login.pointers == ["#/password"])
        let without = KindTests.mail.replacing(
            #""username": "drumbeat", "password": "secret-password", "#, with: "")
        #expect(try api.ask(.post, "/v1/webhooks", without).pointers == ["#/username"])
        // A hook that answers so is no mail server.
        #expect(
            try api.ask(.post, "/v1/webhooks", KindTests.slack).string("detail")
                == "It refused a test message with \(status): no")
    }

    @Test(arguments: [
        (#"{"kind": "smtp", "url": "smtps://m.example", "events": ["*"]}"#, ["#/from", "#/to"]),
        (
            #"{"kind": "smtp", "url": "smtps://m.example", "events": ["*"], "from": "x", "to": ["a@b.example"]}"#,
            ["#/from"]
        ),
        (
            #"{"kind": "smtp", "url": "smtps://m.example", "events": ["*"], "from": "a@b.example", "to": ["a@b.example", "y"]}"#,
            ["#/to/1"]
        ),
        (
            #"{"kind": "smtp", "url": "https://m.example", "events": ["*"], "from": "a@b", "to": ["a@b"]}"#,
            ["#/url"]
        ),
        (#"{"kind": "slack", "url": "https://h.example/", "events": ["*"], "token": "x"}"#, ["#/token"]),
        (
            #"{"kind": "ntfy", "url": "https://h.example/t", "events": ["*"], "password": "x"}"#,
            ["#/password"]
        ),
        (#"{"kind": "teams", "url": "https://h.example/t", "events": ["*"]}"#, ["#/kind"]),
        (#"{"url": "https://h.example/t", "events": ["*"], "to": ["a@b.example"]}"#, ["#/to"]),
    ])
    func `members that a kind lacks, or needs, are named`(body: String, pointers: [String]) throws {
        let reply = try api.ask(.post, "/v1/webhooks", body)
        #expect(reply.status == 422, "\(reply.text)")
        #expect(reply.pointers == pointers)
        #expect(api.tests.sent.isEmpty)
    }

    @Test func `a PATCH changes what it names, and tries what leads elsewhere`() throws {
        let id = try #require(try register(KindTests.mail).string("id"))
        let path = "/v1/webhooks/\(id)"
        #expect(try api.ask(.patch, path, #"{"person": null, "events": ["*"]}"#).status == 200)
        #expect(api.tests.sent.count == 1)
        #expect(try api.ask(.patch, path, #"{"password": "other", "to": ["c@mail.example"]}"#).status == 200)
        #expect(api.tests.sent.count == 2)
        let stored = try #require(try api.reader.webhooks().first)
        #expect(stored.person == nil)
        let mail = Webhook.Mail(
            from: "drumbeat@mail.example", to: ["c@mail.example"], username: "drumbeat", password: "other")
        #expect(stored.kind == .smtp(mail))
        #expect(try api.ask(.patch, path, #"{"token": "x"}"#).pointers == ["#/token"])
        api.tests.answer(.refused(status: 535, excerpt: "login"))
        #expect(try api.ask(.patch, path, #"{"password": "wrong"}"#).slug == "webhook-url-refused")
        #expect(try api.reader.webhooks().first?.kind == .smtp(mail))
    }

    @Test func `a nag goes to the targets of those it asks, and to those for everyone`() throws {
        let bob = try #require(try register(KindTests.mail).string("id"))
        let everyone = try #require(try register(KindTests.ntfy).string("id"))
        let ref = try api.declare()
        try api.ask(.put, "/v1/incidents/\(ref)/roles/commander", #"{"person": "alice"}"#)
        try api.ask(.put, "/v1/incidents/\(ref)/roles/communicator", #"{"person": "carol"}"#)
        try api.pass(.seconds(300))
        func count(_ webhook: String) throws -> Int {
            try api.ask(.get, "/v1/webhooks/\(webhook)/deliveries").items("type").count {
                $0 == "update.overdue"
            }
        }
        #expect(try count(everyone) == 1)
        #expect(try count(bob) == 0, "bob is not asked")
        let taken = try api.ask(
            .put, "/v1/incidents/\(ref)/roles/communicator", #"{"person": "@Bob"}"#)
        #expect(taken["warnings"] == nil, "\(taken.text)")
        #expect(try count(bob) == 1, "the waiting nag follows the role")
        try api.pass(.seconds(300))
        #expect(try count(bob) == 2)
        #expect(try count(everyone) == 2 + 1, "and once more as the role changed hands")
    }

    @Test func `people whom no webhook reaches are named, also in a repetition`() throws {
        _ = try register(KindTests.mail)
        let ref = try api.declare()
        let role = "/v1/incidents/\(ref)/roles/communicator"
        let bob = try api.ask(.put, role, #"{"person": "bob"}"#)
        #expect(bob["warnings"] == nil)
        let fields = ["Idempotency-Key": "once"]
        let carol = try api.ask(.put, role, #"{"person": "carol"}"#, fields)
        #expect(carol.string("warnings.0.code") == "nobody_hears")
        #expect(
            carol.string("warnings.0.detail")
                == "No webhook reaches carol: none that subscribes to update.overdue is for them or for everyone."
        )
        #expect(carol.string("warnings.0.links.0.body.person") == "carol")
        #expect(try api.ask(.put, role, #"{"person": "carol"}"#, fields).body == carol.body)
        let declared = try api.ask(
            .post, "/v1/incidents", #"{"title": "x", "severity": "minor", "author": "dora", "impact": "y"}"#)
        #expect(declared.string("warnings.0.detail")?.contains("dora") == true)
    }

    @Test
    func `people without a webhook and people whose webhooks fail are told apart, also in a repetition`()
        throws
    {
        let bob = try #require(try register(KindTests.mail).string("id"))
        _ = try register(KindTests.mail.replacing("\"bob\"", with: "\"alice\""))
        let test = try #require(try api.ask(.post, "/v1/webhooks/\(bob)/test").string("id"))
        for _ in 1...3 { try api.record(test, .failed("connection refused")) }
        let declaring =
            #"{"title": "x", "severity": "major", "impact": "y", "roles": {"commander": "bob", "communicator": "carol", "scribe": "alice"}}"#
        let fields = ["Idempotency-Key": "once"]
        let declared = try api.ask(.post, "/v1/incidents", declaring, fields)
        let details = declared.items("detail", in: "warnings")
        #expect(details.count { $0.hasPrefix("No webhook reaches") } == 2, "\(declared.text)")
        #expect(
            details.contains {
                $0.hasPrefix("No webhook reaches") && $0.contains("carol")
                    && $0.contains("none that subscribes")
            })
        let failing =
            "No webhook reaches bob now: each that does failed three times in a row."
        #expect(details.contains(failing), "\(declared.text)")
        #expect(try api.ask(.post, "/v1/incidents", declaring, fields).body == declared.body)
        let tried = try api.ask(.post, "/v1/nags/test", #"{"person": "bob"}"#)
        #expect(tried.string("warnings.0.detail") == failing)
    }

    @Test func `when all webhooks of a person failed three times, a nag says so and asks the next at once`()
        throws
    {
        let bob = try #require(try register(KindTests.mail).string("id"))
        _ = try register(KindTests.mail.replacing("\"bob\"", with: "\"alice\""))
        let ref = try api.declare()
        let one = "/v1/incidents/\(ref)"
        try api.ask(.put, "\(one)/roles/communicator", #"{"person": "bob"}"#)
        try api.ask(.put, "\(one)/roles/commander", #"{"person": "alice"}"#)
        let test = try #require(try api.ask(.post, "/v1/webhooks/\(bob)/test").string("id"))
        for _ in 1...3 { try api.record(test, .failed("connection refused")) }
        try api.pass(.seconds(300))
        let nag = try api.ask(.get, "\(one)/timeline?kind=nag_sent")
        #expect(nag.string("items.0.data.to.1.person") == "alice")
        #expect(
            nag.string("items.0.text")?.contains("No message reaches bob: each webhook failed three times")
                == true)
    }

    @Test func `a test of the nags to a person goes to what reaches them`() throws {
        let bob = try #require(try register(KindTests.mail).string("id"))
        let everyone = try #require(try register(KindTests.ntfy).string("id"))
        func tried(_ body: String) throws -> Set<String> {
            Set(try api.ask(.post, "/v1/nags/test", body).items("webhook", in: "messages"))
        }
        #expect(try tried("{}") == [bob, everyone])
        #expect(try tried(#"{"person": "BOB"}"#) == [bob, everyone])
        #expect(try tried(#"{"person": "carol"}"#) == [everyone])
        try api.ask(.patch, "/v1/webhooks/\(everyone)", #"{"enabled": false}"#)
        let silent = try api.ask(.post, "/v1/nags/test", #"{"person": "carol"}"#)
        #expect(silent["messages"] == .array([]))
        #expect(silent.string("warnings.0.detail")?.contains("carol") == true)
    }

    // MARK: Buttons

    private func nag(_ ref: String) throws -> Notification {
        let webhook = try #require(try api.reader.webhooks().first)
        let delivery = try #require(
            try api.reader.deliveries(to: webhook.id, nil, before: nil, limit: 9)
                .first { $0.type == .updateOverdue })
        return try api.service.bodies.notification(delivery, for: webhook)
    }

    private func press(_ button: Notification.Button?) throws -> Reply {
        let url = try #require(button?.url)
        return try api.ask(.post, url.replacing("http://drumbeat.test", with: ""), nil, token: nil)
    }

    @Test func `a button snoozes once, without a token, also when it is repeated`() throws {
        _ = try register(KindTests.ntfy)
        let ref = try api.declare()
        try api.pass(.seconds(300))
        let nag = try nag(ref)
        #expect(nag.headline == "INC-1 major: status update due now, asked of admin (declarer)")
        #expect(nag.buttons.map(\.label) == ["Snooze 10 min"], "the next nag comes in five")
        let first = try press(nag.buttons.first)
        #expect(first.status == 201, "\(first.text)")
        #expect(first.string("kind") == "nag_snoozed")
        #expect(first.string("author") == "ntfy")
        let head = try api.head()
        #expect(try press(nag.buttons.first).body == first.body)
        #expect(try api.head().position == head.position)
    }

    @Test func `"nothing new" is offered and published only when nothing is new`() throws {
        _ = try register(KindTests.ntfy)
        let ref = try api.declare(#""title": "x", "severity": "major", "impact": "Many cannot sign in""#)
        let one = "/v1/incidents/\(ref)"
        try api.ask(.post, "\(one)/status-updates", #"{"text": "We are on it.", "audience": "public"}"#)
        try api.pass(.seconds(900))
        let nag = try nag(ref)
        #expect(nag.buttons.map(\.label) == ["Nothing new", "Snooze 10 min"])
        let published = try press(nag.buttons.first)
        #expect(published.status == 201, "\(published.text)")
        #expect(published.string("kind") == "update_published")
        #expect(published.string("data.template") == "nothing_new")
        #expect(try api.ask(.get, one).integer("cadence.nags_sent") == 0)
    }

    @Test func `"nothing new" of an older message is refused once there is news`() throws {
        _ = try register(KindTests.ntfy)
        let ref = try api.declare(#""title": "x", "severity": "major", "impact": "Many cannot sign in""#)
        let one = "/v1/incidents/\(ref)"
        try api.ask(.post, "\(one)/status-updates", #"{"text": "We are on it.", "audience": "public"}"#)
        try api.pass(.seconds(900))
        let nag = try nag(ref)
        #expect(nag.buttons.first?.label == "Nothing new")
        try api.ask(.patch, one, #"{"impact": "Everyone cannot sign in"}"#)
        let head = try api.head()
        #expect(try press(nag.buttons.first).slug == "stale-draft")
        #expect(try api.head().position == head.position)
        // A refusal holds no place: it can be tried again and again.
        for _ in 1...9 { #expect(try press(nag.buttons.first).slug == "stale-draft") }
        #expect(try press(nag.buttons.last).status == 201)
    }

    @Test func `a secret is not led to another host`() throws {
        let id = try #require(try register(KindTests.mail).string("id"))
        let path = "/v1/webhooks/\(id)"
        let moved = #"{"url": "smtps://other.example:465""#
        #expect(try api.ask(.patch, path, moved + "}").pointers == ["#/password"])
        #expect(api.tests.sent.count == 1)
        #expect(try api.ask(.patch, path, moved + #", "password": "new"}"#).status == 200)
        #expect(
            try api.ask(.patch, path, #"{"url": "smtps://other.example:587"}"#).pointers == ["#/password"])
    }

    // MARK: Targets that hang

    /// Sends a registration or a PATCH without waiting for its response.
    private func begin(
        _ method: Method = .post, _ path: String = "/v1/webhooks", _ body: String = KindTests.slack,
        by secret: String
    ) throws -> Box<Response> {
        let fields = ["Authorization": "Bearer \(secret)"]
        let request = try api.request(method, path, Array(body.utf8), fields)
        guard case .proceed(_, let ticket) = api.responder.admit(request.head) else {
            throw Refusal(.internalFault, "the head was refused")
        }
        let answer = Box<Response>()
        api.responder.respond(to: request, ticket: ticket) { answer.put($0) }
        return answer
    }

    private func admin(_ name: String) throws -> String {
        let made = try api.ask(.post, "/v1/tokens", #"{"name": "\#(name)", "scope": "admin"}"#)
        return try #require(made.string("token"))
    }

    @Test func `a target has less time than the request, and what took longer is refused with it`() throws {
        let began = ContinuousClock.now
        let id = try #require(try register(KindTests.mail).string("id"))
        api.tests.answer(.failed("the target did not answer within 8s; it may be down"))
        let late = try api.ask(.post, "/v1/webhooks", KindTests.slack)
        #expect(late.status == 422 && late.slug == "webhook-url-refused")
        #expect(late.string("detail")?.contains("did not answer within 8s") == true, "\(late.text)")
        let edit = try api.ask(.patch, "/v1/webhooks/\(id)", #"{"to": ["c@mail.example"]}"#)
        #expect(edit.slug == "webhook-url-refused" && edit.string("detail") == late.string("detail"))
        let deadlines = try api.tests.sent.map { try #require($0.deadline) }
        #expect(deadlines.count == 3)
        for deadline in deadlines {
            #expect(deadline >= began + .seconds(8) && deadline <= .now + .seconds(8))
        }
    }

    @Test(arguments: [
        (10_000, 8_000), (60_000, 58_000), (3_000, 1_000), (2_000, 1_000), (1_000, 500), (100, 50),
    ])
    func `a test message has two seconds less than its request, and at least half of its time`(
        handler: Int64, limit: Int64
    ) {
        #expect(Services.testLimit(within: .milliseconds(handler)) == .milliseconds(limit))
    }

    @Test func `hanging registrations of fifteen other tokens do not stop a token from registering`() throws {
        api.tests.hold()
        let hanging = try (1...15).flatMap { number in
            let secret = try admin("hanging \(number)")
            return [try begin(by: secret), try begin(by: secret)]
        }
        #expect(api.tests.sent.count == 30)
        api.tests.answer(.status(200))
        #expect(try register(KindTests.slack).status == 201)
        api.tests.release(.status(200))
        for answer in hanging {
            #expect(Reply(try #require(answer.wait(within: .seconds(30)))).status == 201)
        }
        #expect(try api.reader.webhooks().count == 31)
    }

    @Test func `a third test message of a token is refused, and says which limit is reached and what to do`()
        throws
    {
        api.tests.hold()
        let secret = try admin("hanging")
        let first = try begin(by: secret)
        _ = try begin(by: secret)
        let third = Reply(try #require(try begin(by: secret).wait(within: .seconds(30))))
        #expect(third.status == 503 && third.field("Retry-After") == "8")
        #expect(
            third.string("detail")
                == "2 test messages of your token to webhooks are in progress, as many as may be. This webhook was not tested, and nothing "
                + "was changed. Wait for the seconds in Retry-After, then send this request again.")
        // The answer of a target makes room.
        api.tests.release(.status(200))
        #expect(Reply(try #require(first.wait(within: .seconds(30)))).status == 201)
        api.tests.answer(.status(200))
        #expect(Reply(try #require(try begin(by: secret).wait(within: .seconds(30)))).status == 201)
    }

    @Test func `of all tokens thirty-two test messages are in progress`() throws {
        api.tests.hold()
        for number in 1...16 {
            let secret = try admin("hanging \(number)")
            _ = (try begin(by: secret), try begin(by: secret))
        }
        let refused = try api.ask(.post, "/v1/webhooks", KindTests.slack)
        #expect(refused.status == 503 && refused.field("Retry-After") == "8")
        #expect(refused.string("detail")?.hasPrefix("32 test messages to webhooks are in progress") == true)
    }

    @Test func `a status that no one knows is no success of a test message`() throws {
        api.tests.answer(.answered(status: 999, retryAfter: nil, excerpt: "what"))
        let refused = try api.ask(.post, "/v1/webhooks", KindTests.slack)
        #expect(refused.slug == "webhook-url-refused")
        #expect(
            refused.string("detail")?.contains("999") == true
                && refused.string("detail")?.contains("what") == true)
    }

    @Test(arguments: [500, 503, 429])
    func `a target that fails its test message for now is registered with a warning`(status: Int) throws {
        api.tests.answer(.answered(status: status, retryAfter: nil, excerpt: "busy"))
        let made = try api.ask(.post, "/v1/webhooks", KindTests.slack)
        #expect(made.status == 201)
        #expect(made.string("warnings.0.code") == "test_failed")
        #expect(
            made.string("warnings.0.detail")?.hasPrefix(
                "It answered a test message with \(status): busy. The webhook is registered") == true,
            "\(made.text)")
        api.tests.answer(.status(200))
        #expect(try api.ask(.post, "/v1/webhooks", KindTests.ntfy).string("warnings.0.code") == nil)
    }

    @Test func `a target that redirects is refused, as redirects are not followed`() throws {
        api.tests.answer(.answered(status: 302, retryAfter: nil, excerpt: "it points to https://b.example/"))
        #expect(try api.ask(.post, "/v1/webhooks", KindTests.slack).slug == "webhook-url-refused")
    }

    @Test func `a link that was changed, is old, or whose webhook is off does nothing`() throws {
        let id = try #require(try register(KindTests.ntfy).string("id"))
        let ref = try api.declare()
        try api.pass(.seconds(300))
        let button = try #require(try nag(ref).buttons.last)
        let head = try api.head()
        let code = try #require(button.url.split(separator: "/").last.map(String.init))
        let other = code.replacing("snooze-10", with: "snooze-15")
        for code in [
            other, code.replacing(".1.", with: ".2."), code.replacing(".1.", with: ".+1."),
            code.replacing("snooze-10", with: "snooze-010"), code.replacing(".1.", with: ".01."),
            String(code.dropLast()), code + "0", "x", "a.1.b.c.d",
        ] {
            let reply = try api.ask(.post, "/v1/actions/\(code)", nil, token: nil)
            #expect(reply.status == 404, "\(code): \(reply.text)")
        }
        try api.ask(.patch, "/v1/webhooks/\(id)", #"{"enabled": false}"#)
        #expect(try press(button).status == 404)
        try api.ask(.patch, "/v1/webhooks/\(id)", #"{"enabled": true}"#)
        api.time.advance(by: .seconds(86_401))
        #expect(try press(button).status == 404)
        #expect(try api.head().position == head.position)
    }

    @Test func `an entry is told with its text, and a test as a test`() throws {
        let slack = try register(KindTests.slack)
        let ref = try api.declare()
        let webhook = try #require(try api.reader.webhooks().first)
        let deliveries = try api.reader.deliveries(to: webhook.id, nil, before: nil, limit: 9)
        let told = try api.service.bodies.notification(try #require(deliveries.first), for: webhook)
        #expect(told.headline == "\(ref) major: declared: Declared by admin as major: People cannot sign in")
        #expect(told.subject?.words?.title == "People cannot sign in")
        #expect(told.asked.isEmpty && told.buttons.isEmpty && told.draft == nil)
        #expect(told.link == "http://drumbeat.test/v1/incidents/\(ref)")
        try api.ask(.post, "/v1/webhooks/\(try #require(slack.string("id")))/test")
        let test = try #require(
            try api.reader.deliveries(to: webhook.id, nil, before: nil, limit: 1).first)
        #expect(try api.service.bodies.notification(test, for: webhook).subject == nil)
    }
}
