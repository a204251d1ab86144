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
            .status(.mitigating), .raiseSeverity(to: .critical, reason: nil), .finding("Found", .internal),
            .finding("Found"),
        ] as [Request])
    func `a draft is stale after status, severity or a confirmed finding changed`(change: Request) throws {
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
            .patch { $0.impact = .set("All") },
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
}
