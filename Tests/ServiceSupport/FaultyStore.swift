import Journal
import Storage
import Synchronization

/// Fault injection on the real SQLite store: refusals, constraint violations, and crashes before or after `COMMIT`.
package final class FaultyStore: JournalStore {
    /// The fault of one commit.
    package enum Fault: Sendable, Equatable {
        case none
        /// The write lock is not available: nothing is decided.
        case refusesLock
        /// The batch was decided but cannot be appended, and is rolled back.
        case refusesBatch
        /// A row of the batch exists already.
        case constraint
        /// The process dies before `COMMIT`: nothing is written.
        case diesBefore
        /// The process dies after `COMMIT`, before any response.
        case diesAfter
    }

    private struct State {
        var faults: [Fault] = []
        var standing: Fault = .none
        var commits = 0
        var batches: [Batch] = []
        var diedAfterCommit = false
        /// Runs during the next commit.
        var meanwhile: (@Sendable () -> Void)?
    }

    private let inner: SQLiteStore
    private let state = Mutex(State())

    package init(_ inner: SQLiteStore) {
        self.inner = inner
    }

    /// Faults of the next commits, in order.
    package func plan(_ faults: Fault...) {
        state.withLock { $0.faults = faults }
    }

    /// The fault of every commit that `plan` does not cover.
    package func always(_ fault: Fault) {
        state.withLock { $0.standing = fault }
    }

    /// Runs `meanwhile` during the next commit, to simulate a slow disk.
    package func whileCommitting(_ meanwhile: @escaping @Sendable () -> Void) {
        state.withLock { $0.meanwhile = meanwhile }
    }

    /// Number of commits attempted.
    package var commits: Int { state.withLock { $0.commits } }

    /// The committed batches that were not empty.
    package var batches: [Batch] { state.withLock { $0.batches } }

    /// Whether a commit ended with a crash after `COMMIT`.
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

    /// All deliveries, in any state.
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
