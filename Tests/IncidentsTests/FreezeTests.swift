import Model
import Testing
import Time

@testable import Incidents

/// Freezes of deploys and exceptions from them (domain.md, section 9).
struct FreezeTests {
    private static func details(service: String? = "web", commander: String? = nil) -> Declared.Details {
        var details = Declared.Details(title: "People cannot sign in")
        details.labels["service"] = service
        if let commander {
            details.roles[.commander] = Declared.Holder(person: Person(commander), contact: nil)
        }
        return details
    }

    private static func incident(
        _ severity: Severity = .major, service: String? = "web", commander: String? = nil,
        under policy: Policy = .standard
    ) throws -> Scenario {
        try Scenario(severity, at: minute(0), under: policy, details(service: service, commander: commander))
    }

    @Test(
        arguments: [
            (Severity.minor as Severity?, [Severity.minor, .major, .critical]),
            (.major, [.major, .critical]),
            (.critical, [.critical]), (nil, []),
        ])
    func `an incident freezes deploys from the severity of the policy on`(
        from: Severity?, expected: [Severity]
    ) throws {
        var policy = Policy.standard
        policy.freezeFrom = from
        let frozen = try Severity.allCases.filter {
            try FreezeTests.incident($0, under: policy).incident.freeze != nil
        }
        #expect(Set(frozen) == Set(expected))
    }

    @Test(arguments: [("web", "web"), (" Web ", "Web"), (nil, "*"), ("", "*"), (" ", "*"), ("*", "*")])
    func `the scope is the label service, else everything with a warning`(label: String?, scope: String)
        throws
    {
        let declared = try Declare(.major, FreezeTests.details(service: label)).decide(
            opening: 1,
            Circumstances(
                author: Author(person: Person("dora"), postedBy: "bot"), now: minute(0), policy: .standard))
        #expect(declared.warnings.contains(.freezesEverything) == (scope == "*"))
        let freeze = try FreezeTests.incident(service: label).incident.freeze
        #expect(freeze?.scope.name == scope)
        #expect(freeze?.until == minute(480))
    }

    @Test func `a freeze runs until its last millisecond, and is over then`() throws {
        let freeze = try #require(try FreezeTests.incident().incident.freeze)
        #expect(freeze.runs(at: minute(480) - millisecond))
        #expect(!freeze.runs(at: minute(480)))
    }

    @Test func `a raise freezes, once`() throws {
        var scenario = try FreezeTests.incident(.minor, service: nil)
        #expect(scenario.incident.freeze == nil)
        let raise = Request.raiseSeverity(to: .major, reason: nil)
        let raised = try scenario.make(raise, at: minute(10))
        #expect(raised.entries.map(\.kind) == [SeverityRaised.kind, FreezeStarted.kind])
        #expect(raised.warnings == [.freezesEverything])
        #expect(scenario.incident.freeze?.until == minute(490))
        let again = try scenario.make(.raiseSeverity(to: .critical, reason: nil), at: minute(20))
        #expect(again.entries.map(\.kind) == [SeverityRaised.kind])
        #expect(scenario.incident.freeze?.until == minute(490))
    }

    @Test func `a raise freezes again what was lifted or ran out`() throws {
        for isLifted in [true, false] {
            var scenario = try FreezeTests.incident()
            if isLifted { try scenario.make(Request(LiftFreeze()), at: minute(5)) }
            let now = minute(isLifted ? 10 : 480)
            let raised = try scenario.make(.raiseSeverity(to: .critical, reason: nil), at: now)
            #expect(raised.entries.map(\.kind) == [SeverityRaised.kind, FreezeStarted.kind])
            #expect(raised.warnings.isEmpty)
            #expect(scenario.incident.freeze?.until == now + .seconds(8 * 3_600))
        }
    }

    @Test(
        arguments: [
            ("api", "api", 1), ("web", "web", 0), ("WEB", "web", 0), (nil, "*", 1), ("*", "*", 1),
        ])
    func `a changed label moves the freeze that runs, and its end stays`(
        label: String?, scope: String, started: Int
    ) throws {
        var scenario = try FreezeTests.incident()
        let edited = try scenario.make(.patch { $0.labels["service"] = .some(label) }, at: minute(30))
        #expect(edited.entries.count { $0.kind == FreezeStarted.kind } == started)
        #expect(edited.warnings == (scope == "*" ? [.freezesEverything] : []))
        #expect(scenario.incident.freeze == Incident.Freeze(scope: DeployScope(scope), until: minute(480)))
    }

