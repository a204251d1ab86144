import Journal
import Model
import Synchronization

/// One aggregate in memory: its policy, and every open state as of the last commit. Hot reads are served from here.
///
/// The table is modified in place under its lock and never leaves it; the snapshots it returns are immutable. No callback runs under the
/// lock. Single writer: only the lane writes here, after `COMMIT`.
public final class Shelf<State: StoredAggregate>: Sendable {
    /// The operator's policy.
    public let policy: State.Policy
    /// Ended states outside the table, as of their last entry. The lane is the only writer, and evicts a state it appends to.
    let folded = FoldedStates<State>()
    /// What does not exist for callers below scope `command`, in memory or not.
    public let confidential = ConfidentialStreams()

    fileprivate struct Table {
        /// Open states, by number.
        var open: [Int: Snapshot<State>] = [:]
        /// Numbers of the open states, ascending.
        var numbers: [Int] = []
        var ended: [Int: Snapshot<State>] = [:]
        /// Numbers of the ended states that may be evicted, the next one first.
        var endedOrder: [Int] = []
        /// Numbers by id and by key. Ids and keys never collide.
        var names: [String: Int] = [:]
        var counts = State.Counts()
        /// The last change to an open state, or to one that the change closed.
        var openChange = Validator(counter: 0, hash: 0)
        /// The last change to any state.
        var anyChange = Validator(counter: 0, hash: 0)
        /// The same of what is not confidential, or was not before the change.
        var openShownChange = Validator(counter: 0, hash: 0)
        var anyShownChange = Validator(counter: 0, hash: 0)
    }

    private let table = Mutex(Table())

    public init(policy: State.Policy) {
        self.policy = policy
    }

    /// The state of that number, if it is open or ended recently.
    public func snapshot(_ number: Int) -> Snapshot<State>? {
        table.withLock { $0.open[number] ?? $0.ended[number] }
    }

    /// The number of a stream in memory, by its id or its key.
    public func number(of name: String) -> Int? {
        table.withLock { $0.names[name] }
    }

    /// The state of that name, if it is in memory.
    public func snapshot(_ name: StreamName) -> Snapshot<State>? {
        switch name {
        case .number(let number): snapshot(number)
        case .id(let name), .key(let name): number(of: name).flatMap(snapshot)
        }
    }

    /// Open states that pass the filter, newest first, with numbers below `before`, at most `limit`; and whether there are more.
    public func open(
        before: Int?, limit: Int, where passes: (State) -> Bool
    ) -> (items: [Snapshot<State>], more: Bool) {
        var items: [Snapshot<State>] = []
        var before = before
        while true {
            // In slices, so that the filter runs outside the lock and a long list does not delay others.
            let slice = table.withLock { $0.openSlice(before: before, limit: sliceSize) }
            for snapshot in slice where passes(snapshot.state) {
                if items.count == limit { return (items, true) }
                items.append(snapshot)
            }
            guard slice.count == sliceSize, let last = slice.last else { return (items, false) }
            before = last.stream.number
        }
    }

    /// The last change to an open state and to any state: what lists are tagged by.
    public func lastChanges() -> (open: Validator, any: Validator) {
        table.withLock { ($0.openChange, $0.anyChange) }
    }

    /// The same for callers to whom confidential states do not exist.
    public func lastShownChanges() -> (open: Validator, any: Validator) {
        table.withLock { ($0.openShownChange, $0.anyShownChange) }
    }

    public func openCount() -> Int {
        table.withLock { $0.numbers.count }
    }

    /// Aggregated counts of the open states. Maintained incrementally.
    public func counts() -> State.Counts {
        table.withLock { $0.counts }
    }

    /// Stores a state after its commit.
    public func publish(_ snapshot: Snapshot<State>) {
        let number = snapshot.stream.number
        let before = folded.snapshot(number)
        folded.forget(number)
        table.withLock { $0.place(snapshot, after: before) }
        if !snapshot.state.isConfidential { confidential.show(number) }
    }

    /// Loads states at startup; `newest` must not be earlier than the last change to any of them.
    public func load(_ snapshots: some Sequence<Snapshot<State>>, asOf newest: Validator) {
        table.withLock { table in
            for snapshot in snapshots { table.place(snapshot, after: nil) }
            table.openChange.advance(to: newest)
            table.anyChange.advance(to: newest)
            table.openShownChange.advance(to: newest)
            table.anyShownChange.advance(to: newest)
        }
    }
}

/// How many recently ended states stay in memory: those are still read.
private let endedMax = 1_000
/// How many states are read under one lock.
private let sliceSize = 256

extension Shelf.Table {
    /// `folded` is the state before the change, if it was read from the store for it.
    fileprivate mutating func place(_ snapshot: Snapshot<State>, after folded: Snapshot<State>?) {
        let number = snapshot.stream.number
        let before = open[number]
        let wasConfidential = (before ?? ended[number] ?? folded)?.state.isConfidential ?? true
        let isOpen = snapshot.state.isOpen
        switch before {
        case let before? where isOpen: counts.replace(before.state, with: snapshot.state)
        case let before?: counts.add(before.state, -1)
        case nil: if isOpen { counts.add(snapshot.state, 1) }
        }
        names[snapshot.id] = number
        if let key = snapshot.state.key { names[key] = number }
        anyChange.advance(to: snapshot.lastChange)
        if isOpen || before != nil { openChange.advance(to: snapshot.lastChange) }
        if !snapshot.state.isConfidential || !wasConfidential {
            anyShownChange.advance(to: snapshot.lastChange)
            if isOpen || before != nil { openShownChange.advance(to: snapshot.lastChange) }
        }
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
        if ended.updateValue(snapshot, forKey: number) != nil { endedOrder.removeAll { $0 == number } }
        // Evicted only once nothing is due on it.
        guard snapshot.state.nextAlarmAt == nil else { return }
        endedOrder.append(number)
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

extension RandomAccessCollection where Index == Int {
    /// Binary search: the first index whose element satisfies the predicate, in an ascending collection.
    func partitioningIndex(where belongs: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension Validator {
    fileprivate mutating func advance(to later: Validator) {
        if later.counter > counter { self = later }
    }
}
