import Journal
import Model
import Synchronization

/// Group commit: queued requests are decided in memory and committed as one transaction (design.md, decision 3).
extension WriteLane {
    /// Commits the queued requests as one transaction, or as many of them as its budgets allow; `false` when none were queued. Call from
    /// one thread at a time.
    @discardableResult
    public func turn() -> Bool {
        let requests = dequeue()
        guard !requests.isEmpty else { return false }
        let answered = commit(requests)
        finishBatch(answered: answered, of: requests.count)
        checkpoint(idle: false)
        return true
    }

    /// After the store is broken nothing is acknowledged.
    private func refuseIfBroken(_ requests: [PendingRequest]) -> Bool {
        guard case .broken(let why) = storeState else { return false }
        for request in requests { request.completion(.failure(.storage(why))) }
        return true
    }

    /// Returns how many requests were decided; the rest is queued again.
    private func commit(_ requests: [PendingRequest]) -> Int {
        if refuseIfBroken(requests) { return requests.count }
        let (verdicts, fault) = attempt(requests)
        switch fault {
        case nil:
            for (request, verdict) in zip(requests, verdicts) {
                switch verdict {
                case .decided(let result): request.completion(result)
                case .absent(let state): fold(state, for: request)
                }
            }
            putBack(requests.dropFirst(verdicts.count))
            return verdicts.count
        case .constraint(let what)? where requests.count > 1:
            // A request of the batch violates a constraint: each is retried alone, so that the others succeed.
            context.log(
                .warning, "lane.batch_split", [("constraint", what), ("requests", "\(requests.count)")])
            for request in requests { _ = commit([request]) }
        case .constraint(let what)?:
            for request in requests {
                request.completion(.failure(.internalFault("constraint: \(what)")))
            }
        case .refusing(let why)?, .broken(let why)?:
            for request in requests { request.completion(.failure(.storage(why))) }
        }
        return requests.count
    }

    /// What a transaction made of a request.
    private enum Verdict {
        case decided(Result<WriteAnswer, Refusal>)
        /// It cannot be decided before that state is folded.
        case absent(AbsentState)
    }

    /// Has a state folded on a reader, and the request decided again with it. A fold here would hold up all other requests, and a request
    /// that is refused could repeat it.
    private func fold(_ state: AbsentState, for request: PendingRequest) {
        meters.folds.add()
        guard request.folded.count < WriteLane.foldedPerRequestMax else {
            return request.completion(.failure(.internalFault("it needs more states than may be folded")))
        }
        let isAdmitted = context.onReader(request.token, request.isCritical) { [self] in
            var request = request
            do {
                guard let snapshot = try state.load() else {
                    return request.completion(.failure(.internalFault("\(state.ref) has no entries")))
                }
                request.folded[state.stream] = snapshot
                resume(request)
            } catch let unreadable as UnreadableEntry {
                request.completion(
                    .failure(
                        .damaged(state.ref, "at position \(unreadable.position): \(unreadable.detail)")))
            } catch {
                request.completion(.failure(.storage("\(error)")))
            }
        }
        if !isAdmitted { request.completion(.failure(.tooManyFolds)) }
    }

    /// Decides and commits as many requests as fit into one transaction, in order.
    private func attempt(_ requests: [PendingRequest]) -> ([Verdict], StoreFault?) {
        var verdicts: [Verdict] = []
        verdicts.reserveCapacity(requests.count)
        var finished: WriteTransaction?
        var hidden: [@Sendable () -> Void] = []
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
                    context: context, memory: memory, lookup: lookup, head: head, at: context.clock())
                let began = context.monotonic()
                for request in requests {
                    guard verdicts.isEmpty || hasRoom(transaction, since: began) else {
                        break
                    }
                    do throws(WriteFault) {
                        verdicts.append(.decided(.success(try transaction.perform(request))))
                    } catch {
                        switch error {
                        case .refused(let refusal): verdicts.append(.decided(.failure(refusal)))
                        case .absent(let state): verdicts.append(.absent(state))
                        case .store(let fault): throw fault
                        }
                    }
                }
                let batch = transaction.finish()
                finished = transaction
                hidden = transaction.hideConfidential()
                return batch
            }
        } catch {
            // After a broken store the outcome is unknown: what may be confidential stays hidden.
            if case .broken = error {} else { for show in hidden { show() } }
            handle(error)
            return ([], error)
        }
        settle(finished)
        measure(finished, verdicts, took: context.monotonic() - began)
        return (verdicts, nil)
    }

    /// Whether the transaction may take another request: its budgets of bytes, of entries read and of time.
    private func hasRoom(_ transaction: borrowing WriteTransaction, since began: Duration) -> Bool {
        guard transaction.bytes < WriteLane.batchBytesMax,
            transaction.entriesFolded < WriteLane.batchFoldedMax
        else { return false }
        return context.monotonic() - began < WriteLane.batchDurationMax
    }

    private func measure(_ transaction: WriteTransaction?, _ verdicts: [Verdict], took duration: Duration) {
        guard let transaction else { return }
        meters.countBatch(
            verdicts.compactMap { verdict in
                guard case .decided(let result) = verdict else { return nil }
                return result
            })
        meters.entriesFolded.add(transaction.entriesFolded)
        guard !transaction.batch.isEmpty else { return }
        meters.countCommit(transaction.batch, took: duration)
        // Lateness is measured at the time of durability, the earliest time it can be sent.
        if !transaction.tally.isEmpty { meters.count(transaction.tally, committedAt: context.clock().now) }
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
        context.credentials.apply(transaction.credentialChanges)
        logNags(transaction.tally)
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
