import Incidents
import Model
import Testing
import Time

/// Quicker and slower beats, in domain.md, section 6.
struct CadenceChangeTests {
    private static func interval(_ minutes: Int, _ reason: String? = "quiet") -> Request {
        .changeInterval(to: .seconds(60 * minutes), reason: reason)
    }

    @Test func `quicker holds at once, from the last update on, for anyone who may command`() throws {
        var scenario = try Scenario()
        try scenario.make(.assign(.commander, "alice"), at: minute(0))
        try scenario.make(.update(), at: minute(3))
        try scenario.make(CadenceChangeTests.interval(10, nil), at: minute(4), by: "eve")
        #expect(scenario.incident.cadence.interval == .seconds(600))
        #expect(scenario.incident.cadence.beat.dueAt == minute(13))
        #expect(scenario.incident.cadence.beat.dueSoonAt == minute(11))
        #expect(try scenario.nag(at: minute(13) - millisecond) == nil)
        #expect(try scenario.nag(at: minute(13))?.number == 1)
        try scenario.make(.update(), at: minute(14))
        #expect(scenario.incident.cadence.beat.dueAt == minute(24))
    }

    @Test func `it only brings the deadline nearer`() throws {
        var scenario = try Scenario()
        try scenario.make(CadenceChangeTests.interval(10), at: minute(1))
        #expect(scenario.incident.cadence.beat.dueAt == minute(5), "there was no update to count from")
        try scenario.make(.update(promising: minute(4)), at: minute(2))
        try scenario.make(CadenceChangeTests.interval(5), at: minute(3))
        #expect(scenario.incident.cadence.beat.dueAt == minute(4))
    }

