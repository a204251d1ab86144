import Journal
import Model
import Synchronization

/// Cache of folds, each as of some entry, for readers that ask for past states. Evicts what was not used for longest (LRU).
final class KeptFolds<State: StoredAggregate>: Sendable {
    /// Upper bound of folds. An incident with the longest texts takes about 140 KB, and folds of one incident share most of it.
    static var countMax: Int { 128 }
    /// Upper bound of folds of one stream, so that one does not evict all others.
    static var perStreamMax: Int { 16 }

    /// In order of use, the last used one last.
    private let folds = Mutex<[Snapshot<State>]>([])

    /// The latest fold of a stream up to a seq.
    func latest(of stream: StreamID, through seq: Int) -> Snapshot<State>? {
        folds.withLock { folds in
            var best: Int?
            for (index, fold) in folds.enumerated() where fold.stream == stream && fold.seq <= seq {
                if best.map({ folds[$0].seq < fold.seq }) ?? true { best = index }
            }
            guard let best else { return nil }
            let fold = folds.remove(at: best)
            folds.append(fold)
            return fold
        }
    }

    func hold(_ snapshot: Snapshot<State>) {
        folds.withLock { folds in
            folds.removeAll { $0.stream == snapshot.stream && $0.seq == snapshot.seq }
            folds.append(snapshot)
            if folds.count(where: { $0.stream == snapshot.stream }) > Self.perStreamMax,
                let oldest = folds.firstIndex(where: { $0.stream == snapshot.stream })
            {
                folds.remove(at: oldest)
            }
            if folds.count > Self.countMax { folds.removeFirst() }
        }
    }
}
