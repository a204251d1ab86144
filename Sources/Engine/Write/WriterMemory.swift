import Journal
import Synchronization
import Time

/// State of the lane that survives a transaction. Changes only after a commit or a store fault.
final class WriterMemory: Sendable {
    fileprivate struct State {
        var keys = KeyIndex()
        var storeState = StoreState.ok
        var forgottenThrough = 0
        var lastCommitAt: Timestamp?
        /// Incidents of which the log said that no one hears their nags.
        var unheard: Set<String> = []
        var clockSteps = ClockSteps()
    }

    /// Upper bound of `unheard`; beyond it the log may say some again.
    private static let unheardMax = 10_000

    private let state = Mutex(State())

    var storeState: StoreState { state.withLock { $0.storeState } }
    /// The last delivery checked for expiry; 0 to restart from the oldest.
    var forgottenThrough: Int { state.withLock { $0.forgottenThrough } }
    /// Store time of the last commit.
    var lastCommitAt: Timestamp? { state.withLock { $0.lastCommitAt } }

    var clockSteps: ClockSteps { state.withLock { $0.clockSteps } }

    /// At the start the newest entry lay that far ahead of the clock.
    func load(clockStep: Duration) {
        state.withLock { $0.clockSteps.atStart = clockStep }
    }

    func load(_ keys: [IdempotencyIndexEntry]) {
        state.withLock { state in
            state.keys.reserve(keys.count)
            for key in keys { state.keys.insert(key) }
        }
    }

    /// The row number of the record with that digest; `nil` when there is none, or it has expired.
    func recordID(under digest: KeyDigest, at now: Timestamp) -> Int? {
        state.withLock { $0.keys.find(digest, at: now) }
    }

    func hasKeys(before moment: Timestamp) -> Bool {
        state.withLock { $0.keys.hasAny(before: moment) }
    }

    /// Whether this was not said of the incident before.
    func isFirstSilence(of incident: String) -> Bool {
        state.withLock { state in
            if state.unheard.count >= WriterMemory.unheardMax { state.unheard = [] }
            return state.unheard.insert(incident).inserted
        }
    }

    /// Takes in a committed transaction. Returns whether the store accepts writes again.
    func committed(_ transaction: WriteTransaction) -> Bool {
        state.withLock { state in
            let batch = transaction.batch
            for record in batch.keys { state.keys.insert(IdempotencyIndexEntry(record)) }
            if let moment = batch.forgetKeysBefore { state.keys.forget(before: moment) }
            if let place = transaction.forgottenThrough { state.forgottenThrough = place }
            if transaction.beginsClockWalk { state.clockSteps.begin(transaction.setBack) }
            state.clockSteps.follow(transaction.touched, transaction.setBack)
            if transaction.endsClockWalk { state.clockSteps.end() }
            guard !batch.isEmpty else { return false }
            state.lastCommitAt = transaction.now
            return state.change(to: .ok)
        }
    }

    /// Returns whether the store's state changed. A broken store stays broken.
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
