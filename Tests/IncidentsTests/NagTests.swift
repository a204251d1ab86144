@testable import Incidents
import Model
import TestSupport
import Testing
import Time

struct NagTests {
    /// Declared at minute 0 by dora, so that the deadline is minute 5; alice commands, bob communicates, eve
    /// leads.
    private static func manned() throws -> Scenario {
        var scenario = try Scenario()
        try scenario.make(.assign(.commander, "alice"), at: minute(0))
        try scenario.make(.assign(.communicator, "bob"), at: minute(0))
        try scenario.make(.assign(.technicalLead, "eve"), at: minute(0))
        return scenario
    }

    @Test(arguments: [
        (1, 5), (2, 10), (3, 15), (4, 30), (5, 45), (6, 60), (7, 75), (8, 90), (9, 105), (10, 120), (11, 135),
        (12, 150),
    ])
    func `nag n goes out at its millisecond, and not before`(number: Int, due: Int) throws {
        var scenario = try NagTests.manned()
        for earlier in 1..<number {
            let moment = try #require(scenario.incident.nextNagAt(about: .update))
            #expect(try scenario.nag(at: moment)?.number == earlier)
        }
        #expect(scenario.incident.nextNagAt(about: .update) == minute(due))
        #expect(try scenario.nag(at: minute(due) - millisecond) == nil)
        let nag = try #require(try scenario.nag(at: minute(due)))
        #expect(nag.number == number)
        #expect(nag.dueAt == minute(5))
        #expect(nag.about == .update)
        #expect(nag.breached == (number >= 3))
        #expect(scenario.incident.cadence.breached == (number >= 3))
        #expect(scenario.incident.cadence.nagsSent == number)
        #expect(try scenario.nag(at: minute(due)) == nil)
    }

    /// Declared at 10:00, due at 10:05: the twelfth at 12:30, then hourly until a day after the deadline, then daily.
    @Test(arguments: [
        (13, 210), (14, 270), (34, 1_470), (35, 2_910), (36, 4_350), (1_000, 1_470 + 966 * 1_440),
    ])
    func `after the twelfth a nag comes each hour, and after a day each day`(number: Int, due: Int) throws {
        let beat = try NagTests.manned().incident.cadence.beat
        #expect(beat.moment(ofNag: number) == minute(due))
        #expect(beat.lastNag(by: minute(due) - millisecond) == number - 1)
        #expect(beat.lastNag(by: minute(due)) == number)
        #expect(beat.lastNag(by: minute(9_999_999)) == 1_000, "the last one")
    }

    @Test func `rare nags keep at least the interval, and a snooze moves them along`() throws {
        var slow = Policy.standard
        slow.major.interval = .seconds(2 * 86_400)
        let beat = try Scenario(under: slow).incident.cadence.beat
        for number in 4...20 {
            #expect(beat.moment(ofNag: number) - beat.moment(ofNag: number - 1) == .seconds(2 * 86_400))
        }
        var scenario = try NagTests.manned()
        try scenario.nag(at: minute(150))
        try scenario.make(.snooze(minutes: 15, reason: "x"), at: minute(200))
        #expect(scenario.incident.nextNagAt(about: .update) == minute(215))
        #expect(try scenario.nag(at: minute(215) - millisecond) == nil)
        #expect(try scenario.nag(at: minute(215))?.number == 13)
        #expect(scenario.incident.nextNagAt(about: .update) == minute(275))
    }

