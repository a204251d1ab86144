import Incidents
import Model
import Testing
import Time

/// The final public update of an ended incident (domain.md, section 6).
struct ClosingTests {
    /// Bob communicates, alice commands; the public was told at minute 3.
    private static func told() throws -> Scenario {
        var scenario = try Scenario()
        try scenario.make(.assign(.commander, "alice"), at: minute(0))
        try scenario.make(.assign(.communicator, "bob"), at: minute(0))
        try scenario.make(.update("We are looking into it"), at: minute(3))
        return scenario
    }

    @Test(arguments: [Incident.Status.resolved, .cancelled])
    func `who was told of an incident is told of its end: three nags`(end: Incident.Status) throws {
        var scenario = try ClosingTests.told()
        try scenario.make(.status(end, reason: "false_alarm", override: true), at: minute(20), by: "alice")
        #expect(scenario.incident.nextNagAt == minute(25))
        #expect(try scenario.nag(at: minute(25) - millisecond, about: .closing) == nil)
        let asked = [
            ["communicator:bob"], ["communicator:bob", "commander:alice"],
            ["communicator:bob", "commander:alice"],
        ]
        for (index, at) in [25, 40, 55].enumerated() {
            let before = scenario.incident
            let nag = try #require(try scenario.nag(at: minute(at), about: .closing))
            #expect(nag.number == index + 1)
            #expect(nag.dueAt == minute(25))
            #expect(nag.event == ClosingNag.event)
            #expect(nag.to.map { "\($0.role):\($0.person.name)" } == asked[index])
            #expect(scenario.incident.version == before.version, "readers see nothing new")
        }
        #expect(scenario.incident.nextNagAt == nil)
        #expect(try scenario.judge(.nag, at: minute(9_999), by: "drumbeat").isNothing)
    }

    @Test func `an update that ends it, or any public one after the end, is the final one`() throws {
        var together = try ClosingTests.told()
        try together.make(
            .publish(
                PublishUpdate(
                    audience: .public, text: "It is over",
                    status: ChangeStatus(to: .resolved, reason: "Over", override: true))), at: minute(20),
            by: "alice")
        #expect(together.incident.nextNagAt == nil)
        var later = try ClosingTests.told()
        try later.make(.status(.resolved, reason: "Over", override: true), at: minute(20), by: "alice")
        let before = later.incident
        try later.make(.update("Over", audience: .internal), at: minute(21))
        #expect(later.incident.nextNagAt == minute(25), "the team knows, the public does not")
        try later.make(.update("It is over"), at: minute(22))
        #expect(later.incident.nextNagAt == nil)
        let published = try #require(later.entries.last?.payload)
        #expect(Incident.outdated(by: published, from: before, to: later.incident).contains(ClosingNag.event))
    }

    @Test func `no one was told, or it goes on: nothing is asked`() throws {
        var silent = try Scenario()
        try silent.make(.update("Only us", audience: .internal), at: minute(3))
        try silent.make(.status(.resolved, reason: "Over", override: true), at: minute(20))
        #expect(silent.incident.nextNagAt == nil)
        var reopened = try ClosingTests.told()
        try reopened.make(.status(.resolved, reason: "Over", override: true), at: minute(20), by: "alice")
        try reopened.make(.status(.investigating), at: minute(22))
        #expect(reopened.incident.nextNagAt(about: .closing) == nil)
        // The public was told in the first episode only.
        try reopened.make(.status(.resolved, reason: "Over", override: true), at: minute(24), by: "alice")
        #expect(reopened.incident.nextNagAt == nil)
    }

    @Test(arguments: [(25, 1), (39, 1), (41, 2), (9_999, 3)])
    func `any downtime costs one late nag`(now: Int, number: Int) throws {
        var scenario = try ClosingTests.told()
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(20), by: "alice")
        #expect(try scenario.nag(at: minute(now), about: .closing)?.number == number)
        #expect(try scenario.nag(at: minute(now), about: .closing) == nil)
    }
}
