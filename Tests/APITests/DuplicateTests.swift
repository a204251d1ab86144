@testable import API
import HTTP
import Incidents
import JSON
import Journal
import ServiceSupport
import Testing
import Time

/// A cancellation as a duplicate, which writes to two incidents at once (domain.md, section 3).
struct DuplicateTests {
    let api: TestAPI
    private let one = "/v1/incidents/INC-1"
    private let two = "/v1/incidents/INC-2"

    init() throws {
        api = try TestAPI()
        try api.declare()
        try api.declare()
    }

    private func duplicate(_ path: String, of ref: String, _ fields: [String: String] = [:]) throws -> Reply {
        try api.ask(
            .put, "\(path)/status",
            #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": "\#(ref)"}"#,
            fields)
    }

    @Test func `the answer and its tag are of the incident that was asked about`() throws {
        try api.ask(.post, "\(one)/timeline", #"{"text": "so that the two have different seqs"}"#)
        let reply = try duplicate(two, of: "INC-1")
        #expect(reply.status == 200)
        #expect(reply.string("ref") == "INC-2")
        #expect(reply.string("duplicate_of") == "INC-1")
        #expect(reply.integer("version") == 2)
        #expect(reply.field("ETag") == (try api.ask(.get, two)).field("ETag"))
    }

    @Test func `the original is told on its timeline, and its own tag stays`() throws {
        let before = try api.ask(.get, one)
        let tag = try #require(before.field("ETag"))
        _ = try duplicate(two, of: "inc-1")
        #expect(try api.ask(.get, one, nil, ["If-None-Match": tag]).status == 304)
        let entry = try api.ask(.get, "\(one)/timeline/2")
        #expect(entry.string("kind") == "linked")
        #expect(entry["data"] == .members(["ref": .string("INC-2"), "relation": .string("duplicate")]))
        #expect(entry.string("occurred_at") == entry.string("recorded_at"))
        #expect(try api.ask(.get, "\(two)/timeline/2").string("kind") == "cancelled")
        #expect(try api.ask(.get, "\(one)/timeline?kind=linked").items("seq").count == 1)
    }

    @Test func `both are one change: a repeat under its key writes nothing and answers the same`() throws {
        let key = ["Idempotency-Key": "once"]
        let first = try duplicate(two, of: "INC-1", key)
        let again = try duplicate(two, of: "INC-1", key)
        #expect(again.field("Idempotency-Replayed") == "true")
        #expect(again.text == first.text)
        #expect(again.field("ETag") == first.field("ETag"))
        #expect(try api.ask(.get, "\(one)/timeline").items("seq").count == 2)
        #expect(try duplicate(two, of: "INC-1").status == 200)
        #expect(try api.ask(.get, "\(one)/timeline").items("seq").count == 2, "it is a duplicate already")
    }

    @Test func `a webhook that wants links of an incident gets one event, about the original`() throws {
        let made = try api.ask(
            .post, "/v1/webhooks", #"{"url": "https://a/", "events": ["incident.linked"]}"#)
        let id = try #require(made.string("id"))
        _ = try duplicate(two, of: "INC-1")
        let deliveries = try api.reader.deliveries(to: id, nil, before: nil, limit: 9)
        #expect(deliveries.map(\.type.rawValue) == ["incident.linked"])
        #expect(deliveries.map(\.stream) == [1])
        #expect(deliveries.map(\.seq) == [2])
    }

    @Test func `of two that cancel each other the first stands, and the other is told which to keep`() throws
    {
        _ = try duplicate(two, of: "INC-1")
        let refused = try duplicate(one, of: "INC-2")
        #expect(refused.slug == "not-allowed-from-status")
        #expect(refused.string("links.0.href") == one)
        #expect(refused.string("links.0.method") == "GET")
        #expect(try api.ask(.get, one).string("status") == "investigating")

        try api.declare()
        let third = try duplicate("/v1/incidents/INC-3", of: "INC-2")
        #expect(third.slug == "not-allowed-from-status")
        #expect(third.string("links.0.href") == "/v1/incidents/INC-3/status")
        #expect(third.string("links.0.body.duplicate_of") == "INC-1")
    }
}
