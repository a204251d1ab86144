import Incidents
import Model
import Testing
import Time

/// "Handover" in domain.md, section 6.
struct HandoverTests {
    /// Hours after the start.
    private func hour(_ hours: Int) -> Timestamp { minute(60 * hours) }

    private func staffed(_ policy: Policy = .standard) throws -> Scenario {
        var details = Declared.Details(title: "People cannot sign in")
        details.roles[.commander] = .init(person: Person("alice"), contact: nil)
        return try Scenario(.major, by: "dora", under: policy, details)
    }

    @Test func `after a shift its holder is asked to hand over, and again each shift`() throws {
        var scenario = try staffed()
        #expect(scenario.incident.nextNagAt(about: .handover) == hour(4))
        for number in 1...3 {
            let moment = hour(4 * number)
            #expect(try scenario.nag(at: moment - millisecond, about: .handover) == nil)
            let nag = try #require(try scenario.nag(at: moment, about: .handover))
            #expect(nag.number == number)
            #expect(nag.dueAt == hour(4))
            #expect(nag.addresses == ["commander:alice"])
            #expect(scenario.incident.nextNagAt(about: .handover) == hour(4 * number + 4))
        }
        let text = try #require(
            scenario.entries.last { ($0.payload as? NagSent)?.about == .handover }.flatMap {
                scenario.texts[$0.seq]
            })
        #expect(
            text.hasPrefix(
                "Handover overdue by 480 min: alice has been commander for a whole shift: nag 3 to alice"))
    }

    @Test func `any downtime costs one nag`() throws {
        var scenario = try staffed()
        #expect(try scenario.nag(at: hour(13), about: .handover)?.number == 3)
        #expect(try scenario.nag(at: hour(13), about: .handover) == nil)
        #expect(scenario.incident.nextNagAt(about: .handover) == hour(16))
    }

    @Test func `one nag for all whose shift is over, to them and the commander`() throws {
        var scenario = try staffed()
        try scenario.make(.assign(.communicator, "bob"), at: hour(1))
        #expect(try scenario.nag(at: hour(4), about: .handover)?.addresses == ["commander:alice"])
        #expect(
            try scenario.nag(at: hour(8), about: .handover)?.addresses == [
                "commander:alice", "communicator:bob",
            ])
        try scenario.make(.assign(.commander, "carol"), at: hour(9))
        #expect(scenario.incident.nextNagAt(about: .handover) == hour(5), "bob's shift ended first now")
        let nag = try #require(try scenario.nag(at: hour(9), about: .handover))
        #expect(nag.number == 2)
        #expect(nag.dueAt == hour(5))
        #expect(nag.addresses == ["communicator:bob", "commander:carol"])
        #expect(scenario.incident.nextNagAt(about: .handover) == hour(13))
    }

    @Test func `a new holder begins anew, a new contact does not`() throws {
        var scenario = try staffed()
        try scenario.make(.assign(.commander, "@Alice", contact: "tel:1"), at: hour(3))
        #expect(scenario.incident.nextNagAt(about: .handover) == hour(4))
        let before = scenario.incident
        try scenario.make(.assign(.commander, "bob"), at: hour(3))
        #expect(scenario.incident.nextNagAt(about: .handover) == hour(7))
        let assigned = RoleAssigned(.commander, Person("bob"), previous: Person("alice"), contact: nil)
        #expect(
            Incident.outdated(by: assigned, from: before, to: scenario.incident).contains(HandoverNag.event))
        #expect(!assigned.readdresses(from: before, to: scenario.incident).contains(HandoverNag.event))
        try scenario.make(.releaseRole(.commander), at: hour(5))
        #expect(scenario.incident.nextNagAt(about: .handover) == nil)
        try scenario.make(.assign(.commander, "bob"), at: hour(6))
        #expect(scenario.incident.nextNagAt(about: .handover) == hour(10))
    }

    @Test func `other roles have no shift, and without a commander the declarer hears of the communicator's`()
        throws
    {
        var scenario = try Scenario(by: "dora")
        for role in [Role.technicalLead, .scribe, .rollbackApprover, .rollbackBackup] {
            try scenario.make(.assign(role, "eve"), at: minute(0))
        }
        #expect(scenario.incident.nextNagAt(about: .handover) == nil)
        try scenario.make(.assign(.communicator, "bob"), at: minute(0))
        #expect(
            try scenario.nag(at: hour(4), about: .handover)?.addresses == [
                "communicator:bob", "declarer:dora",
            ])
    }

    @Test func `zero switches it off, and another setting later rewrites nothing`() throws {
        var off = Policy.standard
        off.shift = .zero
        var scenario = try staffed(off)
        #expect(scenario.incident.nextNagAt(about: .handover) == nil)
        scenario.policy.shift = .seconds(7_200)
        #expect(scenario.incident.nextNagAt(about: .handover) == nil)
        try scenario.make(.assign(.communicator, "bob"), at: hour(1))
        scenario.policy.shift = .seconds(60)
        #expect(scenario.incident.nextNagAt(about: .handover) == hour(3))
    }

    @Test func `the end ends it, and reopening begins the shifts again`() throws {
        var scenario = try staffed()
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: hour(3), by: "alice")
        #expect(scenario.incident.nextNagAt == nil)
        try scenario.make(.status(.investigating), at: hour(10))
        #expect(scenario.incident.roles[.commander]?.since == minute(0), "who holds it holds it still")
        #expect(scenario.incident.nextNagAt(about: .handover) == hour(14))
    }

    @Test func `a clock that was set back neither doubles nor loses one`() throws {
        var scenario = try staffed()
        try scenario.nag(at: hour(4), about: .handover)
        try scenario.setClockBack(from: minute(241), to: minute(181))
        #expect(scenario.incident.nextNagAt(about: .handover) == hour(7))
        let nag = try #require(try scenario.nag(at: hour(7), about: .handover))
        #expect(nag.number == 2)
        #expect(nag.dueAt == hour(3))
    }
}
