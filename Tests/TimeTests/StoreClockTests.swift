import Synchronization
import TestSupport
import Testing
import Time

/// Keeps what a clock reports.
private final class Events: Sendable {
    private let events = Mutex<[ClockEvent]>([])

    var all: [ClockEvent] { events.withLock { $0 } }

    func add(_ event: ClockEvent) {
        events.withLock { $0.append(event) }
    }
}

@Suite struct StoreClockTests {
    private let time = ManualTime()
    private let events = Events()
    private let clock: StoreClock
    private let start: Timestamp

    init() {
        clock = StoreClock(time) { [events] in events.add($0) }
        start = time.wall()
    }

    /// Lets time pass in steps, asking the clock at each; returns what it said, in order.
    @discardableResult
    private func pass(_ duration: Duration, steps: Int) -> [Timestamp] {
        (0..<steps).map { _ in
            time.advance(by: duration / steps)
            return clock.now()
        }
    }

    @Test func `the clock begins at the wall and runs with monotonic time`() {
        #expect(clock.now() == start)
        time.advance(by: .seconds(90))
        #expect(clock.now() == start + .seconds(90))
        #expect(events.all == [])
    }

    @Test(arguments: [Duration.seconds(60), .seconds(-60), .seconds(5), .milliseconds(-40)])
    func `a small difference is slewed away while time runs forward`(step: Duration) {
        time.setWall(time.wall() + step)
        #expect(clock.now() == start)
        var last = clock.now()
        for now in pass(.seconds(1_300), steps: 130_000) {
            #expect(now >= last)
            #expect(now - last <= .milliseconds(11))
            last = now
        }
        #expect(abs((clock.now() - time.wall()).wholeMilliseconds) <= 1)
        #expect(events.all == [])
    }

    @Test(arguments: [Duration.seconds(3_600), .seconds(-86_400), .seconds(20 * 365 * 86_400), .seconds(61)])
    func `a jump is reported once and not believed for ten minutes, then adopted`(jump: Duration) {
        time.setWall(time.wall() + jump)
        #expect(clock.now() == start)
        pass(.seconds(599), steps: 100)
        #expect(clock.now() == start + .seconds(599))
        #expect(events.all == [.wallClockJumped(by: jump)])

        pass(.seconds(1), steps: 1)
        #expect(clock.now() == start + .seconds(600) + jump)
        #expect(clock.now() == time.wall())
        #expect(events.all == [.wallClockJumped(by: jump), .wallClockAdopted(by: jump)])

        pass(.seconds(600), steps: 10)
        #expect(clock.now() == time.wall())
        #expect(events.all.count == 2)
    }

    @Test func `a jump that is taken back leaves no trace`() {
        time.setWall(time.wall() + .seconds(3_600))
        pass(.seconds(300), steps: 10)
        time.setWall(time.wall() - .seconds(3_600))
        pass(.seconds(1_200), steps: 10)
        #expect(clock.now() == start + .seconds(1_500))
        #expect(events.all == [.wallClockJumped(by: .seconds(3_600))])
    }

    @Test func `a second jump begins the ten minutes again`() {
        time.setWall(time.wall() + .seconds(3_600))
        pass(.seconds(500), steps: 10)
        time.setWall(time.wall() + .seconds(3_600))
        pass(.seconds(599), steps: 599)
        #expect(clock.now() == start + .seconds(1_099))
        pass(.seconds(2), steps: 2)
        #expect(clock.now() == start + .seconds(1_101 + 7_200))
        #expect(
            events.all == [
                .wallClockJumped(by: .seconds(3_600)), .wallClockJumped(by: .seconds(7_200)),
                .wallClockAdopted(by: .seconds(7_200)),
            ])
    }

    @Test func `a jumped wall clock that is being slewed is still the same jump`() {
        time.setWall(time.wall() + .seconds(3_600))
        #expect(clock.now() == start)
        pass(.seconds(300), steps: 10)
        time.setWall(time.wall() + .seconds(30))
        pass(.seconds(301), steps: 10)
        #expect(clock.now() == time.wall())
        #expect(
            events.all == [.wallClockJumped(by: .seconds(3_600)), .wallClockAdopted(by: .seconds(3_630))])
    }

    @Test func `a reading says how far the clock has fallen, and not how far it was set forward`() {
        var fallen: [Duration] = []
        for jump in [Duration.seconds(-3_600), .seconds(7_200), .seconds(-86_400), .seconds(-30)] {
            time.setWall(time.wall() + jump)
            pass(.seconds(700), steps: 70)
            fallen.append(clock.reading().setBack)
        }
        #expect(fallen == [.seconds(3_600), .seconds(3_600), .seconds(90_000), .seconds(90_000)])
        #expect(clock.reading().now == clock.now())
    }

    /// 1970, 1900, and the last day of 2100: a deadline would lie outside.
    @Test(arguments: [0, -2_208_988_800_000, 4_133_894_400_000])
    func `a year that cannot be stored is never adopted, and left at once`(milliseconds: Int64) {
        let wrong = Timestamp(milliseconds: milliseconds)
        #expect(!wrong.isCredible)
        time.setWall(wrong)
        pass(.seconds(2_000), steps: 100)
        #expect(clock.now() == start + .seconds(2_000))
        #expect(events.all.count == 1, "\(events.all)")

        let other = ManualTime(wall: wrong)
        let begun = StoreClock(other) { _ in }
        other.advance(by: .seconds(5))
        #expect(begun.now() == wrong + .seconds(5))
        other.setWall(start)
        #expect(begun.reading() == StoreClock.Reading(now: start, setBack: .zero))
        #expect(begun.now().isCredible)
    }

    @Test func `a wall clock that wanders is never believed`() {
        for _ in 0..<20 {
            time.setWall(time.wall() + .seconds(400))
            pass(.seconds(120), steps: 12)
        }
        #expect(clock.now() == start + .seconds(2_400))
        #expect(events.all.count == 20)
    }
}

@Suite struct SystemTimeTests {
    @Test func `the system's clocks run, and the wall shows this century`() {
        let time = SystemTime()
        let first = time.monotonic()
        #expect(first > .zero)
        #expect(time.monotonic() >= first)
        #expect((try? Timestamp(rfc3339: time.wall().rfc3339)) != nil)
    }
}

@Suite struct ManualTimeTests {
    @Test func `advancing moves both clocks, setting only the wall`() {
        let time = ManualTime()
        #expect(time.wall().rfc3339 == "2026-01-15T10:00:00.000Z")
        let monotonic = time.monotonic()
        time.advance(by: .microseconds(1_500))
        time.advance(by: .microseconds(1_500))
        #expect(time.wall().rfc3339 == "2026-01-15T10:00:00.003Z")
        #expect(time.monotonic() - monotonic == .milliseconds(3))
        time.setWall(Timestamp(milliseconds: 0))
        #expect(time.wall().milliseconds == 0)
        #expect(time.monotonic() - monotonic == .milliseconds(3))
    }
}
