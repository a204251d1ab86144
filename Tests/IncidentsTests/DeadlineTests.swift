import Incidents
import Testing
import Time

struct DeadlineTests {
    @Test(arguments: Severity.allCases)
    func `the first deadline and the interval are the severity's`(severity: Severity) throws {
        var policy = Policy.standard
        policy.minor = Policy.Beat(firstUpdate: .seconds(60), interval: .seconds(600))
        policy.major = Policy.Beat(firstUpdate: .seconds(120), interval: .seconds(1_200))
        policy.critical = Policy.Beat(firstUpdate: .seconds(180), interval: .seconds(1_800))
        var story = try Story(severity, under: policy)
        let index = try #require(Severity.allCases.firstIndex(of: severity)) + 1
        #expect(story.incident.cadence.beat.dueAt == minute(index))
        #expect(story.incident.cadence.beat.interval == .seconds(600 * index))
        try story.make(.update(), at: minute(1))
        #expect(story.incident.cadence.beat.dueAt == minute(1 + 10 * index))
    }

    @Test func `five minutes to the first update, then fifteen from the last one`() throws {
        var story = try Story()
        #expect(story.incident.cadence.beat.dueAt == minute(5))
        try story.make(.update(), at: minute(3))
        #expect(story.incident.cadence.beat.dueAt == minute(18))
        try story.make(.update(audience: .internal), at: minute(16))
        #expect(story.incident.cadence.beat.dueAt == minute(31))
        #expect(story.incident.cadence.lastUpdateAt == minute(16))
        #expect(story.incident.cadence.updatesInEpisode == 2)
    }

    @Test(arguments: [
        (-1, 0, 0), (0, 0, 0), (1, 0, 1), (999, 0, 999), (1_000, 1, 1_000), (61_000, 61, 61_000),
    ])
    func `an update at the deadline meets it, one after is late`(offset: Int, seconds: Int, milliseconds: Int)
        throws
    {
        var story = try Story()
        let moment = minute(5) + .milliseconds(offset)
        let published = try #require(try story.make(.update(), at: moment).published)
        #expect(published.dueAt == minute(5))
        #expect(published.lateBySeconds == seconds)
        let deadline = try #require(story.incident.cadence.deadlines.first)
        #expect(deadline.metAt == moment)
        #expect(deadline.lateBySeconds == seconds)
        #expect(max(0, (moment - deadline.dueAt).wholeMilliseconds) == milliseconds)
    }

    @Test func `a late update that says it went out in time met the deadline`() throws {
        var story = try Story()
        try story.nag(at: minute(5))
        let published = try #require(try story.make(.update(occurredAt: minute(4)), at: minute(9)).published)
        #expect(published.lateBySeconds == 0)
        #expect(story.incident.cadence.beat.dueAt == minute(19))
        #expect(story.incident.cadence.nagsSent == 0)
        #expect(story.incident.cadence.deadlines.map(\.nags) == [1, 0])
    }

    @Test func `a promise within the interval is the next deadline`() throws {
        var story = try Story()
        try story.make(.update(promising: minute(8)), at: minute(3))
        #expect(story.incident.cadence.beat.dueAt == minute(8))
        try story.make(.update(promising: minute(8) + millisecond), at: minute(8))
        #expect(story.incident.cadence.beat.dueAt == minute(8) + millisecond)
    }

