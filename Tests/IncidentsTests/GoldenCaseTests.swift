import Incidents
import Model
import Testing
import Time

struct GoldenCaseTests {
    @Test func `the database incident of domain md section 11`() throws {
        // 09:55 the process dies unseen; 10:02 the alert, declared at once.
        var details = Declared.Details(title: "People cannot sign in")
        details.impact = "Many users cannot sign in"
        details.startedAt = minute(-5)
        details.detectedAt = minute(2)
        var scenario = try Scenario(.major, at: minute(2), by: "carol", details)
        try scenario.make(.assign(.commander, "carol"), at: minute(2), by: "carol")
        try scenario.make(.assign(.technicalLead, "alice"), at: minute(2), by: "carol")
        try scenario.make(.assign(.communicator, "bob"), at: minute(2), by: "carol")
        #expect(scenario.incident.cadence.beat.dueAt == minute(7))
        #expect(try scenario.nag(at: minute(7) - .seconds(120)) == nil)

        // 10:05 the first public update.
        let first = try #require(
            try scenario.make(.update("We are investigating."), at: minute(5), by: "bob").published)
        #expect(first.slot == "T+0")
        #expect(first.lateBySeconds == 0)
        #expect(scenario.incident.cadence.beat.dueAt == minute(20))
        #expect(minute(5) - scenario.incident.times.declaredAt == .seconds(180))

        // 10:06 the cause, the restart; the lag falls.
        try scenario.make(.finding("The database process died at 09:55"), at: minute(6), by: "alice")
        try scenario.make(
            .post(PostEntry(ChangeMade(complete: true), text: "Restarted it", visibility: .public)),
            at: minute(6),
            by: "alice")
        try scenario.make(.status(.mitigating), at: minute(6), by: "carol")
        try scenario.make(.note("Lag 900 s"), at: minute(8), by: "alice")
        try scenario.make(.note("Lag 400 s"), at: minute(15), by: "alice")
        #expect(try scenario.nag(at: minute(20) - millisecond) == nil)
        let nag = try #require(try scenario.nag(at: minute(20)))
        #expect(nag.number == 1)
        #expect(nag.dueAt == minute(20))
        #expect(nag.addresses == ["communicator:bob"])
        #expect(scenario.incident.cadence.nagsSent == 1)
        #expect(!scenario.incident.cadence.breached)
        try scenario.make(.note("Lag 5 s"), at: minute(22), by: "alice")
        #expect(scenario.incident.nextNagAt(about: .update) == minute(25))

        // 10:25 resolved by override, which commits before nag 2.
        let resolve = Request.status(.resolved, reason: "Lag is gone and sign-in works", override: true)
        try scenario.make(resolve, at: minute(25), by: "carol")
        #expect(try scenario.nag(at: minute(25)) == nil)
        #expect(scenario.incident.nextNagAt(about: .update) == nil)
        let final = try #require(
            try scenario.make(.update("It is over."), at: minute(25), by: "bob").published)
        #expect(final.dueAt == minute(20))
        #expect(final.lateBySeconds == 300)
        #expect(final.slot == "T+15")
        #expect(try scenario.nag(at: minute(600)) == nil)

        let incident = scenario.incident
        #expect(incident.times.restoredAt == minute(25))
        #expect(incident.minutesOfImpact(at: minute(600)) == 30)
        #expect(incident.minutesOfDuration(at: minute(600)) == 23)
        let gap = try #require(incident.times.detectedAt) - (try #require(incident.times.startedAt))
        #expect(gap == .seconds(7 * 60))
        #expect(incident.cadence.deadlines.map(\.dueAt) == [minute(7), minute(20)])
        #expect(incident.cadence.deadlines.map(\.metAt) == [minute(5), minute(25)])
        #expect(incident.cadence.deadlines.map(\.lateBySeconds) == [0, 300])
        #expect(incident.cadence.deadlines.map(\.nags) == [0, 1])
        #expect(scenario.entries.filter { $0.kind == NagSent.kind }.count == 1)
        #expect(scenario.entries.map(\.seq) == Array(1...scenario.entries.count))
    }
}
