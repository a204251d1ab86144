import Dispatch
import Incidents
import Journal
import Platform
import Synchronization
import Time

/// What the lane decides with: everything it needs is passed in, so that tests and the simulator drive the real thing.
public struct LaneContext: Sendable {
    /// What is in memory of the incidents.
    public var board: Board
    /// Tokens and endpoints.
    public var directory: Directory
    /// What the operator has set.
    public var policy: Policy
    /// The time that rules decide by.
    public var clock: @Sendable () -> Timestamp
    /// Where ids, salts and jitter come from.
    public var random: any RandomSource
    /// Where it says what happened.
    public var log: @Sendable (Logger.Level, String, [(String, String)]) -> Void
    /// Told after each commit that changed incidents or deliveries: look again.
    public var committed: @Sendable (Committed) -> Void

    /// A context of those parts.
    public init(
        board: Board, directory: Directory, policy: Policy, clock: @escaping @Sendable () -> Timestamp,
        random: any RandomSource, log: @escaping @Sendable (Logger.Level, String, [(String, String)]) -> Void,
        committed: @escaping @Sendable (Committed) -> Void
    ) {
        self.board = board
        self.directory = directory
        self.policy = policy
        self.clock = clock
        self.random = random
        self.log = log
        self.committed = committed
    }
}

/// What a commit changed, for those who look again after it.
public struct Committed: Sendable {
    /// Incidents as they are now.
    public let incidents: [Published]
    /// Whether there are new deliveries.
    public let deliveries: Bool
}

/// How the store is doing, as far as the lane knows.
public enum StoreState: Sendable, Equatable {
    /// It takes writes.
    case ok
    /// It takes none for now, for that reason; reads go on.
    case refusing(String)
    /// It can no longer be trusted: the service stops acknowledging and ends.
    case broken(String)
}

/// The one way to change anything: one thread that takes what waits, decides it in memory, appends it as one transaction, and only then
/// answers (design.md, decisions 1 to 3).
public final class WriteLane: Sendable {
    /// What waits: an order, who gives it, and whom to tell.
    public struct Submission: Sendable {
        let order: Order
        let author: Author
        let key: IdempotencyKey?
        let completion: @Sendable (Result<Outcome, Refusal>) -> Void

        /// An order of somebody. `completion` is called once, on the lane's thread, after the commit.
        public init(
            _ order: Order, by author: Author, key: IdempotencyKey? = nil,
            completion: @escaping @Sendable (Result<Outcome, Refusal>) -> Void
        ) {
            self.order = order
            self.author = author
            self.key = key
            self.completion = completion
        }
    }

    /// How many orders one transaction may hold.
    public static let batchMax = 256
    /// How many bytes of entries one transaction may hold.
    public static let batchBytesMax = 4 << 20
    /// How many orders may wait in each line.
    public static let waitingMax = 4_096

    private struct Waiting {
        var urgent: [Submission] = []
        var ordinary: [Submission] = []
        var stopped = false
        var thread: WorkerThread?
    }

    private struct Core {
        var keys = KeyIndex()
        var state = StoreState.ok
    }

    private let store: any JournalStore
    private let context: LaneContext
    private let waiting = Mutex(Waiting())
    private let semaphore = DispatchSemaphore(value: 0)
    /// Touched by whoever takes the turns: the lane's thread, or a test.
    private let core = Mutex(Core())
    private let batchMax: Int

    /// A lane into a store. `batchMax` below the default is for measuring what batches are worth.
    public init(store: any JournalStore, context: LaneContext, batchMax: Int = WriteLane.batchMax) {
        self.store = store
        self.context = context
        self.batchMax = batchMax
    }

    /// Takes over the keys that were kept, before the first order.
    public func load(keys: [KeptKey]) {
        core.withLock { core in
            for key in keys { core.keys.insert(key) }
        }
    }

    /// How the store is doing.
    public var storeState: StoreState {
        core.withLock { $0.state }
    }

    /// Lines an order up. A full line is refused at once; the completion is then called before this returns.
    public func submit(_ submission: Submission) {
        let (admitted, first) = waiting.withLock { waiting -> (Bool, Bool) in
            guard !waiting.stopped else { return (false, false) }
            let first = waiting.urgent.isEmpty && waiting.ordinary.isEmpty
            if submission.order.isUrgent {
                guard waiting.urgent.count < WriteLane.waitingMax else { return (false, false) }
                waiting.urgent.append(submission)
            } else {
                guard waiting.ordinary.count < WriteLane.waitingMax else { return (false, false) }
                waiting.ordinary.append(submission)
            }
            return (true, first)
        }
        if first { semaphore.signal() }
        if !admitted { submission.completion(.failure(.overloaded)) }
    }

    // MARK: The thread

    /// How long the lane is idle before it moves the write-ahead log into the database.
    private static let idleAfter: Duration = .milliseconds(500)

