import Glibc
import Incidents
import Model
import TestSupport
import Testing
import Time

/// "recorded_at never decreases, with one exception" in domain.md, section 5.
struct ClockCorrectedTests {
    private static let day: Duration = .seconds(86_400)

    private func moments(_ scenario: Scenario, _ numbers: ClosedRange<Int>) -> [Timestamp] {
        numbers.map { scenario.incident.cadence.moment(ofNag: $0) }
    }

    @Test func `deadline, nags, snooze and decision move by the step`() throws {
        var scenario = try Scenario()
        try scenario.make(.snooze(minutes: 10, reason: "with the vendor"), at: minute(1))
        try scenario.setClockBack(from: minute(2), to: minute(2) - Self.day)
        let incident = scenario.incident
        #expect(incident.recordedAt == minute(2) - Self.day)
        #expect(incident.changedAt == incident.recordedAt)
        #expect(incident.version == incident.seq, "a reader sees it")
        #expect(incident.cadence.beat.dueAt == minute(5) - Self.day)
        #expect(incident.cadence.snoozedUntil == minute(11) - Self.day)
        #expect(moments(scenario, 1...5) == [11, 16, 21, 36, 51].map { minute($0) - Self.day })
        #expect(incident.nextNagAt(about: .decision) == minute(60) - Self.day)
        #expect(incident.nextNagAt(about: .noProgress) == minute(30) - Self.day)
        #expect(incident.nextNagAt(about: .stale) == minute(1))
        #expect(incident.episodeStartedAt == minute(0) - Self.day)
        #expect(incident.times.declaredAt == minute(0) - Self.day)

        try scenario.make(.endSnooze, at: minute(3) - Self.day)
        #expect(moments(scenario, 1...3) == [5, 10, 15].map { minute($0) - Self.day }, "each its own moment")
    }

