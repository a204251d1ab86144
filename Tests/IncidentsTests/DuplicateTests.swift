import Incidents
import Model
import Testing
import Time

/// A duplicate tells its original, and what was itself cancelled is no one's original (domain.md, section 3).
struct DuplicateTests {
    private static func scenario(_ number: Int, beside others: Incident...) throws -> Scenario {
        var scenario = try Scenario(number: number)
        for other in others { scenario.others[other.number] = other }
        return scenario
    }

    private static func duplicate(of number: Int) -> Request {
        .status(.cancelled, reason: "duplicate", duplicateOf: number)
    }

    /// An incident that was cancelled as a duplicate of another, which was open then.
    private static func duplicate(_ number: Int, of original: Int) throws -> Incident {
        var scenario = try scenario(number, beside: try Scenario(number: original).incident)
        try scenario.make(duplicate(of: original), at: minute(1))
        return scenario.incident
    }

    @Test(arguments: [Incident.Status.investigating, .monitoring, .resolved])
    func `the original is told, in an entry of its own that changes nothing a reader sees`(
        status: Incident.Status
    ) throws {
        var original = try Scenario(number: 7)
        if status != .investigating {
            try original.make(.status(status, reason: "so", override: true), at: minute(1))
        }
        let scenario = try DuplicateTests.scenario(42, beside: original.incident)
        let decision = try scenario.judge(DuplicateTests.duplicate(of: 7), at: minute(2), by: "alice")
        #expect(decision.entries.map(\.number) == [nil, 7])
        let linked = try #require(decision.entries.last)
        #expect(linked.payload as? Linked == Linked(42, .duplicate))
        #expect(linked.text == "alice cancelled INC-42 as a duplicate of this incident")
        #expect(linked.visibility == .internal)
        var told = original.incident
        told.apply(
            linked.payload, of: Linked.self,
            at: linked.entry(seq: told.seq + 1, by: Person("alice"), at: minute(2)).place)
        #expect(told.seq == original.incident.seq + 1)
        #expect(told.version == original.incident.version)
        #expect(told.status == status)
    }

    @Test func `an incident that does not exist is no original`() throws {
        let refusal = try Scenario().refusal(of: DuplicateTests.duplicate(of: 7), at: minute(1))
        #expect(refusal?.invalid(at: "#/duplicate_of") != nil)
    }

    @Test func `a cancelled duplicate is refused with the end of its chain`() throws {
        let scenario = try DuplicateTests.scenario(
            42, beside: try DuplicateTests.duplicate(3, of: 2), try DuplicateTests.duplicate(2, of: 1),
            try Scenario(number: 1).incident)
        let refusal = try #require(scenario.refusal(of: DuplicateTests.duplicate(of: 3), at: minute(2)))
        #expect(refusal.says(.notAllowedFromStatus, "INC-3", "INC-1"))
        #expect(refusal.links.map(\.operation) == ["changeStatus"])
        #expect(refusal.links.first?.body == DuplicateTests.body("INC-1"))
        #expect(refusal.current == .text("cancelled"))
    }

    private static func body(_ ref: String) -> SuggestedBody {
        ["status": "cancelled", "reason": "duplicate", "duplicate_of": .text(ref)]
    }

    @Test func `of two that call each other duplicates the first to commit stands`() throws {
        let mine = try Scenario(number: 42).incident
        let scenario = try DuplicateTests.scenario(42, beside: mine, try DuplicateTests.duplicate(7, of: 42))
        let refusal = try #require(scenario.refusal(of: DuplicateTests.duplicate(of: 7), at: minute(2)))
        #expect(refusal.says(.notAllowedFromStatus, "INC-7", "Leave this incident open"))
        #expect(refusal.links == [.init("readIncident", detail: "the incident that continues")])
    }

