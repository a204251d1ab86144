import Config
import Incidents
import Lint
import Model
import Testing
import Time

/// When an update must say what, and what its findings become.
struct UpdateLintTests {
    private static func policy(_ mode: UpdateLint.Mode) throws -> Policy {
        var policy = Policy.standard
        policy.lint = UpdateLint(
            mode, Linter(words: try WordList(Texts.lintWords)), StepWords(Texts.noSteps))
        return policy
    }

    private static func context(
        _ incident: Incident, _ audience: Audience = .public, template: String? = nil
    ) -> Linter.Context {
        incident.lintContext(for: audience, template: template, isTimeVerified: false, nextUpdateIn: nil)
    }

    @Test func `the impact is due first, and again when it changed after the last public update`() throws {
        var scenario = try Scenario()
        #expect(UpdateLintTests.context(scenario.incident).mustSayImpact)
        #expect(!UpdateLintTests.context(scenario.incident, .internal).mustSayImpact)
        #expect(!UpdateLintTests.context(scenario.incident, template: "nothing_new").mustSayImpact)
        try scenario.make(.update("Users cannot pay."), at: minute(1))
        #expect(!UpdateLintTests.context(scenario.incident).mustSayImpact)
        try scenario.make(.patch { $0.workaround = .set("Wait") }, at: minute(2))
        #expect(!UpdateLintTests.context(scenario.incident).mustSayImpact)
        try scenario.make(.patch { $0.impact = .set("All") }, at: minute(3))
        #expect(UpdateLintTests.context(scenario.incident).mustSayImpact)
        try scenario.make(.update("Users cannot do anything."), at: minute(4))
        #expect(!UpdateLintTests.context(scenario.incident).mustSayImpact)
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(5))
        #expect(!UpdateLintTests.context(scenario.incident).mustSayNextTime)
        try scenario.make(.status(.investigating), at: minute(6))
        #expect(UpdateLintTests.context(scenario.incident).mustSayImpact, "a new episode")
        #expect(UpdateLintTests.context(scenario.incident).mustSayNextTime)
    }

    @Test func `the suggestion promises what the request promises, else one interval`() throws {
        let incident = try Scenario().incident
        #expect(UpdateLintTests.context(incident).nextUpdateMinutes == 15)
        let promised = incident.lintContext(
            for: .public, template: nil, isTimeVerified: true, nextUpdateIn: .seconds(600))
        #expect(promised.nextUpdateMinutes == 10 && promised.isTimeVerified)
    }

    @Test func `a blocked update is refused with each finding, and says so when it was forced`() throws {
        let scenario = try Scenario(under: UpdateLintTests.policy(.block))
        var update = PublishUpdate(audience: .public, text: "Users cannot pay. It is probably DNS.")
        let refusal = try #require(scenario.refusal(of: .publish(update), at: minute(1)))
        #expect(refusal.type == .lintBlocked)
        #expect(refusal.flaws.map(\.pointer) == ["#/text", "#/text"])
        #expect(refusal.detail.contains("guess, missing_next_time"))
        update.force = true
        let forced = try #require(scenario.judge(.publish(update), at: minute(1)).published)
        #expect(forced.lintForced && !forced.forced)
        #expect(forced.lint.map(\.rule) == ["guess", "missing_next_time"])
        update.text = "Users cannot pay. Next update in 15 minutes."
        let clean = try #require(scenario.judge(.publish(update), at: minute(1)).published)
        #expect(!clean.lintForced && clean.lint.isEmpty)
    }

    @Test func `a warned update has its findings, one that nobody looks at has none`() throws {
        let update = PublishUpdate(audience: .public, text: "Users cannot pay. It is probably DNS.")
        let warned = try Scenario(under: UpdateLintTests.policy(.warn)).judge(.publish(update), at: minute(1))
        #expect(warned.published?.lint.map(\.rule) == ["guess", "missing_next_time"])
        #expect(warned.published?.lintForced == false)
        let off = try Scenario(under: UpdateLintTests.policy(.off)).judge(.publish(update), at: minute(1))
        #expect(off.published?.lint.isEmpty == true)
    }
}
