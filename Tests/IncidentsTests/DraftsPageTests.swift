import Config
import Glibc
import Incidents
import Model
import OperatingSystem
import TestSupport
import Testing
import Time

/// Every draft, printed on docs/drafts.md, so that people can read them aloud.
struct DraftsPageTests {
    /// How much is recorded.
    enum Knowledge: String, CaseIterable {
        case nothing = "nothing known"
        case impact = "impact only"
        case all = "all"
    }

    private struct Case {
        var template: String
        var audience: Audience
        var status: Incident.Status
        var knowledge: Knowledge
        var episode: Int
        /// `nil` when the template is refused.
        var draft: Draft?
    }

    private static let title = "db1 disk full after Kevin botched migration 42"

    /// The incident in that state, and the time of the draft.
    private static func scenario(
        _ status: Incident.Status, _ knowledge: Knowledge, episode: Int
    ) throws -> (Scenario, Timestamp) {
        var details = Declared.Details(title: title)
        if knowledge != .nothing { details.impact = "Many people cannot sign in" }
        if knowledge == .all {
            details.publicTitle = "Problems with signing in"
            details.workaround = "Stay signed in, or use the mobile app"
            details.startedAt = minute(episode == 1 ? -5 : -45)
            details.restoredWhen = "people can sign in within 3 seconds"
            details.nextAction = .init(text: "Watch the error rate", owner: "dave")
            for (role, name) in [(Role.commander, "carol"), (.communicator, "bob"), (.technicalLead, "dave")]
            {
                details.roles[role] = .init(person: Person(name), contact: nil)
            }
        }
        // A second episode begins at 10:00, so that both give the same times.
        let begun = episode == 1 ? 0 : -40
        var scenario = try Scenario(.critical, at: minute(begun), details)
        if knowledge == .all {
            try scenario.make(.finding("The database has no room for new sessions"), at: minute(begun + 2))
            try scenario.make(
                .finding("Migration 42 filled the disk of db1", .internal), at: minute(begun + 2))
            let change = PostEntry(
                ChangeMade(complete: true), text: "We have moved old data away", visibility: .public)
            try scenario.make(.post(change), at: minute(begun + 3))
        }
        if episode == 2 {
            try scenario.make(.status(.monitoring), at: minute(-30))
            try scenario.make(
                .status(.resolved, reason: "Over", override: true), at: minute(-15), by: "carol")
            try scenario.make(.status(.investigating), at: minute(0))
        }
        switch status {
        case .investigating: break
        case .mitigating: try scenario.make(.status(.mitigating), at: minute(5))
        case .monitoring: try scenario.make(.status(.monitoring), at: minute(8))
        case .resolved:
            try scenario.make(.status(.monitoring), at: minute(8))
            try scenario.make(
                .status(.resolved, reason: "Over", override: true), at: minute(10), by: "carol")
        case .cancelled:
            try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(5))
        }
        return (scenario, minute(12))
    }

    private static let cases = Result { try makeCases() }

    private static func makeCases() throws -> [Case] {
        var cases: [Case] = []
        for name in Template.names {
            let template = try DraftTests.builtIn(name)
            for audience in Audience.allCases {
                for status in Incident.Status.allCases {
                    for knowledge in Knowledge.allCases {
                        for episode in 1...2 {
                            let (scenario, now) = try scenario(status, knowledge, episode: episode)
                            let isFitting =
                                scenario.incident.refusal(ofTemplate: name, for: audience) == nil
                            let next = scenario.incident.isOpen ? now + .seconds(900) : nil
                            let draft = scenario.draft(audience, template, next: next, at: now)
                            cases.append(
                                Case(
                                    template: name, audience: audience, status: status, knowledge: knowledge,
                                    episode: episode, draft: isFitting ? draft : nil))
                        }
                    }
                }
            }
        }
        return cases
    }

    @Test func `no draft that the public may see holds a word of the team, and all are finished`() throws {
        let teamWords =
            [
                DraftsPageTests.title, "db1", "Kevin", "carol", "dave", "INC-", "critical", "mitigating",
                "monitoring", "investigating", "cancelled", "commander", "episode", "escalate",
            ] + Placeholder.allCases.map(\.rawValue).filter { $0.contains("_") }
        var count = 0
        for found in try DraftsPageTests.cases.get() {
            guard let draft = found.draft else { continue }
            count += 1
            let text = draft.text
            #expect(!text.contains("{{") && !text.contains("}}"), "\(text)")
            #expect(!text.contains("nil") && !text.contains("Optional("), "\(text)")
            // Plurals, and lines that were left out without a trace.
            #expect(!text.contains(#/\b1 minutes|\b\d\d+ minute\b|\b0 minutes/#), "\(text)")
            #expect(!text.contains("\n\n\n") && !text.hasPrefix("\n") && !text.contains(": \n"), "\(text)")
            let unfilled = text.matches(of: #/\[FILL: ([^\]]*)\]/#).map { String($0.1) }
            #expect(unfilled == draft.missing, "\(text)")
            let allowed = ["update": ["impact"], "resolution": ["recovery"]][found.template] ?? []
            #expect(unfilled.allSatisfy(allowed.contains), "\(found.template): \(text)")
            guard !Template.ofTeam.contains(found.template) else { continue }
            #expect(!text.contains("minute") || found.template == "resolution", "\(text)")
            guard found.audience == .public else { continue }
            for word in teamWords { #expect(!text.contains(word), "\(word): \(text)") }
        }
        // Five public templates, all of the team's; the end takes some away.
        #expect(count == 276)
    }

    @Test func `the page prints every draft`() throws {
        let path = repository + "/docs/drafts.md"
        let page = try DraftsPageTests.page(try DraftsPageTests.cases.get())
        if getenv("DRUMBEAT_TEST_WRITE") != nil {
            let file = try #require(fopen(path, "w"))
            fputs(page, file)
            fclose(file)
        }
        let written = String(decoding: try Files.read(path, bytesMax: 1 << 20), as: UTF8.self)
        let first = zip(page.split(separator: "\n"), written.split(separator: "\n")).first { $0 != $1 }
        #expect(
            page == written,
            """
            docs/drafts.md is not what is printed, first at: \(first.map { "\($0.0)" } ?? "its end").
            DRUMBEAT_TEST_WRITE=1 swift test --skip-build --filter DraftsPageTests writes it; then read it aloud.
            """)
    }

    @Test func `the page on templates explains every placeholder and names every template`() throws {
        let page = String(
            decoding: try Files.read(repository + "/docs/templates.md", bytesMax: 1 << 20), as: UTF8.self)
        for placeholder in Placeholder.allCases {
            #expect(page.contains("| `\(placeholder.rawValue)` |"), "\(placeholder.rawValue)")
        }
        for name in Template.names { #expect(page.contains("| `\(name)` |"), "\(name)") }
    }

    private static func page(_ cases: [Case]) throws -> String {
        var texts: [String] = []
        var table = ""
        for template in Template.names {
            for audience in Audience.allCases {
                for status in Incident.Status.allCases {
                    let row = cases.filter {
                        $0.template == template && $0.audience == audience && $0.status == status
                    }
                    let cells = row.map { found -> String in
                        guard let text = found.draft?.text else { return "–" }
                        let index = texts.firstIndex(of: text) ?? texts.endIndex
                        if index == texts.endIndex { texts.append(text) }
                        return "[\(index + 1)](#draft-\(index + 1))"
                    }
                    table += "| `\(template)` | \(audience.rawValue) | \(status.rawValue) | "
                    table += cells.joined(separator: " | ") + " |\n"
                }
            }
        }
        let drafts = texts.enumerated().map { "### Draft \($0 + 1)\n\n```text\n\($1)```\n" }
        return """
            # Every draft

            `DraftsPageTests` prints this page and fails when it is not what the templates give. The table has a number for each template, audience
            and status, once with nothing known, once with the impact only, once with all; in the first episode and, after reopening, in the
            second. "–" is refused. The drafts follow below. The episode began at 10:00 UTC, and the drafts are of 10:12. Where all is known, the
            incident began five minutes before it was declared. [templates.md](templates.md) explains the templates.

            | template | audience | status | nothing, 1 | nothing, 2 | impact, 1 | impact, 2 | all, 1 | all, 2 |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- |
            \(table)
            ## The drafts

            \(drafts.joined(separator: "\n"))
            """
    }
}
