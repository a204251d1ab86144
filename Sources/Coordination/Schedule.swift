import Time

/// Which incident must be looked at next: a heap of moments, with one moment an incident that counts.
///
/// Outdated moments stay in the heap until they surface: moving one is cheaper than finding it (performance.md, "Listeners, clock, start").
struct Schedule: Sendable {
    private struct Item: Sendable {
        var moment: Timestamp
        var incident: Int
    }

    private var heap: [Item] = []
    private var current: [Int: Timestamp] = [:]

    /// How many incidents have a moment.
    var count: Int { current.count }

    /// Sets an incident's moment, or takes it away.
    mutating func set(_ moment: Timestamp?, for incident: Int) {
        guard current[incident] != moment else { return }
        current[incident] = moment
        guard let moment else { return }
        heap.append(Item(moment: moment, incident: incident))
        rise(from: heap.count - 1)
    }

    /// The earliest moment; `nil` when there is none.
    mutating func next() -> Timestamp? {
        dropOutdated()
        return heap.first?.moment
    }

    /// Takes out an incident whose moment has come; `nil` when none has.
    mutating func takeDue(at now: Timestamp) -> Int? {
        dropOutdated()
        guard let first = heap.first, first.moment <= now else { return nil }
        current[first.incident] = nil
        removeFirst()
        return first.incident
    }

    private mutating func dropOutdated() {
        while let first = heap.first, current[first.incident] != first.moment {
            removeFirst()
        }
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