    @Test func `sent nags stay counted, and the next one comes when it would have`() throws {
        var scenario = try Scenario()
        for number in 1...3 { #expect(try scenario.nag(at: minute(5 * number))?.number == number) }
        try scenario.setClockBack(from: minute(17), to: minute(17) - Self.day)
        #expect(scenario.incident.cadence.nagsSent == 3)
        #expect(scenario.incident.cadence.breached)
        let due = minute(30) - Self.day
        #expect(scenario.incident.nextNagAt(about: .update) == due)
        #expect(try scenario.nag(at: due - millisecond) == nil)
        let nag = try #require(try scenario.nag(at: due))
        #expect(nag.number == 4)
        #expect(nag.dueAt == minute(5) - Self.day)
        let update = try scenario.make(.update(), at: due + .seconds(60))
        #expect((update.entries.first?.payload as? UpdatePublished)?.lateBySeconds == 26 * 60)
        #expect(scenario.incident.cadence.beat.dueAt == due + .seconds(16 * 60))
    }

    /// Declared by the right clock, nagged by one that was half an hour fast.
    @Test func `what was set by the right clock does not move to before the episode`() throws {
        var scenario = try Scenario()
        #expect(try scenario.nag(at: minute(40))?.number == 4)
        try scenario.setClockBack(from: minute(42), to: minute(12))
        let incident = scenario.incident
        #expect(incident.episodeStartedAt == minute(0))
        #expect(incident.times.declaredAt == minute(0))
        #expect(incident.cadence.beat.dueAt == minute(5))
        #expect(incident.nextNagAt(about: .update) == minute(15))
        #expect(try scenario.nag(at: minute(15))?.number == 5)
    }

    @Test func `after a clock of another century every nag can still be written`() throws {
        var scenario = try Scenario()
        let wrong = minute(0) + .seconds(60 * 365 * 86_400)
        try scenario.nag(at: wrong, about: .stale)
        try scenario.setClockBack(from: wrong + .seconds(60), to: minute(6))
        let next = try #require(scenario.incident.nextNagAt)
        #expect(next <= minute(6 + 30))
        let sent = try scenario.make(.nag, at: max(next, minute(6)), by: "drumbeat").nags
        #expect(!sent.isEmpty)
        for nag in sent { #expect(nag.dueAt >= minute(0)) }
    }

    /// A stale incident is nagged about once a day only, and the silence was not a day long.
    @Test func `a silence that the wrong clock made begins again`() throws {
        var scenario = try Scenario()
        #expect(try scenario.nag(at: minute(25 * 60), about: .stale) != nil)
        try scenario.setClockBack(from: minute(25 * 60 + 1), to: minute(20))
        #expect(scenario.incident.nextNagAt(about: .stale) == minute(20) + Self.day)
        let next = try #require(scenario.incident.nextNagAt)
        #expect(next <= minute(20 + 15), "the others nag again")
    }

    /// A bot whose clock was right said so.
    @Test func `what people said about times moves only if it lies ahead`() throws {
        var details = Declared.Details(title: "People cannot sign in")
        details.startedAt = minute(-9) - Self.day
        details.detectedAt = minute(-4)
        var scenario = try Scenario(.major, details)
        try scenario.setClockBack(from: minute(2), to: minute(2) - Self.day)
        #expect(scenario.incident.times.startedAt == minute(-9) - Self.day)
        #expect(scenario.incident.times.detectedAt == minute(-4) - Self.day)
    }

    /// A clock that was fast for two minutes: the last progress is older than that, its limit is not.
    @Test func `a limit that counts from before the wrong clock comes with the step, not after it`() throws {
        var policy = Policy.standard
        policy.noProgress = .seconds(240)
        var scenario = try Scenario(.minor, under: policy)
        try scenario.setClockBack(from: minute(3), to: minute(1))
        #expect(scenario.incident.nextNagAt(about: .noProgress) == minute(2))
        #expect(scenario.incident.nextNagAt(about: .stale) == minute(-2) + Self.day)
    }

    /// So that a moment that is added to the state is not forgotten.
    @Test func `every moment of the state moves`() throws {
        var details = Declared.Details(title: "People cannot sign in")
        details.startedAt = minute(-9)
        details.detectedAt = minute(-4)
        var scenario = try Scenario(.major, details)
        try scenario.make(.assign(.commander, "alice"), at: minute(1))
        try scenario.make(.update(), at: minute(2))
        try scenario.nag(at: minute(17))
        try scenario.make(.snooze(minutes: 10, reason: "with the vendor"), at: minute(18))
        try scenario.make(.status(.monitoring), at: minute(19))
        try scenario.make(.escalate(to: Person("carol"), reason: "no idea"), at: minute(19))
        let before = Moments(in: scenario.incident)
        #expect(before.all.count > 20, "\(before.all)")
        try scenario.setClockBack(from: minute(20), to: minute(20) - Self.day)
        let after = Moments(in: scenario.incident)
        #expect(after.all.keys.sorted() == before.all.keys.sorted())
        // Deadlines of sent nags, as they are in the journal.
        for (path, moment) in before.all where !path.hasPrefix("cadence.spentNumbers") {
            let isOfEntry = ["recordedAt", "changedAt"].contains(path)
            let expected = (isOfEntry ? minute(20) : moment) - Self.day
            #expect(after.all[path] == expected, "\(path)")
        }
    }

    /// The moments within a value, by the path to them.
    private struct Moments {
        private(set) var all: [String: Timestamp] = [:]

        init(in value: Any) { add(value, "") }

        private mutating func add(_ value: Any, _ path: String) {
            if let moment = value as? Timestamp { return all[path] = moment }
            for (index, child) in Mirror(reflecting: value).children.enumerated() {
                let name = child.label ?? "\(index)"
                add(child.value, name == "some" ? path : path.isEmpty ? name : path + "." + name)
            }
        }
    }

    @Test func `in random histories no step delays a nag, doubles one or loses the last`() throws {
        let seed = Seed.chosen ?? UInt64(bitPattern: Int64(time(nil)))
        var steps = 0
        for index in 0..<100 {
            let place: Comment = "DRUMBEAT_TEST_SEED=\(seed), history \(index)"
            var history = try RandomHistory(seed: seed &+ UInt64(index))
            for _ in 0..<6 {
                history.live(steps: 10)
                if history.setClockBack() { steps += 1 }
            }
            try #require(history.broken == [], place)
            let nags = history.scenario.entries.compactMap { $0.payload as? NagSent }
            let names = nags.map { "\($0.about.rawValue) \($0.dueAt.milliseconds) \($0.number)" }
            try #require(Set(names).count == names.count, place)
        }
        #expect(steps > 300, "DRUMBEAT_TEST_SEED=\(seed)")
    }
}
