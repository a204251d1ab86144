import Testing
import Threads

@Suite struct WakeupPipeTests {
    private let wakeupPipe = WakeupPipe()
    private let clock = ContinuousClock()

    @Test func `a call made before the wait ends it at once, and is taken with it`() {
        for _ in 0..<200 { wakeupPipe.call() }
        let first = clock.measure { wakeupPipe.wait(atMost: .seconds(30)) }
        #expect(first < .seconds(10))
        let second = clock.measure { wakeupPipe.wait(atMost: .milliseconds(30)) }
        #expect(second >= .milliseconds(30))
    }

    @Test func `a call from another thread ends the wait`() {
        let thread = WorkerThread(name: "caller") { [wakeupPipe] in wakeupPipe.call() }
        thread.start()
        let took = clock.measure { wakeupPipe.wait(atMost: .seconds(30)) }
        thread.join()
        #expect(took < .seconds(10))
    }

    @Test func `more calls than the pipe holds block no one`() {
        for _ in 0..<100_000 { wakeupPipe.call() }
        let took = clock.measure { wakeupPipe.wait(atMost: .seconds(30)) }
        #expect(took < .seconds(10))
    }

    @Test func `a limit of nothing or less does not wait`() {
        let took = clock.measure { wakeupPipe.wait(atMost: .seconds(-5)) }
        #expect(took < .seconds(5))
    }
}
