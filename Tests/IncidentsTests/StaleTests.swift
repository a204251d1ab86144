import Incidents
import Model
import Testing
import Time

/// An open incident to which no one writes for days (domain.md, section 6).
struct StaleTests {
    private static func hours(_ hours: Int) -> Timestamp { minute(60 * hours) }

    @Test func `each day without a word one nag goes to commander and declarer, fourteen at most`() throws {
        var scenario = try Scenario(by: "dora")
        try scenario.make(.assign(.commander, "alice"), at: minute(0))
        try scenario.make(.assign(.communicator, "bob"), at: minute(0))
        for day in 1...14 {
            let due = StaleTests.hours(24 * day)
            #expect(try scenario.nag(at: due - millisecond, about: .stale) == nil)
            #expect(scenario.incident.nextNagAt(about: .stale) == due)
            let nag = try #require(try scenario.nag(at: due, about: .stale))
            #expect(nag.number == day)
            #expect(nag.dueAt == StaleTests.hours(24))
            #expect(nag.addresses == ["commander:alice", "declarer:dora"])
            #expect(!nag.breached)
        }
        #expect(scenario.incident.nextNagAt == nil)
        #expect(try scenario.judge(.nag, at: StaleTests.hours(24 * 99), by: "drumbeat").isNothing)
        #expect(scenario.incident.isOpen, "it closes nothing")
        #expect(
            scenario.texts[scenario.incident.seq]?.hasPrefix("Still open, and nobody has written") == true)
    }

    @Test func `without a commander the declarer is asked, once`() throws {
        var scenario = try Scenario(by: "dora")
        #expect(try scenario.nag(at: StaleTests.hours(24), about: .stale)?.addresses == ["declarer:dora"])
        var commanded = try Scenario(by: "dora")
        try commanded.make(.assign(.commander, "@Dora"), at: minute(0))
        #expect(try commanded.nag(at: StaleTests.hours(24), about: .stale)?.addresses == ["commander:@Dora"])
    }

    @Test func `nothing else asks then, until someone writes`() throws {
        var scenario = try Scenario()
        try scenario.make(.changeInterval(to: .seconds(60), reason: nil), at: minute(1))
        let due = minute(1) + .seconds(86_400)
        #expect(
            try scenario.judge(.nag, at: due - millisecond, by: "drumbeat").nags.map(\.about) == [
                .update, .decision,
            ])
        #expect(try scenario.make(.nag, at: due, by: "drumbeat").nags.map(\.about) == [.stale])
        #expect(scenario.incident.nextNagAt(about: .update) == nil)
        #expect(scenario.incident.nextNagAt == due + .seconds(86_400))
        #expect(try scenario.judge(.nag, at: due + .seconds(3_600), by: "drumbeat").isNothing)

        try scenario.make(.note("Still looking"), at: due + .seconds(7_200))
        #expect(scenario.incident.nextNagAt(about: .stale) == due + .seconds(7_200 + 86_400))
        let again = try scenario.judge(.nag, at: due + .seconds(7_200), by: "drumbeat").nags.map(\.about)
        #expect(again == [.update, .decision])
    }

    @Test
    func
        `what was held back is late from the sign of life on, not since it was due`()
        throws
    {
        var scenario = try Scenario()
        let stale = StaleTests.hours(24)
        try scenario.make(.nag, at: stale, by: "drumbeat")
        try scenario.make(.note("Still looking"), at: stale + .seconds(60))
        #expect(scenario.incident.nextNagAt(about: .update) == stale + .seconds(60))
        try scenario.make(.note("And on"), at: stale + .seconds(70))
        #expect(scenario.incident.nextNagAt == stale + .seconds(70))
        try scenario.make(.nag, at: stale + .seconds(71), by: "drumbeat")
        #expect(scenario.incident.nextNagAt(about: .update) == stale + .seconds(1_800), "the next hour")
    }

    @Test(arguments: [(24, 1), (47, 1), (48, 2), (24 * 13, 13), (24 * 400, 14)])
    func `any downtime costs one late nag`(hours: Int, number: Int) throws {
        var scenario = try Scenario()
        let nags = try scenario.make(.nag, at: StaleTests.hours(hours), by: "drumbeat").nags
        #expect(nags.map(\.about) == [.stale])
        #expect(nags.map(\.number) == [number])
        #expect(try scenario.judge(.nag, at: StaleTests.hours(hours), by: "drumbeat").isNothing)
    }

    @Test
    func `a reader of the incident sees nothing new, and what was queued is worthless once someone writes`()
        throws
    {
        var scenario = try Scenario()
        let before = scenario.incident
        try scenario.nag(at: StaleTests.hours(24), about: .stale)
        #expect(scenario.incident.version == before.version)
        var after = scenario
        try after.make(.note(), at: StaleTests.hours(25))
        #expect(
            Incident.outdated(by: Note(), from: scenario.incident, to: after.incident) == [StaleNag.event])
        #expect(Incident.outdated(by: Note(), from: before, to: before) == [])
    }

    @Test(arguments: [Incident.Status.resolved, .cancelled])
    func `what ended is not stale, and what is reopened begins again`(end: Incident.Status) throws {
        var scenario = try Scenario()
        try scenario.make(.status(end, reason: "false_alarm", override: true), at: minute(1))
        #expect(try scenario.judge(.nag, at: StaleTests.hours(100), by: "drumbeat").isNothing)
        try scenario.make(.status(.investigating), at: StaleTests.hours(100))
        #expect(scenario.incident.nextNagAt(about: .stale) == StaleTests.hours(124))
    }
}
