import Journal
import Synchronization

/// Cache of states folded from the store, each as of some entry. Holds 64; eviction is oldest first.
public final class FoldedStates<State: StoredAggregate>: Sendable {
    private struct Held {
        var snapshots: [Int: Snapshot<State>] = [:]
        /// Numbers in insertion order.
        var order: [Int] = []
    }

    private let held = Mutex(Held())

    init() {}

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

    /// Evicts a state that was appended to, for a holder that needs current states.
    func forget(_ number: Int) {
        held.withLock { held in
            if held.snapshots.removeValue(forKey: number) != nil { held.order.removeAll { $0 == number } }
        }
    }
}

private let foldedMax = 64
