import HTTP
import ServiceSupport
import Synchronization
import TestSupport
import Testing
import Threads
import Time

@testable import API
@testable import Routing

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

    @Test func `a long history of old incidents is not read to its end`() throws {
        let ticks = Atomic<Int64>(0)
        let api = try TestAPI { services in
            services.routing.monotonicNanoseconds = {
                ticks.add(100_000_000, ordering: .relaxed).newValue
            }
        }
        let labels = #""title": "x", "severity": "minor", "labels": {"service": "web"}"#
        func cancel(_ ref: String) throws {
            let reply = try api.ask(
                .put, "/v1/incidents/\(ref)/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
            #expect(reply.status == 200)
        }
        let refs = try (1...5).map { _ in try api.declare(labels) }
        for ref in refs.dropFirst() { try cancel(ref) }
        try api.pass(.seconds(181 * 86_400))
        try cancel(refs[0])
        let ref = try api.declare(labels)
        // Each look at the clock takes 100 ms, so the search ends after two of the four incidents that ended long ago.
        let context = try api.ask(.get, "/v1/incidents/\(ref)/context")
        #expect(context.status == 200)
        #expect(context.count("similar") == 0, "INC-1 is beyond the budget: \(context.text)")
    }

    @Test func `reading a context counts as one search of its token`() throws {
        let (begun, go) = (Signal(), Signal())
        let isFirst = Atomic<Bool>(false)
        let api = try TestAPI { services in
            services.routing.readers = WorkerPool(name: "searching", threads: 4, waitingMax: 64)
            services.routing.monotonicNanoseconds = {
                // Only a search reads it on a thread for reads.
                if isFirst.exchange(false, ordering: .relaxed) {
                    begun.send()
                    _ = go.wait()
                }
                return 0
            }
        }
        try api.declare(#""title": "one", "severity": "minor", "labels": {"service": "web"}"#)
        try api.declare(#""title": "two", "severity": "minor""#)
        isFirst.store(true, ordering: .relaxed)
        let path = "/v1/incidents/INC-1/context"
        let answer = Box<Response>()
        let request = try api.request(.get, path, nil, token: .read, [:], id: "slow")
        guard case .proceed(_, let ticket) = api.responder.admit(request.head) else {
            Issue.record("the head was refused")
            return
        }
        api.responder.respond(to: request, ticket: ticket) { answer.put($0) }
        #expect(begun.wait())
        for other in [path, "/v1/incidents?q=one"] {
            let second = try api.ask(.get, other, token: .read)
            #expect(second.slug == "overloaded")
            #expect(second.field("Retry-After") == "1")
        }
        #expect(try api.ask(.get, path, token: .post).status == 200)
        let unlabelled = try api.ask(.get, "/v1/incidents/INC-2/context", token: .read)
        #expect(unlabelled.status == 200, "it has nothing to search by")
        go.send()
        #expect(try #require(answer.wait(within: TestAPI.limit)).status == .ok)
        #expect(try api.ask(.get, path, token: .read).status == 200)
    }
}
