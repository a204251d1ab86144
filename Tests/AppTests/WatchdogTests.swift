@testable import App
import Synchronization
import Testing
import Time

/// The watchdog's core, step by step.
@Suite struct WatchdogTests {
    /// What the scheduler and the supervisor would be.
    private final class World: Sendable {
        let pings = Mutex(0)
        /// For how long the scheduler has been silent.
        let inactivity = Mutex(Duration.zero)

        var count: Int { pings.withLock { $0 } }

        func watchdog(within limit: Duration) -> Watchdog {
            Watchdog(within: limit, isWell: { [self] max in inactivity.withLock { $0 <= max } }) { [self] in
                pings.withLock { $0 += 1 }
            }
        }
    }

    private let world = World()

    @Test func `it pings twice in the time the supervisor waits, and no more often`() {
        let dog = world.watchdog(within: .seconds(60))
        for second in 0..<120 { _ = dog.tick(at: .seconds(second)) }
        #expect(world.count == 4)
        #expect(dog.tick(at: .seconds(119)) == .seconds(1))
    }

    @Test func `it is silent while the scheduler is, and pings as soon as that ticks again`() {
        let dog = world.watchdog(within: .seconds(60))
        #expect(dog.tick(at: .zero) == .seconds(30))
        world.inactivity.withLock { $0 = .milliseconds(10_001) }
        for second in 30..<90 { #expect(dog.tick(at: .seconds(second)) == nil) }
        #expect(world.count == 1)
        world.inactivity.withLock { $0 = .seconds(10) }
        #expect(dog.tick(at: .seconds(90)) == .seconds(30))
        #expect(world.count == 2)
    }

    @Test func `a quicker supervisor is told of a shorter silence, but not of one between two ticks`() {
        world.inactivity.withLock { $0 = .seconds(3) }
        #expect(world.watchdog(within: .seconds(4)).tick(at: .zero) == nil)
        #expect(world.watchdog(within: .seconds(6)).tick(at: .zero) == .seconds(3))
        world.inactivity.withLock { $0 = .seconds(2) }
        #expect(world.watchdog(within: .milliseconds(100)).tick(at: .zero) == .milliseconds(50))
    }

    @Test func `it does not spin for a supervisor that wants a ping each microsecond`() {
        #expect(world.watchdog(within: .microseconds(1)).tick(at: .zero) == .milliseconds(10))
    }
}
