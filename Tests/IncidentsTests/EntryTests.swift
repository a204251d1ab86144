import Incidents
import Testing
import Time

struct EntryTests {
    static let kinds: [Posted.Kind] = [
        .note, .finding(confirmed: true), .finding(confirmed: false), .hypothesis(.open),
        .hypothesis(.confirmed),
        .hypothesis(.ruledOut), .change(complete: true), .change(complete: false), .decision, .todo,
    ]

    @Test(arguments: kinds)
    func `what people write is kept as sent and changes nothing a reader sees`(kind: Posted.Kind) throws {
        var scenario = try Scenario()
        let before = scenario.incident
        let source = Source(system: "slack", ref: "C9/17", url: nil)
        let note = Change.Note(kind: kind, text: "Seen", source: source, data: Array("{\"a\":1}".utf8))
        let proposal = try #require(try scenario.make(.post(note), at: minute(1)).entries.first)
        #expect(EntryKind.fromPeople.contains(proposal.event.kind))
        #expect(proposal.event == .posted(Posted(kind: kind, claimedAt: nil, data: note.data)))
        #expect(proposal.text == "Seen")
        #expect(proposal.visibility == .internal)
        #expect(proposal.source == source)
        #expect(proposal.once == .source(system: "slack", ref: "C9/17"))
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
            guard case .posted(let posted)? = decision.entries.first?.event else {
                Issue.record("It was no note")
                return
            }
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
        let refusal = Violation.clockSkew(pointer: "#/occurred_at", claimed: claimed, now: minute(1))
        #expect(scenario.refusal(of: .note(at: claimed), at: minute(1)) == refusal)
        #expect(scenario.refusal(of: .update(occurredAt: claimed), at: minute(1)) == refusal)
    }

    @Test func `late is what was recorded more than two minutes after it happened`() {
        #expect(!Entry.isLate(occurredAt: minute(0), recordedAt: minute(2)))
        #expect(Entry.isLate(occurredAt: minute(0), recordedAt: minute(2) + millisecond))
        #expect(!Entry.isLate(occurredAt: minute(2), recordedAt: minute(0)))
    }

    @Test func `a clock that was set back records nothing before the last entry`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(4))
        let decision = try scenario.make(.status(.mitigating), at: minute(1))
        #expect(decision.entries.first?.occurredAt == minute(4))
        let update = try scenario.make(.update(), at: minute(2))
        #expect(update.entries.first?.occurredAt == minute(4))
        #expect(update.published?.counts == true)
        #expect(scenario.incident.cadence.beat.dueAt == minute(19))
    }

    @Test func `drafts may quote confirmed findings and completed changes alone`() throws {
        var scenario = try Scenario()
        for kind in EntryTests.kinds {
            try scenario.make(.post(Change.Note(kind: kind, text: "x", visibility: .public)), at: minute(1))
        }
        try scenario.make(.finding("secret", .internal), at: minute(1))
        #expect(scenario.incident.evidence.map(\.seq) == [3, 8, 12])
        #expect(scenario.incident.evidence.map(\.kind) == [.finding, .change, .finding])
        #expect(scenario.incident.quotable(for: .public).map(\.seq) == [3, 8])
        #expect(scenario.incident.quotable(for: .internal).map(\.seq) == [3, 8, 12])
        #expect(scenario.incident.draftBreakers == [3, 12])
    }
}
