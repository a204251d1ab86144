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
        func picked(_ audience: Audience = .public, at now: Timestamp = minute(0)) -> String {
            scenario.incident.automaticTemplate(for: audience, at: now)
        }
        #expect(picked() == "acknowledge")
        #expect(picked(.internal) == "internal")
        try scenario.make(.finding("Found"), at: minute(1))
        #expect(picked() == "acknowledge")
        try scenario.make(.update("For the team", audience: .internal), at: minute(1))
        #expect(picked() == "acknowledge")
        try scenario.make(.update(), at: minute(2))
        #expect(picked() == "nothing_new")
        try scenario.make(.note(), at: minute(3))
        try scenario.make(.finding("Maybe", confirmed: false), at: minute(3))
        try scenario.make(.finding("Found more, for the team", .internal), at: minute(3))
        #expect(picked() == "nothing_new")
        try scenario.make(.finding("Found more", .public), at: minute(3))
        #expect(picked() == "update")
        // What the team heard, the public has not.
        try scenario.make(.update("For the team", audience: .internal), at: minute(4))
        #expect(picked() == "update")
        try scenario.make(.update(), at: minute(4))
        #expect(picked() == "nothing_new")
        let changes: [Request] = [
            .post(PostEntry(ChangeMade(complete: true), text: "Done", visibility: .public)),
            .status(.mitigating), .raiseSeverity(to: .critical, reason: nil),
            .patch { $0.impact = .set("All") }, .patch { $0.workaround = .set("Wait") },
            .correct(Correct(of: 8, text: "Found the most")),
            .confirm(Confirm(of: 7, nil, publishes: true)),
        ]
        for (index, change) in changes.enumerated() {
            try scenario.make(change, at: minute(5 + 2 * index))
            #expect(picked() == "update", "\(change)")
            try scenario.make(.update(), at: minute(6 + 2 * index))
            #expect(picked() == "nothing_new")
        }
        #expect(picked(at: minute(60)) == "nothing_new")
        #expect(picked(.internal, at: minute(60)) == "decide")
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(61))
        #expect(picked() == "resolution")
        #expect(picked(.internal, at: minute(62)) == "internal")
        try scenario.make(.status(.investigating), at: minute(70))
        #expect(picked() == "acknowledge")
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(71))
        #expect(picked() == "withdrawn")
    }

    @Test func `a template must fit the audience and the status`() throws {
        var scenario = try Scenario()
        func fitting(_ audience: Audience) -> [String] {
            Template.names.filter { scenario.incident.refusal(ofTemplate: $0, for: audience) == nil }
        }
        #expect(fitting(.public) == ["acknowledge", "update", "nothing_new", "resolution", "withdrawn"])
        #expect(fitting(.internal) == Template.names)
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(1))
        #expect(fitting(.public) == ["resolution", "withdrawn"])
        #expect(fitting(.internal) == ["resolution", "withdrawn", "internal"])
    }

    @Test func `an older update told late does not hide what was found since the last one`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(3))
        try scenario.make(.finding("Found", .public), at: minute(4))
        try scenario.make(.update(occurredAt: minute(2)), at: minute(5))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "update")
    }

    @Test func `the first words to the public need nothing that is not known yet`() throws {
        let scenario = try Scenario()
        let draft = scenario.draft(
            .public, try DraftTests.builtIn("acknowledge"), next: minute(18), at: minute(3))
        #expect(
            draft.text == """
                Investigating.

                We know about the problem and will keep you informed.

                Next update by 10:18 UTC.

                """)
        #expect(draft.missing == [])
        #expect(draft.optional == ["public_title", "impact", "workaround", "known"])
        #expect(draft.usedSeqs == [])
        #expect(draft.basisSeq == 1)
        #expect(draft.template == "acknowledge")
        #expect(draft.audience == .public)
        #expect(scenario.refusal(of: .update(draft.text), at: minute(3)) == nil)
    }

    @Test func `an update without impact says what is missing, and is refused`() throws {
        let scenario = try Scenario()
        let draft = scenario.draft(.public, try DraftTests.builtIn("update"), next: minute(18), at: minute(3))
        #expect(draft.text.contains("What is affected: [FILL: impact]\n"))
        #expect(draft.missing == ["impact"])
        #expect(scenario.refusal(of: .update(draft.text), at: minute(3))?.type == .unfilledDraft)
    }

    @Test func `an update quotes public evidence alone, an internal one all of it`() throws {
        var scenario = try Scenario()
        try scenario.make(
            .patch {
                $0.impact = .set("Many cannot sign in")
                $0.workaround = .set("Use the app")
                $0.nextAction = .set(Incident.NextAction(text: "Watch the lag", owner: "alice"))
                $0.publicTitle = .set("Sign-in problems")
            }, at: minute(1))
        try scenario.make(.finding("The disk is full"), at: minute(1))
        try scenario.make(.finding("db-7.internal swaps", .internal), at: minute(1))
        try scenario.make(.finding("Maybe the moon", confirmed: false), at: minute(1))
        let change = PostEntry(ChangeMade(complete: true), text: "Old logs are deleted", visibility: .public)
        try scenario.make(.post(change), at: minute(1))
        try scenario.make(.assign(.commander, "carol"), at: minute(1))
        try scenario.make(.status(.mitigating), at: minute(2))
        let open = scenario.draft(.public, try DraftTests.builtIn("update"), next: minute(18), at: minute(3))
        #expect(
            open.text == """
                Sign-in problems

                We have found the cause and are working on a fix.

                What is affected: Many cannot sign in
                What you can do meanwhile: Use the app

                What we know:
                - The disk is full

                What we are doing:
                - Old logs are deleted

                Next update by 10:18 UTC.

                """)
        #expect(open.usedSeqs == [3, 6])
        #expect(open.missing == [])
        #expect(open.optional == [])
        let inside = scenario.draft(.internal, try DraftTests.builtIn("internal"), next: nil, at: minute(3))
        #expect(
            inside.text == """
                INC-42 People cannot sign in

                Severity: major
                Status: mitigating
                On point: carol
                Impact: Many cannot sign in
                Confirmed:
                - The disk is full
                - db-7.internal swaps
                Changed:
                - Old logs are deleted
                Next action: Watch the lag
                Who does it: alice

                """)
        #expect(inside.usedSeqs == [3, 4, 6])
        #expect(inside.missing == [])
        #expect(
            inside.optional == ["watch_until", "technical_lead", "scope", "users_affected", "next_update"])
        #expect(inside.basisSeq == 8)
    }

    @Test(
        arguments: [
            (.investigating, true, "Investigating"), (.mitigating, false, "We are working on a fix"),
            (.mitigating, true, "We have found the cause and are working on a fix"),
            (.monitoring, true, "A fix is in place; we are watching it"),
        ] as [(Incident.Status, Bool, String)])
    func `a status is a sentence for people`(status: Incident.Status, isFound: Bool, words: String) throws {
        var scenario = try Scenario()
        try scenario.make(.finding("Why", isFound ? .public : .internal), at: minute(1))
        try scenario.make(.status(status), at: minute(1))
        let draft = scenario.draft(
            .public, try DraftTests.builtIn("nothing_new"), next: minute(18), at: minute(3))
        #expect(draft.text == "\(words). We have nothing new to report yet.\n\nNext update by 10:18 UTC.\n")
        #expect(draft.missing == [])
    }

    @Test func `quotes that the audience may not see are dropped, however they were chosen`() throws {
        var scenario = try Scenario()
        try scenario.make(.finding("secret", .internal), at: minute(1))
        try scenario.make(.finding("open"), at: minute(1))
        let quotes = [
            Quote(seq: 2, text: "secret"), Quote(seq: 3, text: "open"), Quote(seq: 1, text: "never evidence"),
        ]
        let material = Draft.Material(
            incident: scenario.incident, audience: .public, quotes: quotes, fill: [:], nextUpdateAt: nil,
            now: minute(2))
        let draft = Draft(material, template: try Template(name: "update", text: "{{known}}"), clock: clock)
        #expect(draft.text == "- open\n")
        #expect(draft.usedSeqs == [3])
    }

    @Test
    func `a public draft tells nothing of the team, with any template`() throws {
        var scenario = try Scenario(.major, Declared.Details(title: "secret db1"))
        try scenario.make(
            .patch {
                $0.impact = .set("All")
                $0.workaround = .set("Wait")
                $0.restoredWhen = .set("secret threshold")
                $0.nextAction = .set(Incident.NextAction(text: "secret plan", owner: "secret owner"))
            }, at: minute(1))
        for role in Role.allCases { try scenario.make(.assign(role, "secret \(role.label)"), at: minute(1)) }
        let all = Placeholder.allCases.map { "\($0.rawValue)={{\($0.rawValue)}}" }.joined(separator: "\n")
        let template = try Template(name: "internal", text: all)
        let open = scenario.draft(.public, template, next: minute(18), at: minute(3))
        #expect(!open.text.contains("secret"))
        #expect(open.text.contains("commander=[FILL: who is on point]"))
        #expect(open.text.contains("title=[FILL: title]"))
        #expect(open.text.contains("minutes=[FILL: minutes]"))
        let inside = scenario.draft(.internal, template, next: minute(18), at: minute(3))
        #expect(inside.text.contains("next_action=secret plan"))
        #expect(inside.text.contains("severity=major"))
        #expect(inside.text.contains("commander=secret commander"))
        #expect(inside.text.contains("minutes=3"))
    }

    @Test func `the final update says when it was fixed, and how long it lasted only when that is known`()
        throws
    {
        var details = Declared.Details(title: "db1")
        details.restoredWhen = "people can sign in within 3 s"
        var scenario = try Scenario(.major, details)
        try scenario.make(.status(.monitoring), at: minute(1))
        let template = try DraftTests.builtIn("resolution")
        // Of an open incident as if it were resolved now.
        let early = scenario.draft(.public, template, next: minute(18), at: minute(4))
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(9))
        let draft = scenario.draft(.public, template, next: nil, at: minute(20))
        #expect(
            draft.text == """
                Resolved.

                The problem was fixed at 10:01 UTC.
                How we know that it is fixed: people can sign in within 3 s

                We are sorry for the trouble that this caused.

                """)
        #expect(early.text == draft.text)
        #expect(draft.missing == [])
        #expect(draft.optional == ["public_title", "duration", "impact", "users_must", "what_next"])
        func lasted(_ since: Timestamp) throws -> String? {
            try scenario.make(.patch { $0.startedAt = .set(since) }, at: minute(20))
            let text = scenario.draft(.public, template, next: nil, at: minute(20)).text
            return text.split(separator: "\n").first { $0.hasPrefix("It lasted") }.map(String.init)
        }
        #expect(try lasted(minute(0)) == "It lasted 1 minute.")
        #expect(try lasted(minute(-1)) == "It lasted 2 minutes.")
        #expect(try lasted(minute(1)) == "It lasted less than a minute.")
    }

    @Test func `without a watch someone must say how it is known that it is fixed`() throws {
        var details = Declared.Details(title: "db1")
        details.restoredWhen = "people can sign in within 3 s"
        let scenario = try Scenario(.major, details)
        let template = try DraftTests.builtIn("resolution")
        let draft = scenario.draft(.public, template, next: nil, at: minute(9))
        #expect(draft.text.contains("How we know that it is fixed: [FILL: recovery]\n"))
        #expect(draft.text.contains("The problem was fixed at 10:09 UTC.\n"))
        #expect(draft.missing == ["recovery"])
        let fill: [Placeholder: String] = [
            .recovery: "We signed in", .usersMust: "Sign in again", .whatNext: "A report",
        ]
        let filled = scenario.draft(.public, template, next: nil, fill: fill, at: minute(9))
        #expect(filled.missing == [])
        #expect(
            filled.text.contains(
                "is fixed: We signed in\nWhat you need to do: Sign in again\nWhat happens next: A report\n"))
    }

    @Test func `a cancelled incident was no problem, or is another one`() throws {
        var scenario = try Scenario()
        let template = try DraftTests.builtIn("withdrawn")
        let alarm = "We reported a problem; we have checked, and there is none.\n"
        #expect(scenario.draft(.public, template, next: nil, at: minute(9)).text == alarm)
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(9))
        #expect(scenario.draft(.public, template, next: nil, at: minute(10)).text == alarm)
        var other = try Scenario()
        other.others[7] = try Scenario(number: 7).incident
        try other.make(.status(.cancelled, reason: "duplicate", duplicateOf: 7), at: minute(9))
        #expect(
            other.draft(.public, template, next: nil, at: minute(10)).text
                == "We reported this problem twice. Our updates continue under INC-7.\n")
    }

    @Test func `the author's texts win, in this text alone, and must be of the template`() throws {
        var scenario = try Scenario()
        try scenario.make(.patch { $0.impact = .set("Many") }, at: minute(1))
        try scenario.make(.finding("The disk is full"), at: minute(1))
        let template = try DraftTests.builtIn("update")
        let fill: [Placeholder: String] = [.impact: "All", .known: "A disk\n- and a cable\n"]
        let draft = scenario.draft(.public, template, next: nil, fill: fill, at: minute(2))
        #expect(draft.text.contains("What is affected: All\n"))
        #expect(draft.text.contains("What we know:\n- A disk\n- and a cable\n"))
        #expect(draft.usedSeqs == [])
        #expect(throws: Never.self) { try Draft.checkFill(fill, for: template) }
        let refusal = #expect(throws: Refusal.self) {
            try Draft.checkFill([.recovery: "x"], for: template)
        }
        #expect(refusal?.invalid(at: "#/fill/recovery")?.contains("impact") == true)
    }

    @Test func `a value is never expanded again`() throws {
        var details = Declared.Details(title: "x")
        details.publicTitle = "{{impact}} {{nonsense}} {{"
        let scenario = try Scenario(.major, details)
        let draft = scenario.draft(
            .public, try DraftTests.builtIn("nothing_new"), next: minute(18), at: minute(3))
        #expect(draft.text.hasPrefix("{{impact}} {{nonsense}} {{\n"))
        #expect(draft.missing == [])
    }

    @Test(
        arguments: [
            ("\u{1B}[2J\u{9B}31m\u{202E}fdp.exe", "\\u{1B}[2J\\u{9B}31m\\u{202E}fdp.exe"),
            ("a\u{7}\u{7F}\u{FEFF}\u{200B}\u{61C}b", "a\\u{7}\\u{7F}\\u{FEFF}\\u{200B}\\u{61C}b"),
            ("a\tb", "a b"),
            ("none\nStatus: resolved\r\n\r\nNext", "none\n  Status: resolved\n  Next"),
            ("a\u{2028}b\u{85}c\u{B}d\re", "a\n  b\n  c\n  d\n  e"), ("👩‍💻 é", "👩‍💻 é"),
            ("see [FILL: x]", "see (FILL: x]"),
        ])
    func `no value forges a line, hides something or counts as unfilled`(value: String, shown: String) throws
    {
        var details = Declared.Details(title: "x")
        details.impact = value
        var scenario = try Scenario(.major, details)
        try scenario.make(.finding(value), at: minute(1))
        let template = try Template(name: "update", text: "{{impact}}\n{{known}}\n")
        let draft = scenario.draft(.public, template, next: nil, at: minute(1))
        #expect(Array(draft.text.utf8) == Array("\(shown)\n- \(shown)\n".utf8))
        #expect(draft.missing == [])
        let filled = scenario.draft(.public, template, next: nil, fill: [.impact: value], at: minute(1))
        #expect(filled.text == draft.text)
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

    @Test(
        arguments: [
            ("short", "- short\n"), ("one\ntwo", "- one\n  two\n"), ("one\n", "- one\n"),
            ("\n\r\none\n", "- one\n"), ("\n\n", "[FILL: what we know]\n"),
            (String(repeating: "x", count: 8_000), "- \(String(repeating: "x", count: 8_000))\n"),
            (String(repeating: "x", count: 8_001), "[FILL: what we know]\n"),
        ])
    func `a quote is whole, or left out when it is too long for a draft`(text: String, line: String) throws {
        var scenario = try Scenario()
        try scenario.make(.finding(text), at: minute(1))
        let draft = scenario.draft(
            .public, try Template(name: "update", text: "{{known}}\n"), next: nil, at: minute(3))
        #expect(Array(draft.text.utf8) == Array(line.utf8))
    }

    @Test func `the latest quotes that fit are taken`() throws {
        var scenario = try Scenario()
        for letter in ["a", "b", "c"] {
            try scenario.make(.finding(String(repeating: letter, count: 3_000)), at: minute(1))
        }
        try scenario.make(.finding("short"), at: minute(1))
        let draft = scenario.draft(
            .public, try Template(name: "update", text: "{{known}}\n"), next: nil, at: minute(3))
        #expect(draft.usedSeqs == [3, 4, 5])
    }
}
