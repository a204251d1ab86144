import Testing

@testable import API

/// Test messages and presses that are in progress (docs/limits.md).
struct OpenAttemptsTests {
    @Test func `an owner has two attempts open, and all together eight`() {
        let attempts = OpenAttempts()
        #expect(["a", "a", "a"].map(attempts.begin) == [true, true, false])
        #expect(["b", "b", "c", "c", "d", "d"].map(attempts.begin) == Array(repeating: true, count: 6))
        #expect(!attempts.begin("e"), "eight are open")
        attempts.end("a")
        #expect(attempts.begin("e"))
        #expect(!attempts.begin("a"), "its place is another's now")
        attempts.end("e")
        #expect(attempts.begin("a"))
    }
}
