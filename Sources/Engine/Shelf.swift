import Documents
import Journal
import Model
import Synchronization

/// One aggregate in memory: its policy, and every open state as of the last commit. Hot reads answer from here.
///
/// The table is changed in place under its lock and never leaves it; what it hands out is immutable. Nothing is called while
/// the lock is held. Only the lane writes here, after `COMMIT`.
public final class Shelf<State: StoredAggregate>: Sendable {
    /// What the operator has set.
    public let policy: State.Policy
    /// Ended states that are not at hand, as they are now: the lane alone appends, and forgets what it appended to.
    let folded = FoldedStates<State>()

    fileprivate struct Table {
        /// The open states, by number.
        var open: [Int: Snapshot<State>] = [:]
        /// The numbers of the open ones, ascending.
        var numbers: [Int] = []
        var ended: [Int: Snapshot<State>] = [:]
        var endedOrder: [Int] = []
        /// The numbers by id and by key, which are never the same.
        var names: [String: Int] = [:]
        var counts = State.Counts()
        /// The position of the last change to an open state, or to one that was open until then.
        var openTag = 0
        /// The position of the last change to any state.
        var allTag = 0
    }

    private let table = Mutex(Table())

    public init(policy: State.Policy) {
        self.policy = policy
    }

    /// The state of that number, when it is open or ended lately.
    public func snapshot(_ number: Int) -> Snapshot<State>? {
        table.withLock { $0.open[number] ?? $0.ended[number] }
    }

    /// The number of a stream that is at hand, by its opaque id or its key.
    public func number(of name: String) -> Int? {
        table.withLock { $0.names[name] }
    }

    /// The state of that name, when it is at hand.
    public func snapshot(_ name: StreamName) -> Snapshot<State>? {
        switch name {
        case .number(let number): snapshot(number)
        case .id(let name), .key(let name): number(of: name).flatMap(snapshot)
        }
    }

    /// The open states that pass, newest first, with numbers below `before`, at most `limit`; and whether there are more.
    public func open(
        before: Int?, limit: Int, where passes: (State) -> Bool
    ) -> (items: [Snapshot<State>], more: Bool) {
        var items: [Snapshot<State>] = []
        var before = before
        while true {
            // A slice at a time, so that the filter runs outside the lock and a long list holds nobody up.
            let slice = table.withLock { $0.openSlice(before: before, limit: sliceSize) }
            for snapshot in slice where passes(snapshot.state) {
                if items.count == limit { return (items, true) }
                items.append(snapshot)
            }
            guard slice.count == sliceSize, let last = slice.last else { return (items, false) }
            before = last.stream.number
        }
    }

    /// What the tags of lists are made of: the position of the last change to an open state, and to any.
    public func tags() -> (open: Int, all: Int) {
        table.withLock { ($0.openTag, $0.allTag) }
    }

    /// How many states are open.
    public func openCount() -> Int {
        table.withLock { $0.numbers.count }
    }

    /// What is counted of the open states. Kept as they change, never counted again.
    public func counts() -> State.Counts {
        table.withLock { $0.counts }
    }

    /// Stores what a commit made of a state.
    public func publish(_ snapshot: Snapshot<State>) {
        folded.forget(snapshot.stream.number)
        table.withLock { $0.place(snapshot) }
    }

    /// Takes in open states at a start; `tag` is not earlier than the last change to any.
    public func load(_ snapshots: some Sequence<Snapshot<State>>, tag: Int) {
        table.withLock { table in
            for snapshot in snapshots { table.place(snapshot) }
            table.openTag = max(table.openTag, tag)
            table.allTag = max(table.allTag, tag)
        }
    }
}

extension Shelf<Document> {
    /// How a person is reached, as their page says; `nil` when there is none, or it does not say.
    public func contact(of person: Person) -> String? {
        guard let page = snapshot(StreamName(person: person.name)), page.state.isOpen else { return nil }
        return (page.state.content as? PersonPage)?.contact
    }
}

/// How many ended states stay at hand: those that ended last are the ones people still read.
private let endedMax = 1_000
/// How many states are taken out under one lock.
private let sliceSize = 256

extension Shelf.Table {
    fileprivate mutating func place(_ snapshot: Snapshot<State>) {
        let number = snapshot.stream.number
        let before = open[number]
        if let before { counts.add(before.state, -1) }
        let isOpen = snapshot.state.isOpen
        if isOpen { counts.add(snapshot.state, 1) }
        names[snapshot.id] = number
        if let key = snapshot.state.key { names[key] = number }
        allTag = max(allTag, snapshot.changedPosition)
        if isOpen || before != nil { openTag = max(openTag, snapshot.changedPosition) }
        if isOpen {
            open[number] = snapshot
            if before == nil { insert(number) }
            forgetEnded(number)
        } else {
            if before != nil {
                open[number] = nil
                remove(number)
            }
            keepEnded(snapshot)
        }
    }

    fileprivate func openSlice(before: Int?, limit: Int) -> [Snapshot<State>] {
        let end = before.map { before in numbers.partitioningIndex { $0 >= before } } ?? numbers.endIndex
        return numbers[..<end].suffix(limit).reversed().compactMap { open[$0] }
    }

    private mutating func insert(_ number: Int) {
        if numbers.last.map({ $0 < number }) ?? true {
            numbers.append(number)
        } else {
            numbers.insert(number, at: numbers.partitioningIndex { $0 > number })
        }
    }

    private mutating func remove(_ number: Int) {
        let index = numbers.partitioningIndex { $0 >= number }
        if index < numbers.endIndex, numbers[index] == number { numbers.remove(at: index) }
    }

    private mutating func keepEnded(_ snapshot: Snapshot<State>) {
        let number = snapshot.stream.number
        if ended.updateValue(snapshot, forKey: number) == nil { endedOrder.append(number) }
        if endedOrder.count > endedMax, let oldest = endedOrder.first {
            endedOrder.removeFirst()
            if let gone = ended.removeValue(forKey: oldest) {
                names[gone.id] = nil
                if let key = gone.state.key { names[key] = nil }
            }
        }
    }

    private mutating func forgetEnded(_ number: Int) {
        if ended.removeValue(forKey: number) != nil {
            endedOrder.removeAll { $0 == number }
        }
    }
}

extension [Int] {
    /// The first index whose element belongs, in an ascending array.
    fileprivate func partitioningIndex(where belongs: (Int) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
