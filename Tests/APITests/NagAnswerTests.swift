import Client
import HTTP
import Incidents
import Journal
import JSON
import Model
import ServiceSupport
import Testing
import Time
import Views

@testable import API

/// How a message of a nag says that it is answered: each command is one that the incident accepts as it is then.
struct NagAnswerTests {
    /// A state in which a nag is sent.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let type: EventType
        /// The beginning of each command.
        let answers: [String]
        let before: @Sendable (TestAPI) throws -> Void

        init(
            _ name: String, _ type: EventType, _ answers: [String],
            before: @escaping @Sendable (TestAPI) throws -> Void
        ) {
            (self.name, self.type, self.answers, self.before) = (name, type, answers, before)
        }

        var testDescription: String { name }
    }

    private static let one = "/v1/incidents/INC-1"

    /// Makes a call that must succeed.
    private static func call(_ api: TestAPI, _ method: HTTP.Method, _ path: String, _ body: String) throws {
        let reply = try api.ask(method, path.hasPrefix("/") ? path : "\(one)/\(path)", body)
        try #require((200...201).contains(reply.status), "\(path) \(body): \(reply.text)")
    }

    private static func update(_ api: TestAPI) throws {
        try call(api, .post, "status-updates", #"{"text": "We are on it.", "audience": "public"}"#)
    }

    private static func change(_ api: TestAPI, to status: String, _ more: String = "") throws {
        try call(api, .put, "status", #"{"status": "\#(status)", "author": "alice"\#(more)}"#)
    }

    private static func request(_ api: TestAPI, _ version: String, _ more: String = "") throws {
        try call(
            api, .post, "mitigations",
            #"{"kind": "rollback", "known_good": "\#(version)", "database": "safe", "author": "eve"\#(more)}"#
        )
    }

    private static func mitigate(_ api: TestAPI, _ more: String = "") throws {
        try call(api, .post, "mitigations", #"{"action": "x"\#(more)}"#)
    }

    private static func check(_ api: TestAPI, passed: Bool) throws {
        try call(api, .post, "checks", #"{"path": "sign in", "passed": \#(passed), "evidence": "x"}"#)
    }

    /// In `monitoring`, just before the decision is due, so that its nag comes at the end of the watch.
    private static func watched(_ api: TestAPI, _ then: (TestAPI) throws -> Void) throws {
        try api.pass(.seconds(3_540))
        try change(api, to: "monitoring")
        try api.pass(.seconds(600))
        try then(api)
        try api.pass(.seconds(300))
    }

    private static func restore(_ api: TestAPI) throws {
        try call(api, .patch, one, #"{"restored_when": "people can sign in"}"#)
    }

    private static let escalate = #"drumbeat escalate INC-1 NAME --reason "…""#
    private static let cases: [Case] = [
        Case(
            "an update will be due", .updateDueSoon,
            ["drumbeat update INC-1", "drumbeat nothing-new INC-1"]
        ) { try $0.pass(.seconds(180)) },
        Case(
            "an update is overdue", .updateOverdue, ["drumbeat update INC-1", "drumbeat nothing-new INC-1"]
        ) { try $0.pass(.seconds(300)) },
        Case(
            "an update is overdue for everyone", .updateOverdue,
            ["drumbeat update INC-1", "drumbeat nothing-new INC-1"]
        ) { try $0.pass(.seconds(1_200)) },
        Case("a resolved incident lacks its final update", ClosingNag.event, ["drumbeat update INC-1"]) {
            try update($0)
            try change($0, to: "resolved", #", "override": true, "reason": "it works""#)
            try $0.pass(.seconds(300))
        },
        Case("a cancelled incident lacks its final update", ClosingNag.event, ["drumbeat update INC-1"]) {
            try update($0)
            try change($0, to: "cancelled", #", "reason": "false_alarm""#)
            try $0.pass(.seconds(300))
        },
        Case(
            "a decision is due while people investigate", DecisionNag.event,
            ["drumbeat status INC-1 monitoring", escalate]
        ) { try $0.pass(.seconds(3_600)) },
        Case(
            "a decision is due after a watch without a sentence", DecisionNag.event,
            [#"drumbeat impact INC-1 --restored-when "…""#, escalate]
        ) { try watched($0) { _ in } },
        Case(
            "a decision is due after a watch without a check", DecisionNag.event,
            [#"drumbeat check INC-1 "…" --passed --evidence "…""#, escalate]
        ) { try watched($0, restore) },
        Case(
            "a decision is due after a watch with an open mitigation", DecisionNag.event,
            ["drumbeat outcome INC-1 worked --entry ", escalate]
        ) {
            try watched($0) {
                try restore($0)
                try mitigate($0)
                try mitigate($0, #", "parallel_reason": "x""#)
            }
        },
        Case(
            "a decision is due after a watch that lacks nothing", DecisionNag.event,
            ["drumbeat status INC-1 resolved", escalate]
        ) {
            try watched($0) {
                try restore($0)
                try check($0, passed: true)
            }
        },
        Case(
            "nothing was found", NoProgressNag.event, [#"drumbeat note INC-1 "what was found or changed""#]
        ) {
            for _ in 1...3 {
                try update($0)
                try $0.pass(.seconds(600))
            }
        },
        Case(
            "a rollback waits for a yes", ApprovalNag.event,
            ["drumbeat approve INC-1 yes", "drumbeat approve INC-1 no"]
        ) {
            try request($0, "2.1")
            try $0.pass(.seconds(1))
        },
        Case(
            "two rollbacks wait for a yes", ApprovalNag.event,
            ["drumbeat approve INC-1 yes --entry ", "drumbeat approve INC-1 no --entry "]
        ) {
            try request($0, "2.1")
            try $0.pass(.seconds(1))
            try request($0, "2.0")
            try $0.pass(.seconds(1))
        },
        Case(
            "a rollback waits beside a mitigation", ApprovalNag.event,
            [#"drumbeat approve INC-1 yes --parallel "…""#, "drumbeat approve INC-1 no"]
        ) {
            try mitigate($0)
            try request($0, "2.1", #", "parallel_reason": "x""#)
            try $0.pass(.seconds(1))
        },
        Case("a rollback waits after one that did not help", ApprovalNag.event, ["drumbeat approve INC-1 no"])
        {
            try request($0, "2.1")
            try request($0, "2.0")
            let mitigations = try $0.ask(.get, "\(one)/mitigations")
            let first = try #require(mitigations.string("items.1.id"))
            try $0.pass(.seconds(1))
            try call(
                $0, .post, "mitigations/\(first)/approval", #"{"approved": true, "author": "alice"}"#)
            try call($0, .patch, "mitigations/\(first)", #"{"state": "no_effect"}"#)
            // Everyone is asked about the one that still waits.
            try $0.pass(.seconds(300))
        },
        Case("a shift is over", HandoverNag.event, ["drumbeat role INC-1 commander NAME"]) {
            try $0.pass(.seconds(4 * 3_600))
        },
        Case(
            "an incident seems forgotten", StaleNag.event,
            [
                #"drumbeat note INC-1 "how it stands""#, "drumbeat status INC-1 monitoring",
                "drumbeat status INC-1 cancelled --reason false_alarm",
            ]
        ) { try $0.pass(.seconds(86_400)) },
        Case(
            "someone is called in", .escalated,
            [#"drumbeat note INC-1 "on my way""#, "drumbeat role INC-1 commander NAME"]
        ) {
            try call($0, .post, "escalations", #"{"to": "dana", "reason": "x"}"#)
        },
        Case(
            "no one is commander", .updateOverdue,
            [
                "drumbeat update INC-1", "drumbeat nothing-new INC-1", "drumbeat role INC-1 commander NAME",
            ]
        ) {
            try $0.ask(.delete, "\(one)/roles/commander")
            try $0.pass(.seconds(300))
        },
    ]

    /// An incident in that state, and the message of its nag.
    private func nagged(_ test: Case) throws -> (api: TestAPI, nag: Notification) {
        let api = try TestAPI()
        try api.ask(
            .post, "/v1/webhooks",
            #"{"kind": "ntfy", "url": "https://ntfy.example/oncall-7f3a", "events": ["*"]}"#)
        try api.declare(
            #""title": "x", "severity": "major", "impact": "Many", "roles": {"commander": "alice"}"#)
        try test.before(api)
        let webhook = try #require(try api.reader.webhooks().first)
        let deliveries = try api.reader.deliveries(to: webhook.id, nil, before: nil, limit: 200)
        let delivery = try #require(deliveries.first { $0.type == test.type }, "no such nag")
        return (api, try api.service.bodies.notification(delivery, for: webhook))
    }

    private static func commands(in text: String) -> [String] {
        text.matches(of: #/drumbeat [^\n]*?(?=, or drumbeat|\n|$)/#).map { String($0.0) }
    }

    @Test(arguments: cases)
    func `each command that a nag names is accepted when it is sent`(test: Case) throws {
        let (_, nag) = try nagged(test)
        let text = try #require(nag.text)
        #expect(text.hasPrefix("To answer: drumbeat "))
        let commands = Self.commands(in: text)
        #expect(commands.count == test.answers.count, "\(text)")
        for (command, answer) in zip(commands, test.answers) {
            #expect(answer.hasSuffix(" ") ? command.hasPrefix(answer) : command == answer)
        }
        // One may end what another needs, so each has an incident of its own.
        for command in commands {
            let (api, nag) = try nagged(test)
            let asked = try #require(nag.asked.first?.person)
            try CommandCall(command, by: asked).make(api)
        }
    }

    @Test func `every topic of nags is answered`() {
        let answered = Set(Self.cases.map(\.type))
        for topic in Incident.nagTopics { #expect(answered.contains(topic.event), "\(topic.about)") }
    }

    @Test func `a message about an ended incident has no button`() throws {
        for test in Self.cases where test.type == ClosingNag.event {
            #expect(try nagged(test).nag.buttons.isEmpty)
        }
    }
}
