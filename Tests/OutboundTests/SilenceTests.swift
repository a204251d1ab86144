import Testing

@testable import Outbound

struct SilenceTests {
    private let period = Duration.seconds(15)

    @Test func `comments keep a stream open for hours, and three that are missing end it`() {
        var silence = Silence(limit: period * 3, from: .zero)
        var now = Duration.zero
        for _ in 0..<1_000 {
            now += period
            #expect(!silence.isTooLong(at: now))
            silence.end(at: now)
        }
        #expect(!silence.isTooLong(at: now + period * 3 - .milliseconds(1)))
        #expect(silence.isTooLong(at: now + period * 3))
    }

    @Test func `time in which no one read does not count`() {
        var silence = Silence(limit: .seconds(45), from: .zero)
        silence.leaveOut(.seconds(14))
        #expect(!silence.isTooLong(at: .seconds(58)))
        #expect(silence.isTooLong(at: .seconds(59)))
    }
}
