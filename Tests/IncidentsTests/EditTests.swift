import Incidents
import Model
import Testing
import Time

struct EditTests {
    private let full: Declared.Details = {
        var details = Declared.Details(title: "Slow")
        details.impact = "All"
        details.workaround = "Wait"
        details.restoredWhen = "Fast"
        details.nextAction = Incident.NextAction(text: "Restart", owner: "alice")
        details.startedAt = minute(-9)
        details.detectedAt = minute(-5)
        details.channel = "slack:C9"
        details.labels = ["service": "web", "zone": "a"]
        details.links = [Incident.Link(url: "https://example.org", title: nil)]
        return details
    }()

    @Test func `everything that is declared is kept`() throws {
        let incident = try Scenario(.minor, full).incident
        #expect(incident.impact == "All")
        #expect(incident.workaround == "Wait")
        #expect(incident.restoredWhen == "Fast")
        #expect(incident.nextAction == Incident.NextAction(text: "Restart", owner: "alice"))
        #expect(incident.times.startedAt == minute(-9))
        #expect(incident.times.detectedAt == minute(-5))
        #expect(incident.times.declaredAt == minute(0))
        #expect(incident.channel == "slack:C9")
        #expect(incident.labels == ["service": "web", "zone": "a"])
        #expect(incident.links == [Incident.Link(url: "https://example.org", title: nil)])
        #expect(incident.declaredBy == Person("dora"))
        #expect(incident.ref == "INC-42")
    }

    @Test func `a patch sets what it names and leaves the rest`() throws {
        var scenario = try Scenario(.minor, full)
        let done = try scenario.make(
            .patch {
                $0.title = .set("Slower")
                $0.impact = .clear
                $0.workaround = .set("Wait")
                $0.labels = ["zone": nil, "tier": "1", "service": "web"]
                $0.links = .set([])
                $0.detectedAt = .clear
            }, at: minute(1))
        #expect(done.entries.count == 1)
        #expect(done.entries.first?.text == "dora changed title, impact, detected_at, labels, links")
        #expect(scenario.incident.title == "Slower")
        #expect(scenario.incident.impact == nil)
        #expect(scenario.incident.workaround == "Wait")
        #expect(scenario.incident.restoredWhen == "Fast")
        #expect(scenario.incident.labels == ["service": "web", "tier": "1"])
        #expect(scenario.incident.links == [])
        #expect(scenario.incident.times.detectedAt == nil)
        #expect(scenario.incident.times.startedAt == minute(-9))
        let edit = try #require(done.only(Edited.self))
        #expect(edit.labels == ["zone": nil, "tier": "1"])
        #expect(edit.workaround == .keep)
    }

    @Test func `a patch that changes nothing adds no entry`() throws {
        var scenario = try Scenario(.minor, full)
        let before = scenario.incident
        let same = Request.patch {
            $0.title = .set("Slow")
            $0.impact = .set("All")
            $0.nextAction = .set(Incident.NextAction(text: "Restart", owner: "alice"))
            $0.startedAt = .set(minute(-9))
            $0.labels = ["service": "web", "none": nil]
            $0.reviewedSeverity = .keep
        }
        #expect(try scenario.make(same, at: minute(1)).isNothing)
        #expect(try scenario.make(.patch { _ in }, at: minute(1)).isNothing)
        #expect(scenario.incident == before)
        var bare = try Scenario()
        let clearing = Request.patch {
            $0.impact = .clear
            $0.links = .clear
            $0.channel = .clear
        }
        #expect(try bare.make(clearing, at: minute(1)).isNothing)
    }

