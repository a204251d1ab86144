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

    @Test func `a nag whose moment is not earlier is left alone`() throws {
        var scenario = try Scenario()
        try scenario.make(SnoozeTests.snooze(4), at: minute(1))
        #expect(moments(scenario, 1...4) == [5, 10, 15, 30].map(minute))
        #expect(scenario.incident.cadence.snoozedUntil == minute(5))
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
                .snoozeLimit, "until \(minute(23).rfc3339)") == true)
        #expect(
            scenario.refusal(of: SnoozeTests.snooze(1), at: minute(99))?.says(
                .snoozeLimit, "already snoozed twice since the last update.") == true)
        try scenario.make(.update(), at: minute(24))
        #expect(scenario.incident.cadence.snoozedUntil == nil)
        #expect(scenario.incident.nextNagAt(about: .update) == minute(39))
        try scenario.make(SnoozeTests.snooze(1), at: minute(25))
        #expect(scenario.incident.cadence.snoozedUntil == minute(26))
    }

    @Test func `a shorter second one takes nothing from the first`() throws {
        var scenario = try Scenario()
        try scenario.make(SnoozeTests.snooze(15), at: minute(1))
        let before = scenario.incident
        try scenario.make(SnoozeTests.snooze(2), at: minute(2))
        #expect(scenario.incident.cadence.snoozedUntil == minute(16))
        #expect(scenario.incident.nextNagAt(about: .update) == minute(16))
        #expect(scenario.incident.version == before.version, "a reader sees nothing new")
    }

    @Test func `an update that is older than the last one gives no snooze back`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(4))
        for at in [5, 6] { try scenario.make(SnoozeTests.snooze(1), at: minute(at)) }
        try scenario.make(.update(occurredAt: minute(3)), at: minute(7))
        #expect(
            scenario.refusal(of: SnoozeTests.snooze(1), at: minute(8))?.says(
                .snoozeLimit, "already snoozed twice since the last update.") == true)
    }

    @Test(arguments: [(0, false), (1, true), (15, true), (16, false), (-1, false)])
    func `it lasts from one minute to one interval`(minutes: Int, isTaken: Bool) throws {
        let scenario = try Scenario()
        let refusal = scenario.refusal(of: SnoozeTests.snooze(minutes), at: minute(1))
        #expect((refusal == nil) == isTaken)
        guard !isTaken else { return }
        let detail = try #require(refusal?.invalid(at: "#/minutes"))
        #expect(detail.contains("1 to 15"))
    }

    @Test func `the interval of now is the limit, whatever was configured`() throws {
        var scenario = try Scenario()
        try scenario.make(.changeInterval(to: .seconds(300), reason: nil), at: minute(1))
        #expect(scenario.refusal(of: SnoozeTests.snooze(6), at: minute(1)) != nil)
        #expect(scenario.refusal(of: SnoozeTests.snooze(5), at: minute(1)) == nil)
        try scenario.make(.changeInterval(to: .seconds(59), reason: nil), at: minute(1))
        #expect(scenario.refusal(of: SnoozeTests.snooze(1), at: minute(1)) != nil)
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
        #expect(scenario.incident.cadence.snoozes.isEmpty)
        #expect(scenario.incident.nextNagAt(about: .update) == minute(11))
    }

    @Test func `after the last nag a snooze holds nothing back, and is taken all the same`() throws {
        var policy = Policy.standard
        policy.nagMax = 1
        var scenario = try Scenario(under: policy)
        try scenario.nag(at: minute(5))
        let decision = try scenario.make(SnoozeTests.snooze(5), at: minute(6))
        #expect(
            decision.only(NagSnoozed.self)
                == NagSnoozed(until: minute(11), minutes: 5, number: nil, reason: "with the vendor"))
        #expect(scenario.incident.nextNagAt(about: .update) == nil)
    }

    @Test func `it is about updates alone`() throws {
        var scenario = try Scenario()
        try scenario.make(SnoozeTests.snooze(15), at: minute(55))
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(60))
        #expect(try scenario.nag(at: minute(60), about: .decision)?.number == 1)
    }
}