    @Test func `a deadline that is over by it is nagged for at once, and from the first nag on`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(1))
        try scenario.make(CadenceChangeTests.interval(5), at: minute(12))
        #expect(scenario.incident.cadence.beat.dueAt == minute(6))
        #expect(
            (1...5).map { scenario.incident.cadence.moment(ofNag: $0) } == [12, 17, 22, 27, 32].map(minute))
        let nag = try #require(try scenario.nag(at: minute(12)))
        #expect(nag.number == 1)
        #expect(nag.dueAt == minute(6))
        #expect(!scenario.incident.cadence.breached, "a minute ago nothing was late")
    }

    @Test func `a commander who asks for more rhythm in an overdue incident gets it, and no silence`() throws
    {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(1))
        for at in [16, 21, 26] { try scenario.nag(at: minute(at)) }
        try scenario.make(CadenceChangeTests.interval(2), at: minute(40))
        #expect(try scenario.nag(at: minute(40))?.number == 4)
        #expect(try scenario.nag(at: minute(42) - millisecond) == nil)
        #expect(try scenario.nag(at: minute(42))?.number == 5)
        var raised = try Scenario(.minor)
        raised.policy.critical.interval = .seconds(60)
        for at in [5, 10, 15] { try raised.nag(at: minute(at)) }
        try raised.make(.raiseSeverity(to: .critical, reason: nil), at: minute(29))
        #expect(try raised.nag(at: minute(29))?.number == 4)
        #expect(raised.incident.nextNagAt(about: .update) == minute(30))
    }

    @Test func `one that was due when the beat became quicker still comes, with its own number`() throws {
        var scenario = try Scenario()
        // The service was down from minute 5 on: at minute 12 nag 2 is due.
        try scenario.make(CadenceChangeTests.interval(10), at: minute(12))
        #expect(try scenario.nag(at: minute(12))?.number == 2)
        #expect(scenario.incident.nextNagAt(about: .update) == minute(17))
    }

    @Test func `less slow than what waits is no slower beat at once`() throws {
        var scenario = try Scenario()
        try scenario.make(.assign(.commander, "alice"), at: minute(0))
        try scenario.make(.update(), at: minute(55))
        try scenario.make(CadenceChangeTests.interval(60), at: minute(61), by: "alice")
        let open = scenario.incident.cadence.beat
        let decision = try scenario.make(CadenceChangeTests.interval(30, nil), at: minute(62), by: "eve")
        #expect(decision.entries.first?.text.hasSuffix("30m, from the next update on") == true)
        #expect(scenario.incident.cadence.beat == open)
        try scenario.make(CadenceChangeTests.interval(15, nil), at: minute(63), by: "eve")
        #expect(scenario.incident.cadence.beat == open)
        #expect(scenario.refusal(of: .snooze(minutes: 16, reason: "x"), at: minute(63)) != nil)
        try scenario.make(CadenceChangeTests.interval(10, nil), at: minute(64), by: "eve")
        #expect(scenario.incident.cadence.beat.dueAt == minute(65))
    }

    @Test func `a deadline moved to a moment that was nagged for goes on with its numbers`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(3))
        #expect(try scenario.nag(at: minute(18))?.number == 1)
        // Told late: it was at minute 9, so the next one is due at minute 24; nine minutes make that 18 again.
        try scenario.make(.update(occurredAt: minute(9)), at: minute(19))
        try scenario.make(CadenceChangeTests.interval(9), at: minute(20))
        #expect(scenario.incident.cadence.beat.dueAt == minute(18))
        #expect(try scenario.nag(at: minute(20)) == nil, "nag 1 for minute 18 was sent")
        #expect(try scenario.nag(at: minute(23))?.number == 2)
    }

    @Test func `numbers stay spent for a moment that a deadline was moved away from`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(3))
        #expect(try scenario.nag(at: minute(18))?.number == 1)
        try scenario.make(CadenceChangeTests.interval(10), at: minute(19))
        #expect(scenario.incident.cadence.beat.dueAt == minute(13))
        // Told late, and due at minute 18 once more.
        try scenario.make(.update(occurredAt: minute(8)), at: minute(20))
        #expect(scenario.incident.cadence.beat.dueAt == minute(18))
        #expect(try scenario.nag(at: minute(20)) == nil)
        #expect(try scenario.nag(at: minute(23))?.number == 2)
    }

    @Test func `slower holds from the next update on`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(55))
        try scenario.make(CadenceChangeTests.interval(30), at: minute(60))
        #expect(scenario.incident.cadence.interval == .seconds(1_800))
        #expect(scenario.incident.cadence.beat.dueAt == minute(70))
        #expect(try scenario.nag(at: minute(70))?.number == 1)
        #expect(
            scenario.incident.cadence.moment(ofNag: 4) == minute(95), "the open deadline keeps its interval")
        try scenario.make(.update(promising: minute(102)), at: minute(71))
        #expect(scenario.incident.cadence.beat.dueAt == minute(101))
        #expect(scenario.incident.cadence.beat.interval == .seconds(1_800))
    }

    @Test(arguments: [(-1, false), (0, true), (1, true)])
    func `slower is for incidents of an hour and more`(milliseconds: Int, isTaken: Bool) throws {
        let scenario = try Scenario()
        let now = minute(60) + .milliseconds(milliseconds)
        let refusal = scenario.refusal(of: CadenceChangeTests.interval(30), at: now)
        #expect((refusal == nil) == isTaken)
        guard !isTaken else { return }
        let detail = try #require(refusal?.invalid(at: "#/interval_seconds"))
        #expect(detail.contains("\(minute(60).minute(on: nil)) UTC"))
    }

    @Test func `an escalation takes that right from no one, and a new episode does`() throws {
        var scenario = try Scenario()
        try scenario.make(.escalate(to: Person("cto"), reason: "stuck"), at: minute(59))
        #expect(scenario.refusal(of: CadenceChangeTests.interval(30), at: minute(60)) == nil)
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(61))
        #expect(
            scenario.refusal(of: CadenceChangeTests.interval(30), at: minute(62))?.says(
                .incidentEnded, "a change of the cadence") == true)
        try scenario.make(.status(.investigating), at: minute(62))
        #expect(scenario.refusal(of: CadenceChangeTests.interval(30), at: minute(121)) != nil)
        #expect(scenario.refusal(of: CadenceChangeTests.interval(30), at: minute(122)) == nil)
    }

    @Test(arguments: [(3_600, true), (3_601, false)])
    func `at most four times what is configured for the severity`(seconds: Int, isTaken: Bool) throws {
        let scenario = try Scenario()
        let change = Request.changeInterval(to: .seconds(seconds), reason: "quiet")
        let refusal = scenario.refusal(of: change, at: minute(70))
        #expect((refusal == nil) == isTaken)
        #expect(isTaken || "\(String(describing: refusal))".contains("maximum is 3600"))
    }

    @Test func `who may is judged before when, how much and why`() throws {
        var scenario = try Scenario()
        try scenario.make(.assign(.commander, "alice"), at: minute(0))
        let far = Request.changeInterval(to: .seconds(99_999), reason: nil)
        let refusal = scenario.refusal(of: far, at: minute(1), by: "eve")
        #expect(refusal?.says(.commanderOnly, "alice", "a longer interval") == true)
        #expect(refusal?.current == .text("alice"))
        #expect(
            scenario.refusal(of: far, at: minute(1), by: "@Alice")
                == .invalid("#/reason", "A longer interval requires a reason."))
        #expect(
            scenario.refusal(of: CadenceChangeTests.interval(30, " "), at: minute(70), by: "alice") != nil)
        #expect(scenario.refusal(of: CadenceChangeTests.interval(30), at: minute(70), by: "alice") == nil)
    }

    @Test func `the same interval changes nothing, and back to the old one is slower`() throws {
        var scenario = try Scenario()
        #expect(try scenario.judge(CadenceChangeTests.interval(15, nil), at: minute(1)).isNothing)
        try scenario.make(CadenceChangeTests.interval(5), at: minute(1))
        #expect(scenario.refusal(of: CadenceChangeTests.interval(15), at: minute(2)) != nil)
        #expect(scenario.refusal(of: CadenceChangeTests.interval(15), at: minute(60)) == nil)
    }

    @Test func `a raise takes the interval of its severity`() throws {
        var scenario = try Scenario(.minor)
        try scenario.make(.update(), at: minute(61))
        try scenario.make(CadenceChangeTests.interval(60), at: minute(62))
        try scenario.make(.raiseSeverity(to: .critical, reason: nil), at: minute(63))
        #expect(scenario.incident.cadence.interval == .seconds(900))
        #expect(scenario.incident.cadence.beat.dueAt == minute(76))
    }
}

