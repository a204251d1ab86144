import Incidents
import Model
import Testing
import Time

/// The decision at sixty minutes, escalations, and silences, in domain.md, section 6.
struct LongIncidentTests {
    @Test(arguments: [
        (1, 60), (2, 75), (3, 90), (4, 105), (5, 120), (6, 135), (7, 150), (8, 165), (9, 180), (10, 195),
        (11, 210),
        (12, 225),
    ])
    func `nag n for the decision goes out at its millisecond, to the commander`(number: Int, due: Int) throws
    {
        var scenario = try Scenario()
        try scenario.make(.assign(.commander, "alice"), at: minute(0))
        for earlier in 1..<number {
            let moment = try #require(scenario.incident.nextNagAt(about: .decision))
            #expect(try scenario.nag(at: moment, about: .decision)?.number == earlier)
        }
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(due))
        #expect(try scenario.nag(at: minute(due) - millisecond, about: .decision) == nil)
        let before = scenario.incident
        let nag = try #require(try scenario.nag(at: minute(due), about: .decision))
        #expect(nag.number == number)
        #expect(nag.dueAt == minute(60))
        #expect(nag.addresses == ["commander:alice"])
        #expect(!nag.breached)
        #expect(try scenario.nag(at: minute(due), about: .decision) == nil)
        let isUpdateDue = before.nextNagAt(about: .update).map { $0 <= minute(due) } ?? false
        #expect(
            isUpdateDue || scenario.incident.version == before.version,
            "it changes nothing that a reader sees")
    }

    @Test func `after the twelfth there is silence, and without a commander the declarer is asked`() throws {
        var scenario = try Scenario(by: "dora")
        #expect(try scenario.nag(at: minute(60), about: .decision)?.addresses == ["declarer:dora"])
        while let moment = scenario.incident.nextNagAt(about: .decision) { try scenario.nag(at: moment) }
        let numbers = scenario.entries.compactMap { entry -> Int? in
            guard let nag = entry.payload as? NagSent, nag.about == .decision else { return nil }
            return nag.number
        }
        #expect(numbers == Array(1...12))
        #expect(try scenario.nag(at: minute(99_999), about: .decision) == nil)
    }

    @Test(arguments: [(60, 1), (74, 1), (75, 2), (130, 5), (1_440 - 1, 12)])
    func `any downtime costs one late nag`(now: Int, number: Int) throws {
        var scenario = try Scenario()
        #expect(try scenario.nag(at: minute(now), about: .decision)?.number == number)
        #expect(try scenario.nag(at: minute(now), about: .decision) == nil)
    }

    @Test func `the interval of the beat is theirs too, from the last nag on`() throws {
        var scenario = try Scenario()
        #expect(try scenario.nag(at: minute(60), about: .decision)?.number == 1)
        #expect(try scenario.nag(at: minute(75), about: .decision)?.number == 2)
        try scenario.make(.changeInterval(to: .seconds(300), reason: nil), at: minute(76))
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(80))
        #expect(try scenario.nag(at: minute(80), about: .decision)?.number == 3)
        #expect(try scenario.nag(at: minute(85), about: .decision)?.number == 4)
    }

    @Test func `a quicker beat uses none of their numbers up`() throws {
        var scenario = try Scenario()
        for at in [60, 75] { try scenario.nag(at: minute(at), about: .decision) }
        try scenario.make(.changeInterval(to: .seconds(60), reason: nil), at: minute(89))
        #expect(try scenario.nag(at: minute(89), about: .decision)?.number == 3)
        #expect(try scenario.nag(at: minute(90), about: .decision)?.number == 4)
        var early = try Scenario()
        try early.make(.changeInterval(to: .seconds(60), reason: nil), at: minute(30))
        #expect(early.incident.nextNagAt(about: .decision) == minute(60))
        #expect(try early.nag(at: minute(60), about: .decision)?.number == 1)
    }

    @Test func `a slower beat is theirs from the next update on`() throws {
        var scenario = try Scenario()
        for at in [60, 75] { try scenario.nag(at: minute(at), about: .decision) }
        try scenario.make(.changeInterval(to: .seconds(3_600), reason: "quiet"), at: minute(76))
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(90))
        try scenario.make(.update(), at: minute(77))
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(135))
    }

    @Test func `an escalation puts the decision off by an hour, as often as it takes`() throws {
        var scenario = try Scenario()
        try scenario.make(.escalate(to: Person("cto"), reason: "stuck"), at: minute(10))
        #expect(scenario.incident.decision?.dueAt == minute(70))
        #expect(try scenario.nag(at: minute(60), about: .decision) == nil)
        #expect(try scenario.nag(at: minute(70), about: .decision)?.dueAt == minute(70))
        try scenario.make(.escalate(to: Person("ceo"), reason: "still"), at: minute(71))
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(131))
        #expect(try scenario.nag(at: minute(131), about: .decision)?.number == 1)
    }

    @Test(arguments: [Incident.Status.resolved, .cancelled])
    func `nothing is decided after the end, and reopening starts the hour anew`(end: Incident.Status) throws {
        var scenario = try Scenario()
        let reason = end == .cancelled ? "false_alarm" : "Over"
        try scenario.make(.status(end, reason: reason, override: true), at: minute(30))
        #expect(scenario.incident.nextNagAt == nil)
        #expect(try scenario.judge(.nag, at: minute(600)).isNothing)
        #expect(
            scenario.refusal(of: .escalate(to: Person("cto"), reason: "?"), at: minute(31))?.says(
                .incidentEnded, "an escalation") == true)
        try scenario.make(.status(.investigating), at: minute(100))
        #expect(scenario.incident.decision?.dueAt == minute(160))
        #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(130))
    }

    @Test func `the draft is about the decision from its moment on, until it is made`() throws {
        var scenario = try Scenario()
        #expect(
            scenario.incident.automaticTemplate(for: .public, at: minute(60) - millisecond) == "acknowledge")
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(60)) == "decide")
        #expect(scenario.incident.automaticTemplate(for: .internal, at: minute(60)) == "internal")
        try scenario.make(.escalate(to: Person("cto"), reason: "stuck"), at: minute(61))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(62)) == "acknowledge")
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(130))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(131)) == "resolution")
    }

    @Test func `half an hour without an entry is asked about once, of commander and technical lead`() throws {
        var scenario = try Scenario()
        try scenario.make(.assign(.commander, "alice"), at: minute(0))
        try scenario.make(.assign(.technicalLead, "eve"), at: minute(0))
        #expect(try scenario.nag(at: minute(30) - millisecond, about: .noProgress) == nil)
        let nag = try #require(try scenario.nag(at: minute(30), about: .noProgress))
        #expect(nag.number == 1)
        #expect(nag.dueAt == minute(30))
        #expect(nag.addresses == ["commander:alice", "technical_lead:eve"])
        #expect(scenario.incident.nextNagAt(about: .noProgress) == nil)
        #expect(try scenario.nag(at: minute(300), about: .noProgress) == nil)
    }

    @Test func `nags are no progress, and everything else is`() throws {
        var scenario = try Scenario()
        try scenario.nag(at: minute(15))
        #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(30))
        let changes: [Request] = [
            .note(), .assign(.scribe, "sam"), .snooze(minutes: 15, reason: "x"), .update(),
            .dispute(claims: .minor, reason: "x"),
            .patch { $0.impact = .set("Many") }, .status(.mitigating),
            .raiseSeverity(to: .critical, reason: nil),
            .changeInterval(to: .seconds(600), reason: nil), .escalate(to: Person("cto"), reason: "x"),
        ]
        for (index, change) in changes.enumerated() {
            try scenario.make(change, at: minute(16 + index))
            #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(46 + index), "\(change)")
        }
        #expect(try scenario.nag(at: minute(55), about: .noProgress)?.dueAt == minute(55))
        // The next silence is another one.
        try scenario.make(.note(), at: minute(56))
        #expect(try scenario.nag(at: minute(86), about: .noProgress)?.dueAt == minute(86))
    }

    @Test func `one look may ask for three things, each once`() throws {
        var scenario = try Scenario()
        let nags = try scenario.make(.nag, at: minute(60), by: "drumbeat").nags
        #expect(nags.map(\.about) == [.update, .decision, .noProgress])
        #expect(nags.map(\.number) == [6, 1, 1])
        #expect(try scenario.judge(.nag, at: minute(60), by: "drumbeat").isNothing)
    }

    @Test func `an incident of Drumbeat 0.1.0 has neither, and keeps the hour before a slower beat`() throws {
        let declared = Declared(
            number: 1, severity: .major, details: .init(title: "old"),
            beat: Beat(
                interval: .seconds(900), dueAt: minute(5), nagSteps: [.zero], nagMax: 12, dueSoonAt: nil),
            episode: nil)
        let place = Place(
            seq: 1, author: Person("dora"), occurredAt: minute(0), recordedAt: minute(0),
            visibility: .internal)
        let incident = Incident(opening: declared, id: Incident.ID("01"), at: place)
        #expect(incident.decision == nil)
        #expect(incident.nextNagAt(about: .decision) == nil)
        #expect(incident.nextNagAt(about: .noProgress) == nil)
        #expect(incident.slowsFrom == minute(60))
        #expect(incident.automaticTemplate(for: .public, at: minute(600)) == "acknowledge")
    }
}
