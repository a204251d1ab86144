import Incidents
import Model
import Testing
import Time

struct RoleTests {
    @Test(arguments: [
        ("@Bob", "bob", true), ("BOB", "bob", true), ("@bob", "@BOB", true), ("bob", "bobby", false),
        ("@@bob", "bob", false), ("Zoë", "Zoe\u{308}", true), ("ZOE\u{308}", "zoë", true),
        ("\u{212A}im", "kim", true), ("Zoë", "Zoe", false), ("ΟΔΟΣ", "οδος", true),
        ("Weiß", "WEISS", true), ("Weiẞ", "Weiß", true), ("@\u{301}bob", "\u{301}bob", true),
        ("", "@", true), (" @bob  ", "bob", true), ("bo b", "bob", false), ("İ", "i\u{307}", true),
    ])
    func `names are compared without a leading at sign, without case and by canonical equivalence`(
        left: String, right: String, same: Bool
    ) {
        #expect((Person(left) == Person(right)) == same)
        #expect((Set([Person(left), Person(right)]).count == 1) == same)
        #expect(Array(Person(left).name.utf8) == Array(left.utf8) || left.contains(" "))
    }

    @Test func `another spelling of the holder is an entry, and no handover`() throws {
        var scenario = try Scenario()
        let first = try scenario.make(.assign(.scribe, "Jos\u{E9}"), at: minute(1))
        #expect(first.entries.count == 1)
        #expect(try scenario.make(.assign(.scribe, "Jos\u{E9}"), at: minute(2)).entries.isEmpty)
        let again = try scenario.make(.assign(.scribe, "Jose\u{301}"), at: minute(3))
        #expect(again.only(RoleAssigned.self)?.previous == Person("José"))
        #expect(scenario.incident.roles[.scribe]?.since == minute(1))
    }

    @Test(arguments: Role.allCases)
    func `a role is assigned, handed over in one entry, and released`(role: Role) throws {
        var policy = Policy.standard
        policy.shift = .zero
        var scenario = try Scenario(under: policy)
        let first = try scenario.make(.assign(role, "alice", contact: "tel:1"), at: minute(1))
        #expect(
            first.only(RoleAssigned.self)
                == RoleAssigned(role, Person("alice"), previous: nil, contact: "tel:1"))
        let second = try scenario.make(.assign(role, "@Bob"), at: minute(2))
        #expect(
            second.only(RoleAssigned.self)
                == RoleAssigned(role, Person("bob"), previous: Person("alice"), contact: nil))
        #expect(scenario.incident.roles[role]?.person.name == "@Bob")
        #expect(scenario.incident.roles[role]?.since == minute(2))
        let third = try scenario.make(.releaseRole(role), at: minute(3))
        #expect(third.only(RoleReleased.self) == RoleReleased(role, previous: Person("bob")))
        #expect(scenario.incident.holder(of: role) == nil)
        #expect(try scenario.make(.releaseRole(role), at: minute(4)).isNothing)
    }

    @Test func `the same person with the same contact changes nothing, with another it does`() throws {
        var scenario = try Scenario()
        try scenario.make(.assign(.scribe, "bob", contact: "tel:1"), at: minute(1))
        #expect(try scenario.make(.assign(.scribe, "bob", contact: "tel:1"), at: minute(2)).isNothing)
        let typed = try scenario.make(.assign(.scribe, "@Bob", contact: "tel:1"), at: minute(3))
        #expect(typed.entries.count == 1)
        #expect(typed.entries.first?.text.contains("takes over") == false)
        #expect(scenario.incident.roles[.scribe]?.person.name == "@Bob")
        #expect(try scenario.make(.assign(.scribe, "@Bob"), at: minute(4)).isNothing, "it is kept")
        #expect(scenario.incident.roles[.scribe]?.contact == "tel:1")
        let cleared = Request(AssignRole(.scribe, Person("@Bob"), contact: .clear))
        #expect(try scenario.make(cleared, at: minute(5)).entries.count == 1)
        #expect(scenario.incident.roles[.scribe]?.contact == nil)
    }

    @Test func `who takes another role brings their contact, and a new holder does not get the old one's`()
        throws
    {
        var scenario = try Scenario()
        try scenario.make(.assign(.scribe, "bob", contact: "tel:scribe"), at: minute(1))
        try scenario.make(.assign(.communicator, "@BOB", contact: "tel:first"), at: minute(1))
        try scenario.make(.assign(.technicalLead, "bob"), at: minute(2))
        #expect(scenario.incident.roles[.technicalLead]?.contact == "tel:first", "the first role's")
        try scenario.make(.assign(.technicalLead, "eve"), at: minute(3))
        #expect(scenario.incident.roles[.technicalLead]?.contact == nil)
        let cleared = Request(AssignRole(.technicalLead, Person("bob"), contact: .clear))
        try scenario.make(cleared, at: minute(4))
        #expect(scenario.incident.roles[.technicalLead]?.contact == nil)
    }

    @Test func `who only changes the contact holds the role since they took it`() throws {
        var scenario = try Scenario()
        try scenario.make(.assign(.scribe, "bob"), at: minute(1))
        try scenario.make(.assign(.scribe, "@BOB", contact: "tel:1"), at: minute(3))
        #expect(scenario.incident.roles[.scribe]?.since == minute(1))
        try scenario.make(.assign(.scribe, "eve"), at: minute(4))
        #expect(scenario.incident.roles[.scribe]?.since == minute(4))
    }

    @Test func `one person for commander and communicator is fine alone, and warned of in company`() throws {
        var scenario = try Scenario()
        try scenario.make(.assign(.commander, "bob"), at: minute(1))
        #expect(try scenario.make(.assign(.communicator, "@Bob"), at: minute(1)).warnings == [])
        #expect(try scenario.make(.assign(.scribe, "BOB"), at: minute(1)).warnings == [])
        let company = try scenario.make(.assign(.technicalLead, "alice"), at: minute(1))
        #expect(company.warnings == [.commanderIsCommunicator])
        #expect(company.entries.count == 1)
        #expect(try scenario.make(.assign(.commander, "alice"), at: minute(1)).warnings == [])
        #expect(
            try scenario.make(.assign(.communicator, "alice"), at: minute(1)).warnings == [
                .commanderIsCommunicator
            ])
    }

    @Test func `roles named at declaring are held at once, and warned of alike`() throws {
        var details = Declared.Details(title: "Slow")
        details.impact = "All"
        details.labels["service"] = "web"
        details.roles = [
            .commander: Declared.Holder(person: Person("bob"), contact: "tel:1"),
            .communicator: Declared.Holder(person: Person("@bob"), contact: nil),
        ]
        let scenario = try Scenario(.major, details)
        #expect(scenario.incident.roles[.commander]?.contact == "tel:1")
        #expect(scenario.incident.roles[.communicator]?.since == minute(0))
        let given = Circumstances<Incident>(author: .service, now: minute(0), policy: .standard)
        #expect(try Declare(.major, details).decide(opening: 1, given).warnings == [])
        details.roles[.scribe] = Declared.Holder(person: Person("eve"), contact: nil)
        #expect(
            try Declare(.major, details).decide(opening: 1, given).warnings == [.commanderIsCommunicator])
    }

    @Test func `a role reads like words`() {
        #expect(Role.rollbackApprover.label == "rollback approver")
        #expect(Role.allCases.map(\.rawValue).contains("technical_lead"))
    }
}
