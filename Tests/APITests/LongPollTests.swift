@testable import API
import Engine
import HTTP
import Journal
import ServiceSupport
import Testing
import Time

/// `wait=` on the timeline: who waits, for what, and what ends it. Time stands still but for `pass`.
struct LongPollTests {
    private static let path = "/v1/incidents/INC-1/timeline"

    let api: TestAPI

    init() throws {
        api = try TestAPI()
        try api.declare()
    }

    private func note(_ text: String, _ more: String = "") throws {
        let body = "{\"text\": \"\(text)\"\(more)}"
        #expect(try api.ask(.post, LongPollTests.path, body).status == 201)
    }

    @Test func `what is there already is answered at once`() throws {
        let reply = try api.ask(.get, "\(LongPollTests.path)?after=0&wait=55")
        #expect(reply.items("seq") == ["1"])
        #expect(reply.isTagged(1))
    }

    @Test func `the first entry that comes is answered as a read would answer it`() throws {
        let poll = try api.begin("\(LongPollTests.path)?after=1&wait=55")
        #expect(api.longPolls.count == 1)
        try note("one")
        let reply = Reply(try #require(poll.wait(within: TestAPI.limit)))
        #expect(reply.status == 200)
        #expect(reply.items("text") == ["one"])
        let read = try api.ask(.get, "\(LongPollTests.path)?after=1")
        #expect(reply.body == read.body)
        #expect(reply.field("ETag") == read.field("ETag"))
        #expect(api.longPolls.count == 0)
    }

    @Test func `an entry of another kind or visibility does not end the wait`() throws {
        let poll = try api.begin("\(LongPollTests.path)?after=1&kind=finding&visibility=public&wait=55")
        try note("a note", #", "visibility": "public""#)
        try note("internal", #", "kind": "finding""#)
        #expect(api.longPolls.count == 1)
        try note("this", #", "kind": "finding", "visibility": "public""#)
        #expect(Reply(try #require(poll.wait(within: TestAPI.limit))).items("text") == ["this"])
    }

    @Test func `when the time is up the answer is an empty page`() throws {
        let poll = try api.begin("\(LongPollTests.path)?after=1&wait=20")
        api.time.advance(by: .seconds(19))
        _ = api.longPolls.tick(at: api.time.wall())
        #expect(api.longPolls.count == 1)
        api.time.advance(by: .seconds(1))
        _ = api.longPolls.tick(at: api.time.wall())
        let reply = Reply(try #require(poll.wait(within: TestAPI.limit)))
        #expect(reply.status == 200)
        #expect(reply.text == #"{"items":[],"next":null}"#)
        #expect(reply.field("Link") == nil)
    }

    @Test func `when the service ends the answer is an empty page at once`() throws {
        let poll = try api.begin("\(LongPollTests.path)?after=1&wait=55")
        api.longPolls.close()
        #expect(Reply(try #require(poll.wait(within: TestAPI.limit))).text == #"{"items":[],"next":null}"#)
        #expect(try api.ask(.get, "\(LongPollTests.path)?after=1&wait=55").status == 200)
    }

    @Test func `a client that holds the page waits too: for its next version, or a 304 at the end`() throws {
        let first = try #require(try api.ask(.get, LongPollTests.path).field("ETag"))
        let held = ["If-None-Match": first]
        let changed = try api.begin("\(LongPollTests.path)?wait=55", held)
        #expect(api.longPolls.count == 1)
        try note("one")
        let reply = Reply(try #require(changed.wait(within: TestAPI.limit)))
        #expect(reply.items("seq") == ["1", "2"])
        #expect(reply.isTagged(2))
        let second = try #require(reply.field("ETag"))
        let unchanged = try api.begin("\(LongPollTests.path)?wait=55", ["If-None-Match": second])
        api.longPolls.close()
        let end = Reply(try #require(unchanged.wait(within: TestAPI.limit)))
        #expect(end.status == 304)
        #expect(end.field("ETag") == second)
        #expect(end.body.isEmpty)
    }

    @Test func `HEAD, no wait and a wait of nothing are answered at once`() throws {
        for query in ["after=1", "after=1&wait=0"] {
            #expect(try api.ask(.get, "\(LongPollTests.path)?\(query)").items("seq") == [])
        }
        #expect(try api.ask(.head, "\(LongPollTests.path)?after=1&wait=55").status == 200)
        #expect(api.longPolls.count == 0)
    }

    @Test func `beyond the maximum the answer is a 503 that says when to come back`() throws {
        let full = try TestAPI {
            $0.longPolls = LongPolls(recentEntries: $0.recentEntries, waitersMax: 0)
        }
        try full.declare()
        let reply = try full.ask(.get, "\(LongPollTests.path)?after=1&wait=5")
        #expect(reply.slug == "overloaded")
        #expect(reply.field("Retry-After") == "5")
        #expect(try full.ask(.get, "\(LongPollTests.path)?after=1").status == 200)
    }

    @Test(arguments: ["56", "-1", "", "1.5", "1e1", "x", "99999999999999999999"])
    func `a wait is a whole number of seconds up to 55`(value: String) throws {
        let reply = try api.ask(.get, "\(LongPollTests.path)?after=1&wait=\(value)")
        #expect(reply.slug == "invalid-parameter")
        #expect(reply.string("detail")?.hasPrefix("wait: ") == true)
    }

    @Test func `the server is told to wait longer for the answer, and for this route alone`() throws {
        let cases: [(String, Duration?)] = [
            ("\(LongPollTests.path)?wait=55", .seconds(65)), (LongPollTests.path, nil),
            ("/v1/incidents?wait=55", nil), ("\(LongPollTests.path)?wait=5000", nil),
        ]
        for (target, timeout) in cases {
            let head = try api.request(.get, target).head
            guard case .proceed(_, let ticket) = api.responder.admit(head) else {
                Issue.record("\(target) was refused")
                continue
            }
            #expect(api.responder.handlerTimeout(ticket: ticket) == timeout, "\(target)")
        }
    }
}
