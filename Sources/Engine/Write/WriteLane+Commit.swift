import Journal
import Model
import Synchronization

/// Group commit: queued requests are decided in memory and committed as one transaction (design.md, decision 3).
extension WriteLane {
    /// Commits the queued requests as one transaction; `false` when none were queued. Call from one thread at a time.
    @discardableResult
    public func turn() -> Bool {
        let requests = dequeue()
        guard !requests.isEmpty else { return false }
        commit(requests)
        finishBatch()
        checkpoint(idle: false)
        return true
    }

    /// After the store is broken nothing is acknowledged.
    private func refuseIfBroken(_ requests: ArraySlice<PendingRequest>) -> Bool {
        guard case .broken(let why) = storeState else { return false }
        for request in requests { request.completion(.failure(.storage(why))) }
        return true
    }

    private func commit(_ requests: [PendingRequest]) {
        var rest = requests[...]
        while !rest.isEmpty {
            if refuseIfBroken(rest) { return }
            let (results, fault) = attempt(rest.prefix(batchMax))
            switch fault {
            case nil:
                for (request, result) in zip(rest, results) { request.completion(result) }
                rest = rest.dropFirst(results.count)
                if !rest.isEmpty { rest = lettingUrgentPass(rest) }
            case .constraint(let what)? where rest.count > 1:
                // A request of the batch violates a constraint: each is retried alone, so that the others succeed.
                context.log(
                    .warning, "lane.batch_split", [("constraint", what), ("requests", "\(rest.count)")])
                for request in rest { commit([request]) }
                return
            case .constraint(let what)?:
                for request in rest {
                    if case .refused(let refusal) = WriteFault.internalFault("constraint: \(what)") {
                        request.completion(.failure(refusal))
                    }
                }
                return
            case .refusing(let why)?, .broken(let why)?:
                for request in rest { request.completion(.failure(.storage(why))) }
                return
            }
        }
    }

    /// Decides and commits as many requests as fit into one transaction, in order.
    private func attempt(_ requests: ArraySlice<PendingRequest>) -> (
        [Result<WriteAnswer, Refusal>], StoreFault?
    ) {
        var results: [Result<WriteAnswer, Refusal>] = []
        var finished: WriteTransaction?
        let began = context.monotonic()
        do throws(StoreFault) {
            try store.commit { (head, lookup) throws(StoreFault) in
                let folded = context.position.value
                guard head.position == folded else {
                    throw .broken(
                        "another process appended to the journal: it ends at position \(head.position), the in-memory state at \(folded)"
                    )
                }
                // The clock is read once, while the store's lock is held.
                var transaction = WriteTransaction(
                    context: context, memory: memory, lookup: lookup, head: head, at: context.reading())
                for request in requests
                where transaction.bytes < WriteLane.batchBytesMax
                    && transaction.entriesFolded < WriteLane.batchFoldedMax
                {
                    do throws(WriteFault) {
                        results.append(.success(try transaction.perform(request)))
                    } catch {
                        switch error {
                        case .refused(let refusal): results.append(.failure(refusal))
                        case .store(let fault): throw fault
                        }
                    }
                }
                let batch = transaction.finish()
                finished = transaction
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

    private func measure(
        _ transaction: WriteTransaction?, _ results: [Result<WriteAnswer, Refusal>], took duration: Duration
    ) {
        guard let transaction else { return }
        meters.countBatch(results)
        guard !transaction.batch.isEmpty else { return }
        meters.countCommit(transaction.batch, took: duration)
        // Lateness is measured at the time of durability, the earliest time it can be sent.
        if !transaction.tally.isEmpty { meters.count(transaction.tally, committedAt: context.clock()) }
    }

    /// After `COMMIT`: publishes the new state, then notifies the observers.
    private func settle(_ transaction: WriteTransaction?) {
        guard let transaction else { return }
        let batch = transaction.batch
        // Before the shelves: a reader that sees a seq there must find its entry here.
        context.recentEntries.append(batch.entries)
        let states = transaction.publish()
        context.position.advance(to: transaction.head.position)
        if memory.committed(transaction) { context.log(.info, "store.takes_writes_again", []) }
        if transaction.directoryChanged {
            do {
                try context.credentials.refresh()
            } catch {
                context.log(.warning, "directory.refresh_failed", [("error", "\(error)")])
            }
        }
        if !states.isEmpty || !batch.deliveries.isEmpty || !transaction.retriedWebhooks.isEmpty {
            context.committed(
                Committed(
                    states: states, entries: batch.entries,
                    deliveries: Set(batch.deliveries.map(\.webhook)), retried: transaction.retriedWebhooks))
        }
    }

    private func handle(_ fault: StoreFault) {
        switch fault {
        case .constraint: meters.storeFaults.add("constraint")
        case .refusing(let why):
            meters.storeFaults.add("refusing")
            if memory.change(to: .refusing(why)) {
                context.log(.error, "store.refusing_writes", [("error", why)])
            }
        case .broken(let why):
            meters.storeFaults.add("broken")
            if memory.change(to: .broken(why)) {
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