    @Test func `a false alarm is no original, nor is what duplicates one`() throws {
        var alarm = try Scenario(number: 7)
        try alarm.make(.status(.cancelled, reason: "false_alarm"), at: minute(1))
        let scenario = try DuplicateTests.scenario(
            42, beside: alarm.incident, try DuplicateTests.duplicate(8, of: 7))
        for number in [7, 8] {
            let refusal = try #require(
                scenario.refusal(of: DuplicateTests.duplicate(of: number), at: minute(2)))
            #expect(refusal.type == .notAllowedFromStatus)
            #expect(refusal.links.first?.body == ["status": "cancelled", "reason": "false_alarm"])
        }
    }

    @Test func `a rule asks for the chain step by step, and for no more than sixteen`() throws {
        let action = ChangeStatus(to: .cancelled, reason: "duplicate", duplicateOf: .number(1)).naming(1)
        let incident = try Scenario().incident
        #expect(ChangeStatus(to: .cancelled, reason: "false_alarm").alsoReads(on: incident, given: [:]) == [])
        #expect(action.alsoReads(on: incident, given: [:]) == [1])
        #expect(action.alsoReads(on: incident, given: [1: try Scenario(number: 1).incident]) == [])
        var known: [Int: Incident] = [:]
        for number in 1...40 { known[number] = try DuplicateTests.duplicate(number, of: number + 1) }
        var asked: [Int: Incident] = [:]
        while let next = action.alsoReads(on: incident, given: asked).first { asked[next] = known[next] }
        #expect(asked.count == 16)
        var scenario = try Scenario()
        scenario.others = asked
        let refusal = try #require(scenario.refusal(of: Request(action), at: minute(2)))
        #expect(refusal.says(.notAllowedFromStatus, "INC-1", "INC-17"))
        #expect(refusal.links.first?.body == DuplicateTests.body("INC-17"))
    }

    @Test func `an incident at which a long chain ends is told to stay open`() throws {
        let scenario = try DuplicateTests.scenario(
            42, beside: try DuplicateTests.duplicate(3, of: 2), try DuplicateTests.duplicate(2, of: 1),
            try DuplicateTests.duplicate(1, of: 42))
        let refusal = try #require(scenario.refusal(of: DuplicateTests.duplicate(of: 3), at: minute(2)))
        #expect(refusal.says(.notAllowedFromStatus, "INC-3", "Leave this incident open"))
    }

    @Test func `what is cancelled is not cancelled otherwise, and the same again changes nothing`() throws {
        var scenario = try DuplicateTests.scenario(
            42, beside: try Scenario(number: 7).incident, try Scenario(number: 8).incident)
        try scenario.make(DuplicateTests.duplicate(of: 7), at: minute(1))
        for again in [
            DuplicateTests.duplicate(of: 7), .status(.cancelled, reason: "duplicate"), .status(.cancelled),
        ] {
            #expect(try scenario.judge(again, at: minute(2)).isNothing)
        }
        for number in [8, 9, 42] {
            let refusal = try #require(
                scenario.refusal(of: DuplicateTests.duplicate(of: number), at: minute(2)))
            #expect(refusal.says(.incidentEnded, "a duplicate of INC-7"))
        }
        #expect(scenario.refusal(of: .status(.cancelled, reason: "false_alarm"), at: minute(2)) != nil)
        var alarm = try Scenario()
        try alarm.make(.status(.cancelled, reason: "false_alarm"), at: minute(1))
        #expect(try alarm.judge(.status(.cancelled, reason: "false_alarm"), at: minute(2)).isNothing)
        let refusal = try #require(alarm.refusal(of: DuplicateTests.duplicate(of: 7), at: minute(2)))
        #expect(refusal.says(.incidentEnded, "a false alarm"))
    }

    @Test func `an update does not cancel as a duplicate, and says what does`() throws {
        let change = ChangeStatus(to: .cancelled, reason: "duplicate")
        let update = PublishUpdate(audience: .internal, text: "It is INC-7", status: change)
        let refusal = try #require(Scenario().refusal(of: Request(update), at: minute(1)))
        #expect(refusal.invalid(at: "#/reason") != nil)
        #expect(refusal.links.map(\.operation) == ["changeStatus"])
    }

    @Test func `a ring of duplicates ends`() throws {
        let action = ChangeStatus(to: .cancelled, reason: "duplicate", duplicateOf: .number(1)).naming(1)
        let incident = try Scenario().incident
        var known: [Int: Incident] = [:]
        for (number, other) in [(1, 2), (2, 1)] {
            known[number] = try DuplicateTests.duplicate(number, of: other)
        }
        #expect(action.alsoReads(on: incident, given: known) == [])
        var scenario = try Scenario()
        scenario.others = known
        #expect(scenario.refusal(of: Request(action), at: minute(2))?.type == .notAllowedFromStatus)
    }
}