    @Test func `the computed number is the highest whose moment has come`() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<300 {
            let steps = [0, 60, 61, 700].shuffled(using: &random).prefix(
                Int.random(in: 0...3, using: &random)
            ).sorted()
            let beat = Beat(
                interval: .seconds(Int.random(in: 1...200_000, using: &random)), dueAt: minute(0),
                nagSteps: steps.map { .seconds($0) }, nagMax: Int.random(in: 0...30, using: &random),
                dueSoonAt: nil)
            let moments = (1...200).map(beat.moment(ofNag:))
            #expect(zip(moments, moments.dropFirst()).allSatisfy { $0 < $1 })
            for number in 1..<200 {
                #expect(beat.lastNag(by: moments[number - 1]) == number, "\(beat)")
                #expect(beat.lastNag(by: moments[number] - millisecond) == number, "\(beat)")
            }
            #expect(beat.lastNag(by: moments[0] - millisecond) == 0)
        }
    }

    @Test func `a nag says that no one is commander, and how to become it`() throws {
        let ways = ["drumbeat role INC-42 commander NAME", "PUT /v1/incidents/INC-42/roles/commander"]
        let vacant = try Scenario()
        let text = try vacant.judge(.nag, at: minute(5), by: "drumbeat").entries.first?.text
        #expect(text?.hasPrefix("Status update due now: nag 1 to dora (declarer)") == true)
        for way in ways { #expect(text?.contains(way) == true) }
        let manned = try NagTests.manned()
        let other = try manned.judge(.nag, at: minute(6), by: "drumbeat").entries.first?.text
        #expect(other == "Status update overdue by 1 min: nag 1 to bob (communicator)")
    }

    @Test func `a nag is unique by what it is about, its deadline and its number`() throws {
        let scenario = try NagTests.manned()
        let proposal = try #require(try scenario.judge(.nag, at: minute(5), by: "drumbeat").entries.first)
        #expect(proposal.dedupKey == .name("nag:update:\(minute(5).milliseconds):1"))
        #expect(proposal.visibility == .internal)
        #expect(proposal.text.contains("bob (communicator)"))
    }

    @Test func `ever more people are asked`() throws {
        let incident = try NagTests.manned().incident
        let addresses = (1...4).map { NagSent.addresses(of: incident, $0) }
        #expect(addresses[0] == ["communicator:bob"])
        #expect(addresses[1] == ["communicator:bob", "commander:alice"])
        #expect(addresses[2] == ["communicator:bob", "commander:alice", "technical_lead:eve"])
        #expect(addresses[3] == addresses[2])
    }

    @Test(
        arguments: [
            ([], ["declarer:dora"], ["declarer:dora"], ["declarer:dora"]),
            (
                [.commander], ["commander:alice"], ["commander:alice", "declarer:dora"],
                ["commander:alice", "declarer:dora"]
            ),
            (
                [.communicator], ["communicator:bob"], ["communicator:bob", "declarer:dora"],
                ["communicator:bob", "declarer:dora"]
            ),
            (
                [.scribe], ["declarer:dora"], ["declarer:dora", "scribe:sam"],
                ["declarer:dora", "scribe:sam"]
            ),
            (
                [.communicator, .scribe], ["communicator:bob"], ["communicator:bob", "declarer:dora"],
                ["communicator:bob", "declarer:dora", "scribe:sam"]
            ),
            (
                [.commander, .scribe], ["commander:alice"], ["commander:alice", "scribe:sam"],
                ["commander:alice", "scribe:sam", "declarer:dora"]
            ),
        ] as [([Role], [String], [String], [String])])
    func `a vacant role falls to the commander, then to who declared it`(
        held: [Role], first: [String], second: [String], third: [String]
    ) throws {
        var scenario = try Scenario()
        let names: [Role: String] = [.commander: "alice", .communicator: "bob", .scribe: "sam"]
        for role in held { try scenario.make(.assign(role, names[role] ?? ""), at: minute(0)) }
        #expect(NagSent.addresses(of: scenario.incident, 1) == first)
        #expect(NagSent.addresses(of: scenario.incident, 2) == second)
        #expect(NagSent.addresses(of: scenario.incident, 3) == third)
    }

    @Test
    func `a commander who is also communicator is one person of the line, no matter who was asked before`()
        throws
    {
        var scenario = try Scenario(by: "dora")
        try scenario.make(.assign(.communicator, "bob"), at: minute(0))
        #expect(try scenario.nag(at: minute(5))?.addresses == ["communicator:bob"])
        try scenario.make(.assign(.commander, "alice"), at: minute(6))
        try scenario.make(.assign(.communicator, "alice"), at: minute(6))
        try scenario.make(.assign(.technicalLead, "bob"), at: minute(6))
        #expect(NagSent.addresses(of: scenario.incident, 1) == ["communicator:alice"])
        #expect(
            try scenario.nag(at: minute(10))?.addresses == ["communicator:alice", "technical_lead:bob"])
    }

    @Test func `a person with several roles is asked once`() throws {
        var scenario = try Scenario(by: "@Bob")
        try scenario.make(.assign(.communicator, "bob"), at: minute(0))
        try scenario.make(.assign(.scribe, "BOB"), at: minute(0))
        try scenario.make(.assign(.technicalLead, "eve"), at: minute(0))
        #expect(NagSent.addresses(of: scenario.incident, 3) == ["communicator:bob", "technical_lead:eve"])
    }

    @Test func `the handover decides who is asked next`() throws {
        var scenario = try NagTests.manned()
        #expect(try scenario.nag(at: minute(5))?.addresses == ["communicator:bob"])
        try scenario.make(.assign(.communicator, "carol"), at: minute(6))
        try scenario.make(.releaseRole(.commander), at: minute(6))
        #expect(try scenario.nag(at: minute(10))?.addresses == ["communicator:carol", "declarer:dora"])
    }

    @Test(arguments: [
        (5, 1), (9, 1), (10, 2), (14, 2), (15, 3), (29, 3), (30, 4), (74, 6), (149, 11), (150, 12),
        (209, 12), (210, 13), (1_440 - 1, 33),
    ])
    func `after a downtime one late nag goes out, with the highest number that has come`(
        now: Int, number: Int
    ) throws {
        var scenario = try NagTests.manned()
        let nag = try #require(try scenario.nag(at: minute(now)))
        #expect(nag.number == number)
        #expect(scenario.incident.cadence.nagsSent == 1)
        #expect(scenario.incident.cadence.lastNagNumber == number)
        #expect(try scenario.nag(at: minute(now)) == nil)
        #expect(scenario.incident.cadence.breached == (number >= 3))
        let next = try #require(scenario.incident.nextNagAt(about: .update))
        #expect(next > minute(now))
        try scenario.make(.note("somebody is there"), at: next - millisecond)
        #expect(try scenario.nag(at: next)?.number == number + 1)
    }

    @Test func `an update in the same millisecond that commits first leaves nothing to nag for`() throws {
        var scenario = try NagTests.manned()
        try scenario.make(.update(), at: minute(5))
        #expect(try scenario.nag(at: minute(5)) == nil)
        #expect(scenario.incident.nextNagAt(about: .update) == minute(20))
    }

    @Test
    func `a nag in the same millisecond that commits first stands, and the update still met the deadline`()
        throws
    {
        var scenario = try NagTests.manned()
        #expect(try scenario.nag(at: minute(5))?.number == 1)
        let published = try #require(try scenario.make(.update(), at: minute(5)).published)
        #expect(published.lateBySeconds == 0)
        #expect(scenario.incident.cadence.deadlines.map(\.nags) == [1, 0])
        #expect(scenario.incident.cadence.nagsSent == 0)
        #expect(try scenario.nag(at: minute(20) - millisecond) == nil)
        #expect(try scenario.nag(at: minute(20))?.number == 1)
    }

    @Test func `an update ends the breach, and no one who wrote is nagged before the next deadline`() throws {
        var scenario = try NagTests.manned()
        try scenario.nag(at: minute(15))
        #expect(scenario.incident.cadence.breached)
        try scenario.make(.update(), at: minute(16))
        #expect(!scenario.incident.cadence.breached)
        #expect(scenario.incident.cadence.nagsSent == 0)
        #expect(scenario.incident.nextNagAt(about: .update) == minute(31))
    }

    @Test func `an update told late may leave a deadline that is long missed`() throws {
        var scenario = try NagTests.manned()
        try scenario.make(.update(occurredAt: minute(1)), at: minute(25))
        #expect(scenario.incident.cadence.beat.dueAt == minute(16))
        #expect(try scenario.nag(at: minute(25))?.number == 2)
    }

    @Test func `no nag is sent twice for one deadline, even when an update sets the same again`() throws {
        var scenario = try NagTests.manned()
        try scenario.make(.update(), at: minute(3))
        #expect(try scenario.nag(at: minute(18))?.number == 1)
        try scenario.make(.update(occurredAt: minute(3)), at: minute(19))
        #expect(scenario.incident.cadence.beat.dueAt == minute(18))
        #expect(scenario.incident.cadence.nagsSent == 0)
        #expect(scenario.incident.nextNagAt(about: .update) == minute(23))
        #expect(try scenario.nag(at: minute(19)) == nil)
        #expect(try scenario.nag(at: minute(23))?.number == 2)
        #expect(scenario.incident.cadence.nagsSent == 1)

        // Another one that promised an old deadline, from which two nags went out.
        try scenario.make(.update(occurredAt: minute(4)), at: minute(24))
        #expect(try scenario.nag(at: minute(24))?.number == 2)
        try scenario.make(.update(occurredAt: minute(5), promising: minute(18)), at: minute(25))
        #expect(scenario.incident.cadence.beat.dueAt == minute(18))
        #expect(try scenario.nag(at: minute(25)) == nil)
        #expect(try scenario.nag(at: minute(28))?.number == 3)
    }

    @Test(arguments: [Incident.Status.resolved, .cancelled])
    func `nothing nags an incident that ended, and reopening starts again`(end: Incident.Status) throws {
        var scenario = try NagTests.manned()
        try scenario.nag(at: minute(5))
        let reason = end == .cancelled ? "false_alarm" : "Over"
        try scenario.make(.status(end, reason: reason, override: true), at: minute(10), by: "alice")
        #expect(scenario.incident.nextNagAt(about: .update) == nil)
        #expect(try scenario.nag(at: minute(10)) == nil)
        #expect(try scenario.nag(at: minute(500)) == nil)
        #expect(scenario.incident.cadence.nagsSent == 1)
        try scenario.make(.status(.investigating), at: minute(501))
        #expect(scenario.incident.nextNagAt(about: .update) == minute(506))
        #expect(try scenario.nag(at: minute(506))?.number == 1)
    }

    @Test func `the final update leaves no nags and no breach behind`() throws {
        var scenario = try NagTests.manned()
        try scenario.nag(at: minute(15))
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(16), by: "alice")
        #expect(scenario.incident.cadence.breached)
        try scenario.make(.update("It is over"), at: minute(17))
        #expect(!scenario.incident.cadence.breached)
        #expect(scenario.incident.cadence.nagsSent == 0)
        #expect(scenario.incident.cadence.deadlines.last?.nags == 1)
    }

    @Test func `the operator's steps and number hold`() throws {
        var policy = Policy.standard
        policy.nagSteps = [.seconds(60), .seconds(120)]
        policy.nagMax = 3
        var scenario = try Scenario(under: policy)
        #expect(try scenario.nag(at: minute(6) - millisecond) == nil)
        #expect(try scenario.nag(at: minute(6))?.number == 1)
        #expect(scenario.incident.nextNagAt(about: .update) == minute(7))
        #expect(try scenario.nag(at: minute(7))?.number == 2)
        #expect(scenario.incident.nextNagAt(about: .update) == minute(22))
        #expect(try scenario.nag(at: minute(22))?.number == 3)
        #expect(scenario.incident.nextNagAt(about: .update) == minute(82), "then hourly")

        policy.nagSteps = []
        policy.nagMax = 2
        var bare = try Scenario(under: policy)
        #expect(try bare.nag(at: minute(5))?.number == 1)
        #expect(bare.incident.nextNagAt(about: .update) == minute(20))
    }
}

extension NagSent {
    fileprivate static func addresses(of incident: Incident, _ number: Int) -> [String] {
        incident.recipients(ofNag: number).map { "\($0.role):\($0.person.name)" }
    }
}
