import Incidents
import Model
import Testing
import Time

struct PublishTests {
    private static func update(_ text: String = "On it.", _ fill: (inout PublishUpdate) -> Void) -> Request {
        var update = PublishUpdate(audience: .public, text: text)
        fill(&update)
        return .publish(update)
    }

    @Test(arguments: ["[FILL: impact]", "x [FILL:", "[FILL:\u{301}", "a\r\n[FILL:\r\n"])
    func `a text that still holds a placeholder is refused unless forced`(text: String) throws {
        let scenario = try Scenario()
        #expect(Draft.holdsPlaceholder(text))
        #expect(scenario.refusal(of: .update(text), at: minute(1))?.type == .unfilledDraft)
        let forced = try scenario.judge(PublishTests.update(text) { $0.force = true }, at: minute(1))
        #expect(forced.published?.forced == true)
        #expect(forced.entries.first?.text == text)
    }

    @Test(arguments: ["", "[FILL", "[fill: impact]", "FILL:", "[ FILL: impact]"])
    func `a text without a placeholder is not refused`(text: String) throws {
        #expect(!Draft.holdsPlaceholder(text))
        #expect(try Scenario().refusal(of: .update(text), at: minute(1)) == nil)
    }

    @Test func `an update is only called forced when it overrode something`() throws {
        let scenario = try Scenario()
        let needless = try scenario.judge(PublishTests.update { $0.force = true }, at: minute(1))
        #expect(needless.published?.forced == false)
    }

