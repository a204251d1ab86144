import Journal
import Synchronization
import Time

/// What the lane remembers from one transaction to the next. Changed after a commit alone.
final class WriterMemory: Sendable {
    fileprivate struct State {
        var keys = KeyIndex()
        var storeState = StoreState.ok
        var forgottenThrough = 0
        var lastCommitAt: Timestamp?
    }

    private let state = Mutex(State())

    var storeState: StoreState { state.withLock { $0.storeState } }
    /// Up to which delivery the old end was looked through for what may be forgotten; 0 to begin again.
    var forgottenThrough: Int { state.withLock { $0.forgottenThrough } }
    /// When it last committed something, by store time.
    var lastCommitAt: Timestamp? { state.withLock { $0.lastCommitAt } }

    /// Takes over the keys that were kept, before the first request.
    func load(_ keys: [IdempotencyIndexEntry]) {
        state.withLock { state in
            state.keys.reserve(keys.count)
            for key in keys { state.keys.insert(key) }
        }
    }

    /// The number of the record kept under a digest; `nil` when none is, or no longer.
    func recordID(under digest: KeyDigest, at now: Timestamp) -> Int? {
        state.withLock { $0.keys.find(digest, at: now) }
    }

    func hasKeys(before moment: Timestamp) -> Bool {
        state.withLock { $0.keys.hasAny(before: moment) }
    }

    /// Takes in what was committed; says whether the store takes writes again.
    func committed(_ transaction: WriteTransaction) -> Bool {
        state.withLock { state in
            let batch = transaction.batch
            for record in batch.keys { state.keys.insert(IdempotencyIndexEntry(record)) }
            if let moment = batch.forgetKeysBefore { state.keys.forget(before: moment) }
            if let place = transaction.forgottenThrough { state.forgottenThrough = place }
            guard !batch.isEmpty else { return false }
            state.lastCommitAt = transaction.now
            return state.change(to: .ok)
        }
    }

    /// Says whether the store's state is another one now; a broken store stays broken.
    func change(to storeState: StoreState) -> Bool {
        state.withLock { $0.change(to: storeState) }
    }
}

extension WriterMemory.State {
    fileprivate mutating func change(to new: StoreState) -> Bool {
        if case .broken = storeState { return false }
        defer { storeState = new }
        return storeState != new
    }
}
