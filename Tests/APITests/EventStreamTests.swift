@testable import API
import Engine
import HTTP
import Journal
import JSON
import ServiceSupport
import Testing

/// Streams of events as the API opens and feeds them; the server in between is `HTTPServerTests`' matter.
struct EventStreamTests {
    let api: TestAPI

    init() throws {
        api = try TestAPI()
        try api.declare()
    }

    private func note(_ text: String, in ref: String = "INC-1") throws {
        #expect(
            try api.ask(.post, "/v1/incidents/\(ref)/timeline", "{\"text\": \"\(text)\"}").status == 201)
    }

    private func open(_ target: String, _ fields: [String: String] = [:]) throws -> Response {
        let answer = try api.begin(target, fields)
        return try #require(answer.wait(within: TestAPI.limit))
    }

    /// What a server sends a listener from here on: id, name and data of each event.
    private func follow(_ stream: EventStream) -> [(id: String, name: String, data: JSONValue)] {
        var text = stream.preface
        var last = stream.after
        while let slice = api.responder.events(of: stream.channel, after: last) {
            text += slice.text
            last = slice.last
        }
        return String(decoding: text, as: UTF8.self).split(separator: "\n\n").compactMap { block in
            let lines = block.split(separator: "\n")
            func value(_ name: String) -> String? {
                lines.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
            }
            guard let name = value("event"), let data = value("data"),
                let json = try? JSONReader.read(Array(data.utf8))
            else { return nil }
            return (value("id") ?? "", name, json)
        }
    }

    @Test func `a stream says what it is and begins now, at a place the client can come back to`() throws {
        let response = try open("/v1/incidents/INC-1/events")
        let reply = Reply(response)
        #expect(reply.status == 200)
        #expect(reply.field("Content-Type") == "text/event-stream; charset=utf-8")
        #expect(reply.field("Cache-Control") == "no-store")
        #expect(reply.field("X-Accel-Buffering") == "no")
        let stream = try #require(response.stream)
        #expect(String(decoding: stream.preface, as: UTF8.self) == "id: 1\n\n")
        #expect(follow(stream).isEmpty)
    }

    @Test func `no data holds a character that a client's library takes for the end of a line`() throws {
        let response = try open("/v1/incidents/INC-1/events")
        let stream = try #require(response.stream)
        try api.ask(
            .post, "/v1/incidents/INC-1/timeline", "{\"text\": \"a\u{85}b£\u{2028}c\u{2029}d\u{C2}\"}")
        let slice = try #require(api.responder.events(of: stream.channel, after: stream.after))
        let text = String(decoding: slice.text, as: UTF8.self)
        #expect(text.contains(#"a\u0085b£\u2028c\u2029dÂ"#), "\(text)")
        #expect(!text.unicodeScalars.contains { ["\u{85}", "\u{2028}", "\u{2029}"].contains($0) })
        guard case .object(let entry)? = follow(stream).first?.data else {
            Issue.record("no event")
            return
        }
        #expect(entry["text"] == .string("a\u{85}b£\u{2028}c\u{2029}d\u{C2}"))
    }

    @Test func `each entry is one event, named as a webhook's, with the entry as a read shows it`() throws {
        let stream = try #require(try open("/v1/incidents/INC-1/events").stream)
        try note("one")
        #expect(
            try api.ask(.put, "/v1/incidents/INC-1/severity", #"{"severity": "critical"}"#).status == 200)
        #expect(
            try api.ask(
                .post, "/v1/incidents/INC-1/status-updates",
                #"{"text": "We look into it.", "audience": "public"}"#
            ).status == 201)
        let events = follow(stream)
        #expect(events.map(\.id) == ["2", "3", "4"])
        #expect(
            events.map(\.name) == ["timeline.entry_added", "incident.severity_raised", "update.published"])
        for event in events {
            #expect(event.data == (try api.ask(.get, "/v1/incidents/INC-1/timeline/\(event.id)").json))
        }
    }

    @Test func `a nag is an event of what it is about`() throws {
        let stream = try #require(try open("/v1/incidents/INC-1/events").stream)
        try api.pass(.seconds(20 * 60))
        #expect(follow(stream).map(\.name).contains("update.overdue"))
    }

    @Test(arguments: [
        (["Last-Event-ID": "2"], ""), ([:], "?after=2"), (["Last-Event-ID": "2"], "?after=0"),
    ]) func `a client that comes back gets what was missed, once and in order`(
        _ fields: [String: String], _ query: String
    )
        throws
    {
        for index in 2...5 { try note("\(index)") }
        let stream = try #require(try open("/v1/incidents/INC-1/events\(query)", fields).stream)
        #expect(follow(stream).map(\.id) == ["3", "4", "5"])
    }

    @Test func `the stream of all has every incident's entries by position`() throws {
        let stream = try #require(try open("/v1/events").stream)
        try note("one")
        try api.declare()
        try note("two", in: "INC-2")
        let events = follow(stream)
        #expect(events.map(\.id) == ["2", "3", "4"])
        #expect(events.map { $0.data["incident"]?.text } == ["INC-1", "INC-2", "INC-2"])
        #expect(events.map { $0.data["seq"] } == [.integer(2), .integer(1), .integer(2)])
        let one = try #require(try open("/v1/incidents/INC-1/events", ["Last-Event-ID": "1"]).stream)
        #expect(follow(one).map(\.id) == ["2"])
    }

    @Test func `a long absence comes in slices, none lost between them`() throws {
        let long = String(repeating: "x", count: 8_000)
        for _ in 0..<40 { try note(long) }
        let first = try #require(api.responder.events(of: .one(1), after: 1))
        #expect(first.text.count < 128 << 10)
        #expect(first.last < 41)
        let stream = try #require(try open("/v1/incidents/INC-1/events", ["Last-Event-ID": "1"]).stream)
        #expect(follow(stream).map(\.id) == (2...41).map { "\($0)" })
    }

    @Test func `a client that has seen an entry a moment before the shelf shows it has missed nothing`()
        throws
    {
        try note("one")
        var next = try #require(try api.reader.entries(afterPosition: 1, limit: 1).first)
        (next.position, next.seq) = (3, 3)
        api.service.recentEntries.append([next])
        #expect(api.responder.events(of: .one(1), after: 3) == nil)
        let stream = try #require(try open("/v1/incidents/INC-1/events", ["Last-Event-ID": "3"]).stream)
        #expect(stream.preface.isEmpty && stream.after == 3)
        let unknown = try #require(api.responder.events(of: .one(1), after: 4))
        #expect(String(decoding: unknown.text, as: UTF8.self).hasPrefix("id: 2\nevent: reset\n"))
    }

    @Test func `where events are forgotten or never were, the first event is a reset`() throws {
        let small = try TestAPI(recentEntries: RecentEntries(entriesMax: 3))
        try small.declare()
        for _ in 0..<10 {
            #expect(try small.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#).status == 201)
        }
        let cases = [
            ("/v1/incidents/INC-1/events", "2", "/v1/incidents/INC-1"), ("/v1/events", "2", "/v1/incidents"),
            ("/v1/incidents/INC-1/events", "99", "/v1/incidents/INC-1"),
            ("/v1/events", "99", "/v1/incidents"),
        ]
        for (path, last, snapshot) in cases {
            let answer = try small.begin(path, ["Last-Event-ID": last])
            let response = try #require(answer.wait(within: TestAPI.limit))
            let stream = try #require(response.stream)
            #expect(
                String(decoding: stream.preface, as: UTF8.self)
                    == "id: 11\nevent: reset\ndata: {\"reason\":\"gap\",\"snapshot\":\"\(snapshot)\"}\n\n")
            #expect(stream.after == 11)
            #expect(small.responder.events(of: stream.channel, after: stream.after) == nil)
        }
        // Also in the middle of a stream, when its client took too long.
        for channel in [EventChannel.all, .one(1)] {
            let slice = try #require(small.responder.events(of: channel, after: 5))
            #expect(String(decoding: slice.text, as: UTF8.self).hasPrefix("id: 11\nevent: reset\n"))
            #expect(slice.last == 11)
        }
    }

    @Test(arguments: ["x", "-1", "1.0", "+1", "99999999999999999999", "1 2"])
    func `an id that is none is refused`(
        _ id: String
    ) throws {
        let reply = try api.ask(.get, "/v1/events", nil, ["Last-Event-ID": id])
        #expect(reply.status == 400)
        #expect(reply.slug == "invalid-parameter")
    }

    @Test func `no such incident, no stream; an empty id is none`() throws {
        #expect(try api.ask(.get, "/v1/incidents/INC-9/events").status == 404)
        #expect(try open("/v1/events", ["Last-Event-ID": ""]).stream?.after == 1)
        #expect(try api.ask(.get, "/v1/events?limit=1").status == 400)
    }

    @Test func `a HEAD is answered without a stream`() throws {
        let reply = try api.ask(.head, "/v1/events")
        #expect(reply.status == 200)
        #expect(api.meters.streams.value == 0)
    }

    @Test func `a token has so many streams and no more, and each that ends makes room`() throws {
        let api = try TestAPI { $0.streams = StreamLimiter(perTokenMax: 2) }
        func open() throws -> Response {
            let answer = try api.begin("/v1/events")
            return try #require(answer.wait(within: TestAPI.limit))
        }
        var held = [try open(), try open()]
        #expect(held.allSatisfy { $0.stream != nil })
        let third = Reply(try open())
        #expect(third.status == 503)
        #expect(third.slug == "overloaded")
        #expect(third.field("Retry-After") == "5")
        #expect(api.meters.streams.value == 2)
        held.removeLast()
        #expect(api.meters.streams.value == 1)
        held.append(try open())
        #expect(held.last?.stream != nil)
    }

    @Test func `a deadline that is near is announced to the incident and to all, without an id`() throws {
        let snapshot = try #require(try api.snapshot("INC-1"))
        let notice = DrumbeatAPI.dueSoonNotice(snapshot.incident)
        let restricted = [EventChannel.Source.all, .one(1)].map { EventChannel($0, isRestricted: true) }
        #expect(notice.channels == [.all, .one(1)] + restricted)
        let text = String(decoding: notice.text, as: UTF8.self)
        #expect(text.hasPrefix("event: update.due_soon\ndata: {\"incident\":\"INC-1\",\"deadline\":\""))
        #expect(!text.contains("id:"))
    }
}
