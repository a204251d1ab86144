@preconcurrency import Dispatch
import Glibc
import Synchronization
import Testing

@testable import OperatingSystem

@Suite(.serialized) struct SignalsTests {
    /// How long a test waits for what should come at once.
    private let timeout = DispatchTimeInterval.seconds(10)

    @Test func `each signal is counted, also those before someone listens`() {
        let signals = Signals(terminating: [SIGUSR1, SIGUSR2])
        let numbers = Mutex<[Int]>([])
        let arrived = DispatchSemaphore(value: 0)
        signals.onTermination { number in
            numbers.withLock { $0.append(number) }
            arrived.signal()
        }
        for signal in [SIGUSR1, SIGUSR2, SIGUSR1] {
            #expect(kill(getpid(), signal) == 0)
            #expect(arrived.wait(timeout: .now() + timeout) == .success)
        }
        #expect(numbers.withLock { $0 } == [1, 2, 3])

        let late = DispatchSemaphore(value: 0)
        let lateNumbers = Mutex<[Int]>([])
        signals.onTermination { number in
            lateNumbers.withLock { $0.append(number) }
            late.signal()
        }
        for _ in 0..<3 { #expect(late.wait(timeout: .now() + timeout) == .success) }
        #expect(lateNumbers.withLock { $0 } == [1, 2, 3])
    }

    @Test func `a reader that went away and a file that is too large kill no one`() {
        _ = Signals(terminating: [SIGUSR2])
        #expect(raise(SIGPIPE) == 0)
        #expect(raise(SIGXFSZ) == 0)
    }
}
