/// A queue that serves its keys in turn (fair queueing, round robin): a key that queues much waits behind itself.
///
/// Elements of one key leave in the order in which they came.
public struct FairQueue<Element> {
    /// The elements of one key, first in, first out; those before `head` are gone.
    private struct KeyQueue {
        var elements: [Element?] = []
        var head = 0

        var count: Int { elements.count - head }

        mutating func popFirst() -> Element? {
            guard head < elements.count else { return nil }
            // Releases what the element holds.
            let element = elements[head].take()
            head += 1
            if head == elements.count {
                elements.removeAll(keepingCapacity: true)
                head = 0
            } else if head > 64, head > elements.count / 2 {
                elements.removeFirst(head)
                head = 0
            }
            return element
        }

        mutating func putBack(_ element: Element) {
            if head > 0 {
                head -= 1
                elements[head] = element
            } else {
                elements.insert(element, at: 0)
            }
        }
    }

    private var queues: [String: KeyQueue] = [:]
    /// The keys with elements, in the order in which they are served.
    private var turns: [String] = []
    public private(set) var count = 0

    public init() {}

    public var isEmpty: Bool { count == 0 }

    /// The number of elements of a key.
    public func count(of key: String) -> Int { queues[key]?.count ?? 0 }

    public mutating func append(_ element: Element, of key: String) {
        if queues[key] == nil { turns.append(key) }
        queues[key, default: KeyQueue()].elements.append(element)
        count += 1
    }

    /// The next element: the first one of the key that has waited longest for its turn.
    public mutating func popFirst() -> Element? {
        popFirst { _ in true }
    }

    /// As `popFirst`, but passes over keys that may not be served now.
    public mutating func popFirst(where isAllowed: (String) -> Bool) -> Element? {
        guard let index = turns.firstIndex(where: isAllowed) else { return nil }
        let key = turns.remove(at: index)
        let element = queues[key]?.popFirst()
        count -= 1
        if count(of: key) > 0 { turns.append(key) } else { queues[key] = nil }
        return element
    }

    /// Puts an element back in front of all others. Call it with the last taken one first.
    public mutating func putBack(_ element: Element, of key: String) {
        turns.removeAll { $0 == key }
        turns.insert(key, at: 0)
        queues[key, default: KeyQueue()].putBack(element)
        count += 1
    }

    /// Removes the newest element of the key with the most elements.
    public mutating func popLastOfLongest() -> Element? {
        var longest: (key: String, count: Int)?
        for key in turns {
            let count = count(of: key)
            if count > longest?.count ?? 0 { longest = (key, count) }
        }
        guard let key = longest?.key, let last = queues[key]?.elements.popLast() else { return nil }
        count -= 1
        if count(of: key) == 0 {
            queues[key] = nil
            turns.removeAll { $0 == key }
        }
        return last
    }

    /// How many elements are served before a new one of that key.
    public func ahead(of key: String) -> Int {
        let own = count(of: key)
        return turns.reduce(0) { $0 + ($1 == key ? own : min(count(of: $1), own + 1)) }
    }
}
