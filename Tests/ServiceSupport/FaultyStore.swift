import Journal
import Storage
import Synchronization

/// The real SQLite behind a door that can be made to jam: refusals, constraints, and crashes on either side of `COMMIT`.
package final class FaultyStore: JournalStore {
    /// What goes wrong with one commit.
    package enum Fault: Sendable, Equatable {
        /// Nothing.
        case none
        /// The lock is not to be had: nothing is decided.
        case refusesLock
        /// The batch cannot be appended: it was decided, and is rolled back.
        case refusesBatch
        /// A row of the batch is there already.
        case constraint
        /// The process dies before `COMMIT`: nothing was written.
        case diesBefore
        /// The process dies after `COMMIT`, before anybody was told.
        case diesAfter
    }

    private struct State {
        var faults: [Fault] = []
        var standing: Fault = .none
        var commits = 0
        var batches: [Batch] = []
        var diedAfterCommit = false
        /// What happens while the next commit is under way.
        var meanwhile: (@Sendable () -> Void)?
    }

    private let inner: SQLiteStore
    private let state = Mutex(State())

    package init(_ inner: SQLiteStore) {
        self.inner = inner
    }

    /// What will go wrong with the next commits, one after the other.
    package func plan(_ faults: Fault...) {
        state.withLock { $0.faults = faults }
    }

    /// What goes wrong with every commit that has no plan of its own.
    package func always(_ fault: Fault) {
        state.withLock { $0.standing = fault }
    }

    /// What happens while the next commit is under way: a disk that hangs gives others time.
    package func whileCommitting(_ meanwhile: @escaping @Sendable () -> Void) {
        state.withLock { $0.meanwhile = meanwhile }
    }

    /// How many commits were asked for.
    package var commits: Int { state.withLock { $0.commits } }

    /// The batches that were committed and held anything.
    package var batches: [Batch] { state.withLock { $0.batches } }

    /// Whether a commit ended in a death after it.
    package var diedAfterCommit: Bool { state.withLock { $0.diedAfterCommit } }

    package func commit(
        _ decide: (JournalHead, any JournalLookup) throws(StoreFault) -> Batch
    ) throws(StoreFault) {
        let fault = state.withLock { state in
            state.commits += 1
            return state.faults.isEmpty ? state.standing : state.faults.removeFirst()
        }
        state.withLock { $0.meanwhile.take() }?()
        switch fault {
        case .none: try keep(decide)
        case .refusesLock: throw .refusing("the disk is full")
        case .refusesBatch: try lose(decide, .refusing("the disk is full"))
        case .constraint: try lose(decide, .constraint("a row is there already"))
        case .diesBefore: try lose(decide, .broken("the process died before the commit"))
        case .diesAfter:
            try keep(decide)
            state.withLock { $0.diedAfterCommit = true }
            throw .broken("the process died after the commit")
        }
    }

    private func keep(
        _ decide: (JournalHead, any JournalLookup) throws(StoreFault) -> Batch
    ) throws(StoreFault) {
        var kept: Batch?
        try inner.commit { (head, lookup) throws(StoreFault) in
            let batch = try decide(head, lookup)
            kept = batch
            return batch
        }
        if let kept, !kept.isEmpty { state.withLock { $0.batches.append(kept) } }
    }

    private func lose(
        _ decide: (JournalHead, any JournalLookup) throws(StoreFault) -> Batch, _ fault: StoreFault
    ) throws(StoreFault) {
        try inner.commit { (head, lookup) throws(StoreFault) in
            _ = try decide(head, lookup)
            throw fault
        }
    }

    package func checkpoint(idle: Bool) throws(StoreFault) -> Bool {
        try inner.checkpoint(idle: idle)
    }

    package func close() {
        inner.close()
    }

    /// Every delivery there is, whatever became of it.
    package func deliveries() throws(StoreFault) -> [Delivery] {
        var all: [Delivery] = []
        try inner.commit { (head, lookup) throws(StoreFault) in
            guard head.delivery > 0 else { return Batch() }
            for id in 1...head.delivery {
                if let delivery = try lookup.delivery(id) { all.append(delivery) }
            }
            return Batch()
        }
        return all
    }
}