    /// Starts the lane's thread. `onBroken` is called once, on it, when the store can no longer be trusted.
    public func start(onBroken: @escaping @Sendable (String) -> Void) {
        let thread = WorkerThread(name: "lane") { [self] in run(onBroken: onBroken) }
        waiting.withLock { $0.thread = thread }
        thread.start()
    }

    /// Refuses what comes from now on, finishes what waits, and closes the store.
    public func stop() {
        let thread = waiting.withLock { waiting in
            waiting.stopped = true
            return waiting.thread.take()
        }
        semaphore.signal()
        thread?.join()
        store.close()
    }

    private func run(onBroken: @Sendable (String) -> Void) {
        var checkpointed = true
        while true {
            let wait: DispatchTime =
                checkpointed
                ? .distantFuture : .now() + .milliseconds(Int(WriteLane.idleAfter.wholeMilliseconds))
            let woken = semaphore.wait(timeout: wait) == .success
            var worked = false
            while turn() { worked = true }
            if case .broken(let why) = storeState { return onBroken(why) }
            if worked { checkpointed = false }
            if !worked, !woken, !checkpointed {
                checkpoint(idle: true)
                checkpointed = true
            }
            if waiting.withLock({ $0.stopped && $0.urgent.isEmpty && $0.ordinary.isEmpty }) { return }
        }
    }

    private func checkpoint(idle: Bool) {
        do throws(StoreFault) {
            try store.checkpoint(idle: idle)
        } catch {
            note(error)
        }
    }

    // MARK: A turn

    /// Takes what waits and commits it as one transaction; `false` when nothing waited. One thread at a time.
    @discardableResult
    public func turn() -> Bool {
        let submissions = take()
        guard !submissions.isEmpty else { return false }
        if case .broken(let why) = storeState {
            for submission in submissions { submission.completion(.failure(.storage(why))) }
            return true
        }
        commit(submissions)
        checkpoint(idle: false)
        return true
    }

    private func take() -> [Submission] {
        waiting.withLock { waiting in
            var batch = Array(waiting.urgent.prefix(batchMax))
            waiting.urgent.removeFirst(batch.count)
            let room = min(batchMax - batch.count, waiting.ordinary.count)
            batch += waiting.ordinary.prefix(room)
            waiting.ordinary.removeFirst(room)
            return batch
        }
    }

    private func commit(_ submissions: [Submission]) {
        var rest = submissions[...]
        while !rest.isEmpty {
            let (results, fault) = attempt(rest)
            switch fault {
            case nil:
                for (submission, result) in zip(rest, results) { submission.completion(result) }
                rest = rest.dropFirst(results.count)
            case .constraint(let what)? where rest.count > 1:
                // One order of the batch hurt a constraint: try each alone, so that the others pass.
                context.log(
                    .warning, "lane.batch_split", [("constraint", what), ("orders", "\(rest.count)")])
                for submission in rest { commit([submission]) }
                return
            case .constraint(let what)?:
                for submission in rest {
                    submission.completion(.failure(.internalFault("constraint: \(what)")))
                }
                return
            case .refusing(let why)?, .broken(let why)?:
                for submission in rest { submission.completion(.failure(.storage(why))) }
                return
            }
        }
    }

    /// Decides and commits as many as fit into one transaction, from the first on.
    private func attempt(_ submissions: ArraySlice<Submission>) -> ([Result<Outcome, Refusal>], StoreFault?) {
        var results: [Result<Outcome, Refusal>] = []
        var finished: Turn?
        do throws(StoreFault) {
            try store.commit { (head, lookup) throws(StoreFault) in
                // The clock is read once, after the store's lock is held.
                var turn = Turn(context: context, lookup: lookup, head: head, now: context.clock())
                guard head.position == context.board.position() else {
                    throw .broken(
                        "another process appended to the journal: it ends at position \(head.position), the board at "
                            + "\(context.board.position())")
                }
                for submission in submissions where turn.bytes < WriteLane.batchBytesMax {
                    do throws(LaneFault) {
                        results.append(.success(try perform(submission, in: &turn)))
                    } catch {
                        switch error {
                        case .refusal(let refusal): results.append(.failure(refusal))
                        case .store(let fault): throw fault
                        }
                    }
                }
                let batch = turn.finish()
                finished = turn
                return batch
            }
        } catch {
            note(error)
            return ([], error)
        }
        settle(finished)
        return (results, nil)
    }

    /// After `COMMIT`: the draft becomes the board, then those who look again are told.
    private func settle(_ turn: Turn?) {
        guard let turn else { return }
        let published = turn.published
        let wrote = !turn.batch.isEmpty
        context.board.publish(published, position: turn.head.position)
        core.withLock { core in
            if wrote { core.state = .ok }
            for key in turn.batch.keys { core.keys.insert(key) }
        }
        if turn.endpointsChanged {
            do {
                try context.directory.refresh()
            } catch {
                context.log(.warning, "directory.refresh_failed", [("error", "\(error)")])
            }
        }
        if !published.isEmpty || !turn.batch.deliveries.isEmpty {
            context.committed(Committed(incidents: published, deliveries: !turn.batch.deliveries.isEmpty))
        }
    }

