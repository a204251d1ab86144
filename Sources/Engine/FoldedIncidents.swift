import Incidents
import Journal
import Synchronization

/// Incidents that were folded from the store last, as of some entry. Holds at most 64; the oldest leaves first.
public final class FoldedIncidents: Sendable {
    static let countMax = 64

    private struct Held {
        var snapshots: [Int: IncidentSnapshot] = [:]
        /// Their numbers in the order in which they came.
        var order: [Int] = []
    }

    private let held = Mutex(Held())

    public init() {}

    /// The incident of that number, if it is held.
    func snapshot(_ number: Int) -> IncidentSnapshot? {
        held.withLock { $0.snapshots[number] }
    }

    func hold(_ snapshot: IncidentSnapshot) {
        let number = snapshot.incident.number
        held.withLock { held in
            if held.snapshots.updateValue(snapshot, forKey: number) == nil { held.order.append(number) }
            guard held.order.count > FoldedIncidents.countMax else { return }
            held.snapshots[held.order.removeFirst()] = nil
        }
    }

    /// Forgets those that were appended to, for a holder who wants them as they are now.
    func forget(_ changed: [IncidentSnapshot]) {
        held.withLock { held in
            for snapshot in changed where held.snapshots.removeValue(forKey: snapshot.incident.number) != nil
            {
                held.order.removeAll { $0 == snapshot.incident.number }
            }
        }
    }
}
