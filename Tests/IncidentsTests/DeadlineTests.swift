import Model
import Testing
import Time

@testable import Incidents

struct DeadlineTests {
    @Test(arguments: Severity.allCases)
    func `the first deadline and the interval are the severity's`(severity: Severity) throws {
        var policy = Policy.standard
        policy.minor = Policy.Intervals(firstUpdate: .seconds(60), interval: .seconds(600))
        policy.major = Policy.Intervals(firstUpdate: .seconds(120), interval: .seconds(1_200))
        policy.critical = Policy.Intervals(firstUpdate: .seconds(180), interval: .seconds(1_800))
        var scenario = try Scenario(severity, under: policy)
        let index = try #require(Severity.allCases.firstIndex(of: severity)) + 1
        #expect(scenario.incident.cadence.beat.dueAt == minute(index))
        #expect(scenario.incident.cadence.beat.interval == .seconds(600 * index))
        try scenario.make(.update(), at: minute(1))
        #expect(scenario.incident.cadence.beat.dueAt == minute(1 + 10 * index))
    }

    @Test func `five minutes to the first update, then fifteen from the last one`() throws {
        var scenario = try Scenario()
        #expect(scenario.incident.cadence.beat.dueAt == minute(5))
        try scenario.make(.update(), at: minute(3))
        #expect(scenario.incident.cadence.beat.dueAt == minute(18))
        try scenario.make(.update(audience: .internal), at: minute(16))
        #expect(scenario.incident.cadence.beat.dueAt == minute(31))
        #expect(scenario.incident.cadence.lastUpdateAt == minute(16))
        #expect(scenario.incident.cadence.updatesInEpisode == 2)
    }

    @Test(arguments: [
        (-1, 0, 0), (0, 0, 0), (1, 0, 1), (999, 0, 999), (1_000, 1, 1_000), (61_000, 61, 61_000),
    ])
    func `an update at the deadline meets it, one after is late`(offset: Int, seconds: Int, milliseconds: Int)
        throws
    {
        var scenario = try Scenario()
        let moment = minute(5) + .milliseconds(offset)
        let published = try #require(try scenario.make(.update(), at: moment).published)
        #expect(published.dueAt == minute(5))
        #expect(published.lateBySeconds == seconds)
        let deadline = try #require(scenario.incident.cadence.deadlines.first)
        #expect(deadline.metAt == moment)
        #expect(deadline.lateBySeconds == seconds)
        #expect(max(0, (moment - deadline.dueAt).wholeMilliseconds) == milliseconds)
    }

    @Test func `the state keeps the last hundred deadlines, and no nag numbers of met ones`() throws {
        var scenario = try Scenario()
        for step in 1...250 {
            try scenario.nag(at: scenario.incident.cadence.beat.dueAt)
            let moment = scenario.incident.cadence.beat.dueAt + .seconds(step)
            try scenario.make(.update(), at: moment)
        }
        let cadence = scenario.incident.cadence
        #expect(cadence.deadlines.count == 100)
        #expect(cadence.deadlines.last?.dueAt == cadence.beat.dueAt)
        #expect(cadence.deadlines.dropLast().compactMap(\.lateBySeconds) == Array(152...250))
        #expect(cadence.spentNumbers.isEmpty)
    }

    @Test func `moving a deadline without an end adds no nag numbers without an end`() {
        let start = minute(5)
        var cadence = Cadence(
            startingWith: Beat(due: start, interval: .seconds(900), under: .standard, setAt: start))
        for step in 1...300 {
            cadence.count(
                NagSent(
                    about: .update, dueAt: start + .seconds(step), number: 1, to: [], breached: false))
        }
        #expect(cadence.spentNumbers.count == 100)
        #expect(cadence.spentNumbers.keys.max() == start + .seconds(300))
    }