    @Test(
        arguments: [
            .status(.mitigating), .raiseSeverity(to: .critical, reason: nil), .finding("Found"),
            .patch { $0.impact = .set("All") }, .patch { $0.workaround = .set("Wait") },
        ] as [Request])
    func `a draft is stale after status, severity, impact, workaround or a quotable finding changed`(
        change: Request
    ) throws {
        var scenario = try Scenario()
        try scenario.make(.note(), at: minute(1))
        try scenario.make(change, at: minute(1))
        #expect(
            scenario.refusal(of: PublishTests.update { $0.basisSeq = 2 }, at: minute(2))?.staleSeqs == [3])
        #expect(scenario.refusal(of: PublishTests.update { $0.basisSeq = 3 }, at: minute(2)) == nil)
        let forced = try scenario.judge(
            PublishTests.update {
                $0.basisSeq = 2
                $0.force = true
            }, at: minute(2))
        #expect(forced.published?.forced == true)
        #expect(forced.published?.basisSeq == 2)
    }

    @Test(
        arguments: [
            .note(), .finding("Maybe", confirmed: false), .assign(.scribe, "eve"),
            .dispute(claims: .minor, reason: "x"),
            .post(PostEntry(ChangeMade(complete: true), text: "Done")), .update(),
            .finding("Found", .internal), .patch { $0.publicTitle = .set("Sign-in") },
        ] as [Request])
    func `a draft is not stale after anything else`(change: Request) throws {
        var scenario = try Scenario()
        try scenario.make(change, at: minute(1))
        #expect(scenario.refusal(of: PublishTests.update { $0.basisSeq = 1 }, at: minute(2)) == nil)
    }

    @Test(arguments: [0, -1, 2, Int.max, Int.min])
    func `a basis is a seq that exists`(seq: Int) throws {
        let scenario = try Scenario()
        #expect(
            scenario.refusal(of: PublishTests.update { $0.basisSeq = seq }, at: minute(1))?.invalid(
                at: "#/basis_seq") != nil)
        #expect(
            scenario.refusal(of: PublishTests.update { $0.etaBasis = seq }, at: minute(1))?.invalid(
                at: "#/eta_basis") != nil)
    }

    @Test func `a status is stored together with its update, in that order`() throws {
        var scenario = try Scenario()
        let wish = PublishTests.update {
            $0.status = ChangeStatus(to: .monitoring)
            $0.basisSeq = 1
            $0.etaBasis = 1
            $0.template = "update"
        }
        let decision = try scenario.make(wish, at: minute(4))
        #expect(decision.entries.map(\.kind) == [StatusChanged.kind, UpdatePublished.kind])
        #expect(decision.warnings == [.restoredWhenMissing])
        #expect(decision.published?.basisSeq == 1)
        #expect(decision.published?.etaBasis == 1)
        #expect(decision.published?.template == "update")
        #expect(decision.published?.lateBySeconds == 0)
        #expect(scenario.incident.status == .monitoring)
        #expect(scenario.incident.cadence.beat.dueAt == minute(19))
    }

    @Test func `a status that is refused refuses its update, and the other way round`() throws {
        let scenario = try Scenario()
        let resolving = PublishTests.update { $0.status = ChangeStatus(to: .resolved) }
        #expect(scenario.refusal(of: resolving, at: minute(1))?.type == .notAllowedFromStatus)
        let unfilled = PublishTests.update("[FILL: x]") { $0.status = ChangeStatus(to: .mitigating) }
        #expect(scenario.refusal(of: unfilled, at: minute(1))?.type == .unfilledDraft)
        let promise = PublishTests.update {
            $0.status = ChangeStatus(to: .mitigating)
            $0.nextUpdateAt = minute(100)
        }
        #expect(scenario.refusal(of: promise, at: minute(1))?.type == .promiseExceedsCadence)
    }

    @Test func `a draft made before another's status is stale also for an update with a status`() throws {
        var scenario = try Scenario()
        try scenario.make(.status(.mitigating), at: minute(1))
        let wish = PublishTests.update {
            $0.basisSeq = 1
            $0.status = ChangeStatus(to: .monitoring)
        }
        #expect(scenario.refusal(of: wish, at: minute(2))?.staleSeqs == [2])
    }

    @Test func `the current status with an update is just the update`() throws {
        let scenario = try Scenario()
        let wish = PublishTests.update { $0.status = ChangeStatus(to: .investigating) }
        #expect(try scenario.judge(wish, at: minute(1)).entries.map(\.kind) == [UpdatePublished.kind])
    }

    @Test func `an update that resolves is the final one`() throws {
        var scenario = try StatusTests.scenario(in: .monitoring)
        let wish = PublishTests.update("Over.") { $0.status = ChangeStatus(to: .resolved) }
        let decision = try scenario.make(wish, at: minute(9))
        #expect(decision.entries.map(\.kind) == [Resolved.kind, UpdatePublished.kind])
        #expect(decision.published?.lateBySeconds == 240)
        #expect(decision.published?.beat == nil)
        #expect(!scenario.incident.cadence.hasOpenDeadline)
    }

    @Test func `an update that reopens is the new episode's first`() throws {
        var scenario = try StatusTests.scenario(in: .resolved)
        let wish = PublishTests.update("It is back.") { $0.status = ChangeStatus(to: .investigating) }
        let decision = try scenario.make(wish, at: minute(30))
        #expect(decision.published?.dueAt == minute(35))
        #expect(decision.published?.slot == "T+0")
        #expect(scenario.incident.cadence.beat.dueAt == minute(45))
        #expect(scenario.incident.cadence.updatesInEpisode == 1)
    }

    @Test func `an update is as visible as its audience`() throws {
        let scenario = try Scenario()
        #expect(
            try scenario.judge(.update(audience: .public), at: minute(1)).entries.map(\.visibility) == [
                .public
            ])
        #expect(
            try scenario.judge(.update(audience: .internal), at: minute(1)).entries.map(\.visibility) == [
                .internal
            ])
    }

    @Test func `an internal finding makes an internal draft stale, not a public one`() throws {
        var scenario = try Scenario()
        try scenario.make(.finding("Found", .internal), at: minute(1))
        let inside = PublishTests.update {
            $0.audience = .internal
            $0.basisSeq = 1
        }
        #expect(scenario.refusal(of: inside, at: minute(2))?.staleSeqs == [2])
        #expect(scenario.refusal(of: PublishTests.update { $0.basisSeq = 1 }, at: minute(2)) == nil)
    }

    @Test func `a stale draft lists the latest twenty entries`() throws {
        var scenario = try Scenario()
        for number in 1...30 { try scenario.make(.finding("\(number)"), at: minute(1)) }
        let refusal = scenario.refusal(of: PublishTests.update { $0.basisSeq = 1 }, at: minute(2))
        #expect(refusal?.staleSeqs == Array(12...31))
    }

    @Test func `filled texts are recorded with the update, before it`() throws {
        var scenario = try Scenario()
        try scenario.make(
            .patch { $0.nextAction = .set(.init(text: "Look", owner: "alice")) }, at: minute(1))
        let decision = try scenario.make(
            PublishTests.update {
                $0.fill = [.impact: "All", .workaround: "Wait", .nextAction: "Restart", .recovery: "Tried"]
                $0.status = ChangeStatus(to: .mitigating)
                $0.basisSeq = 1
            }, at: minute(2))
        #expect(decision.entries.map(\.kind) == [StatusChanged.kind, Edited.kind, UpdatePublished.kind])
        #expect(scenario.incident.impact == "All")
        #expect(scenario.incident.workaround == "Wait")
        #expect(scenario.incident.nextAction == .init(text: "Restart", owner: "alice"))
        #expect(scenario.incident.restoredWhen == nil)
        #expect(scenario.incident.automaticTemplate(for: .public, at: minute(2)) == "nothing_new")
        let again = try scenario.make(
            PublishTests.update("More.") { $0.fill = [.impact: "All"] }, at: minute(5))
        #expect(again.entries.map(\.kind) == [UpdatePublished.kind])
    }

    @Test func `a promise in minutes counts from the update`() throws {
        var scenario = try Scenario()
        let wish = PublishTests.update {
            $0.nextUpdateInMinutes = 10
            $0.occurredAt = minute(3)
        }
        #expect(try scenario.make(wish, at: minute(4)).published?.promisedAt == minute(13))
        #expect(scenario.incident.cadence.beat.dueAt == minute(13))
        let far = scenario.refusal(
            of: PublishTests.update("x") { $0.nextUpdateInMinutes = 17 }, at: minute(4))
        #expect(far?.type == .promiseExceedsCadence)
        #expect(far?.flaws.map(\.pointer) == ["#/next_update_in_minutes"])
    }

    @Test func `the same update twice within a minute is one`() throws {
        let cases: [(seconds: Int, isOne: Bool, change: (inout PublishUpdate) -> Void)] = [
            (60, true, { _ in }), (61, false, { _ in }), (30, false, { $0.text = "Other" }),
            (30, false, { $0.audience = .internal }),
            (30, false, { $0.occurredAt = minute(1) - millisecond }),
            (30, false, { $0.nextUpdateInMinutes = 5 }),
            (30, false, { $0.status = ChangeStatus(to: .mitigating) }),
            (30, true, { $0.status = ChangeStatus(to: .investigating) }), (30, true, { $0.basisSeq = 1 }),
            (30, true, { $0.force = true }),
        ]
        for (seconds, isOne, change) in cases {
            var scenario = try Scenario()
            try scenario.make(.update("On it."), at: minute(1), by: "bob")
            try scenario.make(.note(), at: minute(1))
            let moment = minute(1) + .seconds(seconds)
            let wish = PublishTests.update("On it.", change)
            let decision = try scenario.judge(wish, at: moment, by: "@Bob")
            #expect(decision.saidBy == (isOne ? 2 : nil), "\(wish)")
            #expect(decision.entries.isEmpty == isOne)
            #expect(try scenario.judge(wish, at: moment, by: "carol").saidBy == nil)
        }
    }

    @Test func `a promise repeated within a minute is one when it is the same`() throws {
        var scenario = try Scenario()
        let wish = PublishTests.update { $0.nextUpdateInMinutes = 10 }
        try scenario.make(wish, at: minute(1))
        #expect(try scenario.judge(wish, at: minute(1) + .seconds(9)).saidBy == 2)
        #expect(try scenario.judge(.update("On it."), at: minute(1) + .seconds(9)).saidBy == nil)
    }

    @Test func `a short interval shortens the time in which updates are one`() throws {
        var policy = Policy.standard
        policy.major = Policy.Intervals(firstUpdate: .seconds(20), interval: .seconds(20))
        var scenario = try Scenario(under: policy)
        try scenario.make(.update(), at: minute(1))
        #expect(try scenario.judge(.update(), at: minute(1) + .seconds(10)).saidBy == 2)
        #expect(try scenario.judge(.update(), at: minute(1) + .seconds(11)).saidBy == nil)
    }

    @Test func `a corrected update or a new episode is no double tap`() throws {
        var scenario = try Scenario()
        try scenario.make(.update(), at: minute(1))
        try scenario.make(.correct(Correct(of: 2, text: "Better")), at: minute(1))
        #expect(try scenario.judge(.update(), at: minute(1)).saidBy == nil)
        var reopened = try StatusTests.scenario(in: .resolved)
        try reopened.make(.update(), at: minute(9))
        try reopened.make(.status(.investigating), at: minute(9))
        #expect(try reopened.judge(.update(), at: minute(9)).saidBy == nil)
    }

    @Test func `the reason why a template gives no text is the refusal`() throws {
        let refusal = Refusal.invalid("#/template", "No.")
        #expect(
            try Scenario().refusal(of: PublishTests.update { $0.refusal = refusal }, at: minute(1)) == refusal
        )
    }
}
