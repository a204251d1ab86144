import Incidents
import Model
import Testing
import Time

struct StatusTests {
    enum Outcome { case nothing, moves, resolves, cancels, reopens, needsOverride, hasEnded }

    struct Step: CustomTestStringConvertible {
        let from: Incident.Status
        let to: Incident.Status
        let outcome: Outcome
        var testDescription: String { "\(from) → \(to): \(outcome)" }
    }

    /// domain.md, section 3: every pair.
    static let steps: [Step] = [
        (.investigating, [.nothing, .moves, .moves, .needsOverride, .cancels]),
        (.mitigating, [.moves, .nothing, .moves, .needsOverride, .cancels]),
        (.monitoring, [.moves, .moves, .nothing, .resolves, .cancels]),
        (.resolved, [.reopens, .hasEnded, .hasEnded, .nothing, .hasEnded]),
        (.cancelled, [.reopens, .hasEnded, .hasEnded, .hasEnded, .nothing]),
    ].flatMap { (from: Incident.Status, outcomes: [Outcome]) in
        zip(Incident.Status.allCases, outcomes).map { Step(from: from, to: $0, outcome: $1) }
    }

    static func scenario(in status: Incident.Status) throws -> Scenario {
        var policy = Policy.standard
        policy.freezeFrom = nil
        var scenario = try Scenario(under: policy)
        switch status {
        case .investigating: break
        case .resolved:
            try scenario.make(.status(.resolved, reason: "It is over", override: true), at: minute(1))
        case .cancelled: try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(1))
        case .mitigating: try scenario.make(.status(status), at: minute(1))
        case .monitoring:
            // Watched for no time, and checked: nothing is lacking.
            scenario.policy.watch.usual = .zero
            try scenario.make(.patch { $0.restoredWhen = .set("people can sign in") }, at: minute(1))
            try scenario.make(.status(status), at: minute(1))
            try scenario.make(.check("sign in"), at: minute(1))
            scenario.policy.watch = .standard
        }
        return scenario
    }

    @Test(arguments: steps)
    func `each step between two statuses does what the table says`(step: Step) throws {
        var scenario = try StatusTests.scenario(in: step.from)
        let wish = Request.status(step.to, reason: step.to == .cancelled ? "false_alarm" : nil)
        let before = scenario.incident
        switch step.outcome {
        case .nothing:
            #expect(try scenario.make(wish, at: minute(2)).isNothing)
            #expect(scenario.incident == before)
        case .moves:
            let moved = try scenario.make(wish, at: minute(2)).only(StatusChanged.self)
            let watch = Watch(
                startedAt: minute(2), middleAt: minute(2) + .seconds(450), until: minute(17))
            #expect(
                moved
                    == StatusChanged(
                        from: step.from, to: step.to, reason: nil, watch: step.to == .monitoring ? watch : nil
                    ))
        case .resolves:
            let resolved = try scenario.make(wish, at: minute(2)).only(Resolved.self)
            #expect(resolved == Resolved(from: step.from, override: false, reason: nil))
            #expect(scenario.incident.times.resolvedAt == minute(2))
        case .cancels:
            let cancelled = try scenario.make(wish, at: minute(2)).only(Cancelled.self)
            #expect(cancelled == Cancelled(from: step.from, duplicateOf: nil))
            #expect(scenario.incident.times.cancelledAt == minute(2))
        case .reopens:
            #expect(try scenario.make(wish, at: minute(2)).entries.map(\.kind) == [Reopened.kind])
            #expect(scenario.incident.episode == 2)
        case .needsOverride:
            let refusal = try #require(scenario.refusal(of: wish, at: minute(2)))
            #expect(refusal.type == .notAllowedFromStatus && refusal.current == .text(step.from.rawValue))
            let others: Set<Incident.Status> = [.investigating, .mitigating, .monitoring, .cancelled]
            #expect(Set(refusal.allowed) == Set(others.subtracting([step.from]).map(\.rawValue)))
            return
        case .hasEnded:
            let refusal = try #require(scenario.refusal(of: wish, at: minute(2)))
            #expect(refusal.type == .incidentEnded && refusal.current == .text(step.from.rawValue))
            return
        }
        #expect(scenario.incident.status == step.to)
    }

    @Test func `declaring without impact warns, with it does not`() throws {
        var details = Declared.Details(title: "Slow")
        #expect(try StatusTests.declare(details).warnings == [.impactMissing])
        details.impact = ""
        #expect(try StatusTests.declare(details).warnings == [.impactMissing])
        details.impact = "Some users wait"
        #expect(try StatusTests.declare(details).warnings == [])
    }

    private static func declare(_ details: Declared.Details) throws -> Decision<Incident> {
        try Declare(.minor, details).decide(
            opening: 1, Circumstances(author: .service, now: minute(0), policy: .standard))
    }

    @Test func `monitoring warns until someone has said what restored means`() throws {
        var scenario = try Scenario()
        #expect(try scenario.judge(.status(.monitoring), at: minute(1)).warnings == [.restoredWhenMissing])
        try scenario.make(.patch { $0.restoredWhen = .set("Sign-in takes 3 s") }, at: minute(1))
        #expect(try scenario.judge(.status(.monitoring), at: minute(1)).warnings == [])
    }

    @Test func `a regression takes the mitigation back, and the next monitoring is it`() throws {
        var scenario = try StatusTests.scenario(in: .monitoring)
        let back = try scenario.make(.status(.mitigating), at: minute(3))
        #expect(back.entries.first?.text.contains("regression") == true)
        #expect(scenario.incident.times.mitigatedAt == nil)
        try scenario.make(.status(.monitoring), at: minute(5))
        #expect(scenario.incident.times.mitigatedAt == minute(5))
        #expect(scenario.incident.times.monitoringAt == minute(5))
    }

    @Test func `an override is refused for its lack first, then for its author, then for its reason`() throws
    {
        var scenario = try Scenario()
        try scenario.make(.assign(.commander, "@Bob"), at: minute(1))
        let plain = scenario.refusal(of: .status(.resolved, reason: "x"), at: minute(2), by: "eve")
        #expect(plain?.type == .notAllowedFromStatus)
        let other = scenario.refusal(of: .status(.resolved, override: true), at: minute(2), by: "eve")
        #expect(other?.type == .commanderOnly && other?.current == .text("@Bob"))
        for reason in [nil, ""] {
            let wish = Request.status(.resolved, reason: reason, override: true)
            #expect(scenario.refusal(of: wish, at: minute(2), by: "bob")?.invalid(at: "#/reason") != nil)
        }
        let done = try scenario.make(
            .status(.resolved, reason: "Over", override: true), at: minute(2), by: "bOB")
        #expect(
            done.only(Resolved.self) == Resolved(from: .investigating, override: true, reason: "Over"))
    }

    @Test func `while no one commands, anyone overrides`() throws {
        var scenario = try Scenario()
        try scenario.make(.assign(.communicator, "bob"), at: minute(1))
        #expect(
            scenario.refusal(of: .status(.resolved, reason: "Over", override: true), at: minute(2), by: "eve")
                == nil)
    }

    @Test func `from monitoring with nothing lacking there is nothing to override`() throws {
        var scenario = try StatusTests.scenario(in: .monitoring)
        try scenario.make(.assign(.commander, "bob"), at: minute(1))
        let done = try scenario.make(.status(.resolved, override: true), at: minute(2), by: "bob")
        #expect(done.only(Resolved.self) == Resolved(from: .monitoring, override: false, reason: nil))
    }

    @Test(
        arguments: [
            (nil, nil, "#/reason"), ("", nil, "#/reason"), ("over", nil, "#/reason"),
            ("duplicate", nil, "#/duplicate_of"),
            ("duplicate", 42, "#/duplicate_of"), ("false_alarm", 7, "#/duplicate_of"),
            ("False_alarm", nil, "#/reason"),
        ] as [(String?, Int?, String)])
    func `a cancellation names one of two reasons, and what it duplicates`(
        reason: String?, duplicateOf: Int?, pointer: String
    ) throws {
        let scenario = try Scenario()
        let wish = Request.status(.cancelled, reason: reason, duplicateOf: duplicateOf)
        #expect(scenario.refusal(of: wish, at: minute(1))?.invalid(at: pointer) != nil)
    }

    @Test func `a duplicate names the other one, until it is reopened`() throws {
        var scenario = try Scenario()
        scenario.others = [7: try Scenario(at: minute(-3), number: 7).incident]
        let done = try scenario.make(.status(.cancelled, reason: "duplicate", duplicateOf: 7), at: minute(1))
        #expect(done.entries.map(\.kind) == [Cancelled.kind, Linked.kind])
        #expect(done.entries[0].payload as? Cancelled == Cancelled(from: .investigating, duplicateOf: 7))
        #expect(done.entries.first?.text.contains("INC-7") == true)
        #expect(scenario.incident.duplicateOf == 7)
        try scenario.make(.status(.investigating, reason: "It is another one"), at: minute(9))
        #expect(scenario.incident.duplicateOf == nil)
        #expect(scenario.incident.times.cancelledAt == nil)
    }

    @Test(arguments: [Incident.Status.mitigating, .monitoring, .resolved])
    func `only a cancellation names what it duplicates`(to: Incident.Status) throws {
        let scenario = try Scenario()
        let wish = Request.status(to, reason: "x", override: true, duplicateOf: 7)
        #expect(scenario.refusal(of: wish, at: minute(1))?.invalid(at: "#/duplicate_of") != nil)
        let ended = try StatusTests.scenario(in: .resolved)
        #expect(
            ended.refusal(of: .status(.investigating, duplicateOf: 7), at: minute(2))?.invalid(
                at: "#/duplicate_of") != nil)
    }

    @Test(arguments: [Incident.Status.resolved, .cancelled])
    func `after the end words and roles are accepted, and nothing that steers`(status: Incident.Status) throws
    {
        let scenario = try StatusTests.scenario(in: status)
        let accepted: [Request] = [
            .note(), .finding("x"), .dispute(claims: .critical, reason: "x"), .update(),
            .assign(.scribe, "eve"),
            .patch { $0.reviewedSeverity = .set(.minor) }, .patch { $0.title = .set("Another") },
            .releaseRole(.scribe),
        ]
        for change in accepted { #expect(scenario.refusal(of: change, at: minute(3)) == nil, "\(change)") }
        for severity in Severity.allCases {
            let refusal = scenario.refusal(of: .raiseSeverity(to: severity, reason: nil), at: minute(3))
            #expect(refusal?.type == .incidentEnded && refusal?.current == .text(status.rawValue))
        }
    }

    @Test func `reopening begins an episode as if declared now, and forgets nothing`() throws {
        var policy = Policy.standard
        policy.shift = .zero
        var scenario = try Scenario(.major, under: policy)
        try scenario.make(.assign(.communicator, "bob", contact: "tel:1"), at: minute(1))
        try scenario.make(.raiseSeverity(to: .critical, reason: nil), at: minute(2))
        try scenario.make(.update(), at: minute(4))
        try scenario.nag(at: minute(19))
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(20))
        var reopened = scenario
        reopened.policy.critical = Policy.Intervals(firstUpdate: .seconds(60), interval: .seconds(240))
        try reopened.make(.status(.investigating, reason: "It is back"), at: minute(90))
        let incident = reopened.incident
        #expect(incident.episode == 2)
        #expect(incident.episodeStartedAt == minute(90))
        #expect(incident.times.resolvedAt == nil)
        #expect(incident.times.declaredAt == minute(0))
        #expect(incident.severity == .critical)
        #expect(incident.roles == scenario.incident.roles)
        #expect(incident.cadence.beat.dueAt == minute(91))
        #expect(incident.cadence.beat.interval == .seconds(240))
        #expect(incident.cadence.lastUpdateAt == nil)
        #expect(incident.cadence.nagsSent == 0)
        #expect(incident.cadence.updatesInEpisode == 0)
        #expect(incident.cadence.deadlines.map(\.dueAt) == [minute(5), minute(19), minute(91)])
        #expect(incident.slot(at: minute(90)) == "T+0")
        #expect(incident.nextNagAt(about: .update) == minute(91))
    }
}
