import Metrics
import ServiceSupport
import Synchronization
import Testing

@testable import API
@testable import Routing
@testable import Engine

/// What one token may have under way, and write a second.
struct TokenLimiterTests {
    @Test func `one token may have as much as the rules say`() {
        #expect(TokenLimiter.inFlightMax == 1_024)
        #expect(StreamLimiter.perTokenMax == 12_000)
        let load = TokenLimiter()
        for number in 1...1_024 { #expect(load.begin("a", priority: .ordinary), "\(number)") }
        #expect(!load.begin("a", priority: .ordinary))
        #expect(load.begin("b", priority: .ordinary))
        let (limiter, gauge) = (StreamLimiter(), Gauge())
        var held = (1...12_000).compactMap { _ in limiter.permit(for: "a", gauge: gauge) }
        #expect(held.count == 12_000)
        #expect(limiter.permit(for: "a", gauge: gauge) == nil)
        #expect(limiter.permit(for: "b", gauge: gauge) != nil)
        held.removeLast()
        #expect(limiter.permit(for: "a", gauge: gauge) != nil)
    }

    @Test func `over the cap ordinary writes are refused, while declaring, raising and publishing pass`()
        throws
    {
        let held = Mutex<[WriteLane.PendingRequest]>([])
        let api = try TestAPI { services in
            services.routing.tokenLimiter = TokenLimiter(inFlightMax: 0)
            let submit = services.routing.submit
            services.routing.submit = { submission in
                held.withLock { $0.append(submission) }
                submit(submission)
            }
        }
        let declared = try api.ask(.post, "/v1/incidents", #"{"title": "x", "severity": "minor"}"#)
        #expect(declared.status == 201)
        let note = try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#)
        #expect(note.status == 503)
        #expect(note.slug == "overloaded")
        #expect(note.field("Retry-After") == "1")
        #expect(
            try api.ask(.put, "/v1/incidents/INC-1/severity", #"{"severity": "major"}"#).status == 200)
        #expect(
            try api.ask(.post, "/v1/incidents/INC-1/status-updates", #"{"text": "We are on it."}"#).status
                == 201)
        #expect(held.withLock { $0.count } == 3, "the refused note never reached the lane")
    }

    @Test func `a rate refuses what is over it with 429, and takes more a moment later`() throws {
        let api = try TestAPI { $0.routing.tokenLimiter = TokenLimiter(writesPerSecond: 2) }
        let path = "/v1/incidents/INC-1/timeline"
        #expect(
            try api.ask(.post, "/v1/incidents", #"{"title": "x", "severity": "minor"}"#).status == 201)
        #expect(try api.ask(.post, path, #"{"text": "1"}"#).status == 201)
        #expect(try api.ask(.post, path, #"{"text": "2"}"#).status == 201)
        let refused = try api.ask(.post, path, #"{"text": "3"}"#)
        #expect(refused.status == 429)
        #expect(refused.slug == "rate-limited")
        #expect(refused.field("Retry-After") == "1")
        #expect(try api.ask(.get, path).status == 200, "reads are not counted")
        #expect(
            try api.ask(.put, "/v1/incidents/INC-1/severity", #"{"severity": "major"}"#).status == 200)
        try api.pass(.milliseconds(500))
        #expect(try api.ask(.post, path, #"{"text": "3"}"#).status == 201)
        #expect(try api.ask(.post, path, #"{"text": "4"}"#).status == 429)
    }
}
