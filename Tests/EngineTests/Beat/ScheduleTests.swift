import TestSupport
import Testing
import Time

@testable import Engine

struct ScheduleTests {
    @Test(arguments: Seed.chosen(or: 1...20))
    func `it agrees with a table that is searched from end to end`(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        var schedule = Schedule()
        var table: [Int: Timestamp] = [:]
        for step in 0..<2_000 {
            let incident = dice.below(40)
            switch dice.below(10) {
            case 0..<5:
                let moment = Timestamp(milliseconds: Int64(dice.below(500)))
                schedule.set(moment, for: incident)
                table[incident] = moment
            case 5..<7:
                schedule.set(nil, for: incident)
                table[incident] = nil
            default:
                let now = Timestamp(milliseconds: Int64(dice.below(500)))
                let taken = schedule.takeDue(at: now)
                let least = table.values.min()
                if let taken {
                    let isLeast = table[taken] == least && table[taken].map { $0 <= now } == true
                    #expect(isLeast, "DRUMBEAT_TEST_SEED=\(seed) step \(step)")
                    table[taken] = nil
                } else {
                    let isNoneDue = least.map { $0 > now } ?? true
                    #expect(isNoneDue, "DRUMBEAT_TEST_SEED=\(seed) step \(step)")
                }
            }
            let next = schedule.next()
            #expect(next == table.values.min(), "DRUMBEAT_TEST_SEED=\(seed) step \(step)")
            #expect(schedule.count == table.count)
        }
    }

    @Test func `a moment moved to and fro is taken once`() {
        var schedule = Schedule()
        let (early, late) = (Timestamp(milliseconds: 1), Timestamp(milliseconds: 2))
        for _ in 0..<3 {
            schedule.set(early, for: 7)
            schedule.set(late, for: 7)
        }
        schedule.set(early, for: 7)
        var taken: [Int] = []
        while let incident = schedule.takeDue(at: late) { taken.append(incident) }
        #expect(taken == [7])
        #expect(schedule.count == 0)
    }

    @Test func `moments that only move back make no heap of them`() {
        var schedule = Schedule()
        for step in 0..<10_000 {
            schedule.set(Timestamp(milliseconds: Int64(step)), for: step % 10)
            if step % 3 == 0 { _ = schedule.next() }
        }
        #expect(schedule.heapCount <= 20)
        #expect(schedule.next() == Timestamp(milliseconds: 9_990))
        #expect(schedule.takeDue(at: Timestamp(milliseconds: 9_989)) == nil)
        #expect(schedule.takeDue(at: Timestamp(milliseconds: 9_990)) == 0)
    }
}
