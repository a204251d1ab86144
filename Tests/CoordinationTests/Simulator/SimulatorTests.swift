import Testing

struct SimulatorTests {
    /// Seeds that once broke a promise, and which. They are lived through first, for ever.
    static let brokeBefore: [UInt64] = []

    @Test func `two hundred houses keep their promises through crashes, jams and bad receivers`() throws {
        let seeds = Dice.wishedSeed.map { [$0] } ?? Self.brokeBefore + Array(1...200)
        var total = Simulation.Tally()
        var failed = 0
        for seed in seeds where failed < 3 {
            let simulation = try Simulation(seed: seed)
            try simulation.run()
            total.add(simulation.tally)
            guard let first = simulation.broken.first else { continue }
            failed += 1
            Issue.record(
                "DRUMBEAT_TEST_SEED=\(seed): \(first) (and \(simulation.broken.count - 1) more) \(simulation.tally)")
        }
        guard Dice.wishedSeed == nil, failed == 0 else { return }
        // Stories in which nothing happens prove nothing.
        #expect(total.entries > 5_000, "\(total)")
        #expect(total.nags > 500, "\(total)")
        #expect(total.crashes > 400 && total.crashesAfterCommit > 100, "\(total)")
        #expect(total.replays > 500 && total.refusals > 200, "\(total)")
        #expect(total.attempts > total.deliveries, "\(total)")
        #expect(total.superseded > 100 && total.disabled > 5, "\(total)")
    }

    @Test func `a seed tells the same story twice`() throws {
        let stories = try (0..<2).map { _ in
            let simulation = try Simulation(seed: Dice.wishedSeed ?? 42)
            try simulation.run()
            return simulation.journal
        }
        #expect(stories[0].count > 5)
        #expect(stories[0] == stories[1])
    }
}

extension Simulation.Tally {
    fileprivate mutating func add(_ other: Simulation.Tally) {
        orders += other.orders
        entries += other.entries
        nags += other.nags
        crashes += other.crashes
        crashesAfterCommit += other.crashesAfterCommit
        replays += other.replays
        refusals += other.refusals
        deliveries += other.deliveries
        attempts += other.attempts
        superseded += other.superseded
        disabled += other.disabled
    }
}
