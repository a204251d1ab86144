import Journal
import Model
import TestSupport
import Testing
import Time

@testable import Engine

struct RetryScheduleTests {
    private let start = Timestamp(milliseconds: 1_768_471_200_000)

    @Test(arguments: [
        (RetryClass.nag, [5, 15, 45, 120, 120, 120]),
        (.status, [5, 30, 120, 300, 900, 1_800, 3_600, 7_200, 18_000, 36_000]),
        (.record, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]),
    ])
    func `the delays are those of the reference, each a fifth more or less`(
        retryClass: RetryClass, seconds: [Int]
    ) {
        let never = start + .seconds(999_999_999)
        for (index, seconds) in seconds.enumerated() {
            let delays = [0, 0.5, 1].map { jitter in
                RetrySchedule.next(
                    after: index + 1, retryClass, failedAt: start, retryAfter: nil, expiresAt: never,
                    jitter: jitter
                ).map { ($0 - start).wholeMilliseconds }
            }
            #expect(delays == [Int64(seconds) * 800, Int64(seconds) * 1_000, Int64(seconds) * 1_200])
        }
        let after = RetrySchedule.next(
            after: seconds.count + 1, retryClass, failedAt: start, retryAfter: nil, expiresAt: never,
            jitter: 0)
        #expect((after == nil) == (retryClass != .nag), "a nag goes on until it is worthless")
    }

    @Test(arguments: Seed.chosen(or: 1...200))
    func `the next attempt lies after the failure, within the life of the delivery`(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        for retryClass in RetryClass.allCases {
            let expiresAt = start + RetrySchedule.lifetime(retryClass, interval: .seconds(900))
            let attempts = dice.below(16)
            let now = start + .seconds(dice.below(400_000))
            let retryAfter: Duration? = dice.happens(50) ? .seconds(dice.below(10_000)) : nil
            let jitter = Double(dice.below(1_001)) / 1_000
            let next = RetrySchedule.next(
                after: attempts, retryClass, failedAt: now, retryAfter: retryAfter, expiresAt: expiresAt,
                jitter: jitter)
            guard let next else {
                let isGivenUp =
                    attempts == 0 || now >= expiresAt || attempts > RetrySchedule.delays(retryClass).count
                #expect(isGivenUp, "DRUMBEAT_TEST_SEED=\(seed)")
                continue
            }
            #expect(next > now && next <= expiresAt, "DRUMBEAT_TEST_SEED=\(seed)")
            if let retryAfter {
                let wanted = min(now + min(retryAfter, .seconds(3_600)), expiresAt)
                #expect(next >= wanted, "DRUMBEAT_TEST_SEED=\(seed): Retry-After is honoured, up to an hour")
            }
        }
    }

    @Test(arguments: [RetryClass.status, .record])
    func `the slowest schedule ends before its delivery expires`(retryClass: RetryClass) {
        var now = start
        let expiresAt = start + RetrySchedule.lifetime(retryClass, interval: .seconds(900))
        var attempts = 1
        while let next = RetrySchedule.next(
            after: attempts, retryClass, failedAt: now, retryAfter: nil, expiresAt: expiresAt, jitter: 1)
        {
            #expect(next < expiresAt)
            // Each attempt may take 15 s to fail.
            now = next + .seconds(15)
            attempts += 1
        }
        #expect(attempts == RetrySchedule.delays(retryClass).count + 1)
    }
}
