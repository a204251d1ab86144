import Incidents
import Model
import Testing
import Time

/// "Snooze" in domain.md, section 6. Declared at minute 0, so the first deadline is minute 5 and nags are due at minutes 5, 10,
/// 15, 30, 45 …
struct SnoozeTests {
    private static func snooze(_ minutes: Int) -> Request {
        .snooze(minutes: minutes, reason: "with the vendor")
    }

    private func moments(_ scenario: Scenario, _ numbers: ClosedRange<Int>) -> [Timestamp] {
        numbers.map { scenario.incident.cadence.moment(ofNag: $0) }
    }

    @Test
    func `the nag that is next goes out at the end, with its own number, and those behind it move along`()
        throws
    {
        var scenario = try Scenario()
        try scenario.make(SnoozeTests.snooze(10), at: minute(1))
        #expect(scenario.incident.cadence.snoozedUntil == minute(11))
        #expect(moments(scenario, 1...5) == [11, 16, 21, 36, 51].map(minute))
        #expect(try scenario.nag(at: minute(11) - millisecond) == nil)
        let nag = try #require(try scenario.nag(at: minute(11)))
        #expect(nag.number == 1)
        #expect(nag.dueAt == minute(5), "the deadline stays")
        #expect(scenario.incident.nextNagAt(about: .update) == minute(16))
    }

    @Test func `between two nags only those to come move`() throws {
        var scenario = try Scenario()
        try scenario.nag(at: minute(5))
        try scenario.make(SnoozeTests.snooze(10), at: minute(6))
        #expect(moments(scenario, 2...4) == [16, 21, 36].map(minute))
        #expect(try scenario.nag(at: minute(16))?.number == 2)
        #expect(try scenario.nag(at: minute(21))?.number == 3)
        #expect(scenario.incident.cadence.nagsSent == 3)
    }