    @Test func `a late update that says it went out in time met the deadline`() throws {
        var scenario = try Scenario()
        try scenario.nag(at: minute(5))
        let published = try #require(
            try scenario.make(.update(occurredAt: minute(4)), at: minute(9)).published)
        #expect(published.lateBySeconds == 0)
        #expect(scenario.incident.cadence.beat.dueAt == minute(19))
        #expect(scenario.incident.cadence.nagsSent == 0)
        #expect(scenario.incident.cadence.deadlines.map(\.nags) == [1, 0])
    }

    @Test func `a promise within the interval is the next deadline`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(promising: minute(8)), at: minute(3))
        #expect(scenario.incident.cadence.beat.dueAt == minute(8))
        try scenario.make(.update(promising: minute(8) + millisecond), at: minute(8))
        #expect(scenario.incident.cadence.beat.dueAt == minute(8) + millisecond)
    }

    @Test func `a promise up to a minute past the interval is fine, and the interval stands`() throws {
        let scenario = try Scenario()
        let limit = minute(3) + .seconds(960)
        let published = try scenario.judge(.update(promising: limit), at: minute(3)).published
        #expect(published?.promisedAt == limit)
        #expect(published?.beat?.dueAt == minute(18))
        #expect(
            scenario.refusal(of: .update(promising: limit + millisecond), at: minute(3))?.says(
                .promiseExceedsCadence, "interval of 15m", limit.minute(on: nil)) == true)
    }

    @Test func `a promise is measured from its update, not from now`() throws {
        let scenario = try Scenario()
        let limit = minute(3) + .seconds(960)
        #expect(scenario.refusal(of: .update(occurredAt: minute(3), promising: limit), at: minute(9)) == nil)
        #expect(
            scenario.refusal(
                of: .update(occurredAt: minute(3), promising: limit + millisecond), at: minute(9))
                != nil)
    }

    @Test(arguments: [minute(3), minute(3) - millisecond, minute(-9_000)])
    func `a promise lies after its update`(promise: Timestamp) throws {
        let scenario = try Scenario()
        #expect(
            scenario.refusal(of: .update(promising: promise), at: minute(3))?.invalid(at: "#/next_update_at")
                != nil)
    }

    @Test func `an update older than the last one moves no deadline`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(4))
        let before = scenario.incident
        let late = try scenario.make(.update(occurredAt: minute(4) - millisecond), at: minute(6))
        #expect(late.warnings == [.movesNoDeadline])
        #expect(late.published?.counts == false)
        #expect(late.published?.beat == nil)
        #expect(late.published?.dueAt == nil)
        #expect(late.published?.lateBySeconds == nil)
        #expect(scenario.incident.cadence.beat == before.cadence.beat)
        #expect(scenario.incident.cadence.lastUpdateAt == minute(4))
        #expect(scenario.incident.version == before.version)
        let same = try scenario.make(.update(occurredAt: minute(4)), at: minute(6))
        #expect(same.published?.counts == true)
        #expect(same.warnings == [])
    }

    @Test func `an update from before the episode moves no deadline, one at its start does`() throws {
        var scenario = try Scenario()
        let early = try scenario.make(.update(occurredAt: minute(0) - millisecond), at: minute(2))
        #expect(early.warnings == [.movesNoDeadline])
        #expect(scenario.incident.cadence.beat.dueAt == minute(5))
        #expect(scenario.incident.cadence.lastUpdateAt == nil)
        #expect(scenario.incident.cadence.updatesInEpisode == 0)
        try scenario.make(.update(occurredAt: minute(0)), at: minute(2))
        #expect(scenario.incident.cadence.beat.dueAt == minute(15))
        #expect(scenario.incident.cadence.updatesInEpisode == 1)
    }

    @Test func `an update of an earlier episode does not count in the new one`() throws {
        var scenario = try Scenario()
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(2))
        try scenario.make(.status(.investigating), at: minute(30))
        try scenario.make(.update("It was nothing", occurredAt: minute(3)), at: minute(31))
        #expect(scenario.incident.cadence.beat.dueAt == minute(35))
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(0)) == "acknowledge")
    }

    @Test func `the final update measures its lateness against the last open deadline, once`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(3))
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(17))
        #expect(scenario.incident.cadence.hasOpenDeadline)
        let final = try #require(try scenario.make(.update("It is over"), at: minute(20)).published)
        #expect(final.dueAt == minute(18))
        #expect(final.lateBySeconds == 120)
        #expect(final.counts)
        #expect(final.beat == nil)
        #expect(!scenario.incident.cadence.hasOpenDeadline)
        #expect(scenario.incident.cadence.deadlines.count == 2)
        #expect(scenario.incident.cadence.deadlines.last?.metAt == minute(20))
        let more = try #require(try scenario.make(.update("Really"), at: minute(40)).published)
        #expect(more.dueAt == nil)
        #expect(more.lateBySeconds == nil)
        #expect(scenario.incident.cadence.deadlines.last?.metAt == minute(20))
        #expect(scenario.incident.cadence.lastUpdateAt == minute(40))
    }

    @Test func `the same final update twice changes a reader's view once`() throws {
        var scenario = try Scenario()
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(2))
        try scenario.make(.update("It was none"), at: minute(3))
        #expect(scenario.incident.version == 3)
        try scenario.make(.update("It was none at all", occurredAt: minute(3)), at: minute(4))
        #expect(scenario.incident.version == 3)
        #expect(scenario.incident.seq == 4)
    }

    @Test(arguments: [
        (-1, "T+0"), (0, "T+0"), (899_999, "T+0"), (900_000, "T+15"), (1_799_999, "T+15"),
        (1_800_000, "T+30"),
        (36_000_000, "T+600"),
    ])
    func `a slot is the last mark of the cadence since the episode began`(milliseconds: Int, slot: String)
        throws
    {
        let scenario = try Scenario()
        #expect(scenario.incident.slot(at: minute(0) + .milliseconds(milliseconds)) == slot)
    }

    @Test func `a slot of an odd interval counts in seconds`() throws {
        var policy = Policy.standard
        policy.major.interval = .seconds(20)
        let scenario = try Scenario(under: policy)
        #expect(scenario.incident.slot(at: minute(0) + .seconds(59)) == "T+40s")
        #expect(scenario.incident.slot(at: minute(1)) == "T+1")
        policy.major.interval = .zero
        #expect(try Scenario(under: policy).incident.slot(at: minute(0) + .seconds(7)) == "T+7s")
    }

    @Test func `the deadline is announced two minutes before, unless it was set later than that`() throws {
        var scenario = try Scenario()
        #expect(scenario.incident.cadence.beat.dueSoonAt == minute(3))
        try scenario.make(.update(promising: minute(6)), at: minute(4))
        #expect(scenario.incident.cadence.beat.dueSoonAt == minute(4))
        try scenario.make(.update(promising: minute(7)), at: minute(5) + millisecond)
        #expect(scenario.incident.cadence.beat.dueSoonAt == nil)
        // Told at 7, published at 5: the deadline of 20 is announced at 18.
        try scenario.make(.update(occurredAt: minute(5) + millisecond), at: minute(7))
        #expect(scenario.incident.cadence.beat.dueSoonAt == minute(18) + millisecond)
        scenario.policy.dueSoon = .zero
        try scenario.make(.update(), at: minute(8))
        #expect(scenario.incident.cadence.beat.dueSoonAt == nil)
    }

    @Test func `another policy changes nothing that was already set`() throws {
        var scenario = try Scenario()
        let beat = scenario.incident.cadence.beat
        scenario.policy = Policy(
            minor: .standard, major: Policy.Intervals(firstUpdate: .seconds(1), interval: .seconds(1)),
            critical: .standard,
            nagSteps: [.seconds(1)], nagMax: 1, dueSoon: .zero, decisionAfter: .seconds(1),
            noProgress: .seconds(1), shift: .zero)
        try scenario.make(.note(), at: minute(1))
        try scenario.make(.status(.mitigating), at: minute(1))
        #expect(scenario.incident.cadence.beat == beat)
        try scenario.make(.update(), at: minute(2))
        #expect(scenario.incident.cadence.beat.interval == .seconds(900))
    }
}
