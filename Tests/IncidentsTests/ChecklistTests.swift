import Config
import Model
import Testing
import Time

@testable import Incidents

/// The first ten minutes: windows, ticks and their lateness.
struct ChecklistTests {
    private func tick(_ item: ChecklistItem) -> Request { .tick(item) }

    @Test(arguments: zip(ChecklistItem.allCases, [0, 2, 4, 6, 8]))
    func `five windows of two minutes follow each other from the declaration`(
        item: ChecklistItem, start: Int
    ) throws {
        let scenario = try Scenario(.critical)
        #expect(scenario.incident.checklist.window(of: item) == minute(start)..<minute(start + 2))
    }

    @Test(arguments: [
        (Duration.zero, 0), (.seconds(120), 0), (.milliseconds(120_999), 0), (.seconds(121), 1),
        (.seconds(600), 480),
    ])
    func `a tick is late by the whole seconds after its window`(after: Duration, late: Int) throws {
        var scenario = try Scenario()
        let decision = try scenario.make(tick(.confirmImpact), at: minute(0) + after, by: "alice")
        let ticked = try #require(decision.entries.first?.payload as? ChecklistTicked)
        #expect(ticked == ChecklistTicked(.confirmImpact, dueAt: minute(2), lateBySeconds: late))
        let text = try #require(decision.entries.first?.text)
        #expect(text == "alice ticked confirm_impact" + (late > 0 ? ", \(late) s late" : ""))
        let known = try #require(scenario.incident.checklist.ticks[.confirmImpact])
        #expect(known.by == Person("alice"))
        #expect(known.at == minute(0) + after)
        #expect(known.lateBySeconds == late)
    }

    @Test func `the first tick of an item counts`() throws {
        var scenario = try Scenario()
        try scenario.make(tick(.writeDown), at: minute(1), by: "alice")
        let before = scenario.incident
        #expect(try scenario.make(tick(.writeDown), at: minute(30), by: "bob").entries.isEmpty)
        #expect(scenario.incident == before)
        #expect(before.checklist.ticks.keys.map(\.self) == [.writeDown])
    }

    @Test func `a minor incident has no windows, and its ticks are never late`() throws {
        var scenario = try Scenario(.minor)
        #expect(scenario.incident.checklist.window(of: .confirmImpact) == nil)
        try scenario.make(tick(.confirmImpact), at: minute(40))
        let known = try #require(scenario.incident.checklist.ticks[.confirmImpact])
        #expect(known.lateBySeconds == nil)
    }

    @Test func `the windows of a minor incident begin when it is raised, and a further raise moves none`()
        throws
    {
        var scenario = try Scenario(.minor)
        try scenario.make(.raiseSeverity(to: .major, reason: nil), at: minute(30))
        #expect(scenario.incident.checklist.window(of: .confirmImpact) == minute(30)..<minute(32))
        try scenario.make(.raiseSeverity(to: .critical, reason: nil), at: minute(31))
        #expect(scenario.incident.checklist.window(of: .confirmImpact) == minute(30)..<minute(32))
        try scenario.make(tick(.confirmImpact), at: minute(33))
        #expect(scenario.incident.checklist.ticks[.confirmImpact]?.lateBySeconds == 60)
    }

    @Test func `reopening begins again`() throws {
        var scenario = try Scenario()
        try scenario.make(tick(.confirmImpact), at: minute(1))
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(5))
        try scenario.make(.status(.investigating), at: minute(60))
        #expect(scenario.incident.checklist.ticks.isEmpty)
        #expect(scenario.incident.checklist.window(of: .confirmImpact) == minute(60)..<minute(62))
    }

    @Test func `after the end a new tick is refused, and a repeated one changes nothing`() throws {
        var scenario = try Scenario()
        try scenario.make(tick(.confirmImpact), at: minute(1))
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(5))
        #expect(scenario.refusal(of: tick(.quickChecks), at: minute(6))?.type == .incidentEnded)
        #expect(try scenario.make(tick(.confirmImpact), at: minute(6)).entries.isEmpty)
    }

    @Test func `a tick is no progress, and changes nothing that a reader of the incident sees`() throws {
        var scenario = try Scenario()
        let before = scenario.incident
        try scenario.make(tick(.confirmImpact), at: minute(1))
        #expect(scenario.incident.version == before.version)
        #expect(scenario.incident.inactivity.progressAt == before.inactivity.progressAt)
    }

    @Test func `windows and ticks move with a clock that was set back`() throws {
        var scenario = try Scenario(at: minute(60))
        try scenario.make(tick(.confirmImpact), at: minute(61))
        try scenario.setClockBack(from: minute(62), to: minute(2))
        #expect(scenario.incident.checklist.window(of: .confirmImpact) == minute(0)..<minute(2))
        #expect(scenario.incident.checklist.ticks[.confirmImpact]?.at == minute(1))
    }

    @Test func `the built-in texts have each item`() throws {
        let texts = try ChecklistTexts(text: Texts.firstTenMinutes)
        for item in ChecklistItem.allCases { #expect(texts[item].utf8.count > 20) }
    }

    @Test func `blank lines, comments and blanks around a text are skipped`() throws {
        let text = """
            # ours

             confirm_impact :  Wer ist betroffen?\u{20}
            stop_risky_change: b: c\r
            quick_checks: c
            choose_path: d
            \twrite_down: e
            """
        let texts = try ChecklistTexts(text: text)
        #expect(texts[.confirmImpact] == "Wer ist betroffen?")
        #expect(texts[.stopRiskyChange] == "b: c")
        #expect(texts[.writeDown] == "e")
    }

    @Test(arguments: [
        ("confirm_impact: a\nconfirm: b", 2, "the items are confirm_impact, stop_risky_change"),
        ("no colon", 1, "\"item: text\""), ("confirm_impact: a\n\nconfirm_impact: b", 3, "a text already"),
        ("quick_checks:", 1, "needs a text"), ("confirm_impact: a", 1, "stop_risky_change is missing"),
        ("", 1, "confirm_impact is missing"),
        ("write_down: " + String(repeating: "x", count: 1_001), 1, "1 to 1000 bytes"),
    ])
    func `a file that is no checklist is refused with its line`(text: String, line: Int, detail: String) {
        let fault = #expect(throws: ChecklistTexts.Fault.self) { try ChecklistTexts(text: text) }
        #expect(fault?.line == line)
        #expect(fault?.detail.contains(detail) == true, "\(fault?.detail ?? "")")
    }
}
