import Incidents
import Journal
import Model
import Synchronization

/// One turn of the lane: what waits, decided in memory and committed as one transaction (design.md, decision 3).
extension WriteLane {
    /// Takes what waits and commits it as one transaction; `false` when nothing waited. One thread at a time.
    @discardableResult
    public func turn() -> Bool {
        let requests = take()
        guard !requests.isEmpty else { return false }
        commit(requests)
        rest()
        checkpoint(idle: false)
        return true
    }

    /// Nothing is acknowledged any more, once the store cannot be trusted.
    private func refuseIfBroken(_ requests: ArraySlice<PendingRequest>) -> Bool {
        guard case .broken(let why) = storeState else { return false }
        for request in requests { request.completion(.failure(.storage(why))) }
        return true
    }

    private func commit(_ requests: [PendingRequest]) {
        var rest = requests[...]
        while !rest.isEmpty {
            if refuseIfBroken(rest) { return }
            let (results, fault) = attempt(rest)
            switch fault {
            case nil:
                for (request, result) in zip(rest, results) { request.completion(result) }
                rest = rest.dropFirst(results.count)
            case .constraint(let what)? where rest.count > 1:
                // One order of the batch hurt a constraint: try each alone, so that the others pass.
                context.log(
                    .warning, "lane.batch_split", [("constraint", what), ("orders", "\(rest.count)")])
                for request in rest { commit([request]) }
                return
            case .constraint(let what)?:
                for request in rest {
                    request.completion(.failure(.internalFault("constraint: \(what)")))
                }
                return
            case .refusing(let why)?, .broken(let why)?:
                for request in rest { request.completion(.failure(.storage(why))) }
                return
            }
        }
    }

    /// Decides and commits as many as fit into one transaction, from the first on.
    private func attempt(_ requests: ArraySlice<PendingRequest>) -> (
        [Result<Outcome, WriteRefusal>], StoreFault?
    ) {
        var results: [Result<Outcome, WriteRefusal>] = []
        var finished: Turn?
        let began = context.monotonic()
        do throws(StoreFault) {
            try store.commit { (head, lookup) throws(StoreFault) in
                // The clock is read once, after the store's lock is held.
                var turn = Turn(context: context, lookup: lookup, head: head, now: context.clock())
                guard head.position == context.board.position() else {
                    throw .broken(
                        "another process appended to the journal: it ends at position \(head.position), the board at "
                            + "\(context.board.position())")
                }
                for request in requests
                where turn.bytes < WriteLane.batchBytesMax
                    && turn.entriesFolded < WriteLane.batchFoldedMax
                {
                    do throws(LaneFault) {
                        results.append(.success(try perform(request, in: &turn)))
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
            handle(error)
            return ([], error)
        }
        settle(finished)
        measure(finished, results, took: context.monotonic() - began)
        return (results, nil)
    }

    private func measure(_ turn: Turn?, _ results: [Result<Outcome, WriteRefusal>], took duration: Duration) {
        guard let turn else { return }
        meters.countBatch(results)
        guard !turn.batch.isEmpty else { return }
        meters.countCommit(turn.batch, took: duration)
        // How late it was once it was durable, and so could go out.
        if !turn.tally.isEmpty { meters.count(turn.tally, committedAt: context.clock()) }
    }

    /// After `COMMIT`: the draft becomes the board, then those who look again are told.
    private func settle(_ turn: Turn?) {
        guard let turn else { return }
        let snapshot = turn.snapshots
        let wrote = !turn.batch.isEmpty
        // Before the board: whoever sees a seq there finds its entry here.
        context.recentEntries.append(turn.batch.entries)
        context.foldedIncidents.forget(snapshot)
        context.board.store(snapshot, position: turn.head.position)
        let recovered = core.withLock { core in
            for key in turn.batch.keys { core.keys.insert(IdempotencyIndexEntry(key)) }
            if wrote { core.lastCommitAt = turn.now }
            return wrote && core.state.change(to: .ok)
        }
        if recovered { context.log(.info, "store.takes_writes_again", []) }
        if turn.directoryChanged {
            do {
                try context.credentials.refresh()
            } catch {
                context.log(.warning, "directory.refresh_failed", [("error", "\(error)")])
            }
        }
        if !snapshot.isEmpty || !turn.batch.deliveries.isEmpty || !turn.retriedWebhooks.isEmpty {
            context.committed(
                Committed(
                    incidents: snapshot, entries: turn.batch.entries,
                    deliveries: Set(turn.batch.deliveries.map(\.webhook)), retried: turn.retriedWebhooks))
        }
    }

    private func handle(_ fault: StoreFault) {
        switch fault {
        case .constraint: meters.storeFaults.add("constraint")
        case .refusing(let why):
            meters.storeFaults.add("refusing")
            if core.withLock({ $0.state.change(to: .refusing(why)) }) {
                context.log(.error, "store.refusing_writes", [("error", why)])
            }
        case .broken(let why):
            meters.storeFaults.add("broken")
            if core.withLock({ $0.state.change(to: .broken(why)) }) {
                context.log(.error, "store.broken", [("error", why)])
            }
        }
    }

    func checkpoint(idle: Bool) {
        do throws(StoreFault) {
            if try store.checkpoint(idle: idle) { meters.checkpoints.add() }
        } catch {
            handle(error)
        }
    }
}
