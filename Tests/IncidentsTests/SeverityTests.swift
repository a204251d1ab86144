import Incidents
import Model
import Testing
import Time

struct SeverityTests {
    @Test(
        arguments: [
            ("minor", .minor), ("p3", .minor), ("sev3", .minor), ("MINOR", .minor), ("P3", .minor),
            ("SeV3", .minor),
            ("major", .major), ("p2", .major), ("sev2", .major), ("Major", .major), ("P2", .major),
            ("SEV2", .major),
            ("critical", .critical), ("p1", .critical), ("sev1", .critical), ("CRITICAL", .critical),
            ("Sev1", .critical),
            ("SEV-1", .critical), ("SEV 1", .critical), ("sev_2", .major), ("S1", .critical), ("s3", .minor),
            ("P-2", .major),
            (" major", .major), ("", nil), ("-", nil), ("p4", nil), ("p0", nil), ("s", nil), ("1", nil),
            ("major\n", nil), ("SEV\u{2011}1", nil),
            ("ſev1", nil),
            ("p１", nil), ("sev01", nil), ("majör", nil), ("major\u{301}", nil),
        ] as [(String, Severity?)])
    func `people write a severity in four ways, in any case, with any hyphen, blank or underscore`(
        input: String, severity: Severity?
    ) {
        #expect(Severity(input: input) == severity)
    }

    @Test(arguments: [
        ("SEV-0", "send critical."), ("P0", "send critical."), ("SEV-4", "send minor."),
        ("p5", "send minor."),
        ("s12", "send minor."), ("", "(or p3…p1, sev3…sev1, s3…s1)."),
        ("urgent", "(or p3…p1, sev3…sev1, s3…s1)."),
        ("sev", "(or p3…p1, sev3…sev1, s3…s1)."), ("p99999999999999999999", "(or p3…p1, sev3…sev1, s3…s1)."),
        ("severe", "(or p3…p1, sev3…sev1, s3…s1)."),
    ])
    func `what is beyond the three says what to send`(input: String, end: String) {
        #expect(Severity(input: input) == nil)
        let advice = Severity.advice(on: input)
        #expect(advice.hasPrefix("must be one of ") && advice.hasSuffix(end), "\(advice)")
        let body = try? BodyReader(Array(#"{"title": "x", "severity": "\#(input)"}"#.utf8))
        #expect(throws: Refusal.self) {
            let reader = try #require(body)
            _ = Declare(from: reader)
            try reader.finish()
        }
    }

    @Test(arguments: Severity.allCases, Severity.allCases)
    func `while the incident is open severity only rises`(from: Severity, to: Severity) throws {
        var policy = Policy.standard
        policy.freezeFrom = nil
        var scenario = try Scenario(from, under: policy)
        let wish = Request.raiseSeverity(to: to, reason: "Worse")
        if to == from {
            #expect(try scenario.make(wish, at: minute(1)).isNothing)
        } else if to > from {
            #expect(try scenario.make(wish, at: minute(1)).entries.map(\.kind) == [SeverityRaised.kind])
            #expect(scenario.incident.severity == to)
        } else {
            #expect(
                scenario.refusal(of: wish, at: minute(1))?.says(.severityOnlyRises, "\(to.rawValue) is lower")
                    == true)
            #expect(scenario.refusal(of: wish, at: minute(1))?.current == .text(from.rawValue))
        }
        #expect(scenario.incident.declaredSeverity == from)
    }

    @Test func `a dispute is recorded and changes nothing, also after the end`() throws {
        var scenario = try Scenario(.critical)
        let before = scenario.incident
        let event = try scenario.make(.dispute(claims: .minor, reason: "A workaround exists"), at: minute(1))
        #expect(
            event.only(SeverityDisputed.self)
                == SeverityDisputed(current: .critical, claims: .minor, reason: "A workaround exists"))
        #expect(scenario.incident.severity == .critical)
        #expect(scenario.incident.version == before.version)
        #expect(scenario.incident.cadence == before.cadence)
    }

    @Test func `the review sets its severity after the end, and no other moves`() throws {
        var scenario = try Scenario(.minor)
        try scenario.make(.raiseSeverity(to: .critical, reason: nil), at: minute(1))
        let wish = Request.patch { $0.reviewedSeverity = .set(.major) }
        let refusal = try #require(scenario.refusal(of: wish, at: minute(2)))
        #expect(refusal.type == .notAllowedFromStatus && refusal.current == .text("investigating"))
        #expect(refusal.allowed == ["resolved", "cancelled"])
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(2))
        try scenario.make(wish, at: minute(3))
        #expect(scenario.incident.reviewedSeverity == .major)
        #expect(scenario.incident.severity == .critical)
        #expect(scenario.incident.declaredSeverity == .minor)
    }

    @Test func `a raise brings the deadline nearer when the new interval is shorter`() throws {
        var scenario = try Scenario(.minor)
        scenario.policy.critical.interval = .seconds(180)
        try scenario.make(.update(), at: minute(1))
        try scenario.make(.raiseSeverity(to: .critical, reason: nil), at: minute(4))
        #expect(scenario.incident.cadence.beat.dueAt == minute(7))
        #expect(scenario.incident.cadence.beat.interval == .seconds(180))
        #expect(scenario.incident.cadence.deadlines.map(\.dueAt) == [minute(5), minute(7)])
        #expect(scenario.incident.cadence.lastUpdateAt == minute(1))
    }

    @Test func `a raise never puts the deadline off, and the new interval counts from the next update on`()
        throws
    {
        var scenario = try Scenario(.minor)
        scenario.policy.major.interval = .seconds(3_600)
        try scenario.make(.raiseSeverity(to: .major, reason: nil), at: minute(4))
        #expect(scenario.incident.cadence.beat.dueAt == minute(5))
        try scenario.make(.update(), at: minute(5))
        #expect(scenario.incident.cadence.beat.dueAt == minute(65))
    }

    @Test func `a raise when overdue keeps the deadline and the nags that were sent`() throws {
        var scenario = try Scenario(.minor)
        try scenario.nag(at: minute(5))
        try scenario.make(.raiseSeverity(to: .major, reason: nil), at: minute(6))
        #expect(scenario.incident.cadence.beat.dueAt == minute(5))
        #expect(scenario.incident.cadence.nagsSent == 1)
        #expect(try scenario.nag(at: minute(6)) == nil)
        #expect(try scenario.nag(at: minute(10))?.number == 2)
    }
}
