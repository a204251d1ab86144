@preconcurrency import Dispatch
import OperatingSystem
import Synchronization
import Testing
import Threads

/// How long a test waits for what should come at once.
let timeout = DispatchTimeInterval.seconds(10)

/// A number several threads count up.
final class Counter: Sendable {
    private let number = Mutex(0)

    var value: Int { number.withLock { $0 } }

    func add(_ amount: Int = 1) {
        number.withLock { $0 += amount }
    }
}

@Suite(.serialized) struct WorkerThreadTests {
    @Test func `a thread runs its body once, bears its name, and can be waited for`() {
        let name = Mutex<[UInt8]>([])
        let thread = WorkerThread(name: "deliveries-and-more") {
            let read = (try? Files.read("/proc/thread-self/comm", bytesMax: 64)) ?? []
            name.withLock { $0 += read }
        }
        thread.start()
        #expect(thread.join(within: .seconds(10)))
        thread.join()
        #expect(name.withLock { String(decoding: $0, as: UTF8.self) } == "deliveries-and-\n")
    }

    @Test func `waiting for a thread ends at its limit`() {
        let go = DispatchSemaphore(value: 0)
        let thread = WorkerThread(name: "waits") { go.wait() }
        thread.start()
        #expect(!thread.join(within: .milliseconds(1)))
        go.signal()
        #expect(thread.join(within: .seconds(10)))
    }

    @Test func `a thread that was never started is not waited for`() {
        WorkerThread(name: "idle") {}.join()
    }
}

@Suite(.serialized) struct WorkerPoolTests {
    @Test func `a full queue refuses work, and shutting down finishes what waits`() {
        let pool = WorkerPool(name: "pool", threads: 1, waitingMax: 2)
        let done = Counter()
        let begun = DispatchSemaphore(value: 0)
        let go = DispatchSemaphore(value: 0)
        #expect(
            pool.submit {
                begun.signal()
                go.wait()
                done.add()
            })
        #expect(begun.wait(timeout: .now() + timeout) == .success)
        #expect(pool.submit { done.add() })
        #expect(pool.submit { done.add() })
        #expect(!pool.submit { done.add(100) })
        go.signal()
        pool.shutdown()
        #expect(done.value == 3)
        #expect(!pool.submit { done.add(100) })
        pool.shutdown()
        #expect(done.value == 3)
    }

    @Test func `work that was taken in is done once, by several threads at a time`() {
        let pool = WorkerPool(name: "pool", threads: 4, waitingMax: 100)
        let done = Counter()
        let together = DispatchSemaphore(value: 0)
        let go = DispatchSemaphore(value: 0)
        for _ in 0..<4 {
            #expect(
                pool.submit {
                    together.signal()
                    go.wait()
                })
        }
        for _ in 0..<4 { #expect(together.wait(timeout: .now() + timeout) == .success) }
        for _ in 0..<4 { go.signal() }
        var accepted = 0
        for _ in 0..<100_000 where pool.submit({ done.add() }) { accepted += 1 }
        pool.shutdown()
        #expect(accepted >= 100)
        #expect(done.value == accepted)
    }

    @Test func `work is done in the order it came, however long the queue has been busy`() {
        let pool = WorkerPool(name: "pool", threads: 1, waitingMax: 1_000)
        let order = Mutex<[Int]>([])
        let done = DispatchSemaphore(value: 0)
        for round in 0..<50 {
            for index in 0..<200 {
                let number = round * 200 + index
                let isLast = index == 100
                #expect(
                    pool.submit {
                        order.withLock { $0.append(number) }
                        if isLast { done.signal() }
                    })
            }
            #expect(done.wait(timeout: .now() + timeout) == .success)
        }
        pool.shutdown()
        #expect(order.withLock { $0 } == Array(0..<10_000))
    }

    @Test func `what work holds is let go when it is done`() {
        let pool = WorkerPool(name: "pool", threads: 1, waitingMax: 10)
        weak var held: Counter?
        do {
            let counter = Counter()
            held = counter
            #expect(pool.submit { counter.add() })
        }
        pool.shutdown()
        #expect(held == nil)
    }
    @Test func `a token is left all threads but one, and waits behind itself`() {
        let pool = WorkerPool(name: "pool", threads: 3, waitingMax: 100)
        let (begun, go, other) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        for _ in 0..<10 {
            #expect(
                pool.submit(by: "greedy") {
                    begun.signal()
                    go.wait()
                })
        }
        for _ in 0..<2 { #expect(begun.wait(timeout: .now() + timeout) == .success) }
        #expect(pool.submit(by: "quiet") { other.signal() })
        #expect(other.wait(timeout: .now() + timeout) == .success)
        #expect(begun.wait(timeout: .now()) == .timedOut, "a third thread serves the greedy token")
        for _ in 0..<10 { go.signal() }
        pool.shutdown()
        for _ in 0..<8 { #expect(begun.wait(timeout: .now()) == .success) }
    }

    @Test func `a token has a quarter of the queue, and others the rest`() {
        let pool = WorkerPool(name: "pool", threads: 1, waitingMax: 8)
        let (begun, go) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        #expect(
            pool.submit {
                begun.signal()
                go.wait()
            })
        #expect(begun.wait(timeout: .now() + timeout) == .success)
        #expect((0..<8).map { _ in pool.submit(by: "greedy") {} }.filter(\.self).count == 2)
        #expect(pool.submit(by: "quiet") {})
        #expect(pool.submit(by: "greedy", isUrgent: true) {}, "the urgent queue is another one")
        go.signal()
        pool.shutdown()
    }

    @Test func `urgent work has a thread of its own, and goes first on the others`() {
        let pool = WorkerPool(name: "pool", threads: 1, urgentThreads: 1, waitingMax: 100)
        let (begun, go, done) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        let order = Mutex<[String]>([])
        for _ in 0..<2 {
            #expect(
                pool.submit(by: "greedy") {
                    begun.signal()
                    go.wait()
                    order.withLock { $0.append("ordinary") }
                })
        }
        #expect(begun.wait(timeout: .now() + timeout) == .success)
        #expect(
            pool.submit(by: "quiet", isUrgent: true) {
                order.withLock { $0.append("urgent") }
                done.signal()
            })
        #expect(done.wait(timeout: .now() + timeout) == .success)
        for _ in 0..<2 { go.signal() }
        pool.shutdown()
        #expect(order.withLock { $0 } == ["urgent", "ordinary", "ordinary"])
    }
}
