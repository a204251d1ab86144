import HTTP
import Incidents
import JSON
import Journal
import Model
import ServiceSupport
import Synchronization
import TestSupport
import Testing
import Threads

@testable import API
@testable import Routing

/// Search for words in titles, impacts and entries.
struct SearchTests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI()
        try api.declare(
            #""title": "People cannot sign in", "severity": "major", "impact": "Many users", "channel": "slack:C1""#
        )
        try api.declare(
            #""title": "Café terminals offline", "severity": "minor", "labels": {"service": "till"}"#)
        try api.declare(#""title": "Slow replica", "severity": "critical""#)
        try api.ask(
            .post, "/v1/incidents/INC-1/timeline", #"{"text": "The certificate of the login host expired"}"#)
        try api.ask(
            .post, "/v1/incidents/INC-3/timeline", #"{"text": "Lag on db1: the CERTIFICATE is fine"}"#)
        try api.ask(.put, "/v1/incidents/INC-3/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
    }

    private func found(_ query: String) throws -> [String] {
        let reply = try api.ask(.get, "/v1/incidents?q=\(query)")
        #expect(reply.status == 200, "\(reply.text)")
        return reply.items("ref")
    }

    @Test(arguments: [
        ("sign", ["INC-1"]), ("SIGN", ["INC-1"]), ("users", ["INC-1"]), ("certificate", ["INC-1"]),
        ("certificate&state=all", ["INC-3", "INC-1"]), ("certificate&state=ended", ["INC-3"]),
        ("certificate%20sign", ["INC-1"]), ("users%20expired%20people", ["INC-1"]),
        ("certificate%20terminals", []), ("nowhere", []), ("caf%C3%A9", ["INC-2"]), ("CAF%C3%89", ["INC-2"]),
        ("cafe%CC%81", ["INC-2"]), ("db1:", []), ("db1:&state=all", ["INC-3"]),
        ("e&state=all&severity=minor", ["INC-2"]), ("e&label=service:till", ["INC-2"]),
        ("e&channel=slack:C1", ["INC-1"]), ("e&state=all&status=cancelled", ["INC-3"]),
    ])
    func `an incident is found by all its words, in any case`(query: String, refs: [String]) throws {
        #expect(try found(query) == refs)
    }

    @Test func `a page ends at its limit, and next goes on`() throws {
        var path = "/v1/incidents?q=e&state=all&limit=1"
        var refs: [String] = []
        for _ in 0..<5 {
            let reply = try api.ask(.get, path)
            refs += reply.items("ref")
            guard let next = reply.string("next") else { break }
            path = "/v1/incidents?q=e&state=all&limit=1&after=\(next)"
        }
        #expect(refs == ["INC-3", "INC-2", "INC-1"])
    }

    @Test func `redacted words are never found`() throws {
        #expect(try found("expired") == ["INC-1"])
        let entries = try api.reader.entries(
            of: StreamID(Incident.self, 1), after: 0, kind: Note.kind, visibility: nil, limit: 9)
        try api.erase(try #require(entries.first))
        #expect(try found("expired") == [])
        #expect(try found("redacted") == [])
    }

    @Test(arguments: [
        "", "%20", "a%20b%20c%20d%20e%20f%20g%20h%20i%20j%20k", "x&after=1.2", "x&after=1.2.0",
        "x&after=1.2.1024", "x&after=a",
    ])
    func `what is no search is refused`(query: String) throws {
        #expect(try api.ask(.get, "/v1/incidents?q=\(query)").slug == "invalid-parameter")
        #expect(try api.ask(.get, "/v1/incidents?after=1.2.3").slug == "invalid-parameter")
    }

    @Test func `the tag changes with what is found`() throws {
        let before = try api.ask(.get, "/v1/incidents?q=expired")
        let tag = try #require(before.field("ETag"))
        #expect(try api.ask(.get, "/v1/incidents?q=expired", nil, ["If-None-Match": tag]).status == 304)
        try api.ask(.post, "/v1/incidents/INC-2/timeline", #"{"text": "It expired"}"#)
        let after = try api.ask(.get, "/v1/incidents?q=expired", nil, ["If-None-Match": tag])
        #expect(after.items("ref") == ["INC-2", "INC-1"])
    }

    /// A clock that advances at each look ends a search after each page of entries.
    @Test func `a search that takes too long ends its page, and goes on within an incident`() throws {
        let ticks = Atomic<Int64>(0)
        let api = try TestAPI { services in
            services.routing.monotonicNanoseconds = {
                ticks.add(300_000_000, ordering: .relaxed).newValue
            }
        }
        try api.declare(#""title": "one", "severity": "major""#)
        try api.declare(#""title": "two needle", "severity": "major""#)
        for part in 0..<3 {
            let notes = (0..<400).map { #"{"text": "note \#(part) \#($0)"}"# }.joined(separator: ",")
            try api.ask(.post, "/v1/incidents/INC-1/timeline/batch", #"{"entries": [\#(notes)]}"#)
        }
        try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "the needle"}"#)
        var path = "/v1/incidents?q=needle"
        var refs: [String] = []
        var cursors: [String] = []
        for _ in 0..<10 {
            let reply = try api.ask(.get, path)
            refs += reply.items("ref")
            guard let next = reply.string("next") else { break }
            cursors.append(next)
            path = "/v1/incidents?q=needle&after=\(next)"
        }
        #expect(refs == ["INC-2", "INC-1"])
        #expect(cursors == ["2", "1.500.1", "1.1000.1"])
    }

    @Test func `a token has one search in progress, and a reader is left to the others`() throws {
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
        try api.declare(#""title": "one", "severity": "major""#)
        isFirst.store(true, ordering: .relaxed)
        let answer = Box<Response>()
        let request = try api.request(.get, "/v1/incidents?q=one", nil, token: .read, [:], id: "slow")
        guard case .proceed(_, let ticket) = api.responder.admit(request.head) else {
            Issue.record("the head was refused")
            return
        }
        api.responder.respond(to: request, ticket: ticket) { answer.put($0) }
        #expect(begun.wait())
        let second = try api.ask(.get, "/v1/incidents?q=one", token: .read)
        #expect(second.slug == "overloaded")
        #expect(second.field("Retry-After") == "1")
        #expect(try api.ask(.get, "/v1/incidents?state=all", token: .read).status == 200)
        #expect(try api.ask(.get, "/v1/incidents?q=one", token: .post).status == 200)
        go.send()
        #expect(try #require(answer.wait(within: TestAPI.limit)).status == .ok)
        #expect(try api.ask(.get, "/v1/incidents?q=one", token: .read).status == 200)
    }
}
