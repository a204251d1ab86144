import Testing

@testable import API

/// Test messages and presses that are in progress (docs/limits.md).
struct ConcurrencyLimiterTests {
    @Test func `an owner has two attempts open, and all together thirty-two`() {
        let attempts = ConcurrencyLimiter(
            perOwnerMax: DrumbeatAPI.attemptsPerOwnerMax, inAllMax: DrumbeatAPI.attemptsInAllMax)
        #expect(["a", "a", "a"].map(attempts.begin) == [nil, nil, .ofOwner])
        for number in 1...15 {
            #expect(["\(number)", "\(number)"].map(attempts.begin) == [nil, nil])
        }
        #expect(attempts.begin("e") == .inAll, "thirty-two are open")
        attempts.end("a")
        #expect(attempts.begin("e") == nil)
        #expect(attempts.begin("a") == .inAll, "its place is another's now")
        attempts.end("e")
        #expect(attempts.begin("a") == nil)
        #expect(attempts.begin("a") == .ofOwner)
    }
}
