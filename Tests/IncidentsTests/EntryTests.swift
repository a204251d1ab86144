import Incidents
import Model
import Testing
import Time

struct EntryTests {
    static let payloads: [any PostedPayload] = [
        Note(), Finding(confirmed: true), Finding(confirmed: false), Hypothesis(.open),
        Hypothesis(.confirmed), Hypothesis(.ruledOut), ChangeMade(complete: true),
        ChangeMade(complete: false), DecisionMade(), Todo(),
    ]

    @Test(arguments: payloads)
    func `what people write is kept as sent and changes nothing a reader sees`(payload: any PostedPayload)
        throws
    {
        var scenario = try Scenario()
        let before = scenario.incident
        let source = Source(system: "slack", ref: "C9/17", url: nil)
        let note = PostEntry(payload, text: "Seen", source: source, rest: Array("{\"a\":1}".utf8))
        let proposal = try #require(try scenario.make(.post(note), at: minute(1)).entries.first)
        #expect(type(of: proposal.payload) == type(of: payload))
        #expect("\(proposal.payload)" == "\(payload)", "nothing was added to it")
        #expect(proposal.rest == note.rest)
        #expect(proposal.text == "Seen")
        #expect(proposal.visibility == .internal)
        #expect(proposal.source == source)
        #expect(proposal.dedupKey == .source(system: "slack", ref: "C9/17"))
        #expect(proposal.occurredAt == minute(1))
        #expect(scenario.incident.version == before.version)
        #expect(scenario.incident.seq == 2)
        #expect(scenario.incident.cadence == before.cadence)
    }

    @Test func `what happened earlier is told with its time, however old`() throws {
        var scenario = try Scenario()
        for moment in [minute(-5), minute(-600_000_000), minute(1)] {
            let decision = try scenario.make(.note(at: moment), at: minute(1))
            #expect(decision.entries.first?.occurredAt == moment)
            #expect(decision.warnings == [])
        }
    }

    @Test func `a clock up to ten minutes ahead is taken as now, its claim kept`() throws {
        let scenario = try Scenario()
        for ahead in [millisecond, .seconds(600)] {
            let decision = try scenario.judge(.note(at: minute(1) + ahead), at: minute(1))
            #expect(decision.warnings == [.clockSkew])
            #expect(decision.entries.first?.occurredAt == minute(1))
            let posted = try #require(decision.only(Note.self))
            #expect(posted.claimedAt == minute(1) + ahead)

            let update = try scenario.judge(.update(occurredAt: minute(1) + ahead), at: minute(1))
            #expect(update.warnings == [.clockSkew])
            #expect(update.entries.first?.occurredAt == minute(1))
            #expect(update.published?.claimedAt == minute(1) + ahead)
        }
    }

    @Test func `a clock further ahead is refused with the time it claimed`() throws {
        let scenario = try Scenario()
        let claimed = minute(11) + millisecond
        for request in [Request.note(at: claimed), .update(occurredAt: claimed)] {
            let refusal = scenario.refusal(of: request, at: minute(1))
            #expect(refusal?.isClockSkew("#/occurred_at", claimed, minute(1)) == true)
        }
    }

    @Test func `a clock that was set back records nothing before the last entry`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(4))
        let decision = try scenario.make(.status(.mitigating), at: minute(1))
        #expect(decision.entries.first?.occurredAt == minute(4))
        let update = try scenario.make(.update("More."), at: minute(2))
        #expect(update.entries.first?.occurredAt == minute(4))
        #expect(update.published?.counts == true)
        #expect(scenario.incident.cadence.beat.dueAt == minute(19))
    }

    @Test func `drafts may quote confirmed findings and completed changes alone`() throws {
        var scenario = try Scenario()
        for payload in EntryTests.payloads {
            try scenario.make(.post(PostEntry(payload, text: "x", visibility: .public)), at: minute(1))
        }
        try scenario.make(.finding("secret", .internal), at: minute(1))
        #expect(scenario.incident.evidence.map(\.seq) == [3, 8, 12])
        #expect(scenario.incident.evidence.map(\.kind) == [Finding.kind, ChangeMade.kind, Finding.kind])
        #expect(scenario.incident.quotable(for: .public).map(\.seq) == [3, 8])
        #expect(scenario.incident.quotable(for: .internal).map(\.seq) == [3, 8, 12])
        #expect(scenario.incident.draftBreakers == [])
        #expect(scenario.incident.evidenceChanges.map(\.seq) == [3, 12])
    }
}
