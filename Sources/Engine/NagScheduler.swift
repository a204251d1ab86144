import Incidents
import Journal
import Platform
import Synchronization
import Time

/// Keeps the beat: looks at each open incident when its moment comes, and asks the lane for a nag or an announcement.
///
/// It decides nothing. The rule looks again inside the transaction, so an update that came first leaves nothing to send. Source:
/// design.md, "A nag".
public final class NagScheduler: Sendable {
    /// How long it waits before it asks again for what the lane could not do.
    static let retryAfter: Duration = .seconds(1)

    fileprivate struct State {
        var schedule = Schedule()
        /// The deadlines that were announced as near, by incident. Only what this process announced: the store keeps doubles out.
        var announced: [Int: Timestamp] = [:]
        /// Incidents whose nag waits in the lane.
        var asked: Set<Int> = []
        var overdue = OverdueUpdates()
    }

    /// How many open incidents were past the deadline of their update at the last tick.
    public let overdueUpdates = Gauge()
    private let board: Board
    private let submit: @Sendable (WriteLane.PendingRequest) -> Void
    private let announced: @Sendable (Incident) -> Void
    private let log: @Sendable (Logger.Level, String, [(String, String)]) -> Void
    private let state = Mutex(State())

    /// A scheduler over a board, which asks through `submit`, and calls `announced` when a deadline is near.
    public init(
        board: Board, submit: @escaping @Sendable (WriteLane.PendingRequest) -> Void,
        announced: @escaping @Sendable (Incident) -> Void = { _ in },
        log: @escaping @Sendable (Logger.Level, String, [(String, String)]) -> Void
    ) {
        self.board = board
        self.submit = submit
        self.announced = announced
        self.log = log
    }

    /// Takes in incidents as they are after a commit, or at the start; says whether the next moment is earlier now, so that a tick
    /// is needed to wait for it. A bot's note moves no moment and wakes nobody.
    @discardableResult
    public func observe(_ incidents: [IncidentSnapshot]) -> Bool {
        for snapshot in incidents {
            guard let kind = snapshot.newerKind else { continue }
            // Nobody will be nagged about it, and the operator is the one who can change that.
            log(
                .warning, "incident.newer_kind",
                [("incident", snapshot.incident.ref), ("kind", kind.rawValue)])
        }
        return state.withLock { state in
            let before = state.schedule.next()
            for snapshot in incidents {
                state.plan(snapshot)
                state.overdue.observe(snapshot.incident)
            }
            guard let after = state.schedule.next() else { return false }
            return before.map { after < $0 } ?? true
        }
    }

    /// Asks for all that is due, and answers with the next moment; `nil` when there is none.
    public func tick(at now: Timestamp) -> Timestamp? {
        for number in takeDue(at: now) {
            guard let snapshot = board.snapshot(number), snapshot.incident.isOpen,
                snapshot.newerKind == nil
            else { continue }
            let incident = snapshot.incident
            if let moment = incident.nextNagAt, moment <= now {
                askForNag(number, at: now)
            } else {
                announce(snapshot, at: now)
            }
        }
        return state.withLock { state in
            overdueUpdates.set(state.overdue.count(at: now))
            return state.schedule.next()
        }
    }

    private func takeDue(at now: Timestamp) -> [Int] {
        state.withLock { state in
            var due: [Int] = []
            while let number = state.schedule.takeDue(at: now) {
                if !state.asked.contains(number) { due.append(number) }
            }
            return due
        }
    }

    private func askForNag(_ number: Int, at now: Timestamp) {
        state.withLock { _ = $0.asked.insert(number) }
        let order = Order.change(.number(number), SendNags(), ifMatch: nil)
        submit(
            WriteLane.PendingRequest(order, by: .service) { [self] result in
                state.withLock { state in
                    state.asked.remove(number)
                    if case .failure = result {
                        state.schedule.set(now + NagScheduler.retryAfter, for: number)
                    } else if let snapshot = board.snapshot(number) {
                        state.plan(snapshot)
                    }
                }
                if case .failure(let refusal) = result {
                    log(.error, "nag.delayed", [("incident", Incident.ref(number)), ("error", "\(refusal)")])
                }
            })
    }

    private func announce(_ snapshot: IncidentSnapshot, at now: Timestamp) {
        let incident = snapshot.incident
        let due = incident.cadence.beat.dueAt
        let isDue = incident.cadence.beat.dueSoonAt.map { $0 <= now } ?? false
        let isNew = state.withLock { state in
            guard isDue, state.announced[incident.number] != due else {
                state.plan(snapshot)
                return false
            }
            state.announced[incident.number] = due
            state.plan(snapshot)
            return true
        }
        guard isNew else { return }
        let order = Order.announce(incident: incident.number, dueAt: due)
        submit(
            WriteLane.PendingRequest(order, by: .service) { [self] result in
                guard case .failure = result else {
                    // The rule has looked again: an update that came first leaves nothing to announce.
                    if let now = board.snapshot(incident.number)?.incident, now.isOpen,
                        now.cadence.beat.dueAt == due
                    {
                        announced(now)
                    }
                    return
                }
                state.withLock { state in
                    state.announced[incident.number] = nil
                    state.schedule.set(now + NagScheduler.retryAfter, for: incident.number)
                }
            })
    }
}

extension NagScheduler.State {
    /// Sets the incident's next moment: its next nag's, or earlier the one at which its deadline is announced.
    fileprivate mutating func plan(_ snapshot: IncidentSnapshot) {
        let incident = snapshot.incident
        // Nothing is decided on an incident with an entry of a newer version.
        guard incident.isOpen, snapshot.newerKind == nil else {
            announced[incident.number] = nil
            return schedule.set(nil, for: incident.number)
        }
        let beat = incident.cadence.beat
        let nag = incident.nextNagAt
        guard let soon = beat.dueSoonAt, announced[incident.number] != beat.dueAt,
            incident.cadence.lastNagNumber == 0
        else {
            return schedule.set(nag, for: incident.number)
        }
        schedule.set(nag.map { min($0, soon) } ?? soon, for: incident.number)
    }
}
