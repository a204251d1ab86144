import Testing

@testable import Client

struct RetryPolicyTests {
    private let policy = RetryPolicy(total: .seconds(30))

    private func pause(
        _ attempt: Int, _ status: Int?, retryAfter: Duration? = nil, elapsed: Duration = .zero,
        jitter: Double = 0
    ) -> Duration? {
        policy.pause(
            afterAttempt: attempt, status: status, retryAfter: retryAfter, elapsed: elapsed, jitter: jitter)
    }

    @Test(arguments: [nil, 429, 500, 502, 503, 504])
    func `what may pass is tried again`(status: Int?) {
        #expect(pause(1, status) == .milliseconds(200))
    }

    @Test(arguments: [301, 400, 401, 403, 404, 409, 412, 413, 422, 423, 501, 505])
    func `what stays so is not`(status: Int) {
        #expect(pause(1, status) == nil)
    }

    @Test func `the pause doubles up to five seconds, less a jitter`() {
        #expect((1...7).map { pause($0, 503)?.components.seconds } == [0, 0, 0, 1, 3, 5, 5])
        #expect(pause(2, 503) == .milliseconds(400))
        #expect(pause(2, 503, jitter: 1) == .milliseconds(200))
        #expect(pause(1_000_000, 503) == .seconds(5))
    }

    @Test func `a longer Retry-After wins`() {
        #expect(pause(1, 429, retryAfter: .seconds(7)) == .seconds(7))
        #expect(pause(6, 503, retryAfter: .seconds(1)) == .seconds(5))
    }

    @Test func `nothing is tried after the time is up`() {
        #expect(pause(3, 503, elapsed: .seconds(29)) == .milliseconds(800))
        #expect(pause(3, 503, elapsed: .milliseconds(29_300)) == nil)
        #expect(pause(1, 503, retryAfter: .seconds(31)) == nil)
        #expect(
            RetryPolicy(total: .zero).pause(
                afterAttempt: 1, status: 503, retryAfter: nil, elapsed: .zero, jitter: 0) == nil)
    }
}
