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
    func `nothing is decided after the end, and reopening starts the hour again`(end: Incident.Status) throws
    {
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
            scenario.incident.automaticTemplate(for: .internal, at: minute(60) - millisecond) == "internal")
        #expect(scenario.incident.automaticTemplate(for: .internal, at: minute(60)) == "decide")
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(60)) == "acknowledge")
        try scenario.make(.escalate(to: Person("cto"), reason: "stuck"), at: minute(61))
        #expect(scenario.incident.automaticTemplate(for: .internal, at: minute(62)) == "internal")
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(130))
        #expect(scenario.incident.automaticTemplate(for: .internal, at: minute(131)) == "internal")
    }

    @Test func `half an hour without progress is asked about once, of commander and technical lead`() throws {
        var scenario = try Scenario()
        try scenario.make(.assign(.commander, "alice"), at: minute(0))
        try scenario.make(.assign(.technicalLead, "eve"), at: minute(0))
        try scenario.make(.update(), at: minute(16))
        #expect(try scenario.nag(at: minute(30) - millisecond, about: .noProgress) == nil)
        let nag = try #require(try scenario.nag(at: minute(30), about: .noProgress))
        #expect(nag.number == 1)
        #expect(nag.dueAt == minute(30))
        #expect(nag.addresses == ["commander:alice", "technical_lead:eve"])
        #expect(scenario.texts[scenario.incident.seq]?.contains("No progress for 30 min") == true)
        #expect(scenario.incident.nextNagAt(about: .noProgress) == nil)
        for at in [31, 46] {
            try scenario.make(.update("Still nothing"), at: minute(at))
            #expect(try scenario.nag(at: minute(at), about: .noProgress) == nil, "once per standstill")
        }
        try scenario.make(.post(PostEntry(Finding(confirmed: false), text: "It is the disk")), at: minute(50))
        #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(80), "the next standstill")
    }

    /// What people find, change, try or decide.
    @Test(
        arguments: [
            .post(PostEntry(Finding(confirmed: false), text: "x")),
            .post(PostEntry(Hypothesis(.open), text: "x")),
            .post(PostEntry(ChangeMade(complete: false), text: "x")),
            .post(PostEntry(DecisionMade(), text: "x")),
            .post(PostEntry(Todo(), text: "x")), .status(.mitigating),
            .raiseSeverity(to: .critical, reason: nil),
            .escalate(to: Person("cto"), reason: "x"), .confirm(Confirm(of: 2, .confirmed)),
        ] as [Request])
    func `progress ends a standstill`(change: Request) throws {
        var scenario = try Scenario()
        try scenario.make(.post(PostEntry(Finding(confirmed: false), text: "early")), at: minute(1))
        #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(31))
        try scenario.make(change, at: minute(12))
        #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(42))
    }

    /// A communicator who says "nothing new" every quarter of an hour must not switch the nag off.
    @Test(
        arguments: [
            .update(), .assign(.scribe, "sam"), .patch { $0.impact = .set("Many") },
            .dispute(claims: .minor, reason: "x"), .changeInterval(to: .seconds(600), reason: nil),
            .snooze(minutes: 9, reason: "x"), .nag, .note("by nobody in a role"),
        ] as [Request])
    func `everything else is no progress`(change: Request) throws {
        var scenario = try Scenario()
        try scenario.make(change, at: minute(5), by: change.isNag ? "drumbeat" : "dora")
        #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(30))
    }

    @Test func `a note is progress when its author holds a role`() throws {
        var scenario = try Scenario()
        try scenario.make(.assign(.scribe, "@Sam"), at: minute(1))
        try scenario.make(.note("seen"), at: minute(12), by: "sam")
        #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(42))
        try scenario.make(.note("a bot's"), at: minute(13), by: "slackbot")
        #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(42))
    }

    @Test func `a breach was said to everyone, so the standstill is not, until an update ends it`() throws {
        var scenario = try Scenario()
        try scenario.nag(at: minute(15))
        #expect(scenario.incident.cadence.breached)
        #expect(scenario.incident.nextNagAt(about: .noProgress) == nil)
        #expect(try scenario.nag(at: minute(31), about: .noProgress) == nil)
        try scenario.make(.update(), at: minute(32))
        #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(30))
        #expect(try scenario.nag(at: minute(32), about: .noProgress)?.dueAt == minute(30))
    }

    @Test func `someone called in is named, with a contact, and twice within five minutes is once`() throws {
        var scenario = try Scenario()
        try scenario.make(.escalate(to: Person("cto"), reason: "stuck", contact: "tel:1"), at: minute(10))
        let escalated = try #require(scenario.entries.last?.payload as? Escalated)
        #expect(escalated.contact == "tel:1")
        #expect(escalated.event == .escalated)
        #expect(escalated.recipient == .init(role: "escalated", person: Person("cto")))
        let seq = scenario.incident.seq
        let again = try scenario.make(
            .escalate(to: Person("@CTO"), reason: "stuck"), at: minute(15) - millisecond)
        #expect(again.entries.isEmpty)
        #expect(again.saidBy == seq)
        #expect(try scenario.make(.escalate(to: Person("ceo"), reason: "x"), at: minute(15)).saidBy == nil)
        #expect(try scenario.make(.escalate(to: Person("ceo"), reason: "x"), at: minute(20)).saidBy == nil)
    }

    @Test func `one look may ask for several things, each once`() throws {
        var breached = try Scenario()
        let both = try breached.make(.nag, at: minute(60), by: "drumbeat").nags
        #expect(
            both.map(\.about) == [.update, .decision], "nag 6 tells everyone, so the standstill is not said")
        #expect(both.map(\.number) == [6, 1])
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(50))
        let nags = try scenario.make(.nag, at: minute(65), by: "drumbeat").nags
        #expect(nags.map(\.about) == [.update, .decision, .noProgress])
        #expect(nags.map(\.number) == [1, 1, 1])
        try scenario.make(.update(), at: minute(65))
        #expect(try scenario.judge(.nag, at: minute(65), by: "drumbeat").isNothing)
    }

    @Test func `an incident of Drumbeat 0.1.0 has neither, and keeps the hour before a slower beat`() throws {
        let declared = Declared(
            number: 1, severity: .major, details: .init(title: "old"),
            beat: Beat(
                interval: .seconds(900), dueAt: minute(5), nagSteps: [.zero], nagMax: 12, dueSoonAt: nil),
            episode: nil)
        let place = Place(
            seq: 1, id: "", author: Person("dora"), occurredAt: minute(0), recordedAt: minute(0),
            visibility: .internal)
        let incident = Incident(opening: declared, id: Incident.ID("01"), at: place)
        #expect(incident.decision == nil)
        #expect(incident.nextNagAt(about: .decision) == nil)
        #expect(incident.nextNagAt(about: .noProgress) == nil)
        #expect(incident.slowsFrom == minute(60))
        #expect(incident.automaticTemplate(for: .public, at: minute(600)) == "acknowledge")
    }
}
