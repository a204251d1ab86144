import Engine
import Incidents
import Synchronization

/// Observer of the lane's commits, like the service's own `Pokes`; records who was notified.
package final class Pokes: Sendable {
    private struct State {
        var scheduler: Scheduler<Incident>?
        var outbox: Outbox?
        var schedulerWoken = true
        var outboxWoken = true
    }

    private let state = Mutex(State())

    func connect(_ scheduler: Scheduler<Incident>, _ outbox: Outbox) {
        state.withLock { state in
            state.scheduler = scheduler
            state.outbox = outbox
        }
    }

    /// Breaks the retain cycle between the outbox and the lane.
    func disconnect() {
        state.withLock { state in
            state.scheduler = nil
            state.outbox = nil
        }
    }

    func committed(_ committed: Committed) {
        let (scheduler, outbox) = state.withLock { state in
            state.schedulerWoken = true
            if !committed.deliveries.isEmpty || !committed.retried.isEmpty { state.outboxWoken = true }
            return (state.scheduler, state.outbox)
        }
        scheduler?.observe(committed.states)
        if !committed.deliveries.isEmpty { outbox?.markStale(committed.deliveries) }
        if !committed.retried.isEmpty { outbox?.handleRetries(to: committed.retried) }
    }

    func wakeOutbox() {
        state.withLock { $0.outboxWoken = true }
    }

    package func takeScheduler() -> Bool {
        state.withLock { state in
            defer { state.schedulerWoken = false }
            return state.schedulerWoken
        }
    }

    package func takeOutbox() -> Bool {
        state.withLock { state in
            defer { state.outboxWoken = false }
            return state.outboxWoken
        }
    }
}
