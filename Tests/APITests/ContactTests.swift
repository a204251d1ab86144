import HTTP
import Journal
import Model
import ServiceSupport
import Testing

/// Who sees how to reach people (api.md, "Auth").
struct ContactTests {
    private let api: TestAPI
    private static let secret = "tel:+49 30 1234"

    init() throws {
        api = try TestAPI()
        try api.ask(.post, "/v1/webhooks", #"{"url": "https://a.example/", "events": ["*"]}"#)
        try api.ask(
            .post, "/v1/incidents",
            "{\"title\": \"x\", \"severity\": \"major\", \"impact\": \"y\", \"channel\": \"c\", "
                + "\"roles\": {\"communicator\": {\"person\": \"bob\", \"contact\": \"\(ContactTests.secret)\"}}}"
        )
        try api.ask(
            .put, "/v1/incidents/INC-1/roles/scribe",
            "{\"person\": \"sam\", \"contact\": \"\(ContactTests.secret)\"}")
        try api.ask(
            .post, "/v1/incidents/INC-1/escalations",
            "{\"to\": \"vera\", \"reason\": \"z\", \"contact\": \"\(ContactTests.secret)\"}")
        try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "n", "data": {"contact": "a form"}}"#)
    }

    private static let reads =
        [
            "", "?at=2099-01-01T00:00:00Z", "/timeline", "/timeline/1", "/timeline/2", "/timeline/3",
            "/cadence",
        ].map { "/v1/incidents/INC-1\($0)" } + ["/v1/incidents", "/v1/incidents?state=all"]

    @Test(arguments: reads) func `below command each contact is null, and tagged as such`(path: String) throws
    {
        for scope in [Scope.read, .post] {
            let hidden = try api.ask(.get, path, token: scope)
            #expect(hidden.status == 200)
            #expect(!hidden.text.contains(ContactTests.secret), "\(hidden.text)")
        }
        let shown = try api.ask(.get, path, token: .command)
        guard shown.text.contains(ContactTests.secret) else { return #expect(path.hasSuffix("cadence")) }
        let hidden = try api.ask(.get, path, token: .read)
        #expect(shown.field("ETag") != hidden.field("ETag"))
        #expect(shown.field("Vary")?.contains("Authorization") == true)
        #expect(hidden.field("Vary")?.contains("Authorization") == true)
        let tag = try #require(shown.field("ETag"))
        #expect(try api.ask(.get, path, nil, token: .read, ["If-None-Match": tag]).status == 200)
        let own = try #require(hidden.field("ETag"))
        #expect(try api.ask(.get, path, nil, token: .read, ["If-None-Match": own]).status == 304)
    }

    @Test func `who may write but not see is answered without contacts, and may name the version read`()
        throws
    {
        let tag = try #require(try api.ask(.get, "/v1/incidents/INC-1", token: .post).field("ETag"))
        let edited = try api.ask(
            .patch, "/v1/incidents/INC-1", #"{"impact": "many"}"#, token: .post,
            ["If-Match": tag, "Idempotency-Key": "k"])
        #expect(edited.status == 200, "\(edited.text)")
        #expect(!edited.text.contains(ContactTests.secret))
        let again = try api.ask(
            .patch, "/v1/incidents/INC-1", #"{"impact": "many"}"#, token: .post,
            ["If-Match": tag, "Idempotency-Key": "k"])
        #expect(again.text == edited.text && again.field("ETag") == edited.field("ETag"))
    }

    @Test func `what people post under that name stays`() throws {
        #expect(
            try api.ask(.get, "/v1/incidents/INC-1/timeline/4", token: .read).string("data.contact")
                == "a form")
    }

    @Test func `a message has contacts for those it asks alone`() throws {
        try api.pass(.seconds(300))
        for delivery in try api.service.store.deliveries() {
            let body = String(decoding: try api.service.bodies.make(delivery), as: UTF8.self)
            let asks =
                delivery.type == .updateOverdue || delivery.type == .escalated
                || delivery.type == .updateDueSoon
            #expect(body.contains(ContactTests.secret) == asks, "\(delivery.type)")
            if delivery.type == .updateOverdue {
                #expect(body.contains("\"person\":\"bob\",\"contact\":\"\(ContactTests.secret)\"}],\"link\""))
            }
        }
    }
}
