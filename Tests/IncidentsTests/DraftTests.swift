import Config
import Incidents
import Model
import Testing
import Time

struct DraftTests {
    static func builtIn(_ name: String) throws -> Template {
        let found = try #require(Texts.templates.first { $0.name == name })
        return try Template(name: found.name, text: found.text)
    }

    @Test func `every name that auto picks has a text that compiles`() throws {
        #expect(Texts.templates.map(\.name) == Template.names)
        for name in Template.names { #expect(try DraftTests.builtIn(name).name == name) }
    }

    @Test func `auto follows the course of the incident`() throws {
        var scenario = try Scenario()
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "acknowledge")
        #expect(scenario.incident.automaticTemplate(for: .internal, at: minute(0)) == "internal")
        try scenario.make(.finding("Found"), at: minute(1))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "acknowledge")
        try scenario.make(.update(), at: minute(2))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "nothing_new")
        try scenario.make(.note(), at: minute(3))
        try scenario.make(.finding("Maybe", confirmed: false), at: minute(3))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "nothing_new")
        try scenario.make(.finding("Found more, for the team", .internal), at: minute(3))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "nothing_new")
        try scenario.make(.finding("Found more", .public), at: minute(3))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "update")
        try scenario.make(.update(), at: minute(4))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "nothing_new")
        let change = PostEntry(ChangeMade(complete: true), text: "Done", visibility: .public)
        try scenario.make(.post(change), at: minute(5))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "update")
        try scenario.make(.update(), at: minute(6))
        try scenario.make(.status(.mitigating), at: minute(7))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "update")
        try scenario.make(.update(), at: minute(8))
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(9))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "resolution")
        #expect(scenario.incident.automaticTemplate(for: .internal, at: minute(0)) == "internal")
        try scenario.make(.status(.investigating), at: minute(10))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "acknowledge")
    }

    @Test func `an older update told late does not hide what was found since the last one`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(3))
        try scenario.make(.finding("Found", .public), at: minute(4))
        try scenario.make(.update(occurredAt: minute(2)), at: minute(5))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "update")
    }

    @Test func `what is unknown stays visible and is named`() throws {
        let scenario = try Scenario()
        let draft = scenario.draft(
            .public, try DraftTests.builtIn("acknowledge"), next: minute(18), at: minute(3))
        #expect(
            draft.text == """
                People cannot sign in

                Status: investigating
                Impact: [FILL: impact]
                Workaround: [FILL: workaround]
                We know about the problem and are working on it.
                Next update: 10:18 UTC

                """)
        #expect(draft.missing == ["impact", "workaround"])
        #expect(draft.usedSeqs == [])
        #expect(draft.basisSeq == 1)
        #expect(draft.template == "acknowledge")
        #expect(draft.audience == .public)
        #expect(scenario.refusal(of: .update(draft.text), at: minute(3))?.type == .unfilledDraft)
    }

    @Test func `an update quotes public evidence alone, an internal one all of it`() throws {
        var scenario = try Scenario()
        try scenario.make(
            .patch {
                $0.impact = .set("Many cannot sign in")
                $0.workaround = .set("Use the app")
                $0.nextAction = .set(Incident.NextAction(text: "Watch the lag", owner: "alice"))
            }, at: minute(1))
        try scenario.make(.finding("The disk is full"), at: minute(1))
        try scenario.make(.finding("db-7.internal swaps", .internal), at: minute(1))
        try scenario.make(.finding("Maybe the moon", confirmed: false), at: minute(1))
        try scenario.make(.assign(.commander, "carol"), at: minute(1))
        let open = scenario.draft(.public, try DraftTests.builtIn("update"), next: minute(18), at: minute(3))
        #expect(open.text.contains("What we know:\n- The disk is full\nNext"))
        #expect(open.usedSeqs == [3])
        #expect(open.missing == [])
        let inside = scenario.draft(.internal, try DraftTests.builtIn("internal"), next: nil, at: minute(3))
        #expect(
            inside.text == """
                INC-42 People cannot sign in

                Severity: major
                Status: investigating, 3 minutes of impact
                On point: carol
                Fixing: [FILL: who is fixing]
                Confirmed:
                - The disk is full
                - db-7.internal swaps
                Next action: Watch the lag (alice)
                Next update: [FILL: time of the next update]

                """)
        #expect(inside.usedSeqs == [3, 4])
        #expect(inside.missing == ["technical_lead", "next_update"])
        #expect(inside.basisSeq == 6)
    }

    @Test func `quotes that the audience may not see are dropped, whoever brings them`() throws {
        var scenario = try Scenario()
        try scenario.make(.finding("secret", .internal), at: minute(1))
        try scenario.make(.finding("open"), at: minute(1))
        let quotes = [
            Quote(seq: 2, text: "secret"), Quote(seq: 3, text: "open"), Quote(seq: 1, text: "never evidence"),
        ]
        let material = Draft.Material(
            incident: scenario.incident, audience: .public, quotes: quotes, nextUpdateAt: nil, now: minute(2))
        let draft = Draft(material, template: try Template(name: "update", text: "{{known}}"), clock: clock)
        #expect(draft.text == "- open\n")
        #expect(draft.usedSeqs == [3])
    }

    @Test
    func `a public draft tells title, status, impact, workaround, evidence, minutes and next time alone`()
        throws
    {
        var scenario = try Scenario()
        try scenario.make(
            .patch {
                $0.impact = .set("All")
                $0.workaround = .set("Wait")
                $0.restoredWhen = .set("secret threshold")
                $0.nextAction = .set(Incident.NextAction(text: "secret plan", owner: "secret owner"))
            }, at: minute(1))
        for role in Role.allCases { try scenario.make(.assign(role, "secret \(role.label)"), at: minute(1)) }
        let all = Placeholder.allCases.map { "\($0.rawValue)={{\($0.rawValue)}}" }.joined(separator: "\n")
        let template = try Template(name: "update", text: all)
        let open = scenario.draft(.public, template, next: minute(18), at: minute(3))
        #expect(!open.text.contains("secret"))
        #expect(open.text.contains("commander=[FILL: who is on point]"))
        #expect(open.text.contains("minutes=3"))
        let inside = scenario.draft(.internal, template, next: minute(18), at: minute(3))
        #expect(inside.text.contains("next_action=secret plan"))
        #expect(inside.text.contains("severity=major"))
        #expect(inside.text.contains("commander=secret commander"))
    }

    @Test func `nothing new is never unfilled`() throws {
        let draft = try Scenario().draft(
            .public, try DraftTests.builtIn("nothing_new"), next: minute(18), at: minute(3))
        #expect(draft.missing == [])
        #expect(!Draft.holdsPlaceholder(draft.text))
    }

    @Test func `the final update asks what only a person can say`() throws {
        let scenario = try StatusTests.scenario(in: .resolved)
        let draft = scenario.draft(.public, try DraftTests.builtIn("resolution"), next: nil, at: minute(9))
        #expect(draft.text.contains("resolved, after 1 minutes of impact"))
        #expect(draft.missing == ["recovery", "users_must", "what_next"])
    }

    @Test func `a value is never expanded again`() throws {
        let scenario = try Scenario(.major, Declared.Details(title: "{{impact}} {{nonsense}} {{"))
        let draft = scenario.draft(
            .public, try DraftTests.builtIn("nothing_new"), next: minute(18), at: minute(3))
        #expect(draft.text.hasPrefix("{{impact}} {{nonsense}} {{\n"))
        #expect(draft.missing == [])
    }

    @Test(arguments: ["", " ", "\n\t"])
    func `what says nothing is unknown`(impact: String) throws {
        var details = Declared.Details(title: "Slow")
        details.impact = impact
        let draft = try Scenario(.major, details).draft(
            .public, try Template(name: "update", text: "{{impact}}"), next: nil, at: minute(1))
        #expect(draft.text == "[FILL: impact]\n")
    }

    @Test func `the latest ten entries are quoted`() throws {
        var scenario = try Scenario()
        for number in 2...14 { try scenario.make(.finding("finding \(number)"), at: minute(1)) }
        let draft = scenario.draft(.public, try DraftTests.builtIn("update"), next: nil, at: minute(3))
        #expect(draft.usedSeqs == Array(5...14))
        #expect(!draft.text.contains("finding 4\n"))
        let silent = scenario.draft(.public, try DraftTests.builtIn("nothing_new"), next: nil, at: minute(3))
        #expect(silent.usedSeqs == [])
    }

    @Test(arguments: [
        ("short", "- short\n"), ("one\ntwo", "- one …\n"), ("one\r\ntwo", "- one …\n"), ("one\n", "- one\n"),
        ("\n\r\none\n", "- one\n"), ("\n\n", "[FILL: what we know]\n"),
        (String(repeating: "x", count: 300), "- \(String(repeating: "x", count: 300))\n"),
        (String(repeating: "x", count: 301), "- \(String(repeating: "x", count: 300))…\n"),
        (String(repeating: "é", count: 151), "- \(String(repeating: "é", count: 150))…\n"),
        ("x" + String(repeating: "é", count: 150), "- x\(String(repeating: "é", count: 149))…\n"),
    ])
    func `a quote is one line of at most 300 bytes, cut between scalars`(text: String, line: String) throws {
        var scenario = try Scenario()
        try scenario.make(.finding(text), at: minute(1))
        let draft = scenario.draft(
            .public, try Template(name: "update", text: "{{known}}\n"), next: nil, at: minute(3))
        #expect(Array(draft.text.utf8) == Array(line.utf8))
    }
}
