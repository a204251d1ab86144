import Incidents
import Model
import Testing
import Time

/// One change at a time, in domain.md, section 9.
struct MitigationTests {
    /// A started mitigation adds no exception.
    private static let withoutFreeze: Policy = {
        var policy = Policy.standard
        policy.freezeFrom = nil
        return policy
    }()

    private static let plan = Mitigation.Plan(
        action: "Turn the new search off", expected: "fewer errors", metric: "error rate")

    private func start(
        _ kind: Mitigation.Kind = .flagOff, beside parallelReason: String? = nil
    ) -> Request {
        Request(StartMitigation(kind, Self.plan, parallelReason: parallelReason))
    }

    private func end(_ scenario: Scenario, _ state: Mitigation.Result, seq: Int? = nil) -> Request {
        let id = seq.map { "entry-\($0)" } ?? scenario.incident.mitigations.current?.id ?? "none"
        return Request(EndMitigation(id, state))
    }

    @Test
    func
        `a mitigation that starts during a freeze is allowed its deploy for half an hour, as is a rollback that got its yes`()
        throws
    {
        var scenario = try Scenario()
        let started = try scenario.make(start(), at: minute(3))
        #expect(started.entries.map(\.kind) == [MitigationStarted.kind, ExceptionGranted.kind])
        #expect(scenario.incident.exceptions.map(\.until) == [minute(33)])
        try scenario.make(end(scenario, .noEffect), at: minute(4))
        let rollback = Rollback(to: "2.13", .safe)
        let approved = try scenario.make(
            Request(StartMitigation(.rollback, Self.plan, rollback: rollback)), at: minute(5))
        #expect(
            approved.entries.map(\.kind) == [
                RollbackRequested.kind, RollbackAnswered.kind, MitigationStarted.kind, ExceptionGranted.kind,
            ])
        #expect(scenario.incident.exceptions.map(\.until) == [minute(33), minute(35)])
        var lifted = try Scenario()
        try lifted.make(Request(LiftFreeze()), at: minute(2))
        #expect(try lifted.make(start(), at: minute(3)).entries.map(\.kind) == [MitigationStarted.kind])
    }

    @Test func `a mitigation is open from its entry to its result`() throws {
        var scenario = try Scenario(under: Self.withoutFreeze)
        let decision = try scenario.make(
            Request(
                StartMitigation(
                    .flagOff, Mitigation.Plan(action: "Turn the new search off", risk: "slower search"),
                    owner: Person("bob"))), at: minute(3), by: "alice")
        let started = try #require(decision.only(MitigationStarted.self))
        #expect(started.kind == .flagOff)
        #expect(started.owner == Person("bob"))
        #expect(
            decision.entries[0].text
                == "alice started a mitigation (flag off, by bob): Turn the new search off. Risk: slower search"
        )
        #expect(decision.warnings.map(\.code) == ["mitigation_unmeasured"])
        #expect(decision.shown == 0)
        let open = try #require(scenario.incident.mitigations.current)
        #expect(open.id == "entry-2")
        #expect(open.state == .open)
        #expect(open.startedAt == minute(3))
        #expect(open.plan?.action == "Turn the new search off")
        #expect(scenario.incident.version == 2, "a reader sees it")

        let ended = try scenario.make(
            Request(EndMitigation("entry-2", .noEffect, result: "errors as before")), at: minute(9),
            by: "alice")
        #expect(
            ended.only(MitigationEnded.self) == MitigationEnded(of: 2, .noEffect, result: "errors as before"))
        #expect(ended.entries[0].text == "alice ended the flag off of entry 2: no effect. errors as before")
        #expect(scenario.incident.mitigations.current == nil)
        let kept = try #require(scenario.incident.mitigations.all.first)
        #expect(kept.state == .ended(.noEffect))
        #expect(kept.endedAt == minute(9))
        #expect(kept.plan == nil, "the state has the words of open ones only")
        #expect(scenario.incident.version == 3)
    }

    @Test func `a measured mitigation gets no warning`() throws {
        var scenario = try Scenario(under: Self.withoutFreeze)
        #expect(try scenario.make(start(), at: minute(1)).warnings.isEmpty)
    }

    @Test func `a second one is refused, unless it says why it runs beside the first`() throws {
        var scenario = try Scenario(under: Self.withoutFreeze)
        try scenario.make(start(), at: minute(1))
        let refusal = try #require(scenario.refusal(of: start(.pause), at: minute(2)))
        #expect(refusal.says(.mitigationInProgress, "Entry 2", "parallel_reason"))
        #expect(refusal.current == .seqs([2]))
        #expect(refusal.links.first?.operation == "endMitigation")
        #expect(refusal.links.first?.parameters == ["entry-2"])
        try scenario.make(start(.pause, beside: "another region"), at: minute(3))
        #expect(scenario.incident.openMitigations.map(\.seq) == [2, 3])
        #expect(scenario.incident.mitigations.current?.seq == 3, "the last that is open")
        try scenario.make(end(scenario, .worked, seq: 3), at: minute(4))
        #expect(scenario.incident.mitigations.current?.seq == 2)
    }

    @Test func `a result is said once, and the same again changes nothing`() throws {
        var scenario = try Scenario(under: Self.withoutFreeze)
        try scenario.make(start(), at: minute(1))
        #expect(
            scenario.refusal(of: Request(EndMitigation("entry-1", .worked)), at: minute(2))?.type == .notFound
        )
        #expect(
            scenario.refusal(of: Request(EndMitigation("ENTRY-2", .worked)), at: minute(2))?.type == .notFound
        )
        try scenario.make(end(scenario, .worked), at: minute(2))
        #expect(try scenario.make(end(scenario, .worked, seq: 2), at: minute(3)).isNothing)
        let other = scenario.refusal(of: end(scenario, .abandoned, seq: 2), at: minute(4))
        #expect(other?.says(.notAllowedFromStatus, "is worked") == true)
        #expect(other?.current == .text("worked"))
    }

    @Test func `at most ten are open or requested at once`() throws {
        var scenario = try Scenario(under: Self.withoutFreeze)
        try scenario.make(.assign(.rollbackApprover, "carol"), at: minute(0))
        try scenario.make(rollback(), at: minute(1), by: "bob")
        for _ in 1...9 { try scenario.make(start(.other, beside: "more"), at: minute(1)) }
        for request in [start(.other, beside: "more"), rollback()] {
            let refusal = try #require(scenario.refusal(of: request, at: minute(2)))
            #expect(refusal.says(.mitigationInProgress, "10 mitigations and requests", "End or answer one"))
            #expect(refusal.links.first?.operation == "answerRollback")
        }
        try scenario.make(end(scenario, .abandoned), at: minute(3))
        try scenario.make(start(.other, beside: "more"), at: minute(4))
    }

    @Test func `the state keeps the last hundred, and every open one`() throws {
        var scenario = try Scenario(under: Self.withoutFreeze)
        try scenario.make(start(.guardrail), at: minute(1))
        for _ in 1...100 {
            try scenario.make(start(.other, beside: "more"), at: minute(2))
            try scenario.make(end(scenario, .noEffect), at: minute(2))
        }
        #expect(scenario.incident.mitigations.all.count == 100)
        #expect(scenario.incident.mitigations.all.map(\.seq) == [2] + (2...100).map { 2 * $0 + 1 })
    }

    @Test(arguments: [Incident.Status.resolved, .cancelled])
    func `the end ends what is open, in the same transaction, and refuses more`(end: Incident.Status) throws {
        var scenario = try Scenario(under: Self.withoutFreeze)
        try scenario.make(.assign(.rollbackApprover, "carol"), at: minute(0))
        try scenario.make(start(), at: minute(1))
        try scenario.make(rollback(), at: minute(2), by: "bob")
        let reason = end == .cancelled ? "false_alarm" : "Over"
        let decision = try scenario.make(.status(end, reason: reason, override: true), at: minute(3))
        #expect(
            decision.entries.map(\.kind.rawValue) == ["mitigation_ended", "rollback_answered", end.rawValue])
        #expect(scenario.incident.mitigations.all.map(\.state) == [.ended(.abandoned), .declined])
        #expect(scenario.incident.nextNagAt == nil)
        for request in [
            start(), rollback(), Request(EndMitigation("entry-3", .worked)),
            Request(AnswerRollback("entry-4", approved: true)),
        ] {
            #expect(scenario.refusal(of: request, at: minute(4))?.type == .incidentEnded)
        }
    }

    @Test func `the first that worked mitigated it, else the first monitoring does`() throws {
        var scenario = try Scenario(under: Self.withoutFreeze)
        try scenario.make(start(), at: minute(1))
        try scenario.make(.status(.monitoring), at: minute(2))
        #expect(scenario.incident.times.mitigatedAt == minute(2))
        try scenario.make(end(scenario, .worked), at: minute(3))
        #expect(scenario.incident.times.mitigatedAt == minute(3))
        try scenario.make(start(), at: minute(4))
        try scenario.make(end(scenario, .worked), at: minute(5))
        #expect(scenario.incident.times.mitigatedAt == minute(3), "the first")
        try scenario.make(start(), at: minute(6))
        try scenario.make(.status(.mitigating), at: minute(7))
        #expect(scenario.incident.times.mitigatedAt == nil, "a regression")
        try scenario.make(end(scenario, .worked), at: minute(8))
        #expect(scenario.incident.times.mitigatedAt == minute(8), "what came after counts")
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(9))
        try scenario.make(.status(.investigating), at: minute(10))
        #expect(scenario.incident.times.mitigatedAt == nil)
        try scenario.make(.status(.monitoring), at: minute(11))
        #expect(scenario.incident.times.mitigatedAt == minute(11))
    }

    @Test(arguments: [Mitigation.Result.noEffect, .madeWorse, .abandoned])
    func `only one that worked mitigates`(result: Mitigation.Result) throws {
        var scenario = try Scenario(under: Self.withoutFreeze)
        try scenario.make(start(), at: minute(1))
        try scenario.make(end(scenario, result), at: minute(2))
        #expect(scenario.incident.times.mitigatedAt == nil)
    }

    @Test func `each of their entries is progress`() throws {
        var scenario = try Scenario(under: Self.withoutFreeze)
        try scenario.make(.assign(.rollbackApprover, "carol"), at: minute(0))
        let steps: [(Request, by: String)] = [
            (start(), "dora"), (Request(EndMitigation("entry-3", .noEffect)), "dora"), (rollback(), "dora"),
            (Request(AnswerRollback("entry-5", approved: false)), "carol"),
        ]
        for (index, step) in steps.enumerated() {
            try scenario.make(step.0, at: minute(10 + index), by: step.by)
            #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(40 + index))
        }
    }

    // MARK: Rollbacks

    private func rollback(
        _ database: Rollback.Database = .safe, override: Bool = false, reason: String? = nil,
        beside parallelReason: String? = nil
    ) -> Request {
        Request(
            StartMitigation(
                .rollback, Mitigation.Plan(action: "", expected: "as before", metric: "error rate"),
                parallelReason: parallelReason,
                rollback: Rollback(to: "2.13.4", database, override: override, reason: reason)))
    }

    private func answer(_ seq: Int, _ approved: Bool, beside parallelReason: String? = nil) -> Request {
        Request(AnswerRollback("entry-\(seq)", approved: approved, parallelReason: parallelReason))
    }

    /// Carol approves, bob is the backup, alice commands.
    private func staffed() throws -> Scenario {
        var scenario = try Scenario(under: Self.withoutFreeze)
        for (role, person) in [
            (Role.commander, "alice"), (.rollbackBackup, "bob"), (.rollbackApprover, "carol"),
        ] {
            try scenario.make(.assign(role, person), at: minute(0))
        }
        return scenario
    }

    @Test func `a rollback waits for a yes, which starts it`() throws {
        var scenario = try staffed()
        let decision = try scenario.make(rollback(.forwardFix), at: minute(10), by: "dora")
        let requested = try #require(decision.only(RollbackRequested.self))
        #expect(requested.knownGood == "2.13.4")
        #expect(requested.database == .forwardFix)
        #expect(!requested.approved)
        #expect(requested.dueAt == minute(10))
        #expect(requested.steps == [0, 300, 600, 900].map { .seconds($0) })
        #expect(
            decision.entries[0].text
                == "dora requested a rollback to 2.13.4 (the data are fixed forward): Roll back to 2.13.4. "
                + "Expected: as before. Watch: error rate")
        #expect(scenario.incident.mitigations.current == nil)
        #expect(scenario.incident.version == 4, "the incident shows open ones only")
        let yes = try scenario.make(answer(5, true), at: minute(11), by: "@Carol")
        #expect(yes.entries.map(\.kind.rawValue) == ["rollback_answered", "mitigation_started"])
        #expect(yes.entries[0].text == "@Carol approved the rollback of entry 5")
        #expect(yes.shown == 0)
        let open = try #require(scenario.incident.mitigations.current)
        #expect(open.id == "entry-5", "the id of the request")
        #expect(open.startedAt == minute(11))
        #expect(open.approval?.answeredBy == Person("carol"))
        #expect(open.plan?.metric == "error rate")
        #expect(try scenario.make(answer(5, true), at: minute(12), by: "eve").saidBy == 6)
        #expect(
            scenario.refusal(of: answer(5, false), at: minute(12))?.says(.notAllowedFromStatus, "is open")
                == true)
        try scenario.make(Request(EndMitigation("entry-5", .worked)), at: minute(13))
        #expect(try scenario.make(answer(5, true), at: minute(14)).saidBy == 6)
    }

    @Test func `a no ends it`() throws {
        var scenario = try staffed()
        try scenario.make(rollback(), at: minute(10))
        let no = try scenario.make(answer(5, false), at: minute(10), by: "carol")
        #expect(no.only(RollbackAnswered.self) == RollbackAnswered(of: 5, approved: false, reason: nil))
        #expect(scenario.incident.mitigations.all.map(\.state) == [.declined])
        #expect(try scenario.make(answer(5, false), at: minute(11)).saidBy == 6)
        #expect(
            scenario.refusal(of: answer(5, true), at: minute(11), by: "carol")?.type == .notAllowedFromStatus)
        #expect(
            scenario.refusal(of: Request(EndMitigation("entry-5", .worked)), at: minute(11))?.says(
                .notAllowedFromStatus, "is declined") == true)
        try scenario.make(rollback(), at: minute(12))
    }

    @Test(arguments: [
        ("carol", 0), ("bob", 300_000), ("alice", 600_000), ("eve", 900_000), ("dora", 900_000),
    ])
    func `each place of the line may answer from its millisecond on`(person: String, after: Int) throws {
        var scenario = try staffed()
        try scenario.make(rollback(), at: minute(10))
        let moment = minute(10) + .milliseconds(after)
        for approved in [true, false] {
            if after > 0 {
                let early = scenario.refusal(of: answer(5, approved), at: moment - millisecond, by: person)
                #expect(early?.type == .approvalNeeded)
            }
            #expect(scenario.refusal(of: answer(5, approved), at: moment, by: person) == nil)
        }
    }

    @Test func `a refusal names who may answer and from when`() throws {
        var scenario = try staffed()
        try scenario.make(.releaseRole(.rollbackBackup), at: minute(1))
        try scenario.make(rollback(), at: minute(10))
        for refusal in [
            scenario.refusal(of: answer(6, true), at: minute(12), by: "eve"),
            scenario.refusal(of: Request(EndMitigation("entry-6", .worked)), at: minute(12), by: "carol"),
        ] {
            let refusal = try #require(refusal)
            #expect(
                refusal.says(
                    .approvalNeeded, "carol (rollback_approver) now",
                    "alice (commander) from 2026-01-15 10:15 UTC",
                    "anyone with scope command from 2026-01-15 10:20 UTC"))
            guard case .shown(let bytes)? = refusal.current else {
                Issue.record("no current")
                continue
            }
            #expect(
                String(decoding: bytes, as: UTF8.self)
                    == #"{"approval":[{"role":"rollback_approver","person":"carol","from":"2026-01-15T10:10:00.000Z"},"#
                    + #"{"role":"commander","person":"alice","from":"2026-01-15T10:15:00.000Z"},"#
                    + #"{"role":null,"person":null,"from":"2026-01-15T10:20:00.000Z"}]}"#)
            #expect(refusal.links.first?.parameters == ["entry-6"])
        }
    }

    @Test func `the line is that of today's roles`() throws {
        var scenario = try staffed()
        try scenario.make(rollback(), at: minute(10))
        try scenario.make(.assign(.rollbackApprover, "eve"), at: minute(11))
        #expect(scenario.refusal(of: answer(5, true), at: minute(11), by: "eve") == nil)
        #expect(scenario.refusal(of: answer(5, true), at: minute(11), by: "carol")?.type == .approvalNeeded)
        try scenario.make(.releaseRole(.rollbackApprover), at: minute(12))
        #expect(scenario.refusal(of: answer(5, true), at: minute(12), by: "bob") == nil)
        try scenario.make(.assign(.rollbackBackup, "alice"), at: minute(13))
        #expect(scenario.incident.approvalLine.map(\.person.name) == ["alice"], "each person once")
        #expect(
            scenario.refusal(of: answer(5, true), at: minute(15), by: "dora") == nil, "anyone is the second")
    }

    @Test(arguments: [
        ([], "dora"), ([(Role.commander, "alice")], "alice"), ([(.rollbackApprover, "carol")], "carol"),
    ])
    func `a request by someone who may answer carries its own yes`(roles: [(Role, String)], author: String)
        throws
    {
        var scenario = try Scenario(under: Self.withoutFreeze)
        for (role, person) in roles { try scenario.make(.assign(role, person), at: minute(0)) }
        let seq = scenario.incident.seq + 1
        let decision = try scenario.make(rollback(), at: minute(1), by: author)
        #expect(
            decision.entries.map(\.kind.rawValue) == [
                "rollback_requested", "rollback_answered", "mitigation_started",
            ])
        #expect((decision.entries[0].payload as? RollbackRequested)?.approved == true)
        #expect((decision.entries[2].payload as? MitigationStarted)?.request == seq)
        #expect(decision.shown == 0)
        #expect(scenario.incident.mitigations.current?.id == "entry-\(seq)")
        #expect(scenario.incident.nextNagAt(about: .approval) == nil)
    }

    @Test func `a request blocks no other mitigation, and its yes starts no second one`() throws {
        var scenario = try staffed()
        try scenario.make(rollback(), at: minute(1))
        try scenario.make(start(), at: minute(2))
        #expect(
            scenario.refusal(of: answer(5, true), at: minute(3), by: "carol")?.type == .mitigationInProgress)
        #expect(scenario.refusal(of: answer(5, true, beside: "urgent"), at: minute(3), by: "carol") == nil)
        #expect(scenario.refusal(of: rollback(), at: minute(3), by: "carol")?.type == .mitigationInProgress)
        #expect(scenario.refusal(of: rollback(beside: "urgent"), at: minute(3), by: "carol") == nil)
        #expect(scenario.refusal(of: rollback(), at: minute(3), by: "dora") == nil, "it only asks")
        try scenario.make(rollback(beside: "urgent"), at: minute(4))
        #expect(scenario.refusal(of: answer(7, true), at: minute(4), by: "carol") == nil, "it said why")
        try scenario.make(end(scenario, .noEffect), at: minute(5))
        try scenario.make(answer(5, true), at: minute(6), by: "carol")
    }

    @Test(arguments: [Mitigation.Result.noEffect, .madeWorse])
    func `after one rollback that did not help the next is spent`(result: Mitigation.Result) throws {
        var scenario = try staffed()
        try scenario.make(rollback(), at: minute(1), by: "carol")
        try scenario.make(end(scenario, result), at: minute(2))
        for author in ["carol", "alice", "dora"] {
            let refusal = try #require(scenario.refusal(of: rollback(), at: minute(3), by: author))
            #expect(refusal.says(.rollbackSpent, "verified backup", "stabilise", "override"))
            #expect(refusal.links.first?.operation == "startMitigation")
        }
        #expect(
            scenario.refusal(of: rollback(override: true, reason: "other"), at: minute(3), by: "carol")?.type
                == .commanderOnly)
        #expect(
            scenario.refusal(of: rollback(override: true), at: minute(3), by: "alice")?.invalid(
                at: "#/reason")
                != nil)
        let decision = try scenario.make(
            rollback(override: true, reason: "other"), at: minute(3), by: "alice")
        #expect(decision.only(RollbackRequested.self)?.overrides == true)
        try scenario.make(answer(scenario.incident.seq, true), at: minute(4), by: "carol")
        try scenario.make(end(scenario, .worked), at: minute(5))
        #expect(scenario.refusal(of: rollback(), at: minute(6))?.type == .rollbackSpent, "for the episode")
        try scenario.make(start(.restore), at: minute(6))
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(7), by: "alice")
        try scenario.make(.status(.investigating), at: minute(8))
        try scenario.make(rollback(), at: minute(9))
    }

    @Test(arguments: [Mitigation.Result.worked, .abandoned])
    func `a rollback that worked or was abandoned spends nothing`(result: Mitigation.Result) throws {
        var scenario = try Scenario(under: Self.withoutFreeze)
        try scenario.make(rollback(override: true), at: minute(1))
        #expect(scenario.entries.compactMap { ($0.payload as? RollbackRequested)?.overrides } == [false])
        try scenario.make(end(scenario, result), at: minute(2))
        try scenario.make(rollback(), at: minute(3))
        try scenario.make(end(scenario, .worked), at: minute(4))
        try scenario.make(start(.flagOff), at: minute(5))
        try scenario.make(end(scenario, .madeWorse), at: minute(6))
        #expect(scenario.refusal(of: rollback(), at: minute(7)) == nil, "only rollbacks count")
    }

    @Test func `of two requests the second gets no yes once the first did not help`() throws {
        var scenario = try staffed()
        try scenario.make(rollback(), at: minute(1))
        try scenario.make(rollback(), at: minute(1))
        try scenario.make(answer(5, true), at: minute(2), by: "carol")
        try scenario.make(end(scenario, .madeWorse), at: minute(3))
        #expect(scenario.refusal(of: answer(6, true), at: minute(4), by: "carol")?.type == .rollbackSpent)
        try scenario.make(answer(6, false), at: minute(4), by: "carol")
    }

    // MARK: Nags

    @Test func `whoever may answer is nagged, from their moment on`() throws {
        var scenario = try staffed()
        try scenario.make(rollback(), at: minute(10))
        let wanted = [
            (minute(10), ["rollback_approver:carol"]),
            (minute(15), ["rollback_approver:carol", "rollback_backup:bob"]),
            (minute(20), ["rollback_approver:carol", "rollback_backup:bob", "commander:alice"]),
            (minute(25), ["rollback_approver:carol", "rollback_backup:bob", "commander:alice"]),
        ]
        for (index, (moment, addresses)) in wanted.enumerated() {
            #expect(scenario.incident.nextNagAt(about: .approval) == moment)
            if index > 0 { #expect(try scenario.nag(at: moment - millisecond, about: .approval) == nil) }
            let version = scenario.incident.version
            let decision = try scenario.make(.nag, at: moment, by: "drumbeat")
            let nag = try #require(decision.nags.first { $0.about == .approval })
            #expect(nag.number == index + 1)
            #expect(nag.dueAt == minute(10))
            #expect(nag.addresses == addresses)
            if decision.nags.count == 1 { #expect(scenario.incident.version == version) }
        }
        #expect(scenario.incident.nextNagAt(about: .approval) == nil)
    }

    @Test func `at the end of the line everyone in a role is asked, and the declarer`() throws {
        var scenario = try Scenario(by: "dora", under: Self.withoutFreeze)
        try scenario.make(.assign(.rollbackApprover, "carol"), at: minute(0))
        try scenario.make(.assign(.communicator, "bob"), at: minute(0))
        try scenario.make(rollback(), at: minute(10))
        var prompt = scenario
        #expect(
            try prompt.nag(at: minute(10), about: .approval)?.addresses == ["rollback_approver:carol"],
            "the last who is named is asked alone")
        #expect(try scenario.nag(at: minute(15), about: .approval)?.number == 2, "any downtime costs one nag")
        #expect(
            scenario.entries.last(where: { ($0.payload as? NagSent)?.about == .approval }).flatMap {
                ($0.payload as? NagSent)?.addresses
            } == ["rollback_approver:carol", "communicator:bob", "declarer:dora"])
        #expect(scenario.incident.nextNagAt(about: .approval) == nil)
    }

    @Test func `a nag about a request expires with the next one about that request`() throws {
        var scenario = try staffed()
        try scenario.make(rollback(), at: minute(10))
        let nag = try #require(try scenario.nag(at: minute(10), about: .approval))
        try scenario.make(rollback(), at: minute(12))
        #expect(scenario.incident.urgency(of: nag).replacedAt == minute(15))
    }

    @Test func `an answer ends the nags, and supersedes them when no other request waits`() throws {
        var scenario = try staffed()
        try scenario.make(rollback(), at: minute(10))
        try scenario.make(rollback(), at: minute(10))
        try scenario.nag(at: minute(10), about: .approval)
        try scenario.nag(at: minute(10) + millisecond, about: .approval)
        func outdated(by payload: any EntryPayload<Incident>) -> Bool {
            let states = scenario.states
            return Incident.outdated(
                by: payload, from: states[states.count - 2], to: states[states.count - 1]
            )
            .contains(ApprovalNag.event)
        }
        let nags = scenario.entries.compactMap { $0.payload as? NagSent }.filter { $0.about == .approval }
        try #require(nags.map(\.number) == [1, 1])
        #expect(nags.map(\.dueAt) == [minute(10), minute(10) + millisecond], "each request has its own")
        #expect(!outdated(by: nags[1]), "the other request still waits for its answer")
        try scenario.make(answer(5, false), at: minute(11), by: "carol")
        #expect(!outdated(by: RollbackAnswered(of: 5, approved: false, reason: nil)))
        #expect(scenario.incident.nextNagAt(about: .approval) == minute(15) + millisecond)
        let nag = try #require(try scenario.nag(at: minute(15) + millisecond, about: .approval))
        #expect(nag.number == 2)
        #expect(outdated(by: nag), "a nag for one request replaces those before it")
        try scenario.make(answer(6, false), at: minute(16), by: "carol")
        #expect(outdated(by: RollbackAnswered(of: 6, approved: false, reason: nil)))
        #expect(scenario.incident.nextNagAt(about: .approval) == nil)
    }

    @Test func `a nag about a request goes to today's line`() throws {
        var scenario = try staffed()
        try scenario.make(rollback(), at: minute(10))
        try scenario.nag(at: minute(10), about: .approval)
        let before = scenario.incident
        try scenario.make(.assign(.rollbackApprover, "eve"), at: minute(11))
        let assigned = RoleAssigned(.rollbackApprover, Person("eve"), previous: Person("carol"), contact: nil)
        #expect(assigned.readdresses(from: before, to: scenario.incident).contains(ApprovalNag.event))
        let asked = scenario.incident.peopleAsked(byLast: ApprovalNag.event)
        #expect(asked.today == [Person("eve")])
        #expect(asked.then == [Person("carol")])
    }

    @Test func `a clock that was set back moves the line, and no nag is doubled`() throws {
        var scenario = try staffed()
        try scenario.make(rollback(), at: minute(10))
        try scenario.nag(at: minute(10), about: .approval)
        try scenario.setClockBack(from: minute(12), to: minute(2))
        #expect(scenario.incident.mitigations.all[0].approval?.dueAt == minute(0))
        #expect(scenario.refusal(of: answer(5, true), at: minute(4), by: "bob")?.type == .approvalNeeded)
        #expect(scenario.incident.nextNagAt(about: .approval) == minute(5))
        #expect(try scenario.nag(at: minute(5), about: .approval)?.number == 2)
        #expect(scenario.refusal(of: answer(5, true), at: minute(5), by: "bob") == nil)
        try scenario.make(answer(5, false), at: minute(6), by: "carol")
        try scenario.make(rollback(), at: minute(10))
        let nag = try #require(try scenario.nag(at: minute(10) + millisecond, about: .approval))
        #expect(nag.dueAt == minute(10) + millisecond, "10:10 was nagged for before")
        #expect(nag.number == 1)
    }
}
