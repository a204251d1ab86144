import Incidents
import Journal
import Synchronization
import Time

/// Every open incident, in memory, as of the last commit: what hot reads answer from.
///
/// The table is changed in place under its lock and never leaves it; what it hands out is immutable. Nothing is called while
/// the lock is held. Only the lane writes here, after `COMMIT`.
public final class Board: Sendable {
    /// How many ended incidents stay at hand: those that ended last are the ones people still read.
    fileprivate static let endedMax = 1_000
    private static let sliceSize = 256

    fileprivate struct Table {
        var open: [Int: IncidentSnapshot] = [:]
        /// The numbers of the open ones, ascending.
        var numbers: [Int] = []
        var ended: [Int: IncidentSnapshot] = [:]
        var endedOrder: [Int] = []
        var ids: [String: Int] = [:]
        /// How many of the open ones have each severity, and how many have breached their cadence.
        var counts = BoardCounts()
        /// The position of the last change to an open incident, or to one that was open until then.
        var openTag = 0
        /// The position of the last change to any incident.
        var allTag = 0
        var position = 0
    }

    private let table = Mutex(Table())

    /// An empty board.
    public init() {}

    /// An incident, when it is open or ended lately.
    public func snapshot(_ number: Int) -> IncidentSnapshot? {
        table.withLock { $0.open[number] ?? $0.ended[number] }
    }

    /// The number of an incident that is at hand, by its id.
    public func number(of id: Incident.ID) -> Int? {
        table.withLock { $0.ids[id.text] }
    }

    /// The open incidents that pass, newest first, with numbers below `before`, at most `limit`; and whether there are more.
    public func open(
        before: Int?, limit: Int, where passes: (Incident) -> Bool
    ) -> (items: [IncidentSnapshot], more: Bool) {
        var items: [IncidentSnapshot] = []
        var before = before
        while true {
            // A slice at a time, so that the filter runs outside the lock and a long list holds nobody up.
            let slice = table.withLock { $0.openSlice(before: before, limit: Board.sliceSize) }
            for snapshot in slice where passes(snapshot.incident) {
                if items.count == limit { return (items, true) }
                items.append(snapshot)
            }
            guard slice.count == Board.sliceSize, let last = slice.last else { return (items, false) }
            before = last.incident.number
        }
    }

    /// What the tags of lists are made of: the position of the last change to an open incident, and to any.
    public func tags() -> (open: Int, all: Int) {
        table.withLock { ($0.openTag, $0.allTag) }
    }

    /// The position up to which the board has folded.
    public func position() -> Int {
        table.withLock { $0.position }
    }

    /// How many incidents are open.
    public func openCount() -> Int {
        table.withLock { $0.numbers.count }
    }

    /// How many incidents are open, by severity, and how many of them are in breach. Kept as they change, never counted anew.
    public func counts() -> BoardCounts {
        table.withLock { $0.counts }
    }

    /// Stores what a commit made of some incidents; `position` is the last entry's.
    public func store(_ incidents: [IncidentSnapshot], position: Int) {
        table.withLock { table in
            for snapshot in incidents { table.place(snapshot) }
            table.position = max(table.position, position)
        }
    }

    /// Sets the tags at a start, from what is stored.
    public func start(openTag: Int, allTag: Int, position: Int) {
        table.withLock { table in
            table.openTag = max(table.openTag, openTag)
            table.allTag = max(table.allTag, allTag)
            table.position = position
        }
    }
}

extension Board.Table {
    fileprivate mutating func place(_ snapshot: IncidentSnapshot) {
        let incident = snapshot.incident
        let before = open[incident.number]?.incident
        let wasOpen = before != nil
        if let before { counts.add(before, -1) }
        if incident.isOpen { counts.add(incident, 1) }
        ids[incident.id.text] = incident.number
        allTag = max(allTag, snapshot.changedPosition)
        if incident.isOpen || wasOpen { openTag = max(openTag, snapshot.changedPosition) }
        if incident.isOpen {
            open[incident.number] = snapshot
            if !wasOpen { insert(incident.number) }
            forgetEnded(incident.number)
        } else {
            if wasOpen {
                open[incident.number] = nil
                remove(incident.number)
            }
            keepEnded(snapshot)
        }
    }

    fileprivate func openSlice(before: Int?, limit: Int) -> [IncidentSnapshot] {
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

    private mutating func keepEnded(_ snapshot: IncidentSnapshot) {
        if ended.updateValue(snapshot, forKey: snapshot.incident.number) == nil {
            endedOrder.append(snapshot.incident.number)
        }
        if endedOrder.count > Board.endedMax, let oldest = endedOrder.first {
            endedOrder.removeFirst()
            if let gone = ended.removeValue(forKey: oldest) { ids[gone.incident.id.text] = nil }
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