/// The intervals of long incidents, and the shortest one.
struct LongIntervalTests {
    @Test(arguments: [(Severity.critical, 3_600), (.major, 14_400), (.minor, 86_400)])
    func `from four hours on a long incident may have a long interval`(severity: Severity, longest: Int)
        throws
    {
        var scenario = try Scenario(severity)
        let early = scenario.refusal(
            of: .changeInterval(to: .seconds(3_601), reason: "quiet"), at: minute(240) - millisecond)
        #expect(early?.invalid(at: "#/interval_seconds")?.contains("3600") == true)
        let late = scenario.refusal(
            of: .changeInterval(to: .seconds(longest + 1), reason: "quiet"), at: minute(240))
        #expect(late?.invalid(at: "#/interval_seconds")?.contains("\(longest)") == true)
        try scenario.make(.changeInterval(to: .seconds(longest), reason: "quiet"), at: minute(240))
        #expect(scenario.incident.cadence.interval == .seconds(longest))
        guard severity == .major else { return }
        try scenario.make(.raiseSeverity(to: .critical, reason: nil), at: minute(241))
        #expect(scenario.incident.cadence.interval == .seconds(900), "a raise ends it")
    }

    @Test func `an interval is at least a minute, or the configured one`() throws {
        let scenario = try Scenario()
        let refusal = scenario.refusal(of: .changeInterval(to: .seconds(59), reason: nil), at: minute(1))
        #expect(refusal?.invalid(at: "#/interval_seconds") == "The minimum is 60.")
        #expect(scenario.refusal(of: .changeInterval(to: .seconds(60), reason: nil), at: minute(1)) == nil)
        var quick = Policy.standard
        quick.major.interval = .seconds(20)
        var short = try Scenario(under: quick)
        try short.make(.changeInterval(to: .seconds(40), reason: "x"), at: minute(61))
        #expect(short.refusal(of: .changeInterval(to: .seconds(19), reason: nil), at: minute(62)) != nil)
        #expect(short.refusal(of: .changeInterval(to: .seconds(20), reason: nil), at: minute(62)) == nil)
    }
}
