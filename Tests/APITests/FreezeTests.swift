import HTTP
import Incidents
import Journal
import Model
import ServiceSupport
import Testing
import Time

/// Freezes of deploys through the API (api.md, "Response").
struct FreezeTests {
    let api: TestAPI
    private let one = "/v1/incidents/INC-1"

    init() throws {
        api = try TestAPI()
    }

    private func declare(_ service: String? = "web", severity: String = "major", more: String = "") throws {
        let labels = service.map { #", "labels": {"service": "\#($0)"}"# } ?? ""
        try api.declare(#""title": "Sign-in fails", "severity": "\#(severity)""# + labels + more)
    }

    private func attempt(
        _ what: String = "2.14", scope: String = "web", _ fields: [String: String] = [:]
    ) throws -> Reply {
        try api.ask(
            .post, "/v1/freeze/attempts", #"{"scope": "\#(scope)", "what": "\#(what)", "author": "ci"}"#,
            token: .post, fields)
    }

    @Test func `a free service freezes nothing, and the answer is not stored`() throws {
        let reply = try api.ask(.get, "/v1/freeze?scope=web&fail=1", token: .read)
        #expect(reply.status == 200)
        #expect(reply.text == #"{"frozen":false,"blocked":false,"incidents":[],"exceptions":[]}"#)
        #expect(reply.field("Cache-Control") == "no-store")
        #expect(reply.field("ETag") == nil)
    }

    @Test func `an incident freezes its service, shows it, and fail makes it a 423`() throws {
        try declare()
        let until = try #require(try api.ask(.get, one).string("freeze.until"))
        #expect(until == (api.service.now + .seconds(8 * 3_600)).rfc3339)
        let asked = try api.ask(.get, "/v1/freeze?scope=Web", token: .read)
        #expect(asked.status == 200)
        #expect(asked["frozen"] == .bool(true))
        #expect(asked.names("incidents.0") == ["ref", "title", "severity", "scope", "until"])
        #expect(asked.string("incidents.0.ref") == "INC-1")
        #expect(asked.string("incidents.0.until") == until)
        let failed = try api.ask(.get, "/v1/freeze?scope=web&fail=1", token: .read)
        #expect(failed.status == 423)
        #expect(failed.slug == "deploys-frozen")
        #expect(failed.string("current.incidents.0.ref") == "INC-1")
        #expect(failed.string("links.0.href") == "\(one)/freeze/exceptions")
        #expect(try api.ask(.get, "/v1/freeze?scope=api&fail=1", token: .read).status == 200)
        #expect(try api.ask(.get, "/v1/freeze?fail=1", token: .read).status == 423)
        #expect(try api.ask(.get, "/v1/freeze?scope=*&fail=0", token: .read).status == 200)
        // Asking is pure.
        #expect(try api.ask(.get, one).isTagged(1))
    }

    @Test(arguments: [
        "scope=", "scope=a%C2%85b", "fail=yes", "fail=2", "scope=a&scope=b", "service=web",
        "scope=\(String(repeating: "x", count: 201))",
    ])
    func `an odd parameter is refused`(query: String) throws {
        #expect(try api.ask(.get, "/v1/freeze?\(query)", token: .read).slug == "invalid-parameter")
    }

    @Test func `an incident without a service freezes everything and says how to narrow it`() throws {
        let declared = try api.ask(
            .post, "/v1/incidents", #"{"title": "x", "severity": "critical", "impact": "all"}"#)
        #expect(declared.warnings.contains("freezes_everything"))
        #expect(declared.string("freeze.scope") == "*")
        #expect(try api.ask(.get, "/v1/freeze?scope=web&fail=1").status == 423)
        let narrowed = try api.ask(.patch, one, #"{"labels": {"service": "api"}}"#)
        #expect(narrowed.status == 200)
        #expect(!narrowed.warnings.contains("freezes_everything"))
        #expect(narrowed.string("freeze.scope") == "api")
        #expect(try api.ask(.get, "/v1/freeze?scope=web&fail=1").status == 200)
        #expect(try api.ask(.get, "/v1/freeze?scope=api&fail=1").status == 423)
    }

    @Test func `a freeze ends by time alone, by hand, and with its incident`() throws {
        try declare()
        try api.pass(.seconds(8 * 3_600) - .milliseconds(1))
        #expect(try api.ask(.get, "/v1/freeze?scope=web&fail=1").status == 423)
        try api.pass(.milliseconds(1))
        #expect(try api.ask(.get, "/v1/freeze?scope=web&fail=1").status == 200)
        try declare()
        let lifted = try api.ask(.delete, "/v1/incidents/INC-2/freeze?author=alice")
        #expect(lifted.status == 200)
        #expect(lifted["freeze"] == .null)
        #expect(try api.ask(.get, "/v1/freeze?scope=web").text.contains(#""frozen":false"#))
        let again = try api.ask(.delete, "/v1/incidents/INC-2/freeze")
        #expect(again.field("ETag") == lifted.field("ETag"))
        try declare()
        #expect(try api.ask(.get, "/v1/freeze?scope=web&fail=1").status == 423)
        try api.ask(.put, "/v1/incidents/INC-3/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
        #expect(try api.ask(.get, "/v1/freeze?scope=web&fail=1").status == 200)
    }

    @Test func `an exception opens the scope, can be revoked, and is listed`() throws {
        try declare(more: #", "roles": {"commander": "alice"}"#)
        let refused = try api.ask(.post, "\(one)/freeze/exceptions", #"{"author": "eve"}"#, token: .command)
        #expect(refused.status == 409)
        #expect(refused.slug == "approval-needed")
        let granted = try api.ask(
            .post, "\(one)/freeze/exceptions", #"{"what": "2.14.1, the fix", "author": "alice"}"#,
            token: .command)
        #expect(granted.status == 201)
        #expect(granted.string("kind") == "exception_granted")
        let until = (api.service.now + .seconds(1_800)).rfc3339
        #expect(granted.string("data.until") == until)
        let id = try #require(granted.string("id"))
        let asked = try api.ask(.get, "/v1/freeze?scope=web&fail=1", token: .read)
        #expect(asked.status == 200)
        #expect(asked["frozen"] == .bool(true))
        #expect(asked.string("exceptions.0.id") == id)
        #expect(asked.names("exceptions.0") == ["id", "incident", "seq", "scope", "until"])
        #expect(try api.ask(.get, "/v1/freeze?fail=1").status == 423)
        let revoked = try api.ask(.delete, "\(one)/freeze/exceptions/\(id)", token: .command)
        #expect(revoked.status == 200)
        #expect(revoked.string("ref") == "INC-1")
        #expect(try api.ask(.get, "/v1/freeze?scope=web&fail=1").status == 423)
        #expect(try api.ask(.delete, "\(one)/freeze/exceptions/\(id)").status == 200)
        #expect(try api.ask(.delete, "\(one)/freeze/exceptions/01HZX4").slug == "not-found")
    }

    @Test(arguments: [
        (#"{"minutes": 0}"#, "#/minutes"), (#"{"minutes": 121}"#, "#/minutes"),
        (#"{"scope": ""}"#, "#/scope"),
        (#"{"for": 5}"#, "#/for"),
    ])
    func `an odd exception is refused`(body: String, pointer: String) throws {
        try declare()
        let reply = try api.ask(.post, "\(one)/freeze/exceptions", body)
        #expect(reply.slug == "validation")
        #expect(reply.string("errors.0.pointer") == pointer)
    }

    @Test func `an attempt is recorded once per incident, what and outcome`() throws {
        try declare()
        try declare(nil)
        try declare("api")
        let refused = try attempt()
        #expect(refused.status == 423)
        #expect(refused.slug == "deploys-frozen")
        #expect(refused.text.contains(#""current":{"frozen":true,"incidents":["INC-2","INC-1"]}"#))
        #expect(try attempt().status == 423)
        #expect(try attempt("2.15").status == 423)
        func kinds(_ number: Int) throws -> [String?] {
            let items = try api.ask(.get, "/v1/incidents/INC-\(number)/timeline?kind=deploy_attempted")
            return (0..<items.count("items")).map { items.string("items.\($0).data.what") }
        }
        #expect(try kinds(1) == ["2.14", "2.15"])
        #expect(try kinds(2) == ["2.14", "2.15"])
        #expect(try kinds(3) == [])
        try api.ask(.post, "\(one)/freeze/exceptions", "{}")
        let excepted = try attempt()
        #expect(excepted.status == 200)
        #expect(excepted.text == #"{"frozen":true,"incidents":["INC-2","INC-1"]}"#)
        #expect(try kinds(1) == ["2.14", "2.15", "2.14"])
        let last = try api.ask(.get, "\(one)/timeline?kind=deploy_attempted&order=desc&limit=1")
        #expect(last.string("items.0.data.outcome") == "excepted")
        #expect(last.string("items.0.author") == "ci")
        // Neither changes the incident itself.
        #expect(try api.ask(.get, one).isTagged(1))
    }

    @Test func `under a key a passed attempt is repeated, and a refused one judged anew`() throws {
        try declare()
        let key = ["Idempotency-Key": "build-7"]
        #expect(try attempt(key).status == 423)
        try api.ask(.delete, "\(one)/freeze")
        let passed = try attempt(key)
        #expect(passed.status == 200)
        #expect(passed.field("Idempotency-Replayed") == nil)
        #expect(passed.text == #"{"frozen":false,"incidents":[]}"#)
        let repeated = try attempt(key)
        #expect(repeated.field("Idempotency-Replayed") == "true")
        #expect(repeated.body == passed.body)
        let everything = DeployQuery(
            scope: .everything, since: api.service.now - .seconds(60), until: api.service.now, limit: 10)
        #expect(try api.reader.deploys(everything).count == 1)
    }

    private func attempt(_ fields: [String: String]) throws -> Reply {
        try attempt("2.14", scope: "web", fields)
    }

    @Test func `the deploys of the hour before are the suspects of an incident`() throws {
        #expect(try attempt("2.12").status == 200)
        try api.pass(.seconds(1))
        for index in 0..<11 {
            try api.pass(.seconds(60))
            #expect(try attempt("2.13.\(index)").status == 200)
        }
        #expect(try attempt("9", scope: "api").status == 200)
        try api.pass(.seconds(60))
        let declared = try api.ask(
            .post, "/v1/incidents",
            #"{"title": "x", "severity": "minor", "impact": "y", "labels": {"service": "web"}, "author": "alice"}"#
        )
        #expect(declared.count("suspects") == 10)
        #expect(declared.string("suspects.0.suspect") == "deploy")
        #expect(declared.string("suspects.0.state") == "open")
        #expect(
            declared.string("suspects.0.changed_at") == (api.service.now - .seconds(60)).rfc3339)
        let entry = try api.ask(.get, "\(one)/timeline/2")
        #expect(entry.string("kind") == "hypothesis")
        #expect(entry.string("author") == "drumbeat")
        #expect(entry.string("posted_by") == "drumbeat")
        #expect(entry.string("text")?.contains("2.13.10 of web") == true)
        #expect(declared.isTagged(11))
        let ruledOut = try api.ask(.post, "\(one)/timeline/2/confirmation", #"{"state": "ruled_out"}"#)
        #expect(ruledOut.status == 201)
        #expect(try api.ask(.get, one).string("suspects.0.state") == "ruled_out")
        #expect(try api.ask(.get, one).isTagged(12))
    }

    @Test func `deploys are kept for 7 days, and the last 1,000`() throws {
        for index in 0..<1_003 { #expect(try attempt("\(index)").status == 200) }
        let all = DeployQuery(
            scope: DeployScope("WEB"), since: api.service.now - .seconds(1), until: api.service.now,
            limit: 2_000)
        let kept = try api.reader.deploys(all)
        #expect(kept.count == 1_000)
        #expect(kept.first?.what == "1002" && kept.last?.what == "3")
        #expect(kept.first?.author == Person("ci"))
        try api.pass(Deploy.lifetime)
        try api.commit(.maintain)
        #expect(try api.reader.deploys(all).count == 1_000)
        try api.pass(.milliseconds(1))
        try api.commit(.maintain)
        #expect(try api.reader.deploys(all).isEmpty)
    }

    @Test func `a token that records many deploys forgets its own, not those of others`() throws {
        #expect(
            try api.ask(.post, "/v1/freeze/attempts", #"{"scope": "web", "what": "2.14"}"#, token: .command)
                .status == 200)
        for index in 0..<1_003 { #expect(try attempt("\(index)").status == 200) }
        let all = DeployQuery(
            scope: .everything, since: api.service.now - .seconds(1), until: api.service.now, limit: 2_000)
        let kept = try api.reader.deploys(all)
        #expect(kept.count == 1_000)
        #expect(kept.last?.what == "2.14" && kept.dropLast().last?.what == "4")
    }

    @Test func `todos have an owner and a time, and are closed by confirmation`() throws {
        try declare(severity: "minor")
        let posted = try api.ask(
            .post, "\(one)/timeline",
            #"{"kind": "todo", "text": "call the vendor", "data": {"owner": "bob", "minutes": 20, "ticket": "X-1"}}"#,
            token: .post)
        #expect(posted.status == 201)
        #expect(posted.string("data.ticket") == "X-1")
        try api.ask(.post, "\(one)/timeline", #"{"kind": "todo", "text": "look at the logs"}"#)
        let shown = try api.ask(.get, one)
        #expect(shown.isTagged(3))
        #expect(shown.string("todos.0.owner") == "bob")
        #expect(shown.string("todos.0.due_at") == (api.service.now + .seconds(1_200)).rfc3339)
        #expect(shown["todos.1.owner"] == .null)
        #expect(shown["todos.1.due_at"] == .null)
        try api.ask(.post, "\(one)/timeline/2/confirmation", #"{"state": "done"}"#, token: .post)
        #expect(try api.ask(.get, one).integer("todos.0.seq") == 3)
        for data in [
            #"{"minutes": 0}"#, #"{"minutes": 241}"#, #"{"owner": ""}"#, #"{"owner": 7}"#,
        ] {
            let refused = try api.ask(
                .post, "\(one)/timeline", #"{"kind": "todo", "text": "x", "data": \#(data)}"#)
            #expect(refused.slug == "validation", "\(data)")
        }
    }

    @Test func `without a token only refs are told, where the operator allows that`() throws {
        let open = try TestAPI { $0.freezeIsPublic = true }
        try open.declare(#""title": "SECRET", "severity": "major", "labels": {"service": "web"}"#)
        let told = try open.ask(.get, "/v1/freeze?scope=web", token: nil)
        #expect(told.status == 200)
        #expect(told.text == #"{"frozen":true,"incidents":["INC-1"]}"#)
        let failed = try open.ask(.get, "/v1/freeze?scope=web&fail=1", token: nil)
        #expect(failed.status == 423)
        #expect(failed.text.contains(#""current":{"frozen":true,"incidents":["INC-1"]}"#))
        #expect(!failed.text.contains("SECRET") && !failed.text.contains("links"))
        #expect(try open.ask(.get, "/v1/freeze", token: .read).string("incidents.0.title") == "SECRET")
        #expect(try open.ask(.post, "/v1/freeze/attempts", "{}", token: nil).status == 401)
        #expect(try api.ask(.get, "/v1/freeze?scope=web", token: nil).status == 401)
    }

    /// The start must not become slower with the number of hypotheses, as with notes.
    @Test func `a start reads suspects and todos, and neither notes nor other hypotheses`() throws {
        try declare(severity: "minor")
        for body in [
            #"{"text": "x"}"#, #"{"kind": "hypothesis", "text": "x"}"#, #"{"kind": "decision", "text": "x"}"#,
            #"{"kind": "todo", "text": "x"}"#,
            #"{"kind": "hypothesis", "text": "x", "data": {"note": "suspect"}}"#,
            #"{"kind": "hypothesis", "text": "x", "data": {"suspect": "job"}}"#, #"{"text": "\"owner\":"}"#,
        ] {
            #expect(try api.ask(.post, "\(one)/timeline", body).status == 201)
        }
        var read: [Int] = []
        try api.reader.shapingEntries(ofOpen: 1...1) { read.append($0.seq) }
        #expect(read == [1, 5, 7])
        var last: [Int] = []
        try api.reader.lastPlainEntries(ofOpen: 1...1) { last.append($0.seq) }
        #expect(last == [8])
    }

    @Test func `after a restart freezes, exceptions, suspects and todos are as before`() throws {
        try declare()
        try api.ask(.post, "\(one)/freeze/exceptions", #"{"minutes": 5, "scope": "*"}"#)
        try api.ask(
            .post, "\(one)/timeline",
            #"{"kind": "hypothesis", "text": "x", "data": {"suspect": "flag", "changed_at": "2026-01-15T09:00:00Z"}}"#
        )
        try api.ask(.post, "\(one)/timeline", #"{"text": "a note"}"#)
        try api.ask(.post, "\(one)/timeline", #"{"kind": "todo", "text": "x", "data": {"owner": "bob"}}"#)
        let before = try #require(api.service.incidents.snapshot(1))
        api.service.lane.stop()
        api.service.end()
        let restarted = try TestService(in: api.service.folder, time: api.service.time)
        let after = try #require(restarted.incidents.snapshot(1))
        #expect(after.state == before.state)
        #expect(after.version == before.version)
        #expect(restarted.incidents.counts() == api.service.incidents.counts())
        let loader = restarted.incidentLoader
        for seq in 1...before.seq {
            let then = try loader.snapshot(1, asOf: seq)
            #expect(then?.seq == seq)
        }
        #expect(try loader.snapshot(1, asOf: 3)?.state.suspects.count == 1)
        #expect(try loader.snapshot(1, asOf: 4)?.state.todos.isEmpty == true)
    }
}
