@testable import API
@testable import Routing
import Engine
import HTTP
import Incidents
import JSON
import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

/// To tokens below scope `command` a confidential incident does not exist.
struct ConfidentialTests {
    private let api: TestAPI
    /// In every text of the confidential incident.
    private static let canary = "canary"
    private static let below = [Scope.read, .post]

    init() throws { api = try TestAPI() }

    /// Declares INC-1, which everyone may see, and INC-2, full of words and not marked yet.
    private func declareBoth() throws {
        try api.declare(#""title": "Slow", "severity": "minor", "labels": {"service": "web"}"#)
        try api.declare(
            #"""
            "title": "canary title", "severity": "major", "public_title": "canary headline",
            "impact": "canary impact", "workaround": "canary workaround", "restored_when": "canary end",
            "next_action": {"text": "canary action", "owner": "canary-owner"}, "scope": "canary scope",
            "channel": "canary:C9", "labels": {"service": "web", "canary": "canary"},
            "links": [{"url": "https://canary.example/", "title": "canary link"}],
            "roles": {"communicator": {"person": "canary-bob", "contact": "tel:canary"}}
            """#)
        let two = "/v1/incidents/INC-2"
        try api.ask(
            .post, "\(two)/timeline",
            #"{"text": "canary finding", "kind": "finding", "visibility": "public"}"#)
        try api.ask(.post, "\(two)/timeline/2/confirmation", #"{"confirmed": true}"#)
        try api.ask(.post, "\(two)/status-updates", #"{"text": "canary update"}"#)
        try api.ask(.post, "\(two)/severity/disputes", #"{"claims": "minor", "reason": "canary reason"}"#)
    }

    private func mark(_ ref: String, _ value: Bool = true) throws {
        let reply = try api.ask(
            .patch, "/v1/incidents/\(ref)", #"{"confidential": \#(value), "reason": "canary reason"}"#)
        #expect(reply.status == 200, "\(reply.text)")
        #expect(reply["confidential"] == .bool(value))
    }

    private static func path(_ pattern: String, ref: String) -> String {
        let samples = ["{ref}": ref, "{role}": "scribe", "{name}": "update"]
        return "/"
            + pattern.split(separator: "/").map {
                samples[String($0)] ?? ($0.first == "{" ? "1" : String($0))
            }
            .joined(separator: "/")
    }

    private static let ofIncidents = Route.all.filter { $0.pattern.hasPrefix("/v1/incidents/{ref}") }

    @Test func `the rows of reads say that their answers are decided again`() {
        for route in Route.all {
            let isOfIncident = route.pattern.hasPrefix("/v1/incidents/{ref}")
            #expect(route.isRechecked == (isOfIncident && route.method == .get), "\(route.pattern)")
        }
    }

    private func expectSame(_ hidden: Reply, _ unknown: Reply, _ what: String) {
        #expect(hidden.status == unknown.status, "\(what): \(hidden.text)")
        #expect(hidden.text == unknown.text, "\(what)")
        #expect(
            hidden.fields.map { "\($0.name): \($0.value)" }
                == unknown.fields.map { "\($0.name): \($0.value)" },
            "\(what)")
    }

    @Test(arguments: [false, true])
    func `every route answers as for an unknown incident, by ref and by id`(isEnded: Bool) throws {
        try declareBoth()
        let id = try #require(try api.ask(.get, "/v1/incidents/INC-2").string("id"))
        try mark("INC-2")
        if isEnded {
            try api.ask(
                .put, "/v1/incidents/INC-2/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
        }
        let unknownID = String(id.reversed())
        let head = try api.head()
        #expect(Self.ofIncidents.count > 15)
        for route in Self.ofIncidents {
            let examples = route.operation.documentation.examples.map { Optional($0.1) }
            let isWrite = route.method != .get
            let bodies = !isWrite || route.method == .delete ? [nil] : examples + ["{}", "{", #"{"x": 1}"#]
            for (body, token) in bodies.flatMap({ body in Self.below.map { (body, $0) } }) {
                for fields in isWrite ? [[:], ["Idempotency-Key": "a b"], ["If-Match": "*"]] : [[:]] {
                    for (hidden, unknown) in [("INC-2", "INC-9"), ("inc-2", "inc-9"), (id, unknownID)] {
                        let what = "\(route.method) \(route.pattern) \(hidden) \(token) \(body ?? "")"
                        let answer = try api.ask(
                            route.method, Self.path(route.pattern, ref: hidden), body, token: token, fields)
                        expectSame(
                            answer,
                            try api.ask(
                                route.method, Self.path(route.pattern, ref: unknown), body, token: token,
                                fields),
                            what)
                        #expect(answer.status >= 400, "\(what)")
                        if !isWrite { #expect(answer.status == 404, "\(what)") }
                    }
                }
            }
            if !isWrite {
                let path = Self.path(route.pattern, ref: "INC-2")
                #expect(try api.ask(route.method, path, token: .command).status == 200, "\(path)")
            }
        }
        for query in [
            "?at=2026-01-15T10:00:00Z", "?at=2030-01-15T10:00:00Z", "/timeline?wait=1&after=9",
            "/timeline/99",
        ] {
            for token in Self.below {
                for (hidden, unknown) in [("INC-2", "INC-9"), (id, unknownID)] {
                    expectSame(
                        try api.ask(.get, "/v1/incidents/\(hidden)\(query)", token: token),
                        try api.ask(.get, "/v1/incidents/\(unknown)\(query)", token: token), query)
                }
            }
        }
        #expect(try api.head() == head, "nothing was written")
    }

    @Test func `post writes to it as to none, and command as before`() throws {
        try declareBoth()
        try mark("INC-2")
        let note = #"{"text": "x"}"#
        #expect(try api.ask(.post, "/v1/incidents/INC-2/timeline", note, token: .post).status == 404)
        #expect(try api.ask(.post, "/v1/incidents/INC-2/timeline", note, token: .command).status == 201)
        try mark("INC-2", false)
        #expect(try api.ask(.post, "/v1/incidents/INC-2/timeline", note, token: .post).status == 201)
    }

    /// Bodies of all reads by a token, with what streams would send it.
    private func everything(_ token: Scope) throws -> String {
        var text = ""
        for route in Route.all where route.method == .get {
            for ref in ["INC-1", "INC-2"] {
                let reply = try api.ask(.get, Self.path(route.pattern, ref: ref), token: token)
                text += reply.text + reply.fields.map { "\($0.name): \($0.value)\n" }.joined()
                text += try api.ask(
                    .get, Self.path(route.pattern, ref: ref), token: token, ["Accept": "text/plain"]
                ).text
            }
        }
        for query in [
            "?state=all", "?state=ended", "?channel=canary:C9", "?state=all&channel=canary:C9",
            "?label=canary:canary", "?state=all&label=canary:canary", "?severity=major",
            "?status=investigating",
            "?q=canary", "?state=all&q=canary", "?state=ended&q=canary", "?since=2020-01-01T00:00:00Z",
            "?limit=1", "?state=all&limit=1",
        ] { text += try api.ask(.get, "/v1/incidents\(query)", token: token).text }
        for channel in [EventChannel(.all, isRestricted: true), EventChannel(.one(2), isRestricted: true)] {
            var last = 0
            while let slice = api.responder.events(of: channel, after: last) {
                text += String(decoding: slice.text, as: UTF8.self)
                last = slice.last
                if slice.isLast { break }
            }
        }
        return text
    }

    @Test(arguments: [false, true])
    func `no word of it is in any answer below command, also after a restart`(isEnded: Bool) throws {
        try declareBoth()
        if isEnded {
            try api.ask(
                .put, "/v1/incidents/INC-2/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
        }
        #expect(try everything(.read).contains(Self.canary), "or it would prove nothing")
        try mark("INC-2")
        for token in Self.below {
            let text = try everything(token)
            #expect(
                !text.contains(Self.canary), "\(text.split(separator: "\n").filter { $0.contains("canary") })"
            )
            #expect(text.contains("INC-1") && text.contains("Slow"))
        }
        let seen = try api.ask(.get, "/v1/incidents/INC-2", token: .command)
        #expect(seen.text.contains(Self.canary))

        api.service.end()
        let again = ConfidentialTests(
            try TestAPI(try TestService(in: api.service.folder, time: api.service.time)))
        for token in Self.below { #expect(!(try again.everything(token)).contains(Self.canary)) }
        #expect(try again.api.ask(.get, "/v1/incidents/INC-2", token: .command).body == seen.body)
        again.api.service.end()
    }

    private init(_ api: TestAPI) { self.api = api }

    @Test(arguments: ["", "?state=all", "?state=all&label=service:web", "?label=service:web"])
    func `lists leave it out, and their tags do not move with it`(query: String) throws {
        try declareBoth()
        let before = try api.ask(.get, "/v1/incidents\(query)", token: .read)
        #expect(before.items("ref") == ["INC-2", "INC-1"])
        try mark("INC-2")
        let list = try api.ask(.get, "/v1/incidents\(query)", token: .read)
        #expect(list.items("ref") == ["INC-1"])
        #expect(list.field("ETag") != before.field("ETag"), "the list is another one")
        #expect(
            try api.ask(.get, "/v1/incidents\(query)", token: .command).items("ref") == ["INC-2", "INC-1"])

        let command = try api.ask(.get, "/v1/incidents\(query)", token: .command)
        try api.ask(.patch, "/v1/incidents/INC-2", #"{"impact": "canary again"}"#)
        try api.declare(#""title": "canary 3", "severity": "minor", "confidential": true"#)
        let tag = try #require(list.field("ETag"))
        #expect(
            try api.ask(.get, "/v1/incidents\(query)", token: .read, ["If-None-Match": tag]).status == 304)
        #expect(
            try api.ask(.get, "/v1/incidents\(query)", token: .command).field("ETag") != command.field("ETag")
        )

        try mark("INC-2", false)
        let after = try api.ask(.get, "/v1/incidents\(query)", token: .read, ["If-None-Match": tag])
        #expect(after.items("ref") == ["INC-2", "INC-1"], "cleared, it exists again")
    }

    @Test func `a page is as long as without it`() throws {
        for index in 1...6 {
            let mark = index.isMultiple(of: 2) ? #", "confidential": true"# : ""
            let ref = try api.declare("\"title\": \"t\", \"severity\": \"minor\"\(mark)")
            if index > 3 {
                try api.ask(
                    .put, "/v1/incidents/\(ref)/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
            }
        }
        let first = try api.ask(.get, "/v1/incidents?state=all&limit=2", token: .read)
        #expect(first.items("ref") == ["INC-5", "INC-3"])
        let next = try #require(first.string("next"))
        let second = try api.ask(.get, "/v1/incidents?state=all&limit=2&after=\(next)", token: .read)
        #expect(second.items("ref") == ["INC-1"] && second["next"] == .null)
        #expect(try api.ask(.get, "/v1/incidents?state=ended", token: .post).items("ref") == ["INC-5"])
        let counts = api.service.incidents.counts()
        #expect(counts.bySeverity[.minor] == 2, "/metrics is open to everyone")
    }

    @Test func `a write that was answered is not answered again below command`() throws {
        try declareBoth()
        let note = #"{"text": "canary note"}"#
        let fields = ["Idempotency-Key": "k1"]
        func write(_ token: Scope) throws -> Reply {
            try api.ask(.post, "/v1/incidents/INC-2/timeline", note, token: token, fields)
        }
        let first = try write(.post)
        #expect(first.status == 201)
        #expect(try write(.command).status == 201)
        try mark("INC-2")
        let head = try api.head()
        expectSame(
            try write(.post),
            try api.ask(.post, "/v1/incidents/INC-9/timeline", note, token: .post, ["Idempotency-Key": "k9"]),
            "a replay")
        let replayed = try write(.command)
        #expect(replayed.status == 201 && replayed.field("Idempotency-Replayed") == "true")
        #expect(try api.head() == head)
        try mark("INC-2", false)
        #expect(try write(.post).body == first.body)
    }

    @Test func `a parked poll ends when it becomes confidential, whatever it waits for`() throws {
        try declareBoth()
        let path = "/v1/incidents/INC-2/timeline?after=5&wait=55&kind=decision"
        func poll(_ token: Scope) throws -> Box<Response> {
            try api.begin(path, ["Authorization": "Bearer \(api.secret(token))"])
        }
        let (read, command) = (try poll(.read), try poll(.command))
        #expect(api.longPolls.count == 2)
        try mark("INC-2")
        let reply = Reply(try #require(read.wait(within: TestAPI.limit)))
        expectSame(
            reply,
            try api.ask(.get, "/v1/incidents/INC-9/timeline?after=5&wait=55&kind=decision", token: .read),
            "a poll")
        #expect(api.longPolls.count == 1 && command.count == 0, "the commander's waits on")
        try api.ask(.post, "/v1/incidents/INC-2/timeline", #"{"text": "roll back", "kind": "decision"}"#)
        #expect(Reply(try #require(command.wait(within: TestAPI.limit))).items("text") == ["roll back"])
    }

    @Test func `streams end or leave it out, and command follows on`() throws {
        try declareBoth()
        func stream(_ path: String, _ token: Scope) throws -> EventStream {
            let request = try api.request(.get, path, token: token)
            let answer = Box<Response>()
            guard case .proceed(_, let ticket) = api.responder.admit(request.head) else {
                throw Refusal(.internalFault, "the head was refused")
            }
            api.responder.respond(to: request, ticket: ticket) { answer.put($0) }
            let response = try #require(answer.wait(within: TestAPI.limit))
            return try #require(response.stream)
        }
        let paths = ["/v1/incidents/INC-2/events", "/v1/events"]
        let streams = try paths.map { try stream($0, .post) }
        let full = try paths.map { try stream($0, .command) }
        try mark("INC-2")
        try api.ask(.post, "/v1/incidents/INC-2/timeline", #"{"text": "canary note"}"#)

        let own = try #require(api.responder.events(of: streams[0].channel, after: streams[0].after))
        #expect(own.text.isEmpty && own.isLast)
        let all = try #require(api.responder.events(of: streams[1].channel, after: streams[1].after))
        #expect(all.text.isEmpty && !all.isLast && all.last > streams[1].after)
        for stream in full {
            let slice = try #require(api.responder.events(of: stream.channel, after: stream.after))
            #expect(String(decoding: slice.text, as: UTF8.self).contains("canary note"))
        }
        // What follows is resumed by the same ids.
        try api.ask(.post, "/v1/incidents/INC-1/timeline", #"{"text": "a note"}"#)
        for after in [streams[1].after, all.last] {
            let slice = try #require(api.responder.events(of: streams[1].channel, after: after))
            let text = String(decoding: slice.text, as: UTF8.self)
            #expect(text.contains("a note") && !text.contains("INC-2"))
        }
        let incident = try #require(try api.snapshot("INC-2")).incident
        let notice = DrumbeatAPI.dueSoonNotice(incident)
        #expect(Set(notice.channels) == Set(full.map(\.channel)), "nor is its deadline announced")
    }

    @Test func `who cannot see the original is not told of what it duplicates`() throws {
        try declareBoth()
        try mark("INC-2")
        try api.ask(
            .put, "/v1/incidents/INC-1/status",
            #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": "INC-2"}"#)
        for path in ["/v1/incidents/INC-1", "/v1/incidents/INC-1?at=2030-01-01T00:00:00Z"] {
            #expect(try api.ask(.get, path, token: .read)["duplicate_of"] == .null)
            #expect(try api.ask(.get, path, token: .command).string("duplicate_of") == "INC-2")
        }
        let list = try api.ask(.get, "/v1/incidents?state=all", token: .read)
        #expect(list["items.0.duplicate_of"] == .null)
        try mark("INC-2", false)
        #expect(try api.ask(.get, "/v1/incidents/INC-1", token: .read).string("duplicate_of") == "INC-2")
    }

    /// INC-1 is cancelled as a duplicate of INC-3, INC-2 as one of INC-1; then INC-3 is confidential, or INC-2.
    private func declareDuplicates() throws {
        try declareBoth()
        let third = try api.declare(#""title": "Third", "severity": "minor""#)
        #expect(third == "INC-3")
        for (ref, original) in [("INC-2", "INC-1"), ("INC-1", "INC-3")] {
            let reply = try api.ask(
                .put, "/v1/incidents/\(ref)/status",
                #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": "\#(original)"}"#)
            #expect(reply.status == 200, "\(reply.text)")
        }
    }

    /// All forms in which the entries of INC-1 are shown to a token.
    private func entriesOfFirst(_ token: Scope) throws -> [String] {
        let path = "/v1/incidents/INC-1"
        let last = try #require(try api.snapshot("INC-1")).seq
        var texts = [
            try api.ask(.get, path, token: token).text,
            try api.ask(.get, path, token: token, ["Accept": "text/plain"]).text,
            try api.ask(.get, "/v1/incidents?state=all", token: token).text,
            try api.ask(.get, "\(path)/timeline?kind=linked,cancelled", token: token).text,
            try api.ask(.get, "\(path)/timeline?after=0&wait=1", token: token).text,
        ]
        texts += try (1...last).map { try api.ask(.get, "\(path)/timeline/\($0)", token: token).text }
        for type in ["text/plain", "text/markdown"] {
            texts.append(try api.ask(.get, "\(path)/timeline", token: token, ["Accept": type]).text)
        }
        for source in [EventChannel.Source.all, .one(1)] {
            let channel = EventChannel(source, isRestricted: token < .command)
            let slice = try #require(api.responder.events(of: channel, after: 0))
            texts.append(String(decoding: slice.text, as: UTF8.self))
        }
        return texts
    }

    @Test(arguments: ["INC-2", "INC-3"])
    func `entries that name it are shown without its ref, in every form`(ref: String) throws {
        try declareDuplicates()
        for text in try entriesOfFirst(.read) {
            #expect(!text.isEmpty)
        }
        #expect(try entriesOfFirst(.read).joined().contains(ref), "or it would prove nothing")
        try mark(ref)
        for token in Self.below {
            for text in try entriesOfFirst(token) { #expect(!text.contains(ref), "\(text)") }
            let entries = try api.ask(
                .get, "/v1/incidents/INC-1/timeline?kind=linked,cancelled", token: token)
            let isOriginal = ref == "INC-3"
            #expect((entries["items.0.data.ref"] == .null) == !isOriginal)
            #expect(entries.string("items.0.data.relation") == "duplicate")
            #expect((entries["items.1.data.duplicate_of"] == .null) == isOriginal)
            #expect(entries.string("items.1.data.reason") == "duplicate")
            #expect(
                entries.items("text")[isOriginal ? 1 : 0].contains("another incident"), "\(entries.text)")
            for word in [ref, ref.lowercased()] {
                let found = try api.ask(.get, "/v1/incidents?state=all&q=\(word)", token: token)
                #expect(found.items("ref").isEmpty, "no search finds it by its ref: \(found.text)")
            }
        }
        let seen = try entriesOfFirst(.command)
        #expect(seen.filter { $0.contains(ref) }.count > 5, "those who may see it are told")
        try mark(ref, false)
        #expect(try entriesOfFirst(.read).joined().contains(ref))
    }

    @Test func `what a write answers names no incident that the caller may not see`() throws {
        try declareDuplicates()
        let patch = #"{"impact": "x"}"#
        let fields = ["Idempotency-Key": "k1"]
        #expect(
            try api.ask(.patch, "/v1/incidents/INC-1", patch, token: .post, fields).string("duplicate_of")
                == "INC-3")
        try mark("INC-3")
        let replayed = try api.ask(.patch, "/v1/incidents/INC-1", patch, token: .post, fields)
        #expect(replayed.field("Idempotency-Replayed") == "true" && replayed["duplicate_of"] == .null)
        let again = try api.ask(.patch, "/v1/incidents/INC-1", #"{"impact": "y"}"#, token: .post)
        #expect(again.status == 200 && again["duplicate_of"] == .null)
        #expect(!again.text.contains("INC-3"))
    }

    @Test func `webhooks are not told its ref by another incident`() throws {
        let made = try api.ask(.post, "/v1/webhooks", #"{"url": "https://a.example/", "events": ["*"]}"#)
        let id = try #require(made.string("id"))
        try declareDuplicates()
        try mark("INC-3")
        let webhook = try #require(try api.reader.webhooks().first)
        let cancelled = try #require(
            try deliveries(id).first { $0.type == Cancelled.event && $0.stream == 1 })
        let body = String(decoding: try api.service.bodies.make(cancelled), as: UTF8.self)
        let told = try api.service.bodies.notification(cancelled, for: webhook)
        #expect(body.contains(#""duplicate_of":null"#) && !body.contains("INC-3"), "\(body)")
        #expect(told.text?.contains("another incident") == true)
        #expect(!"\(told)".contains("INC-3"), "\(told)")
    }

    @Test func `a kept answer to an attempt to deploy does not name it`() throws {
        try declareBoth()
        try api.ask(
            .post, "/v1/incidents/INC-2/freeze/exceptions", #"{"minutes": 30, "scope": "*"}"#, token: .command
        )
        let attempt = #"{"scope": "web", "what": "2.14"}"#
        let fields = ["Idempotency-Key": "deploy-1"]
        let first = try api.ask(.post, "/v1/freeze/attempts", attempt, token: .post, fields)
        #expect(first.status == 200 && first.text.contains("INC-2"), "\(first.text)")
        try mark("INC-2")
        let second = try api.ask(.post, "/v1/freeze/attempts", attempt, token: .post, fields)
        #expect(second.field("Idempotency-Replayed") == "true")
        #expect(second["frozen"] == .bool(true) && !second.text.contains("INC-2"), "\(second.text)")
        try mark("INC-2", false)
        #expect(try api.ask(.post, "/v1/freeze/attempts", attempt, token: .post, fields).text == first.text)
    }

    @Test func `marks need command to set, and the commander with a reason to clear`() throws {
        let ref = try api.declare()
        let path = "/v1/incidents/\(ref)"
        for member in ["security", "confidential"] {
            #expect(try api.ask(.patch, path, "{\"\(member)\": true}", token: .post).status == 403)
        }
        try api.ask(.put, "\(path)/roles/commander", #"{"person": "alice"}"#)
        let set = try api.ask(
            .patch, path, #"{"security": true, "confidential": true, "scope": "eu", "users_affected": 1200}"#,
            token: .command)
        #expect(set["security"] == .bool(true) && set["confidential"] == .bool(true))
        #expect(set.string("scope") == "eu" && set.integer("users_affected") == 1_200)
        let clear = #""confidential": false, "reason": "It is public""#
        #expect(try api.ask(.patch, path, "{\(clear)}").slug == "commander-only")
        let early = try api.ask(.patch, path, #"{"confidential": null, "author": "alice"}"#)
        #expect(early.slug == "validation" && early.pointers == ["#/reason"])
        let cleared = try api.ask(.patch, path, "{\(clear), \"author\": \"alice\"}")
        #expect(cleared["confidential"] == .bool(false) && cleared["security"] == .bool(true))
        #expect(try api.ask(.get, path, token: .read).status == 200)
        for body in [
            #"{"users_affected": -1}"#, #"{"users_affected": 10000000001}"#, #"{"security": "yes"}"#,
        ] {
            #expect(try api.ask(.patch, path, body).slug == "validation", "\(body)")
        }
    }

    @Test func `what it freezes is frozen, and it is not named`() throws {
        try declareBoth()
        try mark("INC-2")
        for token in Self.below {
            let answer = try api.ask(.get, "/v1/freeze?scope=web", token: token)
            #expect(answer["frozen"] == .bool(true) && answer["incidents"] == .array([]), "\(answer.text)")
            #expect(answer["blocked"] == .bool(true), "\(answer.text)")
            let refused = try api.ask(.get, "/v1/freeze?scope=web&fail=1", token: token)
            #expect(refused.status == 423 && !refused.text.contains("INC-2"), "\(refused.text)")
        }
        let exceptions = "/v1/incidents/INC-2/freeze/exceptions"
        let exception = try api.ask(.post, exceptions, "{}", token: .command)
        for token in Self.below {
            let opened = try api.ask(.get, "/v1/freeze?scope=web", token: token)
            #expect(opened["frozen"] == .bool(true) && opened["blocked"] == .bool(false), "\(opened.text)")
            #expect(opened["exceptions"] == .array([]), "\(opened.text)")
        }
        try api.ask(.delete, "\(exceptions)/\(try #require(exception.string("id")))", token: .command)
        let attempt = #"{"scope": "web", "what": "2.14"}"#
        let tried = try api.ask(.post, "/v1/freeze/attempts", attempt, token: .post)
        #expect(tried.status == 423 && !tried.text.contains("INC-2"), "\(tried.text)")
        let last = try api.ask(.get, "/v1/incidents/INC-2/timeline?kind=deploy_attempted", token: .command)
        #expect(last.items("kind") == ["deploy_attempted"], "it is recorded")
        #expect(
            try api.ask(.get, "/v1/freeze?scope=web", token: .command).items("ref", in: "incidents") == [
                "INC-2"
            ])
    }

    @Test func `a lint that names it is one that names none`() throws {
        try declareBoth()
        try mark("INC-2")
        for token in Self.below {
            let replies = try ["INC-2", "INC-9"].map { ref in
                try api.ask(
                    .post, "/v1/lint",
                    #"{"text": "It is fixed.", "audience": "public", "incident": "\#(ref)"}"#,
                    token: token)
            }
            #expect(replies[0].status == 404)
            expectSame(replies[0], replies[1], "\(token)")
        }
    }

    @Test func `it is no similar incident of another`() throws {
        try declareBoth()
        try mark("INC-2")
        try api.ask(.put, "/v1/incidents/INC-2/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
        let path = "/v1/incidents/INC-1/context"
        #expect(try api.ask(.get, path, token: .read).items("ref", in: "similar") == [])
        #expect(try api.ask(.get, path, token: .command).items("ref", in: "similar") == ["INC-2"])
    }

    @Test func `a batch or an import adds nothing to it below command`() throws {
        try declareBoth()
        try mark("INC-2")
        let head = try api.head()
        let batch = #"{"entries": [{"text": "one"}, {"text": "two"}]}"#
        let text = ["Content-Type": "text/plain"]
        for ref in ["INC-2", "INC-9"] {
            #expect(
                try api.ask(.post, "/v1/incidents/\(ref)/timeline/batch", batch, token: .post).status == 404)
            for query in ["", "?dry_run=true"] {
                let reply = try api.ask(
                    .post, "/v1/incidents/\(ref)/timeline/import\(query)", "[10:04] alice: lag recovering\n",
                    token: .post, text)
                #expect(reply.status == 404, "\(ref): \(reply.text)")
            }
        }
        #expect(try api.head() == head)
    }

    // MARK: Webhooks

    private func deliveries(_ webhook: String) throws -> [Delivery] {
        try api.reader.deliveries(to: webhook, nil, before: nil, limit: 50)
    }

    @Test func `webhooks get its nags only, without a word of it`() throws {
        var webhooks: [String] = []
        for body in [
            #"{"url": "https://a.example/", "events": ["*"]}"#,
            #"{"kind": "slack", "url": "https://hooks.example/services/T1/B1/s", "events": ["*"]}"#,
            #"{"kind": "ntfy", "url": "https://ntfy.example/oncall-7f3a", "events": ["*"]}"#,
            #"{"kind": "smtp", "url": "smtps://mail.example:465", "events": ["*"], "from": "a@mail.example", "to": ["b@mail.example"]}"#,
        ] {
            let made = try api.ask(.post, "/v1/webhooks", body)
            webhooks.append(try #require(made.string("id"), "\(made.text)"))
        }
        try declareBoth()
        try api.ask(.put, "/v1/inventory/people/canary-bob", #"{"contact": "tel:canary"}"#)
        for webhook in webhooks {
            #expect(try deliveries(webhook).contains { $0.stream == 2 && $0.state == .pending })
        }
        try mark("INC-2")
        try api.ask(.post, "/v1/incidents/INC-2/timeline", #"{"text": "canary note"}"#)
        try api.ask(.post, "/v1/incidents/INC-2/escalations", #"{"to": "vera", "reason": "canary reason"}"#)
        try api.pass(.seconds(901))
        for id in webhooks {
            let webhook = try #require(try api.reader.webhooks().first { $0.id == id })
            let own = try deliveries(id).filter { $0.stream == 2 }
            let pending = own.filter { $0.state == .pending }
            #expect(pending.allSatisfy { $0.type.retryClass == .nag })
            #expect(Set(pending.map(\.type.rawValue)) == ["update.overdue", "decision.escalated"])
            #expect(own.contains { $0.state == .superseded }, "what was queued is withdrawn")
            for delivery in pending {
                let body = String(decoding: try api.service.bodies.make(delivery), as: UTF8.self)
                let told = try api.service.bodies.notification(delivery, for: webhook)
                let words = "\(body) \(told)".replacing("canary-bob", with: "")
                #expect(!words.contains(Self.canary), "\(words)")
                #expect(told.subject?.ref == "INC-2" && told.subject?.severity == "major")
                #expect(told.draft == nil && told.brief == nil && told.subject?.words == nil)
                #expect(told.link.hasSuffix("/v1/incidents/INC-2"))
                let json = try JSONReader.read(Array(body.utf8))
                guard case .object(let members) = json, case .object(let data)? = members["data"],
                    case .object(let incident)? = data["incident"]
                else {
                    Issue.record("\(body)")
                    continue
                }
                #expect(incident.members.map(\.name) == ["ref", "severity", "confidential"])
                #expect(data["entry"] == .null && data["draft"] == .null && data["brief"] == .null)
                #expect(data["nag"] != .null)
            }
        }
    }

    @Test func `a button of its nag still works, and shows nothing of it`() throws {
        let made = try api.ask(
            .post, "/v1/webhooks",
            #"{"kind": "ntfy", "url": "https://ntfy.example/oncall-7f3a", "events": ["update.*"]}"#)
        try declareBoth()
        try mark("INC-2")
        try api.pass(.seconds(901))
        let webhook = try #require(try api.reader.webhooks().first)
        let id = try #require(made.string("id"))
        let nag = try #require(
            try deliveries(id).first { $0.type == .updateOverdue && $0.stream == 2 })
        let button = try #require(try api.service.bodies.notification(nag, for: webhook).buttons.last)
        let path = button.url.replacing("http://drumbeat.test", with: "")
        let head = try api.head()
        for _ in 0..<2 {
            let reply = try api.ask(.post, path, nil, token: nil)
            #expect(reply.status == 204 && reply.body.isEmpty, "\(reply.text)")
        }
        #expect(try api.head().position == head.position + 1)
    }
}
