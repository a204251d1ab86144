import Model
import TestSupport
import Testing
import Time

@testable import Incidents

/// The index of freezes against a scan of all incidents.
struct OpenFreezesTests {
    private static func incident(
        _ number: Int, service: String?, at now: Timestamp = minute(0), _ severity: Severity = .major
    ) throws -> Scenario {
        var details = Declared.Details(title: "x")
        details.labels["service"] = service
        return try Scenario(severity, at: now, number: number, details)
    }

    private static func answer(
        _ scenarios: [Scenario], _ scope: String, at now: Timestamp
    ) -> OpenFreezes.Answer {
        var freezes = OpenFreezes()
        for scenario in scenarios { freezes.add(scenario.incident) }
        return freezes.answer(to: DeployScope(scope), at: now)
    }

    @Test(
        arguments: [
            ("web", [1, 3]), ("WEB", [1, 3]), ("api", [2, 3]), ("db", [3]), ("*", [1, 2, 3]),
            ("", [1, 2, 3]),
        ])
    func `a freeze of everything freezes each scope, and everything is frozen by any`(
        scope: String, by numbers: [Int]
    ) throws {
        let open = [
            try OpenFreezesTests.incident(1, service: "web"),
            try OpenFreezesTests.incident(2, service: "api"),
            try OpenFreezesTests.incident(3, service: nil),
            try OpenFreezesTests.incident(4, service: "web", .minor),
        ]
        let answer = OpenFreezesTests.answer(open, scope, at: minute(1))
        #expect(answer.freezes.map(\.number) == numbers.reversed())
        #expect(answer.isFrozen && answer.isBlocked)
        let late = OpenFreezesTests.answer(open, scope, at: minute(480))
        #expect(!late.isFrozen && !late.isBlocked)
    }

    @Test(arguments: [("web", true), ("api", false), ("*", false)])
    func `an exception opens its own scope, whichever incident granted it`(scope: String, opens: Bool) throws
    {
        var minor = try OpenFreezesTests.incident(2, service: nil, .minor)
        try minor.make(.allow(30, scope: "web"), at: minute(1))
        let open = [try OpenFreezesTests.incident(1, service: nil), minor]
        let answer = OpenFreezesTests.answer(open, scope, at: minute(2))
        #expect(answer.isFrozen)
        #expect(answer.isBlocked == !opens)
        #expect(answer.exceptions.map(\.number) == (opens ? [2] : []))
        #expect(OpenFreezesTests.answer(open, scope, at: minute(31)).isBlocked)
    }

    @Test func `an exception for everything opens each scope`() throws {
        var first = try OpenFreezesTests.incident(1, service: "web")
        try first.make(.allow(30, scope: "*"), at: minute(1))
        for scope in ["web", "api", "*"] {
            #expect(!OpenFreezesTests.answer([first], scope, at: minute(2)).isBlocked, "\(scope)")
        }
    }

    @Test(arguments: 0..<20)
    func `the index answers as a scan does`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let services: [String?] = ["web", "Web", "api", nil]
        var open: [Int: Scenario] = [:]
        var counts = OpenIncidents()
        for step in 0..<150 {
            let now = minute(step * random.one(of: 1, 5))
            let number = Int.random(in: 1...12, using: &random)
            if var scenario = open[number] {
                let before = scenario.incident
                let change: Request = random.one(
                    of: .allow(random.one(of: 1, 30, 120), scope: random.one(of: nil, "web", "*")),
                    Request(LiftFreeze()), .raiseSeverity(to: .critical, reason: nil),
                    .patch { $0.labels["service"] = .some("api") }, .note(),
                    .status(.cancelled, reason: "false_alarm"))
                guard (try? scenario.make(change, at: max(now, before.recordedAt))) != nil else { continue }
                if scenario.incident.isOpen {
                    counts.replace(before, with: scenario.incident)
                    open[number] = scenario
                } else {
                    counts.add(before, -1)
                    open[number] = nil
                }
            } else {
                let scenario = try OpenFreezesTests.incident(
                    number, service: random.one(of: services[0], services[1], services[2], services[3]),
                    at: now, random.one(of: .minor, .major))
                counts.add(scenario.incident, 1)
                open[number] = scenario
            }
            for scope in ["web", "api", "*"].map({ DeployScope($0) }) {
                let answer = counts.freezes.answer(to: scope, at: now)
                #expect(answer == OpenFreezesTests.scan(open.values.map(\.incident), scope, at: now))
            }
        }
        for scenario in open.values { counts.add(scenario.incident, -1) }
        #expect(counts.freezes == OpenFreezes())
    }

    /// The rules again, without an index.
    private static func scan(
        _ incidents: [Incident], _ scope: DeployScope, at now: Timestamp
    ) -> OpenFreezes.Answer {
        var (freezes, exceptions): ([OpenFreezes.Item], [OpenFreezes.Item]) = ([], [])
        for incident in incidents.sorted(by: { $0.number > $1.number }) {
            if let freeze = incident.freeze, freeze.until > now,
                scope.isEverything || freeze.scope.isEverything || freeze.scope == scope
            {
                freezes.append(.init(until: freeze.until, number: incident.number, seq: 0))
            }
            for exception in incident.exceptions.sorted(by: { $0.seq > $1.seq })
            where exception.until > now && (exception.scope.isEverything || exception.scope == scope) {
                exceptions.append(
                    .init(until: exception.until, number: incident.number, seq: exception.seq))
            }
        }
        return OpenFreezes.Answer(freezes: freezes, exceptions: exceptions)
    }

    @Test func `an answer lists at most 50 incidents: those that freeze longest`() throws {
        let open = try (1...60).map { try OpenFreezesTests.incident($0, service: nil, at: minute($0)) }
        let answer = OpenFreezesTests.answer(open, "web", at: minute(61))
        #expect(answer.freezes.map(\.number) == (11...60).reversed())
    }
}
