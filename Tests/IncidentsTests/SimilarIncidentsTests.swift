import Testing
import Time

@testable import Incidents

/// Which ended incidents are similar to another.
struct SimilarIncidentsTests {
    private static let endedAt = minute(10)
    private static let lastMoment = endedAt + .seconds(180 * 86_400)

    private static func incident(
        _ number: Int, _ labels: [String: String], isEnded: Bool = true, at now: Timestamp = minute(0)
    ) throws -> Incident {
        var details = Declared.Details(title: "x")
        details.labels = labels
        var scenario = try Scenario(.minor, at: now, number: number, details)
        if isEnded { try scenario.make(.status(.cancelled, reason: "false_alarm"), at: endedAt) }
        return scenario.incident
    }

    private static func found(
        like labels: [String: String], among others: [Incident], at now: Timestamp = minute(20)
    ) throws -> [Int]? {
        let incident = try incident(99, labels, isEnded: false, at: minute(15))
        var similar = SimilarIncidents(to: incident, at: now)
        for other in others { similar?.offer(other) }
        return similar?.found.map(\.number)
    }

    private static let web = ["service": "web"]

    @Test(
        arguments: [
            (["service": "web"], [4, 3, 2, 1]),
            (["service": "Web"], []),
            (["service": "web", "alertname": "Lag"], [4, 2]),
            (["service": "web", "alert": "Lag"], [4, 2]),
            (["alert": "Lag"], [4, 2]),
            // The alert's own label first.
            (["alertname": "Lag", "alert": "Disk"], [4, 2]),
            // No incident shares the alert.
            (["service": "web", "alertname": "Memory"], [4, 3, 2, 1]),
            (["alertname": "Memory"], []),
            (["service": "db"], []),
            (["team": "web"], nil),
        ] as [([String: String], [Int]?)])
    func `those that share the alert, else the service`(labels: [String: String], numbers: [Int]?) throws {
        let others = [
            try Self.incident(4, ["service": "web", "alertname": "Lag"]),
            try Self.incident(3, ["service": "web", "alertname": "Disk"]),
            try Self.incident(2, ["service": "web", "alert": "Lag"]), try Self.incident(1, Self.web),
        ]
        #expect(try Self.found(like: labels, among: others) == numbers)
    }

    @Test(arguments: [
        (minute(20), [2]), (lastMoment, [2]), (lastMoment + millisecond, []),
    ])
    func `those that ended in the last 180 days, never an open one`(now: Timestamp, numbers: [Int]) throws {
        let others = [try Self.incident(3, Self.web, isEnded: false), try Self.incident(2, Self.web)]
        #expect(try Self.found(like: Self.web, among: others, at: now) == numbers)
        let similar = SimilarIncidents(to: try Self.incident(99, Self.web, isEnded: false), at: now)
        #expect(similar?.mayBe(2, recordedAt: Self.endedAt) == !numbers.isEmpty)
        #expect(similar?.mayBe(99, recordedAt: now) == false, "itself")
    }

    @Test(arguments: [(4, false), (5, true), (7, true)])
    func `at most five, the first that are offered`(count: Int, isComplete: Bool) throws {
        let alert = ["service": "web", "alert": "Lag"]
        let incident = try Self.incident(99, alert, isEnded: false)
        var similar = try #require(SimilarIncidents(to: incident, at: minute(20)))
        // As many of the service as there may be do not end the search for those of the alert.
        for number in 1...9 { similar.offer(try Self.incident(number, Self.web)) }
        #expect(!similar.isComplete)
        #expect(similar.found.map(\.number) == [1, 2, 3, 4, 5])
        for number in 10..<10 + count { similar.offer(try Self.incident(number, alert)) }
        #expect(similar.isComplete == isComplete)
        #expect(similar.found.map(\.number) == Array(Array(10..<10 + count).prefix(5)))

        var ofService = SimilarIncidents(to: try Self.incident(99, Self.web, isEnded: false), at: minute(20))
        for number in 1...count { ofService?.offer(try Self.incident(number, Self.web)) }
        #expect(ofService?.isComplete == isComplete)
    }
}
