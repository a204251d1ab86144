import HTTP
import ServiceSupport
import Testing
import Time

/// What may explain an incident, through the API.
struct ContextTests {
    let api: TestAPI

    init() throws {
        api = try TestAPI()
    }

    private func declare(_ labels: String, _ title: String = "x", started: String? = nil) throws {
        let started = started.map { #", "started_at": "\#($0)""# } ?? ""
        try api.declare(#""title": "\#(title)", "severity": "minor", "labels": {\#(labels)}"# + started)
    }

    private func end(_ number: Int) throws {
        let reply = try api.ask(
            .put, "/v1/incidents/INC-\(number)/status",
            #"{"status": "resolved", "override": true, "reason": "works"}"#)
        #expect(reply.status == 200)
    }

    private func deploy(_ what: String, _ scope: String = "web") throws {
        let reply = try api.ask(
            .post, "/v1/freeze/attempts", #"{"scope": "\#(scope)", "what": "\#(what)"}"#)
        #expect(reply.status == 200)
    }

    @Test func `an incident without a past has an empty context`() throws {
        try declare("")
        let context = try api.ask(.get, "/v1/incidents/INC-1/context", token: .read)
        #expect(context.text == #"{"deploys":[],"advice":null,"similar":[]}"#)
        let tag = try #require(context.field("ETag"))
        #expect(
            try api.ask(.get, "/v1/incidents/INC-1/context", nil, ["If-None-Match": tag]).status == 304)
        #expect(try api.ask(.get, "/v1/incidents/INC-9/context").status == 404)
        #expect(try api.ask(.get, "/v1/incidents/INC-1/context?x=1").slug == "invalid-parameter")
    }

    @Test func `the deploy before the last one is the known good`() throws {
        try deploy("2.13")
        try api.pass(.seconds(3_600))
        try deploy("2.14")
        try deploy("9", "api")
        try api.pass(.seconds(600))
        try declare(#""service": "web""#)
        let context = try api.ask(.get, "/v1/incidents/INC-1/context")
        #expect(context.count("deploys") == 1)
        #expect(context.string("deploys.0.what") == "2.14")
        #expect(context.names("deploys.0") == ["scope", "what", "author", "at"])
        #expect(context.string("advice") == "prefer rollback to 2.13")
        try api.ask(
            .post, "/v1/incidents/INC-1/timeline",
            #"{"kind": "hypothesis", "text": "x", "data": {"suspect": "capacity", "state": "confirmed"}}"#)
        #expect(try api.ask(.get, "/v1/incidents/INC-1/context")["advice"] == .null)
    }

    @Test func `similar incidents share the alert, else the service, newest first, at most 5`() throws {
        for index in 1...7 { try declare(#""service": "web", "alertname": "A\#(index % 2)""#, "t\(index)") }
        try api.pass(.seconds(600))
        for index in 1...7 { try end(index) }
        try declare(#""service": "web", "alert": "A1""#)
        try declare(#""service": "web""#)
        try declare(#""service": "web", "alertname": "B""#)
        try declare(#""service": "db""#)
        func refs(_ number: Int) throws -> [String?] {
            let reply = try api.ask(.get, "/v1/incidents/INC-\(number)/context")
            return (0..<reply.count("similar")).map { reply.string("similar.\($0).ref") }
        }
        #expect(try refs(8) == ["INC-7", "INC-5", "INC-3", "INC-1"])
        #expect(try refs(9) == ["INC-7", "INC-6", "INC-5", "INC-4", "INC-3"])
        #expect(try refs(10) == ["INC-7", "INC-6", "INC-5", "INC-4", "INC-3"])
        #expect(try refs(11) == [])
        let context = try api.ask(.get, "/v1/incidents/INC-8/context")
        #expect(
            context.names("similar.0") == [
                "ref", "title", "severity", "status", "ended_at", "minutes", "mitigation",
            ])
        #expect(context.integer("similar.0.minutes") == 10)
        try api.pass(.seconds(180 * 86_400))
        #expect(try refs(8).count == 4)
        try api.pass(.milliseconds(1))
        #expect(try refs(8) == [])
    }

    @Test func `a search for similar incidents folds at most 500`() throws {
        for _ in 0..<520 { try declare(#""service": "api""#) }
        for number in 1...520 {
            try api.ask(
                .put, "/v1/incidents/INC-\(number)/status",
                #"{"status": "cancelled", "reason": "false_alarm"}"#)
        }
        try declare(#""service": "web""#)
        let before = api.service.incidentLoader.entriesRead.total
        let context = try api.ask(.get, "/v1/incidents/INC-521/context")
        #expect(context.count("similar") == 0)
        #expect(api.service.incidentLoader.entriesRead.total - before <= 1_000)
    }
}
