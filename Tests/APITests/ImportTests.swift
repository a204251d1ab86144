import HTTP
import Incidents
import JSON
import Journal
import Model
import ServiceSupport
import Testing
import Time

@testable import API
@testable import Engine
@testable import Routing

/// Chat logs over HTTP. The clock of these tests stands at 10:00 UTC on 2026-01-15.
struct ImportTests {
    private let api: TestAPI
    private static let path = "/v1/incidents/INC-1/timeline/import"
    private static let text = ["Content-Type": "text/plain"]

    init() throws {
        api = try TestAPI()
        try api.declare(#""title": "x", "severity": "major", "started_at": "2026-01-15T08:00:00Z""#)
    }

    private func send(_ log: String, _ query: String = "") throws -> Reply {
        try api.ask(.post, Self.path + query, log, token: .post, Self.text)
    }

    private func notes() throws -> Reply {
        try api.ask(.get, "/v1/incidents/INC-1/timeline?kind=note&limit=200")
    }

    private static let log = """
        [08:10] alice: database alert
        [08:11] carol: looking
        at the replication lag

        [08:11] carol: the sender is gone
        [08:12] alice: ok
        """

    @Test func `each message becomes a late note by the person in the log, at its time`() throws {
        let reply = try send(Self.log)
        #expect(reply.status == 200, "\(reply.text)")
        #expect(reply["dry_run"] == .bool(false))
        #expect(reply.integer("added") == 4)
        #expect(reply.integer("known") == 0)
        #expect(reply.items("author", in: "entries") == ["alice", "carol", "carol", "alice"])
        let notes = try notes()
        #expect(notes.items("text")[1] == "looking\nat the replication lag")
        #expect(notes.items("occurred_at").first == "2026-01-15T08:10:00.000Z")
        #expect(notes["items.0.late"] == .bool(true))
        #expect(notes.items("posted_by") == Array(repeating: "post-bot", count: 4))
        #expect(notes.string("items.0.source.system") == "import")
        #expect(notes.string("items.0.source.ref")?.contains(#/^[0-9a-f]{32}$/#) == true)
        #expect(notes.string("items.0.visibility") == "internal")
    }

    @Test func `the same log adds nothing, a longer one only what is new, and one that begins later too`()
        throws
    {
        #expect(try send(Self.log).integer("added") == 4)
        let again = try send(Self.log)
        #expect(again.integer("added") == 0)
        #expect(again.integer("known") == 4)
        #expect(again.items("text", in: "entries").isEmpty)
        let longer = try send(Self.log + "\n[08:12] alice: ok\n[08:13] bob: fine")
        #expect(longer.items("text", in: "entries") == ["ok", "fine"])
        // It begins with the second message of carol's minute.
        let later = try send("[08:11] carol: the sender is gone\n[08:11] carol: restarting it")
        #expect(later.items("text", in: "entries") == ["restarting it"])
        #expect(try notes().items("text").count == 7)
    }

    @Test func `a mark of the byte order is no text, and what looks like a secret is warned of`() throws {
        let secret = "ghp_" + String(repeating: "a1B2", count: 9)
        let reply = try send("\u{FEFF}[08:10] alice: hi\n[08:11] bob: \(secret)\n[08:12] bob: \(secret)")
        #expect(reply.integer("added") == 3, "\(reply.text)")
        #expect(reply.items("code", in: "warnings") == ["looks_like_a_secret"], "\(reply.text)")
    }

    @Test func `two logs that are imported at the same time are both recorded`() throws {
        func log(_ name: String, _ lines: Int) -> String {
            (0..<lines).map { "[08:10] alice: \(name)\($0)" }.joined(separator: "\n")
        }
        let incident = try #require(api.service.incidents.snapshot(.number(1)))
        // All look up what is recorded before any of them writes.
        let requests = try [log("a", 50), log("b", 70), log("a", 60)].map { text in
            let messages = try ChatLog(text).dated(
                from: nil, in: .utc, on: incident.incident, now: api.service.now)
            return try ChatEntries(messages, in: incident.stream, from: api.reader).items.map(\.request)
        }
        for items in requests {
            try api.commit(TestRequest { PerformEach(items, on: .number(1), in: $0) })
        }
        let texts = try notes().items("text")
        #expect(Set(texts) == Set((0..<60).map { "a\($0)" } + (0..<70).map { "b\($0)" }))
        #expect(texts.count <= 140, "\(texts.count): those that lost their numbers may be there twice")
        for name in ["a", "b"] {
            let again = try send(log(name, 50))
            #expect(again.integer("added") == 0 && again.integer("known") == 50, "\(again.text)")
        }
    }

    @Test func `a dry run shows what would be added, and adds nothing`() throws {
        #expect(try send("[08:10] alice: database alert").integer("added") == 1)
        let reply = try send(Self.log, "?dry_run=true")
        #expect(reply.status == 200, "\(reply.text)")
        #expect(reply["dry_run"] == .bool(true))
        #expect(reply.integer("added") == 3)
        #expect(reply.integer("known") == 1)
        #expect(reply.items("author", in: "entries") == ["carol", "carol", "alice"])
        #expect(reply.string("entries.2.occurred_at") == "2026-01-15T08:12:00.000Z")
        #expect(reply["entries.2.late"] == .bool(true))
        #expect(try notes().items("text").count == 1)
    }

    @Test(arguments: [
        ("?date=2026-01-14", "2026-01-14T08:10:00.000Z"), ("?zone=%2B02:00", "2026-01-15T06:10:00.000Z"),
        ("?zone=-01:00&date=2026-01-13", "2026-01-13T09:10:00.000Z"),
        ("?zone=UTC", "2026-01-15T08:10:00.000Z"),
    ])
    func `a date and a zone`(query: String, moment: String) throws {
        #expect(try send("[08:10] alice: x", query).string("entries.0.occurred_at") == moment)
    }

    @Test func `without a date no message lies in the future`() throws {
        let reply = try send("[23:50] alice: x\n[00:20] bob: y")
        #expect(
            reply.items("occurred_at", in: "entries")
                == ["2026-01-14T23:50:00.000Z", "2026-01-15T00:20:00.000Z"])
    }