    @Test func `another label, or a label without a freeze, starts none`() throws {
        var scenario = try FreezeTests.incident()
        #expect(try scenario.make(.patch { $0.labels["region"] = "eu" }, at: minute(1)).entries.count == 1)
        try scenario.make(Request(LiftFreeze()), at: minute(2))
        #expect(try scenario.make(.patch { $0.labels["service"] = "api" }, at: minute(3)).entries.count == 1)
        #expect(scenario.incident.freeze == nil)
        var late = try FreezeTests.incident()
        #expect(try late.make(.patch { $0.labels["service"] = "api" }, at: minute(480)).entries.count == 1)
    }

    @Test func `lifting ends the freeze once`() throws {
        var scenario = try FreezeTests.incident()
        let lifted = try scenario.make(Request(LiftFreeze()), at: minute(5), by: "alice")
        #expect(lifted.entries.map(\.text) == ["alice lifted the freeze of deploys of web"])
        #expect(scenario.incident.freeze == nil)
        #expect(scenario.incident.version == scenario.incident.seq)
        #expect(try scenario.make(Request(LiftFreeze()), at: minute(6)).isNothing)
        var late = try FreezeTests.incident()
        #expect(try late.make(Request(LiftFreeze()), at: minute(480)).isNothing)
    }

    @Test func `the end of the incident ends freeze and exceptions, and reopening freezes anew`() throws {
        for end in [
            Request.status(.resolved, reason: "works", override: true),
            .status(.cancelled, reason: "false_alarm"),
            .status(.cancelled, reason: "duplicate", duplicateOf: 7),
        ] {
            var scenario = try FreezeTests.incident()
            scenario.others[7] = try Scenario(at: minute(0), number: 7).incident
            try scenario.make(.allow(5), at: minute(0))
            try scenario.make(.allow(60), at: minute(1))
            let ended = try scenario.make(end, at: minute(10))
            #expect(ended.entries.first?.kind == ExceptionRevoked.kind)
            #expect(ended.entries.count { $0.kind == ExceptionRevoked.kind } == 1)
            #expect(scenario.incident.freeze == nil)
            #expect(scenario.incident.exceptions.allSatisfy { !$0.runs(at: minute(10)) })
            let reopened = try scenario.make(.status(.investigating), at: minute(20))
            #expect(reopened.entries.map(\.kind) == [Reopened.kind, FreezeStarted.kind])
            #expect(scenario.incident.freeze?.until == minute(500))
        }
        var minor = try FreezeTests.incident(.minor)
        try minor.make(.status(.cancelled, reason: "false_alarm"), at: minute(1))
        #expect(try minor.make(.status(.investigating), at: minute(2)).entries.map(\.kind) == [Reopened.kind])
    }

