import Dispatch
import Synchronization
import TestSupport
import Testing

struct SimulatorTests {
    /// Seeds that once found a violation, each with a comment. They run first.
    static let brokeBefore: [UInt64] = []

    /// Number of seeds; `DRUMBEAT_TEST_SEEDS` overrides it.
    static let count = Seed.number("DRUMBEAT_TEST_SEEDS") ?? (Seed.isShort ? 40 : 200)

    @Test func `services keep their promises through crashes, jams and bad receivers`() {
        let seeds = Seed.chosen.map { [$0] } ?? Self.brokeBefore + Array(1...Self.count)
        let total = Mutex(Simulation.Tally())
        let failures = Mutex<[String]>([])
        // Two at a time: simulations are independent.
        DispatchQueue.concurrentPerform(iterations: seeds.count) { index in
            guard failures.withLock({ $0.count < 3 }) else { return }
            let (tally, failure) = Self.live(seeds[index])
            total.withLock { $0.add(tally) }
            if let failure { failures.withLock { $0.append(failure) } }
        }
        for failure in failures.withLock({ $0 }) { Issue.record("\(failure)") }
        let sum = total.withLock { $0 }
        guard seeds.count >= 40, failures.withLock({ $0.isEmpty }) else { return print(sum) }
        print("simulator: \(seeds.count) seeds: \(sum)")
        // A simulation in which nothing happens proves nothing. The bounds are for forty seeds.
        let times = seeds.count / 40
        #expect(sum.entries > 2_000 * times, "\(sum)")
        #expect(sum.nags > 400 * times, "\(sum)")
        #expect(sum.crashes > 120 * times && sum.crashesAfterCommit > 40 * times, "\(sum)")
        #expect(sum.replays > 200 * times && sum.refusals > 40 * times, "\(sum)")
        #expect(sum.attempts > sum.deliveries, "\(sum)")
        #expect(sum.superseded > 200 * times && sum.disabled > 2 * times, "\(sum)")
        #expect(sum.retried > 100 * times, "\(sum)")
        #expect(sum.corrections > 20 * times, "\(sum)")
        #expect(sum.ticks > 15 * times && sum.parts > 100 * times, "\(sum)")
        #expect(sum.mitigations > 30 * times && sum.answers > 15 * times, "\(sum)")
        #expect(sum.exceptions > 25 * times, "\(sum)")
    }

    private static func live(_ seed: UInt64) -> (Simulation.Tally, String?) {
        do {
            let simulation = try Simulation(seed: seed)
            try simulation.run()
            let failure = simulation.broken.first.map {
                "DRUMBEAT_TEST_SEED=\(seed): \($0) (and \(simulation.broken.count - 1) more)"
            }
            return (simulation.tally, failure)
        } catch {
            return (Simulation.Tally(), "DRUMBEAT_TEST_SEED=\(seed): \(error)")
        }
    }

    @Test func `a seed tells the same story twice`() throws {
        let stories = try (0..<2).map { _ in
            let simulation = try Simulation(seed: Seed.chosen ?? 42)
            try simulation.run()
            return simulation.journal
        }
        #expect(stories[0].count > 5)
        let isSame = stories[0] == stories[1]
        #expect(isSame)
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
        retried += other.retried
        corrections += other.corrections
        ticks += other.ticks
        parts += other.parts
        mitigations += other.mitigations
        answers += other.answers
        exceptions += other.exceptions
    }
}
