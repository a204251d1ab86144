import Journal
import Synchronization

/// States that were folded from the store last, as of some entry. Holds at most 64; the oldest leaves first.
public final class FoldedStates<State: StoredAggregate>: Sendable {
    private struct Held {
        var snapshots: [Int: Snapshot<State>] = [:]
        /// Their numbers in the order in which they came.
        var order: [Int] = []
    }

    private let held = Mutex(Held())

    init() {}

    /// The state of that number, if it is held.
    func snapshot(_ number: Int) -> Snapshot<State>? {
        held.withLock { $0.snapshots[number] }
    }

    func hold(_ snapshot: Snapshot<State>) {
        let number = snapshot.stream.number
        held.withLock { held in
            if held.snapshots.updateValue(snapshot, forKey: number) == nil { held.order.append(number) }
            guard held.order.count > foldedMax else { return }
            held.snapshots[held.order.removeFirst()] = nil
        }
    }

    /// Forgets one that was appended to, for a holder who wants it as it is now.
    func forget(_ number: Int) {
        held.withLock { held in
            if held.snapshots.removeValue(forKey: number) != nil { held.order.removeAll { $0 == number } }
        }
    }
}

private let foldedMax = 64
