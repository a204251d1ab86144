import API
import Engine
import HTTP
import Journal
import JSON
import Model
import Routing
import ServiceSupport
import Testing
import Time

/// The routes of the inventory (learning.md, section 18), and what a second aggregate must not change for incidents.
struct InventoryTests {
    private let api: TestAPI
    private let people = "/v1/inventory/people"
    private let bob = #"{"contact": "tel:+49 1", "handles": {"slack": "U1"}, "can": ["dns", "database"]}"#

    init() throws {
        api = try TestAPI()
    }

    private func put(_ name: String, _ body: String, _ fields: [String: String] = [:]) throws -> Reply {
        try api.ask(.put, "\(people)/\(name)", body, token: .command, fields)
    }

    @Test func `a page is made, changed, read in its versions, deleted and made again`() throws {
        let made = try put("bob", bob)
        #expect(made.status == 201)
        #expect(made.field("Location") == "\(people)/bob")
        #expect(
            made.names() == [
                "name", "version", "contact", "backup_contact", "handles", "can", "away_until", "deleted_at",
                "updated_at", "updated_by",
            ])
        #expect(made.integer("version") == 1 && made.string("updated_by") == "command-bot")
        let changed = try put("@BOB", #"{"contact": "tel:+49 2", "author": "alice"}"#)
        #expect(changed.status == 200 && changed.integer("version") == 2)
        #expect(changed.string("name") == "@BOB" && changed.string("updated_by") == "alice")
        #expect(changed["can"] == .array([]) && changed["handles"] == .object(JSONObject()))
        let read = try api.ask(.get, "\(people)/bob")
        #expect(read.body == changed.body && read.field("ETag") == changed.field("ETag"))
        #expect(try api.ask(.get, "\(people)/bob?version=1").string("contact") == "tel:+49 1")
        #expect(try api.ask(.get, "\(people)/bob?version=3").slug == "not-found")
        #expect(try api.ask(.get, "\(people)/bob?version=2").body == changed.body)
        let gone = try api.ask(.delete, "\(people)/bob?author=alice", nil)
        #expect(gone.status == 200 && gone.string("deleted_at") != nil)
        let missing = try api.ask(.get, "\(people)/bob")
        #expect(missing.slug == "not-found" && missing.string("detail")?.contains("?version=2") == true)
        #expect(try api.ask(.get, "\(people)/bob?version=2").body == changed.body)
        #expect(try api.ask(.get, people).items("name") == [])
        #expect(try api.ask(.delete, "\(people)/bob", nil).slug == "not-found")
        let again = try put("bob", bob)
        #expect(again.status == 201 && again.integer("version") == 3)
        #expect(try api.head().numbers.count == 1, "one document, whatever became of it")
    }

    @Test func `what GET gave may be put back, and adds nothing`() throws {
        #expect(try put("@BOB", bob).status == 201)
        let head = try api.head()
        for name in ["bob", "@Bob"] {
            let page = try api.ask(.get, "\(people)/\(name)")
            let again = try put(name, page.text)
            #expect(again.status == 200 && again.body == page.body)
        }
        #expect(try api.head() == head)
    }

