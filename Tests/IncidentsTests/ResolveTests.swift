import Incidents
import Model
import Testing
import Time

/// The watch, the checks and the resolve gate (domain.md, section 8).
struct ResolveTests {
    /// Watched from 10:10 until 10:25, in a major incident that says what restored means.
    static func watched(
        _ severity: Severity = .major, restoredWhen: String? = "people can sign in",
        under policy: Policy = .standard
    ) throws -> Scenario {
        var details = Declared.Details(title: "People cannot sign in")
        details.restoredWhen = restoredWhen
        var scenario = try Scenario(severity, under: policy, details)
        try scenario.make(.status(.monitoring), at: minute(10))
        return scenario
    }

    /// The codes of what is unmet; empty if it may be resolved.
    private func lacking(_ scenario: Scenario, at now: Timestamp) -> [String] {
        let refusal = scenario.refusal(of: .status(.resolved), at: now)
        guard let refusal else { return [] }
        guard refusal.type == .notRestored else { return ["\(refusal)"] }
        return refusal.codes
    }

    // MARK: The watch

    @Test func `monitoring starts a watch of fifteen minutes, and leaving it ends it`() throws {
        var scenario = try Self.watched()
        let watch = Watch(startedAt: minute(10), middleAt: minute(10) + .seconds(450), until: minute(25))
        #expect(scenario.incident.watch == watch)
        try scenario.make(.status(.mitigating), at: minute(12))
        #expect(scenario.incident.watch == nil)
        try scenario.make(.status(.monitoring), at: minute(20))
        #expect(scenario.incident.watch?.until == minute(35), "it starts over")
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(21))
        #expect(scenario.incident.watch == nil)
    }

    @Test(arguments: [
        (Severity.minor, nil, 15), (.minor, 0, 0), (.minor, 12, 12), (.major, 12, 15), (.critical, 0, 15),
    ])
    func `the length is that of the severity`(severity: Severity, minor: Int?, minutes: Int) throws {
        var policy = Policy.standard
        policy.watch.minor = minor.map { .seconds(60 * $0) }
        let scenario = try Self.watched(severity, under: policy)
        #expect(scenario.incident.watch?.until == minute(10 + minutes))
    }

    @Test func `a failed check starts it over in the same transaction, also when it has run out`() throws {
        var scenario = try Self.watched()
        let done = try scenario.make(.check("sign in", passed: false), at: minute(40))
        #expect(done.entries.map(\.kind) == [WatchReset.kind, CheckRecorded.kind])
        #expect((done.entries.first?.payload as? WatchReset)?.reason == .failedCheck)
        #expect(done.entries.first?.text == "The watch starts over: a check failed")
        #expect(scenario.incident.watch?.startedAt == minute(40))
        #expect(scenario.incident.watch?.until == minute(55))
        let passed = try scenario.make(.check("sign in"), at: minute(41))
        #expect(passed.entries.map(\.kind) == [CheckRecorded.kind])
        #expect(scenario.incident.watch?.until == minute(55))
    }

    @Test func `outside of monitoring a failed check is recorded alone`() throws {
        var scenario = try Scenario()
        let done = try scenario.make(.check("sign in", passed: false), at: minute(3))
        #expect(done.entries.map(\.kind) == [CheckRecorded.kind])
        #expect(scenario.incident.watch == nil)
    }

    @Test func `a raise starts it over, by the new severity's length`() throws {
        var policy = Policy.standard
        policy.watch.minor = .zero
        policy.freezeFrom = nil
        var scenario = try Self.watched(.minor, under: policy)
        let done = try scenario.make(.raiseSeverity(to: .major, reason: nil), at: minute(11))
        #expect(done.entries.map(\.kind) == [SeverityRaised.kind, WatchReset.kind])
        #expect((done.entries.last?.payload as? WatchReset)?.reason == .severityRaised)
        #expect(scenario.incident.watch?.until == minute(26))
        #expect(scenario.incident.version == scenario.incident.seq)
    }

    @Test func `the watch moves with a clock that is set back, and so does what was checked`() throws {
        var scenario = try Self.watched()
        try scenario.make(.check("sign in"), at: minute(20))
        try scenario.setClockBack(from: minute(20), to: minute(15))
        #expect(
            scenario.incident.watch
                == Watch(startedAt: minute(5), middleAt: minute(5) + .seconds(450), until: minute(20)))
        #expect(lacking(scenario, at: minute(20) - millisecond) == ["watch"])
        #expect(lacking(scenario, at: minute(20)) == [], "the check was late, and still is")
    }

    @Test func `a step of the clock makes no early check a late one`() throws {
        var scenario = try Self.watched()
        try scenario.make(.check("sign in"), at: minute(12))
        try scenario.make(.note(), at: minute(21))
        try scenario.setClockBack(from: minute(21), to: minute(14))
        #expect(scenario.incident.watch?.middleAt == minute(10) + .seconds(30))
        #expect(lacking(scenario, at: minute(30)) == ["late_check"])
    }

    // MARK: What is lacking

    @Test func `each condition is named while it is unmet, with what meets it`() throws {
        var scenario = try Self.watched(restoredWhen: " ")
        #expect(lacking(scenario, at: minute(10)) == ["restored_when", "watch", "no_check"])
        try scenario.make(.patch { $0.restoredWhen = .set("people can sign in") }, at: minute(11))
        #expect(lacking(scenario, at: minute(11)) == ["watch", "no_check"])
        #expect(lacking(scenario, at: minute(25) - millisecond) == ["watch", "no_check"])
        #expect(lacking(scenario, at: minute(25)) == ["no_check"])
        try scenario.make(.check("Sign in"), at: minute(17))
        #expect(lacking(scenario, at: minute(25)) == ["late_check"])
        try scenario.make(.check("pay", passed: false), at: minute(26))
        #expect(lacking(scenario, at: minute(26)) == ["watch", "failed_check"])
        #expect(lacking(scenario, at: minute(41)) == ["failed_check"])
        try scenario.make(.check("PAY "), at: minute(41))
        #expect(lacking(scenario, at: minute(41)) == [])
        try scenario.make(.status(.resolved), at: minute(41))
        #expect(scenario.incident.status == .resolved)
    }

    @Test func `a problem has the code, the time and the path of each condition, and the calls`() throws {
        var scenario = try Self.watched(restoredWhen: nil)
        try scenario.make(.check("pay", passed: false), at: minute(12))
        try scenario.make(.check("sign in", passed: false), at: minute(12))
        let refusal = try #require(scenario.refusal(of: .status(.resolved), at: minute(13)))
        #expect(refusal.type == .notRestored)
        #expect(refusal.detail.hasPrefix("The all-clear lacks restored_when, watch, failed_check."))
        #expect(refusal.flaws.map(\.pointer) == Array(repeating: "#/status", count: 4))
        #expect(
            refusal.flaws.map(\.members) == [
                [.init("code", "restored_when")],
                [.init("code", "watch"), .init("until", "2026-01-15T10:27:00.000Z")],
                [.init("code", "failed_check"), .init("path", "pay")],
                [.init("code", "failed_check"), .init("path", "sign in")],
            ])
        #expect(
            refusal.links.map(\.operation) == ["editIncident", "changeStatus", "recordCheck", "changeStatus"])
    }

    @Test(arguments: [(7, 29, "late_check"), (7, 30, ""), (7, 31, ""), (30, 0, "")])
    func `one check is not before the middle of the watch, to the millisecond`(
        minutes: Int, seconds: Int, code: String
    ) throws {
        var scenario = try Self.watched()
        try scenario.make(.check("sign in"), at: minute(10 + minutes) + .seconds(seconds))
        #expect(lacking(scenario, at: minute(60)).joined() == code)
        if seconds == 30 {
            var early = try Self.watched()
            try early.make(.check("sign in"), at: minute(17) + .seconds(30) - millisecond)
            #expect(lacking(early, at: minute(60)) == ["late_check"])
        }
    }

    @Test func `without a watch only the check counts, and any since monitoring does`() throws {
        var policy = Policy.standard
        policy.watch.minor = .zero
        var scenario = try Scenario(.minor, under: policy)
        try scenario.make(.patch { $0.restoredWhen = .set("pages load") }, at: minute(1))
        try scenario.make(.check("load"), at: minute(2))
        try scenario.make(.status(.monitoring), at: minute(2))
        #expect(lacking(scenario, at: minute(2)) == ["no_check"], "it was tried before")
        try scenario.make(.check("load"), at: minute(2))
        #expect(lacking(scenario, at: minute(2)) == [])
    }

    @Test func `every path tried in the episode counts, and those of an earlier one do not`() throws {
        var scenario = try Scenario()
        try scenario.make(.patch { $0.restoredWhen = .set("x") }, at: minute(1))
        try scenario.make(.check("pay", passed: false), at: minute(2))
        var next = scenario
        try scenario.make(.status(.monitoring), at: minute(3))
        try scenario.make(.check("sign in"), at: minute(17))
        #expect(lacking(scenario, at: minute(18)) == ["failed_check"])
        try next.make(.status(.resolved, reason: "Over", override: true), at: minute(3))
        try next.make(.status(.investigating), at: minute(4))
        try next.make(.status(.monitoring), at: minute(5))
        try next.make(.check("sign in"), at: minute(19))
        #expect(lacking(next, at: minute(20)) == [])
    }

    @Test(arguments: ["Straße", "STRASSE", " straße\u{A0}", "strasse"])
    func `paths compare trimmed and without case`(spelling: String) throws {
        var scenario = try Self.watched()
        try scenario.make(.check("straße", passed: false), at: minute(11))
        try scenario.make(.check(spelling), at: minute(24))
        #expect(scenario.incident.checks.paths.count == 1)
        #expect(lacking(scenario, at: minute(26)) == [])
        let recorded = try #require(scenario.entries.last?.payload as? CheckRecorded)
        #expect(recorded.path == spelling, "stored as typed")
        #expect(recorded.pathSeq == 4)
    }

    @Test func `é in two spellings is one path, and an @ belongs to it`() throws {
        var scenario = try Self.watched()
        try scenario.make(.check("Caf\u{E9}", passed: false), at: minute(11))
        try scenario.make(.check("cafe\u{301}"), at: minute(24))
        try scenario.make(.check("@café"), at: minute(24))
        #expect(scenario.incident.checks.paths.map(\.name) == ["Caf\u{E9}", "@café"])
    }

    @Test func `a withdrawn check does not count, and the one before it does again`() throws {
        var scenario = try Self.watched()
        try scenario.make(.check("sign in"), at: minute(20))
        try scenario.make(.check("pay", passed: false), at: minute(20))
        let failed = scenario.incident.seq
        try scenario.make(
            .correct(Correct(of: failed, text: "the wrong account", withdraws: true)), at: minute(21))
        #expect(lacking(scenario, at: minute(40)) == ["no_check"], "the watch has started over")
        try scenario.make(.check("sign in"), at: minute(34))
        #expect(lacking(scenario, at: minute(40)) == [])
        let last = scenario.incident.seq
        try scenario.make(.correct(Correct(of: last, text: "not me", withdraws: true)), at: minute(35))
        #expect(lacking(scenario, at: minute(40)) == ["no_check"])
    }

    @Test func `a corrected check counts as before`() throws {
        var scenario = try Self.watched()
        try scenario.make(.check("sign in"), at: minute(20))
        try scenario.make(
            .correct(Correct(of: scenario.incident.seq, text: "two accounts, not three")), at: minute(21))
        #expect(lacking(scenario, at: minute(25)) == [])
    }

    @Test func `an incident monitored since an earlier version needs a check, and no watch`() throws {
        var scenario = try Scenario()
        try scenario.make(.patch { $0.restoredWhen = .set("x") }, at: minute(1))
        try scenario.take(StatusChanged(from: .investigating, to: .monitoring, reason: nil), at: minute(2))
        #expect(scenario.incident.watch == nil)
        #expect(lacking(scenario, at: minute(3)) == ["no_check"])
        try scenario.make(.check("sign in"), at: minute(3))
        #expect(lacking(scenario, at: minute(3)) == [])
    }

    // MARK: Many paths

    @Test func `a path that passed gives way to the fifty-first, and a failed one never`() throws {
        var scenario = try Self.watched()
        try scenario.make(.check("failed first", passed: false), at: minute(11))
        for number in 1..<Checks.pathsMax { try scenario.make(.check("path \(number)"), at: minute(12)) }
        try scenario.make(.check("path 1"), at: minute(13))
        try scenario.make(.check("one more"), at: minute(26))
        let names = scenario.incident.checks.paths.map(\.name)
        #expect(names.count == Checks.pathsMax)
        #expect(names.first == "failed first" && names.last == "one more")
        #expect(names.contains("path 1") && !names.contains("path 2"), "the oldest result gives way")
        #expect(lacking(scenario, at: minute(30)) == ["failed_check"])
    }

    @Test func `when all fifty have failed, another is refused, and a known one is not`() throws {
        var scenario = try Self.watched()
        for number in 1...Checks.pathsMax {
            try scenario.make(.check("path \(number)", passed: false), at: minute(11))
        }
        for passed in [true, false] {
            let refusal = scenario.refusal(of: .check("one more", passed: passed), at: minute(12))
            #expect(refusal?.invalid(at: "#/path")?.contains("have failed") == true)
        }
        #expect(lacking(scenario, at: minute(30)).count == Checks.pathsMax)
        try scenario.make(.check("path 7"), at: minute(12))
        try scenario.make(.check("one more"), at: minute(12))
        #expect(scenario.incident.checks.failedPaths.count == Checks.pathsMax - 1)
    }

    @Test func `many checks of one path keep the last, and the time of the last failed one`() throws {
        var scenario = try Self.watched()
        try scenario.make(.check("sign in", passed: false), at: minute(11))
        for _ in 1...100 { try scenario.make(.check("sign in"), at: minute(24)) }
        #expect(scenario.incident.checks.paths.map(\.results.count) == [20])
        try scenario.make(.status(.resolved), at: minute(30))
        #expect(scenario.incident.times.restoredAt == minute(11))
    }

    // MARK: Who, and the override

    @Test func `who may is judged before what`() throws {
        var scenario = try Self.watched()
        try scenario.make(.assign(.commander, "alice"), at: minute(11))
        for override in [false, true] {
            let wish = Request.status(.resolved, reason: "Over", override: override)
            let refusal = scenario.refusal(of: wish, at: minute(12), by: "bob")
            #expect(refusal?.type == .commanderOnly && refusal?.current == .text("alice"))
        }
        #expect(scenario.refusal(of: .status(.resolved), at: minute(12), by: "alice")?.type == .notRestored)
    }

    @Test func `the commander overrides with a reason, from monitoring too`() throws {
        var scenario = try Self.watched()
        try scenario.make(.assign(.commander, "alice"), at: minute(11))
        let silent = Request.status(.resolved, override: true)
        #expect(scenario.refusal(of: silent, at: minute(12), by: "alice")?.invalid(at: "#/reason") != nil)
        let done = try scenario.make(
            .status(.resolved, reason: "It is a demo", override: true), at: minute(12), by: "@Alice")
        #expect(
            done.only(Resolved.self) == Resolved(from: .monitoring, override: true, reason: "It is a demo"))
        #expect(scenario.incident.times.restoredAt == minute(10))
    }

    @Test func `while no one commands, anyone resolves and overrides`() throws {
        var scenario = try Self.watched()
        #expect(
            scenario.refusal(of: .status(.resolved, reason: "x", override: true), at: minute(12), by: "eve")
                == nil)
        try scenario.make(.check("sign in"), at: minute(20))
        #expect(scenario.refusal(of: .status(.resolved), at: minute(25), by: "eve") == nil)
    }

    @Test func `an update that resolves obeys the gate`() throws {
        var scenario = try Self.watched()
        func resolving(override: Bool) -> Request {
            .publish(
                PublishUpdate(
                    audience: .public, text: "Over.",
                    status: ChangeStatus(to: .resolved, reason: "Over", override: override)))
        }
        #expect(
            scenario.refusal(of: resolving(override: false), at: minute(12))?.codes == ["watch", "no_check"])
        try scenario.make(resolving(override: true), at: minute(12))
        #expect(scenario.incident.status == .resolved)
    }

    @Test func `a check is refused after the end`() throws {
        let scenario = try StatusTests.scenario(in: .resolved)
        #expect(
            scenario.refusal(of: .check("sign in"), at: minute(3))?.says(.incidentEnded, "a check") == true)
    }

    @Test func `a check is by its author, or by whom they name`() throws {
        var scenario = try Scenario()
        try scenario.make(.check("sign in"), at: minute(1), by: "dora")
        #expect((scenario.entries.last?.payload as? CheckRecorded)?.by == Person("dora"))
        #expect(scenario.texts[scenario.incident.seq] == "dora tried sign in: passed, it works")
        try scenario.make(
            Request(RecordCheck("sign in", passed: false, by: Person("bob"))), at: minute(2), by: "dora")
        #expect((scenario.entries.last?.payload as? CheckRecorded)?.by == Person("bob"))
        #expect(scenario.texts[scenario.incident.seq] == "bob tried sign in: failed")
    }

    // MARK: What waits while it is watched

    @Test func `a nag for the decision waits for the end of the watch, and those behind it move along`()
        throws
    {
        var scenario = try Scenario()
        try scenario.make(.status(.monitoring), at: minute(50))
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(65))
        #expect(try scenario.nag(at: minute(65) - millisecond, about: .decision) == nil)
        let nag = try #require(try scenario.nag(at: minute(65), about: .decision))
        #expect(nag.number == 1)
        #expect(nag.dueAt == minute(60))
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(80))
        try scenario.make(.check("sign in", passed: false), at: minute(79))
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(94))
        #expect(try scenario.nag(at: minute(94), about: .decision)?.number == 2)
        #expect(try scenario.nag(at: minute(109), about: .decision)?.number == 3)
    }

    @Test(arguments: [(55, 60), (62, 62), (70, 65)])
    func `a regression lets it go at its own moment, now at the earliest`(regression: Int, due: Int) throws {
        var scenario = try Scenario()
        try scenario.make(.status(.monitoring), at: minute(50))
        try scenario.make(.status(.mitigating), at: minute(regression))
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(due))
        #expect(try scenario.nag(at: minute(max(due, regression)), about: .decision)?.number == 1)
    }

    @Test func `one that would come after the watch is not moved`() throws {
        var scenario = try Scenario()
        try scenario.make(.status(.monitoring), at: minute(45))
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(60))
    }

    @Test func `another interval does not move what the watch holds back`() throws {
        var scenario = try Scenario()
        try scenario.make(.status(.monitoring), at: minute(50))
        try scenario.make(.changeInterval(to: .seconds(300), reason: nil), at: minute(62))
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(65))
        #expect(try scenario.nag(at: minute(65), about: .decision)?.number == 1)
        #expect(scenario.incident.nextNagAt(about: .decision) == minute(70))
    }

    @Test func `no standstill is said while a watch runs`() throws {
        var scenario = try Scenario()
        try scenario.make(.status(.monitoring), at: minute(0))
        try scenario.make(.update(), at: minute(14))
        try scenario.make(.raiseSeverity(to: .critical, reason: nil), at: minute(14))
        #expect(scenario.incident.watch?.until == minute(29))
        #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(44), "a raise is progress")
        var policy = Policy.standard
        policy.watch.usual = .seconds(3_600)
        var long = try Self.watched(under: policy)
        try long.make(.update(), at: minute(60))
        #expect(long.incident.nextNagAt(about: .noProgress) == minute(70))
        #expect(try long.nag(at: minute(70) - millisecond, about: .noProgress) == nil)
        let nag = try long.nag(at: minute(70), about: .noProgress)
        #expect(nag?.dueAt == minute(40) && nag?.number == 1)
    }

    @Test func `a check is progress`() throws {
        var scenario = try Scenario()
        try scenario.make(.check("sign in"), at: minute(12))
        #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(42))
    }

    @Test func `the draft is about the decision only while no watch runs`() throws {
        var scenario = try Scenario()
        try scenario.make(.status(.monitoring), at: minute(50))
        #expect(
            scenario.incident.automaticTemplate(for: .internal, at: minute(65) - millisecond) == "internal")
        #expect(scenario.incident.automaticTemplate(for: .internal, at: minute(65)) == "decide")
    }

    // MARK: The end of the impact

    @Test func `impact ends with the last failed check after monitoring began`() throws {
        var scenario = try Self.watched()
        try scenario.make(.check("sign in", passed: false), at: minute(14))
        #expect(scenario.incident.minutesOfImpact(at: minute(20)) == 14)
        try scenario.make(.check("sign in"), at: minute(28))
        try scenario.make(.status(.resolved), at: minute(29))
        #expect(scenario.incident.times.restoredAt == minute(14))
        #expect(scenario.incident.minutesOfImpact(at: minute(600)) == 14)
    }

    @Test func `a failed check before the last monitoring, or one withdrawn, does not prolong it`() throws {
        var scenario = try Self.watched()
        try scenario.make(.check("sign in", passed: false), at: minute(12))
        try scenario.make(.status(.mitigating), at: minute(13))
        try scenario.make(.status(.monitoring), at: minute(20))
        try scenario.make(.check("pay", passed: false), at: minute(21))
        let seq = scenario.incident.seq
        try scenario.make(.correct(Correct(of: seq, text: "my own mistake", withdraws: true)), at: minute(22))
        try scenario.make(.status(.resolved, reason: "Over", override: true), at: minute(23))
        #expect(scenario.incident.times.restoredAt == minute(20))
    }
}

extension Refusal {
    /// The codes of the unmet conditions.
    var codes: [String] {
        flaws.compactMap { flaw in flaw.members.first { $0.name == "code" }?.value }
    }
}
