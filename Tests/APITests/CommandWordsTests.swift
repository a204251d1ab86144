import Client
import HTTP
import Incidents
import JSON
import Model
import ServiceSupport
import TestSupport
import Testing
import Views

@testable import API
@testable import Routing

/// What the client of the command line makes of the service's refusals and warnings: commands, and no HTTP.
struct CommandWordsTests {
    private static let one = "/v1/incidents/INC-1"
    private static let updates = "\(one)/status-updates"
    private static let url = "http://127.0.0.1:8080"

    let api: TestAPI

    init() throws {
        api = try TestAPI()
        try api.declare(
            #""title": "x", "severity": "major", "impact": "Many", "roles": {"commander": "alice"}"#)
    }

    /// Expects that a text has nothing that only a program can use, and that each command in it can be typed.
    private func expectCommands(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let http = text.contains(
            #/\b(?:GET|HEAD|POST|PUT|PATCH|DELETE)\b|/v1|"[^"]*": |…\/|Idempotency-Key|Retry-After|If-Match|curl|request_id|#\//#
        )
        #expect(!http, "\(text)", sourceLocation: sourceLocation)
        #expect(!text.contains("INC-…"), "\(text)", sourceLocation: sourceLocation)
        #expect(!text.hasPrefix(" ") && !text.hasPrefix("("), "\(text)", sourceLocation: sourceLocation)
        // Each is parsed by its own syntax. `token create` is of the server.
        for match in text.matches(of: #/drumbeat [^\n]*?(?=, or drumbeat| \([a-z_]+\)$|\n|$)/#) {
            let line = String(match.0)
            if !line.hasPrefix("drumbeat token create") { _ = try CommandCall(line) }
        }
    }

    private func text(_ reply: Reply, _ path: String = one) -> String {
        ServiceProblem(status: reply.status, body: reply.body, path: path).text(url: Self.url)
    }

    /// No command of the client sends what these refuse, so their words may be for programs.
    private static let ofPrograms: Set<ProblemType> = [
        .malformedJSON, .malformedRequest, .methodNotAllowed, .preconditionFailed, .unsupportedMediaType,
        .idempotencyKeyReused,
    ]
    /// Their details say that the key of the request makes a retry safe, which the client has used by then.
    private static let ofKeys: Set<ProblemType> = [.storageUnavailable, .overloaded]

    /// What a slug's page says provokes it.
    private func refusal(_ type: ProblemType) throws -> Reply {
        let reply: Reply
        if let fault = SlugTests.wire[type] {
            reply = Reply(api.responder.refusal(fault, of: RefusedRequest(id: "req-1")))
        } else {
            let provoke = try #require(SlugTests.everyday[type])
            reply = try provoke(api)
        }
        try #require(reply.slug == type.slug, "\(reply.text)")
        return reply
    }

    @Test(arguments: ProblemType.all)
    func `every refusal is said without HTTP`(type: ProblemType) throws {
        let words = text(try refusal(type))
        if !Self.ofPrograms.union(Self.ofKeys).contains(type) { try expectCommands(words) }
        #expect(words.contains("(\(type.slug))"), "\(words)")
    }

    // MARK: Links

    /// What no command does: an operation, with the first member of its body if another member has a command.
    private static let withoutCommand: Set<String> = [
        "readTimeline", "changeCadence", "correctEntry", "editWebhook", "editIncident labels",
        "editIncident started_at", "publishUpdate template",
    ]

    /// Expects that a link names its operation, and the command that makes the call, or none if there is none.
    private func expectCommand(of link: JSONValue) throws {
        let operation = try #require(link["operation"]?.text, "\(link)")
        let call = "\(link["method"]?.text ?? "") \(link["href"]?.text ?? "")"
        let row = try #require(Route.all.first { $0.operation.name == operation }, "\(operation)")
        #expect(Self.leads(call, to: row), "\(call) is not \(operation)")
        #expect(link["detail"]?.text?.isEmpty == false)
        let member = link["body"]?.object?.members.first?.name
        let isWithout =
            Self.withoutCommand.contains(operation)
            || member.map { Self.withoutCommand.contains("\(operation) \($0)") } ?? false
        let problem = JSONObject(
            ("detail", .string("It is so.")), ("links", .array([link])))
        let words = ServiceProblem(status: 409, body: problem.encoded(), path: Self.one).text(url: Self.url)
        let command = words.split(separator: "\n").dropFirst().first.map { String($0.dropFirst(2)) }
        if isWithout, command == nil { return }
        _ = try CommandCall(try #require(command, "no command for \(link)"))
    }

    private static func leads(_ call: String, to row: Route) -> Bool {
        let path = call.split(separator: "?").first ?? ""
        let parts = path.split(whereSeparator: { $0 == " " || $0 == "/" })
        let pattern = [Substring(row.method.rawValue)] + row.pattern.split(separator: "/")
        return parts.count == pattern.count
            && zip(parts, pattern).allSatisfy { $0 == $1 || $1.hasPrefix("{") }
    }

    @Test(arguments: ProblemType.all)
    func `every link of a refusal names its operation, and what makes the call`(type: ProblemType) throws {
        for link in try refusal(type)["links"]?.items ?? [] { try expectCommand(of: link) }
    }

    @Test(arguments: cases)
    func `so does every link of the refusal of a command`(test: Case) throws {
        for link in try refusal(test)["links"]?.items ?? [] { try expectCommand(of: link) }
    }

    @Test(arguments: Incident.warnings + [.nobodyHears(naming: ["bob"]), .nobodyHearsNow(naming: ["bob"])])
    func `so does every link of a warning`(warning: Model.Warning) throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.warnings([warning], ref: "INC-1", seq: 2)
        writer.endObject()
        let shown = try #require(try JSONReader.read(writer.bytes)["warnings"]?.items?.first)
        let links = shown["links"]?.items ?? []
        #expect(links.count == warning.links.count)
        for link in links { try expectCommand(of: link) }
    }

    /// A call that a command makes, and the words for its refusal.
    struct Case: Sendable, CustomTestStringConvertible {
        var before: [Call] = []
        let call: Call
        let says: [String]

        var testDescription: String { "\(call.path) \(call.body)" }
    }

    struct Call: Sendable {
        let method: HTTP.Method
        let path: String
        let body: String

        init(_ method: HTTP.Method, _ path: String, _ body: String = "") {
            (self.method, self.path, self.body) = (method, path, body)
        }
    }

    private static let cancel = Call(
        .put, "\(one)/status", #"{"status": "cancelled", "reason": "false_alarm"}"#)
    private static let second = Call(.post, "/v1/incidents", #"{"title": "y", "severity": "minor"}"#)

    static let cases: [Case] = [
        Case(
            call: Call(.put, "\(one)/severity", #"{"severity": "minor"}"#),
            says: ["allowed: major, critical", #"\#n  drumbeat raise INC-1 minor --dispute --reason "…""#]),
        Case(
            call: Call(.put, "\(one)/status", #"{"status": "resolved"}"#),
            says: [
                "does not allow resolving. Change to monitoring first, or let the commander override",
                "\n  drumbeat status INC-1 monitoring\n",
                #"\#n  drumbeat status INC-1 resolved --override --reason "…""#,
            ]),
        Case(
            call: Call(
                .put, "\(one)/status", #"{"status": "resolved", "override": true, "author": "alice"}"#),
            says: ["--reason: An override requires a reason"]),
        Case(
            call: Call(
                .put, "\(one)/status",
                #"{"status": "resolved", "override": true, "reason": "x", "author": "eve"}"#),
            says: ["--author alice", "\n  drumbeat role INC-1 commander NAME"]),
        Case(
            before: [cancel], call: Call(.put, "\(one)/severity", #"{"severity": "critical"}"#),
            says: [#"\#n  drumbeat status INC-1 investigating --reason "…""#]),
        Case(
            call: Call(
                .put, "\(one)/status",
                #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": "INC-9"}"#),
            says: [
                "--duplicate-of: The original incident does not exist. (", "\n  drumbeat list --state all",
            ]),
        Case(
            before: [
                second, Call(.post, "/v1/incidents", #"{"title": "z", "severity": "minor"}"#),
                Call(
                    .put, "/v1/incidents/INC-2/status",
                    #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": "INC-3"}"#),
            ],
            call: Call(
                .put, "\(one)/status",
                #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": "INC-2"}"#),
            says: ["\n  drumbeat status INC-1 cancelled --reason duplicate --duplicate-of INC-3"]),
        Case(
            before: [
                second,
                Call(
                    .put, "/v1/incidents/INC-2/status", #"{"status": "cancelled", "reason": "false_alarm"}"#),
            ],
            call: Call(
                .put, "\(one)/status",
                #"{"status": "cancelled", "reason": "duplicate", "duplicate_of": "INC-2"}"#),
            says: ["\n  drumbeat status INC-1 cancelled --reason false_alarm"]),
        Case(
            call: Call(.post, updates, #"{"text": "x", "status": "cancelled", "reason": "duplicate"}"#),
            says: ["drumbeat status INC-1 cancelled --reason duplicate --duplicate-of OTHER"]),
        Case(
            call: Call(.post, updates, #"{"text": "[FILL: x]"}"#),
            says: [
                "Fill it in, remove the line, or force it.",
                #"\#n  drumbeat update INC-1 --text "…" --force"#,
            ]),
        Case(
            call: Call(.post, updates, #"{"template": "resolution"}"#),
            says: ["The template lacks a value: ", "\n  drumbeat update INC-1"]),
        Case(
            before: [Call(.put, "\(one)/status", #"{"status": "mitigating"}"#)],
            call: Call(.post, updates, #"{"text": "x", "basis_seq": 1}"#),
            says: [
                "\n  drumbeat draft INC-1", #"\#n  drumbeat update INC-1 --text "…" --force"#,
            ]),
        Case(
            call: Call(.post, updates, #"{"text": "x", "next_update_in_minutes": 90}"#),
            says: ["--next: at most 2026-01-15T10:", "Promise an earlier time with --next"]),
        Case(
            call: Call(.post, "\(one)/cadence/snoozes", #"{"minutes": 1, "reason": "x"}"#),
            says: ["would hold back no nag", "\n  drumbeat nothing-new INC-1"]),
        Case(
            call: Call(.post, "\(one)/cadence/snoozes", #"{"minutes": 99, "reason": ""}"#),
            says: ["2 values are not accepted. (validation)", "\n  the duration: ", "\n  --reason: "]),
        Case(
            call: Call(.get, "/v1/incidents/INC-9"),
            says: ["This incident does not exist. (", "\n  drumbeat list --state all"]),
        Case(
            call: Call(.put, "\(one)/roles/boss", #"{"person": "bob"}"#),
            says: ["This role does not exist. The roles are commander, communicator, "]),
        Case(
            call: Call(.put, "/v1/incidents/INC-9/roles/scribe", #"{"person": "bob"}"#),
            says: ["This incident does not exist. (", "\n  drumbeat list --state all"]),
        Case(
            call: Call(
                .post, "/v1/incidents", #"{"title": "", "severity": "bad", "roles": {"commander": ""}}"#),
            says: [
                "3 values are not accepted.", "\n  the title: ", "\n  the severity: ", "\n  --commander: ",
            ]),
        Case(
            call: Call(.post, "\(one)/timeline", #"{"text": "x", "kind": "rumour"}"#),
            says: ["--kind: It must be one of note, "]),
        Case(
            call: Call(.post, "\(one)/timeline", #"{"text": "x", "occurred_at": "2027-01-01T00:00:00Z"}"#),
            says: ["--at: at most 10 minutes after"]),
        Case(
            call: Call(.get, "/v1/incidents?limit=999"),
            says: ["--limit: must be a whole number from 1 to 200"]),
        Case(
            call: Call(.get, "/v1/incidents?state=resolved"),
            says: ["--state: this is a status; a state is open, ended or all"]),
        Case(
            call: Call(.get, "\(updates)/draft?template=nothing"), says: ["--template: "]),
        Case(call: Call(.get, "/base/v1/incidents"), says: ["Nothing exists at this path."]),
    ]

    private func refusal(_ test: Case) throws -> Reply {
        for call in test.before {
            let status = try api.ask(call.method, call.path, call.body).status
            try #require((200...201).contains(status))
        }
        let body = test.call.body
        let reply = try api.ask(test.call.method, test.call.path, body.isEmpty ? nil : body)
        try #require(reply.status >= 400, "\(reply.text)")
        return reply
    }

    @Test(arguments: cases)
    func `a refusal names the command that leads out`(test: Case) throws {
        let reply = try refusal(test)
        let words = text(reply, test.call.path)
        try expectCommands(words)
        // Each is said once.
        try #require(!test.says.isEmpty && !test.says.contains(""))
        for part in test.says { #expect(words.ranges(of: part).count == 1, "\(part) in \(words)") }
        let lines = words.split(separator: "\n")
        #expect(Set(lines).count == lines.count, "\(words)")
    }

    @Test
    func `after a write of unknown outcome the only advice is to look, as a repetition may write twice`() {
        let reply = Reply(api.responder.refusal(.outcomeUnknown, of: RefusedRequest(id: "req-1")))
        let words = text(reply, Self.updates)
        #expect(words.contains("Look before you run the command again: drumbeat show INC-1"), "\(words)")
        #expect(!words.contains("again later") && !words.contains("Nothing more was tried"), "\(words)")
    }

    @Test(arguments: Incident.warnings + [.nobodyHears(naming: ["bob"]), .nobodyHearsNow(naming: ["bob"])])
    func `every warning is said without HTTP`(warning: Model.Warning) throws {
        let words = try CommandWordsTests.words(of: warning)
        try expectCommands(words)
        #expect(words.hasSuffix(" (\(warning.code))"), "\(words)")
        #expect(words.utf8.count > warning.code.utf8.count + 20, "\(words)")
    }

    @Test(
        arguments: [
            (.impactMissing, #"drumbeat impact INC-1 "…""#),
            (.restoredWhenMissing, #"drumbeat impact INC-1 --restored-when "…""#),
            (
                .channelInUse,
                "drumbeat list, or drumbeat status INC-1 cancelled --reason duplicate --duplicate-of OTHER"
            ),
            (.commanderIsCommunicator, "drumbeat role INC-1 communicator NAME"),
            (.freezesEverything, "drumbeat lift INC-1"),
            (
                .stillOpen,
                "drumbeat status INC-1 resolved, or drumbeat status INC-1 cancelled --reason false_alarm, or drumbeat update INC-1"
            ), (.nobodyHears, "drumbeat init --nags URL"),
            (.nobodyHears(naming: ["Ann Lee"]), "drumbeat init --nags URL --person 'Ann Lee'"),
            (.nobodyHearsNow, "drumbeat init --tokens none"),
            (.nobodyHearsNow(naming: ["bob"]), "drumbeat init --tokens none"),
        ] as [(Model.Warning, String)])
    func `a warning names the command that helps`(warning: Model.Warning, command: String) throws {
        let words = try CommandWordsTests.words(of: warning)
        #expect(words == "\(warning.detail) \(command) (\(warning.code))")
    }

    private static func words(of warning: Model.Warning) throws -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("ref", "INC-1")
        writer.warnings([warning], ref: "INC-1", seq: 2)
        writer.endObject()
        let answer = try JSONReader.read(writer.bytes)
        let lines = ServiceCaller.warnings(in: answer)
        return try #require(lines.count == 1 ? lines.first : nil)
    }
}