    @Test func `contacts are shown from the scope command on`() throws {
        #expect(
            try put("bob", #"{"contact": "tel:+49 1", "backup_contact": "b", "can": ["dns"]}"#).status == 201)
        for path in ["\(people)/bob", people] {
            let shown = try api.ask(.get, path, nil, token: .command)
            let hidden = try api.ask(.get, path, nil, token: .post)
            #expect(shown.text.contains("tel:+49 1") && !hidden.text.contains("tel:+49 1"))
            #expect(
                hidden.text.contains("dns") && hidden.text.contains(#""contact":null,"backup_contact":null"#))
            // A client that sees less does not hold what others were shown.
            let tag = try #require(shown.field("ETag"))
            #expect(hidden.field("ETag") != tag)
            #expect(try api.ask(.get, path, nil, token: .post, ["If-None-Match": tag]).status == 200)
            #expect(try api.ask(.get, path, nil, token: .command, ["If-None-Match": tag]).status == 304)
            #expect(shown.field("Vary") == "Authorization" && hidden.field("Vary") == "Authorization")
            #expect(try api.ask(.get, path, nil, token: .read).status == 403)
        }
    }

    @Test func `a change is guarded by its tag, and a new page by the absence of one`() throws {
        #expect(try put("bob", bob, ["If-Match": "\"1-1\""]).status == 412)
        let tag = try #require(try put("bob", bob, ["If-None-Match": "*"]).field("ETag"))
        #expect(try put("bob", "{}", ["If-None-Match": "*"]).status == 412)
        #expect(try put("bob", "{}", ["If-Match": tag]).status == 200)
        let stale = try put("bob", bob, ["If-Match": tag])
        #expect(stale.slug == "precondition-failed")
        #expect(stale.string("detail")?.contains("people/bob is now at version 2") == true)
        let now = stale.field("ETag") ?? ""
        #expect(try put("bob", bob, ["If-None-Match": "W/\(now)"]).slug == "precondition-failed")
        #expect(try put("bob", bob, ["If-None-Match": tag, "If-Match": now]).status == 200)
    }

    @Test func `If-Match never makes a page`() throws {
        #expect(try put("bob", bob, ["If-Match": "*"]).status == 412)
        #expect(try put("bob", bob).status == 201)
        #expect(try put("bob", "{}", ["If-Match": "*"]).status == 200)
        let tag = try #require(try api.ask(.get, "\(people)/bob").field("ETag"))
        #expect(try api.ask(.delete, "\(people)/bob", nil).status == 200)
        for field in ["*", tag] {
            #expect(try put("bob", bob, ["If-Match": field]).status == 412)
            let gone = try api.ask(.delete, "\(people)/bob", nil, token: .command, ["If-Match": field])
            #expect(gone.slug == "not-found")
        }
        #expect(try put("bob", bob, ["If-None-Match": tag]).status == 201)
    }

    @Test func `a key's repeat gets the first answer, after the page has changed and after it is gone`()
        throws
    {
        let key = ["Idempotency-Key": "k-1"]
        let first = try put("bob", bob, key)
        #expect(try put("bob", "{}").status == 200)
        #expect(try api.ask(.delete, "\(people)/bob", nil).status == 200)
        let again = try put("bob", bob, key)
        #expect(again.status == 201 && again.body == first.body)
        #expect(again.field("Idempotency-Replayed") == "true")
        #expect(again.field("Location") == first.field("Location"))
    }

    @Test func `people are listed by name, page by page`() throws {
        for name in ["zoe", "@Bob", "alice", "d%C3%A9sir%C3%A9e"] {
            #expect(try put(name, "{}").status == 201)
        }
        #expect(try api.ask(.get, people).items("name") == ["alice", "@Bob", "désirée", "zoe"])
        let first = try api.ask(.get, "\(people)?limit=2")
        #expect(first.items("name") == ["alice", "@Bob"])
        let next = try #require(first.string("next"))
        #expect(try api.ask(.get, "\(people)?limit=2&after=\(next)").items("name") == ["désirée", "zoe"])
        // A name that is not there any more is a place in the order all the same.
        #expect(try api.ask(.get, "\(people)?after=carl").items("name") == ["désirée", "zoe"])
        for after in ["", "@@bob", "%20"] {
            #expect(try api.ask(.get, "\(people)?after=\(after)").slug == "invalid-parameter")
        }
    }

    @Test func `a nag names the contact of a page when no role has one`() throws {
        #expect(try put("bob", bob).status == 201)
        try api.ask(.post, "/v1/webhooks", #"{"url": "https://example.org", "events": ["update.overdue"]}"#)
        try api.declare(
            #""title": "x", "severity": "major", "roles": {"commander": "alice", "communicator": "@Bob"}"#)
        func contact(after minutes: Int) throws -> JSONValue? {
            try api.pass(.seconds(60 * minutes))
            let webhook = try #require(try api.ask(.get, "/v1/webhooks").string("items.0.id"))
            let delivery = try #require(
                try api.reader.deliveries(to: webhook, nil, before: nil, limit: 1).first)
            let body = try JSONReader.read(try api.service.bodies.make(delivery), limits: .stored)
            return body["data"]?["nag"]?["to"]?.items?.first?["contact"]
        }
        #expect(try contact(after: 5) == .string("tel:+49 1"))
        try api.ask(
            .put, "/v1/incidents/INC-1/roles/communicator", #"{"person": "bob", "contact": "room 7"}"#)
        #expect(try contact(after: 5) == .string("room 7"))
    }

    @Test func `streams, which the scope read may follow, show no contact`() throws {
        #expect(try put("bob", bob).status == 201)
        try api.declare(
            #""title": "x", "severity": "major", "roles": {"commander": "alice", "communicator": "bob"}"#)
        try api.ask(
            .put, "/v1/incidents/INC-1/roles/commander", #"{"person": "bob", "contact": "room 7"}"#)
        let incident = try #require(api.service.incidents.snapshot(1)?.state)
        let text = String(decoding: DrumbeatAPI.dueSoonNotice(incident).text, as: UTF8.self)
        #expect(text.contains(#""person":"bob","contact":null"#))
        #expect(!text.contains("room 7") && !text.contains("tel:"))
    }

    @Test func `pages are on no stream and sent to no webhook`() throws {
        try api.ask(.post, "/v1/webhooks", #"{"url": "https://example.org", "events": ["*"]}"#)
        try api.declare()
        let before = try api.head()
        #expect(try put("bob", bob).status == 201)
        let after = try api.head()
        #expect(after.position == before.position + 1)
        #expect(after.delivery == before.delivery)
        #expect(api.responder.events(of: .all, after: before.position) == nil)
        try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#)
        let slice = try #require(api.responder.events(of: .all, after: before.position))
        #expect(slice.last == after.position + 1)
        #expect(!String(decoding: slice.text, as: UTF8.self).contains("tel:"))
    }

    @Test func `writes of pages push no incident's event out of a stream`() throws {
        let api = try TestAPI(recentEntries: RecentEntries(entriesMax: 3))
        try api.declare()
        let before = try api.head().position
        for number in 0..<10 {
            try api.ask(.put, "\(people)/bob", #"{"contact": "\#(number)"}"#, token: .command)
        }
        #expect(api.responder.events(of: .all, after: before) == nil)
        try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#)
        let slice = try #require(api.responder.events(of: .all, after: before))
        #expect(String(decoding: slice.text, as: UTF8.self).contains("event: timeline.entry_added"))
    }

    @Test func `a page is there after a restart, and a deleted one is not`() throws {
        #expect(try put("bob", bob).status == 201)
        #expect(try put("carol", "{}").status == 201)
        #expect(try api.ask(.delete, "\(people)/carol", nil).status == 200)
        let page = try api.ask(.get, "\(people)/bob")
        api.service.end()
        let again = try TestAPI(try TestService(in: api.service.folder, time: api.service.time))
        #expect(again.service.documents.shelf.openCount() == 1)
        let stored = try #require(try again.service.documents.snapshot(.key("people/bob")))
        #expect(ETags.tag(stored.validator) == page.field("ETag"))
        #expect(try again.service.documents.snapshot(.key("people/carol"))?.state.isOpen == false)
        again.service.end()
    }

    @Test(arguments: ["", "%20", "@", "@@bob", "%20@%20", String(repeating: "x", count: 201)])
    func `what is no name is no page`(name: String) throws {
        #expect(try put(name, "{}").status == 404)
        #expect(try api.head().position == 0)
    }
}