    @Test func `an incident always has a title`() throws {
        let scenario = try Scenario()
        #expect(
            scenario.refusal(of: .patch { $0.title = .clear }, at: minute(1))?.invalid(at: "#/title") != nil)
    }

    @Test func `labels that merge stay at fifty`() throws {
        var scenario = try Scenario(.minor, full)
        let more = Dictionary(
            (1...48).map { ("key \($0)", "x" as String?) }, uniquingKeysWith: { first, _ in first })
        try scenario.make(.patch { $0.labels = more }, at: minute(1))
        #expect(scenario.incident.labels.count == 50)
        #expect(
            scenario.refusal(of: .patch { $0.labels = ["one": "more"] }, at: minute(2))?.invalid(
                at: "#/labels")
                != nil)
        #expect(
            scenario.refusal(of: .patch { $0.labels = ["one": "more", "zone": nil] }, at: minute(2)) == nil)
    }

    @Test func `times of the course may lie ten minutes ahead and are taken as now`() throws {
        var scenario = try Scenario()
        let ahead = minute(1) + .seconds(600)
        let done = try scenario.make(.patch { $0.startedAt = .set(ahead) }, at: minute(1))
        #expect(done.warnings == [.clockSkew])
        #expect(scenario.incident.times.startedAt == minute(1))
        let beyond = ahead + millisecond
        #expect(
            scenario.refusal(of: .patch { $0.detectedAt = .set(beyond) }, at: minute(1))?.isClockSkew(
                "#/detected_at", beyond, minute(1)) == true)
    }

    @Test(arguments: ["#/started_at", "#/detected_at"])
    func `declaring judges its times alike`(pointer: String) throws {
        var details = Declared.Details(title: "Slow")
        details.impact = "All"
        let fill = { (details: inout Declared.Details, moment: Timestamp) in
            if pointer == "#/started_at" { details.startedAt = moment } else { details.detectedAt = moment }
        }
        let given = Circumstances<Incident>(author: .service, now: minute(0), policy: .standard)
        fill(&details, minute(10))
        #expect(try Declare(.minor, details).decide(opening: 1, given).warnings == [.clockSkew])
        let beyond = minute(10) + millisecond
        fill(&details, beyond)
        let refusal = #expect(throws: Refusal.self) { try Declare(.minor, details).decide(opening: 1, given) }
        #expect(refusal?.isClockSkew(pointer, beyond, minute(0)) == true)
    }

    @Test(
        arguments: [
            ("INC-42", 42), ("inc-42", 42), ("Inc-1", 1), ("INC-042", nil), ("INC-0", nil), ("INC-", nil),
            ("INC42", nil),
            ("INC-+5", nil), ("INC-４", nil), ("INC-1\u{301}", nil), ("INC-999999999999", 999_999_999_999),
            ("INC-9999999999999", nil), ("", nil), ("é", nil), ("INC-1 ", nil), ("ınc-1", nil),
        ] as [(String, Int?)])
    func `a ref is read in any case and without leading zeros`(text: String, number: Int?) {
        #expect(Incident.number(inRef: text) == number)
    }

    @Test func `minutes of impact run from the start, else detection, else declaring`() throws {
        var scenario = try Scenario(.minor, full)
        #expect(scenario.incident.minutesOfImpact(at: minute(10)) == 19)
        #expect(scenario.incident.minutesOfImpact(at: minute(10) - millisecond) == 18)
        try scenario.make(.patch { $0.startedAt = .clear }, at: minute(1))
        #expect(scenario.incident.minutesOfImpact(at: minute(10)) == 15)
        try scenario.make(.patch { $0.detectedAt = .clear }, at: minute(1))
        #expect(scenario.incident.minutesOfImpact(at: minute(10)) == 10)
        try scenario.make(.patch { $0.startedAt = .set(minute(8)) }, at: minute(8))
        #expect(scenario.incident.minutesOfImpact(at: minute(6)) == 0)
        try scenario.make(.status(.cancelled, reason: "false_alarm"), at: minute(12))
        #expect(scenario.incident.minutesOfImpact(at: minute(50)) == nil)
    }

    // MARK: Scope and marks

    @Test func `scope, users and marks are declared, changed and cleared`() throws {
        var details = Declared.Details(title: "Slow")
        details.scope = "eu"
        details.usersAffected = 1_200
        details.isSecurity = true
        details.isConfidential = true
        var scenario = try Scenario(.minor, details)
        #expect(scenario.incident.scope == "eu" && scenario.incident.usersAffected == 1_200)
        #expect(scenario.incident.isSecurity && scenario.incident.isConfidential)
        let done = try scenario.make(
            .patch {
                $0.scope = .set("eu and us")
                $0.usersAffected = .clear
                $0.security = true
                $0.confidential = false
                $0.reason = "It is known"
            }, at: minute(1))
        #expect(
            done.entries.map(\.text) == ["dora changed scope, users_affected, confidential: It is known"])
        #expect(scenario.incident.scope == "eu and us" && scenario.incident.usersAffected == nil)
        #expect(scenario.incident.isSecurity && !scenario.incident.isConfidential)
        let same = try scenario.make(
            .patch {
                $0.scope = .set("eu and us")
                $0.confidential = false
                $0.reason = "Again"
            }, at: minute(2))
        #expect(same.entries.isEmpty, "a reason alone changes nothing")
    }

    enum Mark: CaseIterable { case security, confidential }

    @Test(arguments: Mark.allCases)
    func `anyone sets a mark, and only the commander clears it, with a reason`(_ mark: Mark) throws {
        func set(_ value: Bool, _ reason: String? = nil) -> Request {
            .patch {
                if mark == .security { $0.security = value } else { $0.confidential = value }
                $0.reason = reason
            }
        }
        var scenario = try Scenario(.minor, full)
        try scenario.make(.assignRole(.commander, Person("alice"), contact: nil), at: minute(1))
        try scenario.make(set(true), at: minute(2))
        let before = scenario.incident
        #expect(before.isSecurity == (mark == .security))
        #expect(before.isConfidential == (mark == .confidential))
        for (author, reason, expected): (String, String?, ProblemType?) in [
            ("dora", nil, .commanderOnly), ("dora", "It is known", .commanderOnly),
            ("alice", nil, .validation), ("alice", " ", .validation), ("@Alice", "It is known", nil),
        ] {
            let refusal = scenario.refusal(of: set(false, reason), at: minute(3), by: author)
            #expect(refusal?.type == expected, "\(author), \(reason ?? "no reason")")
        }
        try scenario.make(.releaseRole(.commander), at: minute(4))
        #expect(scenario.refusal(of: set(false, "It is known"), at: minute(5))?.type == nil, "vacant: anyone")
    }

    @Test func `an edit of a mark, a scope or a reason is not one of words`() {
        let edits: [(inout Edited) -> Void] = [
            { $0.security = true }, { $0.confidential = true }, { $0.scope = .set("eu") },
            { $0.usersAffected = .set(1) }, { $0.reason = "because" },
        ]
        for edit in edits {
            var changes = Edited()
            changes.impact = .set("All")
            #expect(EditIncident(changes).isOfWords)
            edit(&changes)
            #expect(!EditIncident(changes).isOfWords)
        }
    }
}