    @Test func `an exception opens the scope of the freeze, or the one named`() throws {
        var scenario = try FreezeTests.incident()
        let granted = try scenario.make(.allow(30, what: "2.14.1"), at: minute(5), by: "alice")
        #expect(
            granted.entries.map(\.text) == [
                "alice allowed deploys of web until \(minute(35).rfc3339): 2.14.1"
            ])
        try scenario.make(.allow(1, scope: "*"), at: minute(5))
        #expect(scenario.incident.exceptions.map(\.scope.name) == ["web", "*"])
        #expect(scenario.incident.exceptions.map(\.until) == [minute(35), minute(6)])
        #expect(scenario.incident.version == 1)
        var everything = try FreezeTests.incident(service: nil)
        try everything.make(.allow(30), at: minute(5))
        #expect(everything.incident.exceptions.map(\.scope.name) == ["*"])
        // Of an incident that freezes nothing, for a freeze of another.
        var minor = try FreezeTests.incident(.minor)
        try minor.make(.allow(30), at: minute(5))
        #expect(minor.incident.exceptions.map(\.scope.name) == ["web"])
    }

    @Test(arguments: [("alice", true), ("@Alice", true), ("bob", true), ("carol", true), ("eve", false)])
    func `approver, backup and commander grant an exception`(author: String, may: Bool) throws {
        var scenario = try FreezeTests.incident(commander: "alice")
        try scenario.make(.assign(.rollbackApprover, "bob"), at: minute(1))
        try scenario.make(.assign(.rollbackBackup, "carol"), at: minute(1))
        let refusal = scenario.refusal(of: .allow(30), at: minute(2), by: author)
        #expect((refusal == nil) == may)
        guard let refusal else { return }
        #expect(refusal.type == .approvalNeeded)
        #expect(refusal.allowed == ["bob", "carol", "alice"])
    }

    @Test func `without a commander anyone grants an exception, and after the end no one`() throws {
        var scenario = try FreezeTests.incident()
        try scenario.make(.assign(.rollbackApprover, "bob"), at: minute(1))
        #expect(scenario.refusal(of: .allow(30), at: minute(2), by: "eve") == nil)
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(3))
        #expect(scenario.refusal(of: .allow(30), at: minute(4), by: "eve")?.type == .incidentEnded)
    }

    @Test func `at most 20 exceptions run, and those that ended make room`() throws {
        var scenario = try FreezeTests.incident()
        for _ in 0..<20 { try scenario.make(.allow(10), at: minute(0)) }
        #expect(scenario.refusal(of: .allow(10), at: minute(1))?.type == .validation)
        try scenario.make(Request(RevokeException(id: scenario.incident.exceptions[3].id)), at: minute(1))
        try scenario.make(.allow(60), at: minute(2))
        #expect(scenario.incident.exceptions.count == 20)
        #expect(scenario.incident.exceptions.last?.until == minute(62))
        #expect(scenario.refusal(of: .allow(10), at: minute(10) - millisecond) != nil)
        try scenario.make(.allow(10), at: minute(10))
        #expect(scenario.incident.exceptions.count == 20)
    }

    @Test func `an exception is revoked once, by its id`() throws {
        var scenario = try FreezeTests.incident()
        try scenario.make(.allow(30), at: minute(0))
        let id = try #require(scenario.incident.exceptions.first?.id)
        let revoke = Request(RevokeException(id: id))
        let revoked = try scenario.make(revoke, at: minute(5))
        #expect(revoked.only(ExceptionRevoked.self) == ExceptionRevoked(of: 2))
        #expect(scenario.incident.exceptions.map(\.until) == [minute(5)])
        #expect(try scenario.make(revoke, at: minute(6)).isNothing)
        #expect(scenario.refusal(of: Request(RevokeException(id: "x")), at: minute(6))?.type == .notFound)
    }

    @Test func `a started mitigation gets an exception while a freeze of its incident runs`() throws {
        let scenario = try FreezeTests.incident()
        func given(_ now: Timestamp) -> Circumstances<Incident> {
            Circumstances(
                author: Author(person: Person("dora"), postedBy: "bot"), now: now, policy: .standard)
        }
        let granted = scenario.incident.exceptionForMitigation("roll back", given(minute(3)))
        let exception = try #require(granted?.payload as? ExceptionGranted)
        #expect(exception == ExceptionGranted(DeployScope("web"), until: minute(33), what: "roll back"))
        #expect(scenario.incident.exceptionForMitigation("roll back", given(minute(480))) == nil)
        let minor = try FreezeTests.incident(.minor)
        #expect(minor.incident.exceptionForMitigation("roll back", given(minute(3))) == nil)
        var full = scenario
        for _ in 0..<20 { try full.make(.allow(10), at: minute(0)) }
        #expect(full.incident.exceptionForMitigation("roll back", given(minute(3))) == nil)
    }

    @Test(arguments: [
        (0, "Deploys are frozen. "), (1, " by INC-1. "), (3, " by INC-1, INC-2, INC-3. "),
        (4, " by INC-1, INC-2, INC-3 and others. "),
    ])
    func `a refused deploy names at most three incidents, and has links only for those who may know more`(
        incidents: Int, words: String
    ) {
        let freezes = (0..<incidents).map { OpenFreezes.Item(until: minute(9), number: $0 + 1, seq: 0) }
        let answer = OpenFreezes.Answer(freezes: freezes, exceptions: [])
        let told = Refusal.deploysFrozen(answer, .everything, shown: [], links: true)
        #expect(told.detail.contains(words), "\(told.detail)")
        #expect(told.links.count == (incidents == 0 ? 0 : 2))
        #expect(Refusal.deploysFrozen(answer, .everything, shown: [], links: false).links.isEmpty)
    }

    @Test func `a clock that is set back moves freeze and exceptions`() throws {
        var scenario = try FreezeTests.incident()
        try scenario.make(.allow(30), at: minute(10))
        try scenario.setClockBack(from: minute(12), to: minute(2))
        // The clock had not come to the nag of 10:05, which was not sent: the step is 8 minutes.
        #expect(scenario.incident.freeze?.until == minute(472))
        #expect(scenario.incident.exceptions.map(\.until) == [minute(32)])
    }

    /// A freeze whose words are erased freezes everything; an exception then opens nothing.
    @Test func `erased words let no deploy through`() throws {
        var scenario = try FreezeTests.incident()
        let place = Place(
            seq: 2, author: Person("x"), occurredAt: minute(1), recordedAt: minute(1), visibility: .internal)
        var started = FreezeStarted(DeployScope("api"), until: minute(9))
        started.scope = nil
        var incident = scenario.incident
        _ = started.apply(to: &incident, at: place)
        #expect(incident.freeze?.scope == .everything)
        try scenario.make(.allow(30), at: minute(1))
        #expect(scenario.incident.exceptions.map(\.scope.name) == ["web"])
    }
}

extension Request {
    static func allow(_ minutes: Int, scope: String? = nil, what: String? = nil) -> Request {
        Request(GrantException(minutes: minutes, scope: scope, what: what))
    }
}
