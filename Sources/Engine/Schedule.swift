import Time

/// A priority queue of moments, one current moment per number: a binary heap with lazy deletion.
///
/// Outdated moments stay in the heap until they surface, because moving a moment is more frequent than taking one (performance.md,
/// "Listeners, clock, start"). A moment that moves later, as each note moves the end of an inactivity, does not touch the heap until the
/// old one surfaces, so a flood of notes does not grow the heap.
struct Schedule: Sendable {
    private struct Item: Sendable {
        var moment: Timestamp
        var number: Int
    }

    private var heap: [Item] = []
    private var current: [Int: Timestamp] = [:]
    /// The moment under which the heap holds a number; never later than the current one.
    private var queued: [Int: Timestamp] = [:]

    /// How many numbers have a moment.
    var count: Int { current.count }
    /// Those numbers, in no order.
    var numbers: some Sequence<Int> { current.keys }

    /// `nil` removes the moment.
    mutating func set(_ moment: Timestamp?, for number: Int) {
        guard current[number] != moment else { return }
        current[number] = moment
        guard let moment else {
            queued[number] = nil
            return
        }
        guard queued[number].map({ moment < $0 }) ?? true else { return }
        push(number, at: moment)
    }

    /// Heap size, outdated items included.
    var heapCount: Int { heap.count }

    /// The earliest moment; `nil` when there is none.
    mutating func next() -> Timestamp? {
        dropOutdated()
        return heap.first?.moment
    }

    /// Removes and returns a number whose moment has come; `nil` when none has.
    mutating func takeDue(at now: Timestamp) -> Int? {
        dropOutdated()
        guard let first = heap.first, first.moment <= now else { return nil }
        current[first.number] = nil
        queued[first.number] = nil
        removeFirst()
        return first.number
    }

    /// Pops items until the first is current.
    private mutating func dropOutdated() {
        while let first = heap.first, current[first.number] != first.moment {
            removeFirst()
            guard queued[first.number] == first.moment else { continue }
            queued[first.number] = nil
            if let moment = current[first.number] { push(first.number, at: moment) }
        }
    }

    private mutating func push(_ number: Int, at moment: Timestamp) {
        queued[number] = moment
        heap.append(Item(moment: moment, number: number))
        rise(from: heap.count - 1)
    }

    private mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        sink(from: 0)
    }

    private mutating func rise(from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].moment < heap[parent].moment else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func sink(from start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                if heap[child].moment < heap[least].moment { least = child }
            }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