    private func note(_ fault: StoreFault) {
        switch fault {
        case .constraint: return
        case .refusing(let why):
            if core.withLock({ $0.state.change(to: .refusing(why)) }) {
                context.log(.error, "store.refusing_writes", [("error", why)])
            }
        case .broken(let why):
            if core.withLock({ $0.state.change(to: .broken(why)) }) {
                context.log(.error, "store.broken", [("error", why)])
            }
        }
    }

    // MARK: One order

    private func perform(_ submission: Submission, in turn: inout Turn) throws(LaneFault) -> Outcome {
        if let key = submission.key, let kept = core.withLock({ turn.kept(key, in: $0.keys) }) {
            guard kept.requestDigest == key.requestDigest else { throw .refusal(.keyReused) }
            return .replayed(kept)
        }
        let outcome = try carryOut(submission.order, by: submission.author, in: &turn)
        if let key = submission.key { turn.keep(outcome, under: key) }
        return outcome
    }

    private func carryOut(_ order: Order, by author: Author, in turn: inout Turn) throws(LaneFault) -> Outcome
    {
        switch order {
        case .declare(let severity, let details):
            return try turn.declare(severity, details, by: author)
        case .change(let name, let change, let versions):
            let published = try find(name, matching: versions, in: turn)
            return try self.change(published, change, by: author, in: &turn)
        case .cancelAsDuplicate(let name, let other, let versions):
            let published = try find(name, matching: versions, in: turn)
            guard let number = try turn.number(of: other) else {
                throw .refusal(
                    .violation(
                        .invalid(
                            pointer: "#/duplicate_of",
                            detail: "There is no such incident to be a duplicate of."), published))
            }
            let wish = Change.StatusChange(to: .cancelled, reason: "duplicate", duplicateOf: number)
            return try change(published, .changeStatus(wish), by: author, in: &turn)
        case .announce(let number, let dueAt):
            guard let published = try turn.published(.number(number)) else { return .done }
            turn.announceDueSoon(published.incident, dueAt: dueAt)
            return .done
        case .createToken(let token):
            turn.keep(token)
            return .token(token)
        case .revokeToken(let id):
            guard context.directory.token(id)?.revokedAt == nil, context.directory.token(id) != nil else {
                throw .refusal(.notFound("There is no such token, or it was revoked before."))
            }
            turn.revoke(id)
            return .done
        case .createEndpoint(let endpoint):
            turn.write(endpoint)
            return .endpoint(endpoint)
        case .deleteEndpoint(let id):
            turn.delete(try endpoint(id))
            return .done
        case .testEndpoint(let id):
            return turn.test(try endpoint(id))
        case .recordAttempt(let delivery, let result):
            try AttemptRecord(context: context).record(delivery, result, in: &turn)
            return .done
        case .keep:
            if storeState != .ok { turn.probe() }
            let moment = turn.now - KeyIndex.lifetime
            if core.withLock({ $0.keys.forget(before: moment) }) { turn.forgetKeys(before: moment) }
            return .done
        }
    }

    private func find(_ name: IncidentName, matching versions: [Int]?, in turn: Turn) throws(LaneFault)
        -> Published
    {
        guard let published = try turn.published(name) else {
            throw .refusal(.notFound("There is no such incident. GET /v1/incidents?state=all lists them."))
        }
        if let versions, !versions.contains(published.incident.version) {
            throw .refusal(.preconditionFailed(published))
        }
        return published
    }

    private func endpoint(_ id: String) throws(LaneFault) -> Endpoint {
        guard let endpoint = context.directory.endpoint(id) else {
            throw .refusal(.notFound("There is no such webhook. GET /v1/webhooks lists them."))
        }
        return endpoint
    }

    private func change(
        _ published: Published, _ change: Change, by author: Author, in turn: inout Turn
    ) throws(LaneFault) -> Outcome {
        let number = published.incident.number
        if case .post(let note) = change, let source = note.source,
            let existing = try turn.recorded(source, in: number)
        {
            let same = (try? existing.text()) == note.text
            return .existing(existing, warnings: same ? [] : [.textDiffers])
        }
        let (entries, warnings) = try turn.change(published, change, by: author)
        switch change {
        case .post, .dispute, .publish:
            guard let entry = entries.last else { throw .refusal(.internalFault("no entry was added")) }
            return .entry(entry, warnings: warnings)
        default:
            let now = try turn.published(.number(number)) ?? published
            return .incident(now, warnings: warnings)
        }
    }
}

extension StoreState {
    /// Changes it and says whether it is another one now; a broken store stays broken.
    fileprivate mutating func change(to state: StoreState) -> Bool {
        if case .broken = self { return false }
        defer { self = state }
        return self != state
    }
}
