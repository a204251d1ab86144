import Encoding
import HTTP
import Incidents
import JSON
import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

@testable import API
@testable import Engine
@testable import Routing

/// Many entries in one request, each standing alone.
struct BatchTests {
    private let api: TestAPI
    private static let path = "/v1/incidents/INC-1/timeline/batch"

    init() throws {
        api = try TestAPI()
        try api.declare(#""title": "x", "severity": "major""#)
    }

    private func entries() throws -> Reply {
        try api.ask(.get, "/v1/incidents/INC-1/timeline?kind=note,change,finding&limit=200")
    }

    private static func notes(_ count: Int, _ prefix: String = "n") -> String {
        let entries = (0..<count).map { #"{"text": "\#(prefix)\#($0)"}"# }.joined(separator: ", ")
        return #"{"entries": [\#(entries)]}"#
    }

    @Test func `entries keep their order and stand alone`() throws {
        let body = """
            {"author": "alice", "entries": [
              {"text": "one", "kind": "change", "author": "bob"},
              {"text": ""}, {"text": "three", "kind": "declared"}, 7,
              {"text": "ahead", "occurred_at": "2027-01-01T00:00:00Z"},
              {"text": "two", "source": {"system": "slack", "ref": "1"}},
              {"text": "other", "source": {"system": "slack", "ref": "1"}}, {"text": "x", "colour": 1}
            ]}
            """
        let reply = try api.ask(.post, Self.path, body, token: .post)
        #expect(reply.status == 200, "\(reply.text)")
        let statuses = ["201", "422", "422", "422", "422", "201", "200", "422"]
        #expect(reply.items("status", in: "outcomes") == statuses)
        #expect(reply.string("outcomes.0.entry.author") == "bob")
        #expect(reply.string("outcomes.0.entry.posted_by") == "post-bot")
        #expect(reply.string("outcomes.1.problem.type") == "/problems/validation")
        #expect(reply.string("outcomes.1.problem.errors.0.pointer") == "#/entries/1/text")
        #expect(reply.string("outcomes.2.problem.errors.0.pointer") == "#/entries/2/kind")
        #expect(reply.string("outcomes.3.problem.errors.0.pointer") == "#/entries/3")
        #expect(reply.string("outcomes.4.problem.type") == "/problems/clock-skew")
        #expect(reply.string("outcomes.4.problem.errors.0.pointer") == "#/entries/4/occurred_at")
        #expect(reply.string("outcomes.4.problem.request_id") == "req-1")
        #expect(reply.string("outcomes.5.entry.author") == "alice")
        #expect(reply.integer("outcomes.6.entry.seq") == reply.integer("outcomes.5.entry.seq"))
        #expect(reply.string("outcomes.6.warnings.0.code") == "text_differs")
        #expect(reply.string("outcomes.7.problem.errors.0.pointer") == "#/entries/7/colour")
        #expect(try entries().items("text") == ["one", "two"])
    }

    @Test(arguments: [
        (#"{}"#, "#/entries"), (#"{"entries": []}"#, "#/entries"), (#"{"entries": {}}"#, "#/entries"),
        (#"{"entries": [{"text": "x"}], "text": "y"}"#, "#/text"), (notes(501), "#/entries"),
    ])
    func `a request that is no batch is refused as a whole`(body: String, pointer: String) throws {
        let reply = try api.ask(.post, Self.path, body)
        #expect(reply.slug == "validation", "\(reply.text)")
        #expect(reply.items("pointer", in: "errors") == [pointer])
        #expect(try entries().items("text").isEmpty)
    }

    @Test func `500 entries are added in one request, and no incident has none`() throws {
        let reply = try api.ask(.post, Self.path, Self.notes(500))
        #expect(reply.items("status", in: "outcomes") == Array(repeating: "201", count: 500))
        let seqs = (0..<500).map { reply.integer("outcomes.\($0).entry.seq") }
        #expect(seqs == (2...501).map { $0 })
        #expect(reply.string("outcomes.499.entry.text") == "n499")
        #expect(
            try api.ask(.post, "/v1/incidents/INC-9/timeline/batch", Self.notes(1)).slug == "not-found")
    }

    @Test func `a repetition under the key answers the same, and adds nothing`() throws {
        let body =
            #"{"entries": ["# + (0..<130).map { #"{"text": "n\#($0)"}"# }.joined(separator: ", ")
            + #", {"text": ""}, {"text": "ahead", "occurred_at": "2027-01-01T00:00:00Z"}]}"#
        let key = ["Idempotency-Key": "k1"]
        let first = try api.ask(.post, Self.path, body, key)
        #expect(first.items("status", in: "outcomes").suffix(3) == ["201", "422", "422"])
        try api.pass(.seconds(3_600))
        let again = try api.ask(.post, Self.path, body, key)
        #expect(again.text == first.text)
        #expect(again.field("Idempotency-Replayed") == "true")
        #expect(first.field("Idempotency-Replayed") == nil)
        #expect(try api.ask(.post, Self.path, Self.notes(1), key).slug == "idempotency-key-reused")
        #expect(
            try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "x"}"#, key).slug
                == "idempotency-key-reused")
        let seqs = try api.ask(.get, "/v1/incidents/INC-1/timeline?kind=note&order=desc&limit=1")
        #expect(seqs.integer("items.0.seq") == 131)
    }

    @Test func `what is kept of a batch has no words of its entries`() throws {
        let body = #"{"entries": [{"text": "very secret words"}, {"text": "", "kind": "note"}]}"#
        #expect(try api.ask(.post, Self.path, body, ["Idempotency-Key": "k2"]).status == 200)
        let kept = api.service.store.batches.flatMap(\.keys).compactMap(\.shown)
        #expect(kept.map { String(decoding: $0, as: UTF8.self) } == ["[[201,2]]"])
    }

    @Test func `what is kept can be read again`() {
        let skew = Refusal(
            .clockSkew, "It is ahead.", flaws: [.init("#/occurred_at", "at most now"), .init("#/x", "y")])
        let outcomes = EachOutcome.decode(
            Array(
                ##"[[201,17],[200,3,"text_differs"],[422,"clock-skew","It is ahead.",["#/occurred_at","at most now"],["#/x","y"]]]"##
                    .utf8))
        #expect(outcomes?.count == 3)
        #expect(outcomes?.map(\.status) == [201, 200, 422])
        #expect(outcomes?.map(\.seq) == [17, 3, nil])
        #expect(outcomes?[1].warnings == ["text_differs"])
        #expect(outcomes?.last == EachOutcome(skew))
        #expect(outcomes.map(EachOutcome.encode).flatMap(EachOutcome.decode) == outcomes)
        for wrong in ["", "{}", "[7]", "[[]]", "[[201]]", #"[["a",1]]"#, "[[201,null]]", #"[[422,"a"]]"#] {
            #expect(EachOutcome.decode(Array(wrong.utf8)) == nil, "\(wrong)")
        }
    }

    /// The lane is stepped by hand: each turn is a transaction.
    private func stepped(_ body: String, key: String) throws -> (TestAPI, () throws -> Box<Response>) {
        let api = try TestAPI(try TestService(refusesLateWrites: false))
        for scope in [Scope.admin, .post] {
            let token = Token(
                id: "tok_\(scope.rawValue)", name: scope.rawValue, scope: scope,
                secretHash: TokenSecret.hash(api.secret(scope)), createdAt: api.service.now, revokedAt: nil)
            _ = try api.service.run(.createToken(token)).get()
        }
        _ = try api.service.run(.declare(Declare(.major, Declared.Details(title: "x")))).get()
        return (
            api,
            {
                let request = try api.request(
                    .post, Self.path, Array(body.utf8), token: .admin, ["Idempotency-Key": key])
                guard case .proceed(_, let ticket) = api.responder.admit(request.head) else {
                    throw Refusal(.internalFault, "the head was refused")
                }
                let answer = Box<Response>()
                api.responder.respond(to: request, ticket: ticket) { answer.put($0) }
                return answer
            }
        )
    }

    @Test func `the writes of others go between the parts of a batch`() throws {
        let (api, send) = try stepped(Self.notes(200), key: "k3")
        let answer = try send()
        #expect(api.service.lane.turn())
        let request = try api.request(
            .post, "/v1/incidents/INC-1/timeline", Array(#"{"text": "urgent"}"#.utf8), token: .post)
        guard case .proceed(_, let ticket) = api.responder.admit(request.head) else {
            Issue.record("the head was refused")
            return
        }
        let other = Box<Response>()
        api.responder.respond(to: request, ticket: ticket) { other.put($0) }
        while api.service.lane.turn() {}
        #expect(try #require(answer.wait(within: TestAPI.limit)).status == .ok)
        #expect(try #require(other.wait(within: TestAPI.limit)).status == .created)
        let texts = try api.service.reader.entries(
            of: StreamID(Incident.self, 1), after: 0, kind: Note.kind, visibility: nil, limit: 300
        ).map { try $0.text() }
        #expect(texts.count == 201)
        let place = try #require(texts.firstIndex(of: "urgent"))
        #expect((64...128).contains(place), "it was entry \(place)")
    }

    @Test func `after a crash between two parts the same key completes the batch`() throws {
        let (api, send) = try stepped(Self.notes(200), key: "k4")
        _ = try send()
        #expect(api.service.lane.turn())
        // Nothing of the second part is written, and its answer never arrives.
        api.service.store.plan(.diesBefore)
        _ = api.service.lane.turn()
        let stream = StreamID(Incident.self, 1)
        let folder = api.service.folder
        let written = try api.service.reader.entries(
            of: stream, after: 0, kind: Note.kind, visibility: nil, limit: 300)
        #expect(written.count == 64)
        api.service.end()

        let again = try TestAPI(try TestService(in: folder, refusesLateWrites: false))
        let request = try again.request(
            .post, Self.path, Array(Self.notes(200).utf8), token: .admin, ["Idempotency-Key": "k4"])
        guard case .proceed(_, let ticket) = again.responder.admit(request.head) else {
            Issue.record("the head was refused")
            return
        }
        let answer = Box<Response>()
        again.responder.respond(to: request, ticket: ticket) { answer.put($0) }
        while again.service.lane.turn() {}
        let reply = Reply(try #require(answer.wait(within: TestAPI.limit)))
        #expect(reply.items("status", in: "outcomes") == Array(repeating: "201", count: 200))
        let texts = try again.service.reader.entries(
            of: stream, after: 0, kind: Note.kind, visibility: nil, limit: 300
        ).map { try $0.text() }
        #expect(texts == (0..<200).map { "n\($0)" })
        again.service.end()
    }

    @Test
    func `a store that refuses in the middle leaves what was written, and says so for each of the rest`()
        throws
    {
        let (api, send) = try stepped(Self.notes(100), key: "k5")
        let answer = try send()
        #expect(api.service.lane.turn())
        api.service.store.plan(.refusesLock)
        while api.service.lane.turn() {}
        let reply = Reply(try #require(answer.wait(within: TestAPI.limit)))
        #expect(reply.status == 200)
        let statuses = Array(repeating: "201", count: 64) + Array(repeating: "503", count: 36)
        #expect(reply.items("status", in: "outcomes") == statuses)
        // The same key performs the rest.
        let retry = try send()
        while api.service.lane.turn() {}
        let second = Reply(try #require(retry.wait(within: TestAPI.limit)))
        #expect(second.items("status", in: "outcomes") == Array(repeating: "201", count: 100))
        #expect(second.field("Idempotency-Replayed") == nil)
    }

    @Test func `a retry with the key performs exactly the parts that failed`() throws {
        let key = ["Idempotency-Key": "k6"]
        let body = Self.notes(200)
        // The second of four parts; those that follow are not tried.
        api.service.store.plan(.none, .refusesLock)
        let first = try api.ask(.post, Self.path, body, key)
        #expect(first.status == 200)
        let statuses = Array(repeating: "201", count: 64) + Array(repeating: "503", count: 136)
        #expect(first.items("status", in: "outcomes") == statuses)
        #expect(first.string("outcomes.64.problem.type") == "/problems/storage-unavailable")
        #expect(try api.head().position == 65)

        let second = try api.ask(.post, Self.path, body, key)
        #expect(second.items("status", in: "outcomes") == Array(repeating: "201", count: 200))
        #expect(second.field("Idempotency-Replayed") == nil)
        let seqs = (0..<200).map { second.integer("outcomes.\($0).entry.seq") }
        #expect(seqs == (2...201).map { $0 }, "the first part is what it was")
        #expect(try api.head().position == 201)
        #expect(try api.ask(.post, Self.path, body, key).field("Idempotency-Replayed") == "true")
        #expect(try api.head().position == 201)
    }

    @Test func `a store that refuses the first part refuses the request, and keeps nothing`() throws {
        let key = ["Idempotency-Key": "k7"]
        api.service.store.plan(.refusesLock)
        #expect(try api.ask(.post, Self.path, Self.notes(100), key).slug == "storage-unavailable")
        #expect(try api.head().position == 1)
        let reply = try api.ask(.post, Self.path, Self.notes(100), key)
        #expect(reply.items("status", in: "outcomes") == Array(repeating: "201", count: 100))
    }

    @Test(arguments: [(0, []), (1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2])])
    func `chunks have all elements, in order`(count: Int, sizes: [Int]) {
        let chunks = Array(0..<count).chunks(of: 2)
        #expect(chunks.map(\.count) == sizes)
        #expect(chunks.flatMap(\.self) == Array(0..<count))
    }
}
