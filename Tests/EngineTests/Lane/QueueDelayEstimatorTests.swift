import Testing
import Time

@testable import Engine

struct QueueDelayEstimatorTests {
    private var estimator = QueueDelayEstimator(batchMax: 256, queueDelayMax: .seconds(5))

    @Test func `as long as nothing is known, nothing takes time`() {
        #expect(estimator.wait(behind: 4_095, working: nil) == .zero)
        #expect(estimator.isInTime(behind: 4_095, working: .zero))
        #expect(estimator.roomMax == .max)
        #expect(estimator.retryAfter(behind: 4_095, working: nil) == .seconds(1))
    }

    private static let waits: [(ahead: Int, working: Duration?, milliseconds: Int)] = [
        (0, nil, 1_000), (255, nil, 1_000), (256, nil, 2_000), (1_024, nil, 5_000),
        (0, .zero, 2_000), (0, .milliseconds(400), 1_600), (512, .milliseconds(900), 3_100),
    ]

    @Test(arguments: waits)
    mutating func `a request waits for the rest of this turn, for those full ones before it, and for its own`(
        ahead: Int, working: Duration?, milliseconds: Int
    ) {
        estimator.observe(.seconds(1))
        #expect(estimator.wait(behind: ahead, working: working) == .milliseconds(milliseconds))
    }

    @Test func `a turn that hangs is the measure for the next, so newcomers are refused while it does`() {
        #expect(estimator.isInTime(behind: 0, working: .seconds(5)))
        #expect(!estimator.isInTime(behind: 0, working: .seconds(5) + .milliseconds(1)))
        #expect(!estimator.isInTime(behind: 256, working: .seconds(3)))
    }

    @Test mutating func `what fits into a turn that is about to begin is always in time`() {
        estimator.observe(.seconds(60))
        #expect(estimator.isInTime(behind: 255, working: nil))
        #expect(!estimator.isInTime(behind: 256, working: nil))
        #expect(!estimator.isInTime(behind: 0, working: .zero))
        #expect(estimator.roomMax == 256)
    }

    @Test mutating func `the line has room for whom the lane can serve in time`() {
        estimator.observe(.milliseconds(500))
        #expect(estimator.roomMax == 2_560)
        #expect(estimator.isInTime(behind: estimator.roomMax - 1, working: nil))
        #expect(!estimator.isInTime(behind: estimator.roomMax, working: nil))
    }

    @Test mutating func `a slower turn counts at once, a quicker one half`() {
        estimator.observe(.seconds(1))
        estimator.observe(.seconds(4))
        #expect(estimator.wait(behind: 0, working: nil) == .seconds(4))
        estimator.observe(.zero)
        #expect(estimator.wait(behind: 0, working: nil) == .seconds(2))
    }

    @Test(arguments: [(1, 1), (1_000, 1), (1_001, 2), (7_300, 8), (29_999, 30), (90_000, 30)])
    mutating func `who is refused is told whole seconds, from 1 to 30`(turn milliseconds: Int, seconds: Int) {
        estimator.observe(.milliseconds(milliseconds))
        #expect(estimator.retryAfter(behind: 0, working: nil) == .seconds(seconds))
    }
}
