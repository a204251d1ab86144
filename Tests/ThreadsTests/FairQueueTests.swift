import Testing
import Threads

struct FairQueueTests {
    private func queue(_ elements: (String, Int)...) -> FairQueue<Int> {
        var queue = FairQueue<Int>()
        for (key, element) in elements { queue.append(element, of: key) }
        return queue
    }

    private func drain(_ queue: FairQueue<Int>) -> [Int] {
        var (queue, taken) = (queue, [Int]())
        while let element = queue.popFirst() { taken.append(element) }
        return taken
    }

    @Test func `keys are served in turn, and the elements of one in their order`() {
        #expect(
            drain(queue(("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5), ("b", 6))) == [1, 4, 5, 2, 6, 3])
    }

    @Test func `an element of a quiet key waits for one of each other key, however many those have`() {
        var queue = FairQueue<Int>()
        for element in 0..<1_000 { queue.append(element, of: element < 500 ? "a" : "b") }
        #expect(queue.ahead(of: "c") == 2)
        #expect(queue.ahead(of: "a") == 1_000)
        queue.append(-1, of: "c")
        #expect(drain(queue).firstIndex(of: -1) == 2)
        #expect(queue.count == 1_001)
    }

    @Test func `a key that may not be served keeps its turn`() {
        var queue = queue(("a", 1), ("a", 2), ("b", 3))
        #expect(queue.popFirst { $0 != "a" } == 3)
        #expect(queue.popFirst { $0 == "b" } == nil)
        #expect(drain(queue) == [1, 2])
    }

    @Test func `what is put back goes first, in its order`() {
        var queue = queue(("a", 1), ("b", 2), ("a", 3), ("c", 4))
        let taken = (1...3).compactMap { _ in queue.popFirst() }
        #expect(taken == [1, 2, 4])
        queue.append(5, of: "b")
        for (element, key) in [(4, "c"), (2, "b"), (1, "a")] { queue.putBack(element, of: key) }
        #expect(queue.count == 5)
        #expect(drain(queue) == [1, 2, 4, 3, 5])
    }

    @Test func `the longest queue loses its newest element`() {
        var queue = queue(("a", 1), ("b", 2), ("b", 3), ("b", 4))
        #expect(queue.popLastOfLongest() == 4)
        #expect(queue.popLastOfLongest() == 3)
        #expect(queue.count(of: "b") == 1)
        #expect(queue.popLastOfLongest() == 1)
        #expect(queue.popLastOfLongest() == 2)
        #expect(queue.popLastOfLongest() == nil)
        #expect(queue.isEmpty)
    }

    @Test func `a queue that is never empty lets go of what it served`() {
        var queue = FairQueue<Int>()
        queue.append(0, of: "a")
        for element in 1...10_000 {
            queue.append(element, of: "a")
            #expect(queue.popFirst() == element - 1)
        }
        #expect(queue.count == 1)
        #expect(drain(queue) == [10_000])
    }
}