    @Test func `what would hold back no nag is refused, with the moment of the next one, and not counted`()
        throws
    {
        var scenario = try Scenario()
        for _ in 1...3 {
            let refusal = try #require(scenario.refusal(of: SnoozeTests.snooze(4), at: minute(1)))
            #expect(
                refusal.says(.nothingToSnooze, "the next one is sent at \(minute(5).minute(on: nil)) UTC."))
            #expect(refusal.current == .moment("next_nag_at", minute(5)))
        }
        try scenario.make(SnoozeTests.snooze(5), at: minute(1))
        #expect(moments(scenario, 1...4) == [6, 11, 16, 31].map(minute))
    }

    @Test func `ended early, the nags have their own moments again, or now, and the snooze is spent`() throws
    {
        var scenario = try Scenario()
        #expect(try scenario.make(.endSnooze, at: minute(1)).isNothing, "none runs")
        try scenario.make(SnoozeTests.snooze(10), at: minute(1))
        let version = scenario.incident.version
        let ended = try scenario.make(.endSnooze, at: minute(2))
        #expect(
            ended.only(NagSnoozed.self) == NagSnoozed(until: minute(2), minutes: 0, number: nil, reason: nil))
        #expect(moments(scenario, 1...4) == [5, 10, 15, 30].map(minute))
        #expect(scenario.incident.cadence.snoozedUntil == nil && scenario.incident.version > version)
        // Once more, until its nag has passed its own moment.
        try scenario.make(SnoozeTests.snooze(15), at: minute(4))
        try scenario.make(.endSnooze, at: minute(8))
        #expect(moments(scenario, 1...3) == [8, 13, 18].map(minute))
        #expect(try scenario.nag(at: minute(8))?.number == 1)
        #expect(scenario.refusal(of: SnoozeTests.snooze(15), at: minute(9))?.type == .snoozeLimit)
        #expect(try scenario.make(.endSnooze, at: minute(9)).isNothing)
    }

    @Test func `after two snoozes of one nag its own moment is the first`() throws {
        var scenario = try Scenario()
        try scenario.make(SnoozeTests.snooze(6), at: minute(1))
        try scenario.make(SnoozeTests.snooze(10), at: minute(2))
        #expect(moments(scenario, 1...1) == [minute(12)])
        try scenario.make(.endSnooze, at: minute(3))
        #expect(moments(scenario, 1...4) == [5, 10, 15, 30].map(minute))
    }

    @Test func `what a raise moved under a snooze goes back to where the raise had put it`() throws {
        var scenario = try Scenario(.minor)
        try scenario.make(.update(), at: minute(1))
        try scenario.make(SnoozeTests.snooze(15), at: minute(2))
        try scenario.make(.raiseSeverity(to: .critical, reason: nil), at: minute(3))
        #expect(scenario.incident.nextNagAt(about: .update) == minute(17))
        try scenario.make(.endSnooze, at: minute(4))
        #expect(scenario.incident.nextNagAt(about: .update) == minute(16))
    }

    @Test func `one that is due and not sent yet goes out later with the number it has by then`() throws {
        var scenario = try Scenario()
        // The service was down from minute 5 on: at minute 12 nag 2 is the one that is due.
        try scenario.make(SnoozeTests.snooze(10), at: minute(12))
        #expect(try scenario.nag(at: minute(12)) == nil)
        #expect(try scenario.nag(at: minute(22) - millisecond) == nil)
        #expect(try scenario.nag(at: minute(22))?.number == 2)
        #expect(scenario.incident.nextNagAt(about: .update) == minute(27))
        #expect(scenario.incident.cadence.nagsSent == 1)
    }

    @Test func `a second snooze goes on from the first, and a third is refused until an update`() throws {
        var scenario = try Scenario()
        try scenario.make(SnoozeTests.snooze(10), at: minute(1))
        try scenario.make(SnoozeTests.snooze(15), at: minute(8))
        #expect(moments(scenario, 1...3) == [23, 28, 33].map(minute))
        #expect(
            scenario.refusal(of: SnoozeTests.snooze(1), at: minute(9))?.says(
                .snoozeLimit, "until \(minute(23).minute(on: nil)) UTC") == true)
        #expect(
            scenario.refusal(of: SnoozeTests.snooze(1), at: minute(99))?.says(
                .snoozeLimit, "already snoozed twice since the last update.") == true)
        try scenario.make(.update(), at: minute(24))
        #expect(scenario.incident.cadence.snoozedUntil == nil)
        #expect(scenario.incident.nextNagAt(about: .update) == minute(39))
        try scenario.make(SnoozeTests.snooze(15), at: minute(25))
        #expect(scenario.incident.cadence.snoozedUntil == minute(40))
    }

    @Test func `a shorter second one is refused: it takes nothing from the first`() throws {
        var scenario = try Scenario()
        try scenario.make(SnoozeTests.snooze(15), at: minute(1))
        let refusal = try #require(scenario.refusal(of: SnoozeTests.snooze(2), at: minute(2)))
        #expect(refusal.current == .moment("next_nag_at", minute(16)))
        #expect(scenario.incident.cadence.snoozedUntil == minute(16))
    }

    @Test func `an update that is older than the last one gives no snooze back`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(4))
        for at in [5, 6] { try scenario.make(SnoozeTests.snooze(15), at: minute(at)) }
        try scenario.make(.update(occurredAt: minute(3)), at: minute(7))
        #expect(
            scenario.refusal(of: SnoozeTests.snooze(1), at: minute(8))?.says(
                .snoozeLimit, "already snoozed twice since the last update, until") == true)
    }

    @Test(arguments: [(0, false), (1, true), (15, true), (16, false), (-1, false)])
    func `it lasts from one minute to one interval`(minutes: Int, isTaken: Bool) throws {
        let scenario = try Scenario()
        let refusal = scenario.refusal(of: SnoozeTests.snooze(minutes), at: minute(5))
        #expect((refusal == nil) == isTaken)
        guard !isTaken else { return }
        let detail = try #require(refusal?.invalid(at: "#/minutes"))
        #expect(detail.contains("1 to 15"))
    }

    @Test func `the interval of now is the limit, whatever was configured`() throws {
        var scenario = try Scenario()
        try scenario.make(.changeInterval(to: .seconds(300), reason: nil), at: minute(1))
        #expect(scenario.refusal(of: SnoozeTests.snooze(6), at: minute(1))?.type == .validation)
        #expect(scenario.refusal(of: SnoozeTests.snooze(5), at: minute(1)) == nil)
        var policy = Policy.standard
        policy.major.interval = .seconds(59)
        #expect(try Scenario(under: policy).refusal(of: SnoozeTests.snooze(1), at: minute(4)) != nil)
    }

    @Test func `a raise keeps the snooze, and reopening forgets it`() throws {
        var scenario = try Scenario(.minor)
        try scenario.make(.update(), at: minute(1))
        try scenario.make(SnoozeTests.snooze(15), at: minute(2))
        try scenario.make(.raiseSeverity(to: .critical, reason: nil), at: minute(3))
        #expect(
            scenario.incident.nextNagAt(about: .update) == minute(17),
            "the deadline at minute 16 is snoozed over")
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(4))
        #expect(
            scenario.refusal(of: SnoozeTests.snooze(1), at: minute(5))?.says(.incidentEnded, "a snooze")
                == true)
        try scenario.make(.status(.investigating), at: minute(6))
        #expect(scenario.incident.cadence.snoozes == 0)
        #expect(scenario.incident.nextNagAt(about: .update) == minute(11))
    }

    @Test func `after the last nag a snooze would hold nothing back, and is refused`() throws {
        var scenario = try Scenario()
        try scenario.make(.note("back after years"), at: minute(2_000_000))
        #expect(try scenario.nag(at: minute(2_000_000))?.number == Beat.nagsMax)
        let refusal = try #require(scenario.refusal(of: SnoozeTests.snooze(5), at: minute(2_000_001)))
        #expect(refusal.says(.nothingToSnooze, "none is left"))
        #expect(refusal.current == .moment("next_nag_at", nil))
    }

    @Test func `it is about updates alone`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(50))
        try scenario.make(SnoozeTests.snooze(15), at: minute(55))
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(60))
        #expect(try scenario.nag(at: minute(60), about: .decision)?.number == 1)
    }
}
