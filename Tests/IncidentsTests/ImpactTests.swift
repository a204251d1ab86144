import Incidents
import Model
import Testing
import Time

/// The end of the impact, and its minutes (domain.md, section 8).
struct ImpactTests {
    @Test func `impact ends with the last monitoring, not with the watching`() throws {
        var scenario = try Scenario()
        try scenario.make(.status(.monitoring), at: minute(75))
        #expect(scenario.incident.minutesOfImpact(at: minute(98)) == 75)
        #expect(scenario.incident.times.restoredAt == nil)
        try scenario.make(.status(.investigating), at: minute(98))
        #expect(scenario.incident.minutesOfImpact(at: minute(99)) == 99)
        try scenario.make(.status(.monitoring), at: minute(100))
        try scenario.watchOut(at: minute(101))
        try scenario.make(.status(.resolved), at: minute(153))
        #expect(scenario.incident.times.restoredAt == minute(100))
        #expect(scenario.incident.minutesOfImpact(at: minute(600)) == 100)
    }

    @Test func `an end without monitoring is the end of the impact`() throws {
        var scenario = try Scenario()
        try scenario.make(.status(.monitoring), at: minute(5))
        try scenario.make(.status(.mitigating), at: minute(6))
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(30))
        #expect(scenario.incident.times.restoredAt == minute(30))
    }

    @Test func `episodes add up, each from its own start`() throws {
        var details = Declared.Details(title: "Slow")
        details.startedAt = minute(-5)
        details.detectedAt = minute(-2)
        var scenario = try Scenario(.major, details)
        func end(_ minutes: Int) throws {
            try scenario.make(
                .status(.resolved, reason: "Over", override: true), at: minute(minutes) + .seconds(40))
        }
        try end(10)
        try scenario.make(.status(.investigating), at: minute(60))
        #expect(scenario.incident.times.restoredAt == nil)
        #expect(scenario.incident.times.mitigatedAt == nil)
        #expect(scenario.incident.minutesOfImpact(at: minute(62)) == 17)
        try end(70)
        // 15 min 40 s and 10 min 40 s: rounded down once.
        #expect(scenario.incident.minutesOfImpact(at: minute(600)) == 26)
        #expect(scenario.incident.minutesOfDuration(at: minute(600)) == 23)
        try scenario.make(.status(.investigating), at: minute(100))
        try end(101)
        #expect(scenario.incident.minutesOfImpact(at: minute(600)) == 28)
        // The start is the first episode's, also when it is learnt later.
        try scenario.make(.patch { $0.startedAt = .set(minute(-15)) }, at: minute(200))
        #expect(scenario.incident.minutesOfImpact(at: minute(600)) == 38)
    }

    @Test func `a cancelled episode adds nothing`() throws {
        var scenario = try Scenario()
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(10))
        try scenario.make(.status(.investigating), at: minute(20))
        #expect(scenario.incident.minutesOfImpact(at: minute(25)) == 5)
    }

    @Test func `after the end people may say when it was restored, within what can be`() throws {
        var scenario = try Scenario()
        let wish = Request.patch { $0.restoredAt = .set(minute(12)) }
        #expect(scenario.refusal(of: wish, at: minute(20))?.type == .notAllowedFromStatus)
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(20))
        try scenario.make(wish, at: minute(21))
        #expect(scenario.incident.times.restoredAt == minute(12))
        #expect(scenario.incident.times.resolvedAt == minute(20))
        #expect(scenario.incident.minutesOfImpact(at: minute(600)) == 12)
        let early = Request.patch { $0.restoredAt = .set(minute(0) - millisecond) }
        #expect(scenario.refusal(of: early, at: minute(21))?.invalid(at: "#/restored_at") != nil)
        let late = Request.patch { $0.restoredAt = .set(minute(40)) }
        #expect(scenario.refusal(of: late, at: minute(21))?.type == .clockSkew)
        try scenario.make(.patch { $0.restoredAt = .clear }, at: minute(22))
        #expect(scenario.incident.minutesOfImpact(at: minute(600)) == 20)
    }
}