    @Test func `lines at fault are named, and nothing is added`() throws {
        let reply = try send("[08:10] alice: x\n[25:00] bob: y\n[08:11] nobody")
        #expect(reply.slug == "validation")
        #expect(reply.items("pointer", in: "errors") == ["#L2", "#L3"])
        #expect(try notes().items("text").isEmpty)
        let ahead = try send("[08:10] alice: x\n[23:00] bob: y", "?date=2026-01-15")
        #expect(ahead.slug == "clock-skew")
        #expect(ahead.items("pointer", in: "errors") == ["#L2"])
        #expect(try notes().items("text").isEmpty)
    }

    @Test(arguments: [
        ("?zone=Mars/Base", "invalid-parameter"), ("?date=2026-02-30", "invalid-parameter"),
        ("?date=yesterday", "invalid-parameter"), ("?dry_run=maybe", "invalid-parameter"),
        ("?when=now", "invalid-parameter"),
    ])
    func `a wrong parameter`(query: String, slug: String) throws {
        #expect(try send("[08:10] alice: x", query).slug == slug)
    }

    @Test func `JSON has the same members`() throws {
        let reply = try api.ask(
            .post, Self.path, #"{"text": "[08:10] alice: x\n", "date": "2026-01-14", "zone": "+01:00"}"#)
        #expect(reply.string("entries.0.occurred_at") == "2026-01-14T07:10:00.000Z")
        #expect(
            try api.ask(.post, Self.path, #"{"text": "[08:10] a: x", "zone": "Mars"}"#).slug == "validation")
    }

    @Test func `a redacted message is not added again`() throws {
        #expect(try send(Self.log).integer("added") == 4)
        let stream = StreamID(Incident.self, 1)
        let secret = try #require(
            try api.reader.entries(of: stream, after: 0, kind: Note.kind, visibility: nil, limit: 9).first)
        try api.erase(secret)
        let again = try send(Self.log)
        #expect(again.integer("added") == 0)
        #expect(again.integer("known") == 4)
        #expect(try !notes().text.contains("database alert"))
    }

    @Test func `a repetition under the key answers the same`() throws {
        let lines = (0..<150).map { "[08:\(10 + $0 / 60)] alice: line \($0)" }.joined(separator: "\n")
        let fields = ["Content-Type": "text/plain", "Idempotency-Key": "log"]
        let first = try api.ask(.post, Self.path, lines, fields)
        #expect(first.integer("added") == 150, "\(first.text.prefix(300))")
        let again = try api.ask(.post, Self.path, lines, fields)
        #expect(again.text == first.text)
        #expect(again.field("Idempotency-Replayed") == "true")
    }

    @Test func `the log of the fixture imports whole`() throws {
        let log = """
            [10:02] alice: database alert, I take command. carol leads the fix, bob writes the updates
            [10:03] carol: looking at the replication lag
            [10:04] carol: primary answers; the replica is 47 min behind, so the sender of the write-ahead log is suspect
            [10:05] bob: published: we are looking into slow requests
            [10:06] carol: the sender process is gone, killed for memory. starting it again
            [10:08] carol: lag falls, 35 min now
            [10:15] carol: lag 2 min, everything else looks normal
            [10:22] carol: lag 10 s, latency as before
            [10:25] alice: resolved. bob, please tell everyone. post-mortem follows

            """
        try api.pass(.seconds(3_600))
        let reply = try send(log)
        #expect(reply.integer("added") == 9, "\(reply.text)")
        #expect(reply.string("entries.3.text") == "published: we are looking into slow requests")
        #expect(reply.items("occurred_at", in: "entries").last == "2026-01-15T10:25:00.000Z")
    }

    @Test func `a dry run shows the entries as the import adds them`() throws {
        // All but the first are ahead of the clock, 10:00: the rule takes them as now.
        let log =
            "[09:50] alice: one\n[10:02] bob: two\n[10:03] bob: three\n[10:05] carol: four\nand more\n[10:06] a: x"
        let query = "?date=2026-01-15"
        let dry = try send(log, query + "&dry_run=true")
        let real = try send(log, query)
        #expect(dry.integer("added") == 5 && real.integer("added") == 5, "\(dry.text) \(real.text)")
        for member in ["incident", "kind", "text", "author", "occurred_at", "late", "visibility"] {
            #expect(dry.items(member, in: "entries") == real.items(member, in: "entries"), "\(member)")
        }
        let moments = dry.items("occurred_at", in: "entries")
        #expect(moments.suffix(2) == Array(repeating: api.time.wall().rfc3339, count: 2), "\(moments)")
    }

    @Test func `the same log has the same times after a reopening on another day`() throws {
        #expect(try send(Self.log).integer("added") == 4)
        try api.ask(
            .put, "/v1/incidents/INC-1/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
        try api.pass(.seconds(86_400))
        try api.ask(.put, "/v1/incidents/INC-1/status", #"{"status": "investigating", "reason": "again"}"#)
        let again = try send(Self.log)
        #expect(again.integer("added") == 0, "\(again.text)")
        #expect(again.integer("known") == 4)
    }

    private static let longLog = (0..<150).map { "[08:\(10 + $0 / 60)] alice: line \($0)" }
        .joined(separator: "\n")

    @Test(arguments: [true, false])
    func `a store that refuses in the middle refuses the import, which says what is recorded`(
        hasKey: Bool
    ) throws {
        let fields = Self.text.merging(hasKey ? ["Idempotency-Key": "log"] : [:]) { $1 }
        api.service.store.plan(.none, .refusesLock)
        let first = try api.ask(.post, Self.path, Self.longLog, fields)
        #expect(first.slug == "storage-unavailable")
        #expect(first.field("Retry-After") != nil)
        let detail = try #require(first.string("detail"))
        #expect(detail.contains("Before that, 64 messages"), "\(detail)")
        #expect(try api.head().position == 65)
        let second = try api.ask(.post, Self.path, Self.longLog, fields)
        // With the key the first part is answered as it was; without, it is known.
        #expect(second.integer("added") == (hasKey ? 150 : 86), "\(second.text.prefix(300))")
        #expect(second.integer("known") == (hasKey ? 0 : 64))
        #expect(try notes().items("text") == (0..<150).map { "line \($0)" })
    }

    @Test func `a refused message is not counted as known, and refuses the import with its reason`() throws {
        let refusal = Refusal(.clockSkew, "It is ahead.", flaws: [.init("#/occurred_at", "at most now")])
        let stored = Array(
            ##"[[201,17],[200,3],[422,"clock-skew","It is ahead.",["#/occurred_at","at most now"]]]"##.utf8)
        let outcomes = try #require(EachOutcome.decode(stored))
        #expect(outcomes.last == EachOutcome(refusal))
        let part = PartOutcome.performed(Outcome(.done, .each(StreamID(Incident.self, 1), outcomes)))
        let whole = PartOutcome.performed(
            Outcome(.done, .each(StreamID(Incident.self, 1), Array(outcomes.prefix(2)))))
        let result = try ImportResult([whole, whole])
        #expect(result.added == [17, 17] && result.known == 2)
        for parts in [[part], [part, whole], [whole, part, .refused(.init(.overloaded, "later"))]] {
            let problem = #expect(throws: Problem.self) { try ImportResult(parts) }
            #expect(problem?.status == 422)
            #expect(problem?.flaws.map(\.pointer) == ["#/occurred_at"])
            let response = try #require(problem).response(id: "req-1")
            let text = String(decoding: response.body, as: UTF8.self)
            #expect(text.contains("It is ahead. "), "\(text)")
            #expect(text.contains("messages of the log were recorded"), "\(text)")
        }
    }
}