    @Test func `a promise up to a minute past the interval is fine, and the interval stands`() throws {
        let story = try Story()
        let limit = minute(3) + .seconds(960)
        let published = try story.judge(.update(promising: limit), at: minute(3)).published
        #expect(published?.promisedAt == limit)
        #expect(published?.beat?.dueAt == minute(18))
        #expect(
            story.refusal(of: .update(promising: limit + millisecond), at: minute(3))
                == .promiseExceedsCadence(limit: limit, interval: .seconds(900)))
    }

    @Test func `a promise is measured from its update, not from now`() throws {
        let story = try Story()
        let limit = minute(3) + .seconds(960)
        #expect(story.refusal(of: .update(occurredAt: minute(3), promising: limit), at: minute(9)) == nil)
        #expect(
            story.refusal(of: .update(occurredAt: minute(3), promising: limit + millisecond), at: minute(9))
                != nil)
    }

    @Test(arguments: [minute(3), minute(3) - millisecond, minute(-9_000)])
    func `a promise lies after its update`(promise: Timestamp) throws {
        let story = try Story()
        guard
            case .invalid("#/next_update_at", _)? = story.refusal(
                of: .update(promising: promise), at: minute(3))
        else {
            Issue.record("It was not refused")
            return
        }
    }

    @Test func `an update older than the last one moves no deadline`() throws {
        var story = try Story()
        try story.make(.update(), at: minute(4))
        let before = story.incident
        let late = try story.make(.update(occurredAt: minute(4) - millisecond), at: minute(6))
        #expect(late.warnings == [.movesNoDeadline])
        #expect(late.published?.counts == false)
        #expect(late.published?.beat == nil)
        #expect(late.published?.dueAt == nil)
        #expect(late.published?.lateBySeconds == nil)
        #expect(story.incident.cadence.beat == before.cadence.beat)
        #expect(story.incident.cadence.lastUpdateAt == minute(4))
        #expect(story.incident.version == before.version)
        let same = try story.make(.update(occurredAt: minute(4)), at: minute(6))
        #expect(same.published?.counts == true)
        #expect(same.warnings == [])
    }

    @Test func `an update from before the episode moves no deadline, one at its start does`() throws {
        var story = try Story()
        let early = try story.make(.update(occurredAt: minute(0) - millisecond), at: minute(2))
        #expect(early.warnings == [.movesNoDeadline])
        #expect(story.incident.cadence.beat.dueAt == minute(5))
        #expect(story.incident.cadence.lastUpdateAt == nil)
        #expect(story.incident.cadence.updatesInEpisode == 0)
        try story.make(.update(occurredAt: minute(0)), at: minute(2))
        #expect(story.incident.cadence.beat.dueAt == minute(15))
        #expect(story.incident.cadence.updatesInEpisode == 1)
    }

    @Test func `an update of an earlier episode does not count in the new one`() throws {
        var story = try Story()
        try story.make(.status(.cancelled, reason: "false_alarm"), at: minute(2))
        try story.make(.status(.investigating), at: minute(30))
        try story.make(.update("It was nothing", occurredAt: minute(3)), at: minute(31))
        #expect(story.incident.cadence.beat.dueAt == minute(35))
        #expect(story.incident.automaticTemplate(for: .public, at: minute(0)) == "acknowledge")
    }

    @Test func `the final update measures its lateness against the last open deadline, once`() throws {
        var story = try Story()
        try story.make(.update(), at: minute(3))
        try story.make(.status(.resolved, reason: "Over", override: true), at: minute(17))
        #expect(story.incident.cadence.hasOpenDeadline)
        let final = try #require(try story.make(.update("It is over"), at: minute(20)).published)
        #expect(final.dueAt == minute(18))
        #expect(final.lateBySeconds == 120)
        #expect(final.counts)
        #expect(final.beat == nil)
        #expect(!story.incident.cadence.hasOpenDeadline)
        #expect(story.incident.cadence.deadlines.count == 2)
        #expect(story.incident.cadence.deadlines.last?.metAt == minute(20))
        let more = try #require(try story.make(.update("Really"), at: minute(40)).published)
        #expect(more.dueAt == nil)
        #expect(more.lateBySeconds == nil)
        #expect(story.incident.cadence.deadlines.last?.metAt == minute(20))
        #expect(story.incident.cadence.lastUpdateAt == minute(40))
    }

    @Test func `the same final update twice changes a reader's view once`() throws {
        var story = try Story()
        try story.make(.status(.cancelled, reason: "false_alarm"), at: minute(2))
        try story.make(.update("It was none"), at: minute(3))
        #expect(story.incident.version == 3)
        try story.make(.update("It was none", occurredAt: minute(3)), at: minute(4))
        #expect(story.incident.version == 3)
        #expect(story.incident.seq == 4)
    }

    @Test(arguments: [
        (-1, "T+0"), (0, "T+0"), (899_999, "T+0"), (900_000, "T+15"), (1_799_999, "T+15"),
        (1_800_000, "T+30"),
        (36_000_000, "T+600"),
    ])
    func `a slot is the last mark of the cadence since the episode began`(milliseconds: Int, slot: String)
        throws
    {
        let story = try Story()
        #expect(story.incident.slot(at: minute(0) + .milliseconds(milliseconds)) == slot)
    }

    @Test func `a slot of an odd interval counts in seconds`() throws {
        var policy = Policy.standard
        policy.major.interval = .seconds(20)
        let story = try Story(under: policy)
        #expect(story.incident.slot(at: minute(0) + .seconds(59)) == "T+40s")
        #expect(story.incident.slot(at: minute(1)) == "T+1")
        policy.major.interval = .zero
        #expect(try Story(under: policy).incident.slot(at: minute(0) + .seconds(7)) == "T+7s")
    }

    @Test func `the deadline is announced two minutes before, unless it was set later than that`() throws {
        var story = try Story()
        #expect(story.incident.cadence.beat.dueSoonAt == minute(3))
        try story.make(.update(promising: minute(6)), at: minute(4))
        #expect(story.incident.cadence.beat.dueSoonAt == minute(4))
        try story.make(.update(promising: minute(7)), at: minute(5) + millisecond)
        #expect(story.incident.cadence.beat.dueSoonAt == nil)
        // Told at 7, published at 5: the deadline of 20 is announced at 18.
        try story.make(.update(occurredAt: minute(5) + millisecond), at: minute(7))
        #expect(story.incident.cadence.beat.dueSoonAt == minute(18) + millisecond)
        story.policy.dueSoon = .zero
        try story.make(.update(), at: minute(8))
        #expect(story.incident.cadence.beat.dueSoonAt == nil)
    }

    @Test func `another policy changes nothing that was already set`() throws {
        var story = try Story()
        let beat = story.incident.cadence.beat
        story.policy = Policy(
            minor: .standard, major: Policy.Beat(firstUpdate: .seconds(1), interval: .seconds(1)),
            critical: .standard,
            nagSteps: [.seconds(1)], nagMax: 1, dueSoon: .zero, decisionAfter: .seconds(1),
            noProgress: .seconds(1))
        try story.make(.note(), at: minute(1))
        try story.make(.status(.mitigating), at: minute(1))
        #expect(story.incident.cadence.beat == beat)
        try story.make(.update(), at: minute(2))
        #expect(story.incident.cadence.beat.interval == .seconds(900))
    }
}
