import Model
import Testing
import Time

@testable import Incidents

/// What an incident lists of its timeline: suspects and todos (domain.md, section 5).
struct SuspectTests {
    private static func deploy(_ what: String, at moment: Timestamp, _ scope: String = "web") -> Deploy {
        Deploy(scope: DeployScope(scope), what: what, author: Person("ci"), postedBy: "ci", at: moment)
    }

    private static func declared(_ deploys: [Deploy] = [], startedAt: Timestamp? = nil) throws -> Scenario {
        var details = Declared.Details(title: "x")
        details.labels["service"] = "web"
        details.startedAt = startedAt
        return try Scenario(at: minute(60), details, deploys: deploys)
    }

    private static func post(_ payload: any PostedPayload) -> Request {
        .post(PostEntry(payload, text: "words"))
    }

    @Test func `a declaration asks for the deploys of its scope within the hour`() {
        var details = Declared.Details(title: "x")
        details.labels["service"] = "Web"
        let query = Declare(.minor, details).deploysAsked(at: minute(60))
        #expect(
            query == DeployQuery(scope: DeployScope("web"), since: minute(0), until: minute(60), limit: 10))
        #expect(query?.matches(SuspectTests.deploy("1", at: minute(0))) == true)
        #expect(query?.matches(SuspectTests.deploy("1", at: minute(0) - millisecond)) == false)
        #expect(query?.matches(SuspectTests.deploy("1", at: minute(9), "*")) == true)
        #expect(query?.matches(SuspectTests.deploy("1", at: minute(9), "api")) == false)
    }

    @Test func `the deploys before a declaration are its suspects, by the service`() throws {
        let scenario = try SuspectTests.declared([
            SuspectTests.deploy("2.15", at: minute(50)), SuspectTests.deploy("2.14", at: minute(20), "*"),
        ])
        #expect(scenario.entries.map(\.kind) == [Declared.kind, Hypothesis.kind, Hypothesis.kind])
        #expect(scenario.entries.dropFirst().allSatisfy { $0.place.author == Author.service.person })
        #expect(scenario.texts[2] == "ci deployed 2.15 of web at \(minute(50).rfc3339)")
        #expect(scenario.texts[3] == "ci deployed 2.14 at \(minute(20).rfc3339)")
        #expect(
            scenario.incident.suspects == [
                .init(seq: 2, suspect: .deploy, state: .open, changedAt: minute(50)),
                .init(seq: 3, suspect: .deploy, state: .open, changedAt: minute(20)),
            ])
    }

    @Test func `only a hypothesis that names what changed is a suspect`() throws {
        var scenario = try SuspectTests.declared()
        try scenario.make(SuspectTests.post(Hypothesis(.open)), at: minute(61))
        #expect(scenario.incident.suspects.isEmpty)
        #expect(scenario.incident.version == 1)
        try scenario.make(
            SuspectTests.post(Hypothesis(.ruledOut, suspect: .capacity, changedAt: nil)), at: minute(61))
        #expect(
            scenario.incident.suspects == [
                .init(seq: 3, suspect: .capacity, state: .ruledOut, changedAt: nil)
            ])
        #expect(scenario.incident.version == 3)
    }

    @Test func `a confirmation changes a suspect and closes a todo, a withdrawal removes both`() throws {
        var scenario = try SuspectTests.declared()
        try scenario.make(SuspectTests.post(Hypothesis(.open, suspect: .flag)), at: minute(61))
        try scenario.make(SuspectTests.post(Todo(owner: Person("bob"), minutes: 20)), at: minute(62))
        try scenario.make(SuspectTests.post(Todo(owner: nil, minutes: nil)), at: minute(63))
        #expect(
            scenario.incident.todos == [
                .init(seq: 3, owner: Person("bob"), dueAt: minute(82)), .init(seq: 4, owner: nil, dueAt: nil),
            ])
        for (state, standing) in [
            (Confirmation.EndState.confirmed, Hypothesis.Standing.confirmed), (.ruledOut, .ruledOut),
        ] {
            try scenario.make(.confirm(Confirm(of: 2, .state(state))), at: minute(64))
            #expect(scenario.incident.suspects.map(\.state) == [standing])
            #expect(scenario.incident.version == scenario.incident.seq)
        }
        try scenario.make(.confirm(Confirm(of: 3, .state(.done))), at: minute(65))
        #expect(scenario.incident.todos.map(\.seq) == [4])
        let version = scenario.incident.version
        try scenario.make(.correct(Correct(of: 4, text: "other words")), at: minute(66))
        #expect(scenario.incident.version == version)
        try scenario.make(.correct(Correct(of: 4, text: "wrong", withdraws: true)), at: minute(66))
        try scenario.make(.correct(Correct(of: 2, text: "wrong", withdraws: true)), at: minute(66))
        #expect(scenario.incident.todos.isEmpty && scenario.incident.suspects.isEmpty)
        #expect(scenario.incident.version == scenario.incident.seq)
    }

    @Test func `an incident lists at most 50 of each: the latest, and suspects that stand`() throws {
        var scenario = try SuspectTests.declared()
        for _ in 0..<51 {
            try scenario.make(SuspectTests.post(Todo(owner: nil, minutes: nil)), at: minute(61))
        }
        #expect(scenario.incident.todos.map(\.seq) == Array(3...52))
        for _ in 0..<50 {
            try scenario.make(SuspectTests.post(Hypothesis(.open, suspect: .job)), at: minute(61))
        }
        try scenario.make(.confirm(Confirm(of: 60, .state(.ruledOut))), at: minute(62))
        try scenario.make(SuspectTests.post(Hypothesis(.open, suspect: .job)), at: minute(63))
        #expect(scenario.incident.suspects.map(\.seq) == Array(53...59) + Array(61...102) + [104])
        try scenario.make(SuspectTests.post(Hypothesis(.open, suspect: .job)), at: minute(63))
        #expect(scenario.incident.suspects.count == 50)
        #expect(scenario.incident.suspects.first?.seq == 54)
        try scenario.make(.confirm(Confirm(of: 54, .state(.confirmed))), at: minute(64))
        try scenario.make(SuspectTests.post(Hypothesis(.open, suspect: .job)), at: minute(65))
        #expect(scenario.incident.suspects.count == 50)
        #expect(scenario.incident.suspects.prefix(2).map(\.seq) == [54, 56], "the confirmed cause stays")
    }

    @Test func `an internal draft names the owners of todos among those who fix`() throws {
        var scenario = try SuspectTests.declared()
        let template = try Template(name: "internal", text: "{{?technical_lead}}Fixing: {{technical_lead}}")
        func line(_ audience: Audience = .internal) -> String {
            String(
                scenario.draft(audience, template, next: nil, at: minute(70)).text.split(separator: "\n")
                    .first
                    ?? "")
        }
        #expect(line() == "")
        for owner in ["bob", "Alice", "@bob"] {
            try scenario.make(SuspectTests.post(Todo(owner: Person(owner), minutes: nil)), at: minute(61))
        }
        #expect(line() == "Fixing: bob, Alice")
        try scenario.make(.assign(.technicalLead, "alice"), at: minute(62))
        #expect(line() == "Fixing: alice, bob")
        for seq in [2, 4] { try scenario.make(.confirm(Confirm(of: seq, .state(.done))), at: minute(63)) }
        #expect(line() == "Fixing: alice")
    }

    @Test func `a todo of an earlier version is not listed`() throws {
        var scenario = try SuspectTests.declared()
        try scenario.make(SuspectTests.post(Todo()), at: minute(61))
        #expect(scenario.incident.todos.isEmpty)
        #expect(scenario.incident.version == 1)
    }

    @Test func `a clock that is set back moves what is due, and what would lie ahead`() throws {
        var scenario = try SuspectTests.declared()
        try scenario.make(SuspectTests.post(Todo(owner: nil, minutes: 10)), at: minute(62))
        try scenario.make(
            SuspectTests.post(Hypothesis(.open, suspect: .flag, changedAt: minute(61))), at: minute(62))
        try scenario.setClockBack(from: minute(62), to: minute(40))
        #expect(scenario.incident.todos.map(\.dueAt) == [minute(50)])
        #expect(scenario.incident.suspects.map(\.changedAt) == [minute(39)])
    }

    @Test(
        arguments: [
            // Of the suspects: minutes before the start at 10:55, and how each ended.
            ([(10, .open)], "prefer rollback to 2.13"), ([(29, .open)], "prefer rollback to 2.13"),
            ([(30, .open)], nil), ([(0, .open)], "prefer rollback to 2.13"), ([(-1, .open)], nil),
            ([(10, .ruledOut)], nil), ([], nil), ([(10, .confirmed)], "prefer rollback to 2.13"),
        ] as [([(Int, Hypothesis.Standing)], String?)])
    func `a deploy less than half an hour before the start is to be rolled back`(
        suspects: [(Int, Hypothesis.Standing)], advice: String?
    ) throws {
        var scenario = try SuspectTests.declared(startedAt: minute(55))
        for (before, state) in suspects {
            try scenario.make(
                SuspectTests.post(Hypothesis(state, suspect: .deploy, changedAt: minute(55 - before))),
                at: minute(61))
        }
        let known = [
            SuspectTests.deploy("api 9", at: minute(20), "api"), SuspectTests.deploy("2.13", at: minute(5)),
            SuspectTests.deploy("2.12", at: minute(1)),
        ]
        #expect(scenario.incident.rollbackAdvice(known) == advice)
        #expect((scenario.incident.deploysBeforeLikely == nil) == (advice == nil))
    }

    @Test func `the known good is what was deployed before in the same scope`() throws {
        var scenario = try SuspectTests.declared(startedAt: minute(55))
        try scenario.make(
            SuspectTests.post(Hypothesis(.open, suspect: .deploy, changedAt: minute(50))), at: minute(61))
        let suspect = SuspectTests.deploy("2.14", at: minute(50))
        let all = SuspectTests.deploy("everything 7", at: minute(40), "*")
        let before = SuspectTests.deploy("2.13", at: minute(1))
        #expect(scenario.incident.rollbackAdvice([suspect, all, before]) == "prefer rollback to 2.13")
        #expect(
            scenario.incident.rollbackAdvice([suspect, all]) == "prefer rollback to the version before 2.14")
        #expect(
            scenario.incident.rollbackAdvice([])
                == "prefer rollback to the version before the suspected deploy")
        try scenario.make(SuspectTests.post(Hypothesis(.confirmed, suspect: .flag)), at: minute(62))
        #expect(scenario.incident.rollbackAdvice([suspect, before]) == nil)
    }
}
