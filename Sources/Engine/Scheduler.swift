import Journal
import Logging
import Metrics
import Model
import Synchronization
import Time

/// Schedules the alarms of one aggregate: asks the lane to re-evaluate each open state when its next alarm is due.
///
/// It decides nothing. The rule is evaluated again inside the transaction, so an update that came first leaves nothing to send. Source:
/// design.md, "A nag".
public final class Scheduler<State: StoredAggregate & Alarmed>: Sendable {
    fileprivate struct Memory {
        var schedule = Schedule()
        /// Deadlines announced as near, by number. Holds only announcements of this process; the store prevents duplicates.
        var announced: [Int: Timestamp] = [:]
        /// Numbers with an alarm request queued in the lane.
        var asked: Set<Int> = []
        var overdue = OverdueDeadlines()
        /// The time of the last tick; `nil` before the first with a credible clock.
        var latest: Timestamp?
        /// By how much the clock had been set back at the last tick.
        var setBack: Duration = .zero
        /// Whether it was logged that the clock cannot be right.
        var saidClock = false
        var walk = ClockWalk()
    }

    /// Number of open deadlines that had passed at the last tick.
    public let overdue = Gauge()
    private let shelf: Shelf<State>
    private let submit: @Sendable (WriteLane.PendingRequest) -> Void
    private let announced: @Sendable (Snapshot<State>, Notice) -> Void
    private let log: @Sendable (Logger.Level, String, [(String, String)]) -> Void
    private let memory = Mutex(Memory())

    /// `announced` is called after a deadline was announced as near.
    public init(
        shelf: Shelf<State>, submit: @escaping @Sendable (WriteLane.PendingRequest) -> Void,
        announced: @escaping @Sendable (Snapshot<State>, Notice) -> Void,
        log: @escaping @Sendable (Logger.Level, String, [(String, String)]) -> Void
    ) {
        self.shelf = shelf
        self.submit = submit
        self.announced = announced
        self.log = log
    }

    /// Takes in states after a commit or at startup. Returns whether the next moment moved earlier, so that a tick is needed. A bot's
    /// note changes no moment and wakes no one.
    @discardableResult
    public func observe(_ states: [any AnySnapshot]) -> Bool {
        let snapshots = states.compactMap { $0 as? Snapshot<State> }
        for snapshot in snapshots {
            guard let kind = snapshot.newerKind else { continue }
            // No nags are sent for it; only the operator can change that.
            log(
                .warning, "incident.newer_kind",
                [("incident", State.ref(snapshot.stream.number)), ("kind", kind.rawValue)])
        }
        return memory.withLock { memory in
            let before = memory.schedule.next()
            for snapshot in snapshots {
                memory.plan(snapshot)
                memory.overdue.set(snapshot.state.openDeadline, for: snapshot.stream.number)
            }
            guard let after = memory.schedule.next() else { return false }
            return before.map { after < $0 } ?? true
        }
    }

    /// Requests everything that is due. Returns the next moment; `nil` when there is none, or when the clock cannot be right.
    public func tick(at reading: StoreClock.Reading) -> Timestamp? {
        let now = reading.now
        guard isCredible(now) else { return nil }
        followClock(at: reading)
        for number in takeDue(at: now) {
            guard let snapshot = shelf.snapshot(number), snapshot.newerKind == nil else { continue }
            lookAgain(snapshot, at: now)
        }
        return memory.withLock { memory in
            overdue.set(memory.overdue.count(at: now))
            return memory.schedule.next()
        }
    }

    private func isCredible(_ now: Timestamp) -> Bool {
        let changed = memory.withLock { memory in
            defer { memory.saidClock = !now.isCredible }
            return memory.saidClock == now.isCredible
        }
        if changed, let remedy = now.clockRemedy {
            log(.error, "clock.not_credible", [("now", now.rfc3339), ("detail", remedy)])
        } else if changed {
            log(.info, "clock.credible_again", [("now", now.rfc3339)])
        }
        return now.isCredible
    }

    /// Lets the open states, and those with an alarm, follow a clock that was set back: all when it has fallen since the last tick, at the
    /// start those that lie ahead of it. One slice at a time, so that other requests pass.
    private func followClock(at reading: StoreClock.Reading) {
        let now = reading.now
        let (latest, isSetBack) = memory.withLock { memory in
            defer { (memory.latest, memory.setBack) = (now, reading.setBack) }
            // Between two ticks the clock may fall by less than the time that passes, for example while the machine sleeps.
            return (memory.latest, reading.setBack > memory.setBack)
        }
        if latest.map({ now < $0 }) ?? true || isSetBack {
            let open = shelf.open(before: nil, limit: .max) { _ in true }.items.map(\.stream.number)
            // Ended ones may be about to nag, too.
            let awake = Set(open).union(memory.withLock { Array($0.schedule.numbers) })
            let numbers = awake.sorted().filter { number in
                latest != nil
                    || shelf.snapshot(number).map { $0.recordedAt > now + ClockSteps.tolerance } ?? false
            }
            if latest != nil || !numbers.isEmpty {
                log(.warning, "clock.set_back", [("now", now.rfc3339), ("incidents", "\(numbers.count)")])
                memory.withLock { $0.walk.begin(over: numbers, FollowClock<State>.streamsMax) }
            }
        }
        submitNextSlice()
    }

    private func submitNextSlice() {
        guard let slice = memory.withLock({ $0.walk.next() }) else { return }
        let request = FollowClock(slice.numbers, in: shelf, isFirst: slice.isFirst, isLast: slice.isLast)
        submit(
            WriteLane.PendingRequest(request, by: .service, of: nil) { [self] result in
                guard case .failure(let refusal) = result else {
                    memory.withLock { $0.walk.done(slice) }
                    return submitNextSlice()
                }
                memory.withLock { $0.walk.failed(slice, isFaulty: refusal.type == .internalFault) }
                let incidents = slice.numbers.prefix(10).map(State.ref).joined(separator: " ")
                log(
                    .error, "clock.correction_delayed",
                    [("incidents", incidents), ("error", refusal.cause ?? refusal.detail)])
            })
    }

    private func takeDue(at now: Timestamp) -> [Int] {
        memory.withLock { memory in
            var due: [Int] = []
            while let number = memory.schedule.takeDue(at: now) {
                if !memory.asked.contains(number) { due.append(number) }
            }
            return due
        }
    }

    private func lookAgain(_ snapshot: Snapshot<State>, at now: Timestamp) {
        let number = snapshot.stream.number
        let notice = memory.withLock { $0.ask(snapshot, at: now) }
        submit(
            WriteLane.PendingRequest(LookAgain(number, in: shelf), by: .service, of: nil) { [self] result in
                switch result {
                case .success: done(number, notice)
                case .failure(let refusal): delayed(number, notice, at: now, refusal)
                }
            })
    }

    /// The transaction re-evaluated the state; if someone acted first, there is nothing to announce.
    private func done(_ number: Int, _ notice: Notice?) {
        let snapshot = shelf.snapshot(number)
        memory.withLock { memory in
            memory.asked.remove(number)
            if let snapshot { memory.plan(snapshot) }
        }
        if let notice, let snapshot, snapshot.state.notice == notice { announced(snapshot, notice) }
    }

    private func delayed(_ number: Int, _ notice: Notice?, at now: Timestamp, _ refusal: Refusal) {
        memory.withLock { memory in
            memory.asked.remove(number)
            if notice != nil { memory.announced[number] = nil }
            memory.schedule.set(now + retryAfter, for: number)
        }
        log(
            .error, "nag.delayed",
            [("incident", State.ref(number)), ("error", refusal.cause ?? refusal.detail)])
    }
}

/// Delay before an alarm request that failed is retried.
private let retryAfter: Duration = .seconds(1)

extension Scheduler.Memory {
    /// Records that the lane is asked to re-evaluate a state. Returns the notice if it is announced for the first time.
    fileprivate mutating func ask(_ snapshot: Snapshot<State>, at now: Timestamp) -> Notice? {
        let number = snapshot.stream.number
        let notice = snapshot.state.notice.flatMap { notice in
            notice.at <= now && announced[number] != notice.deadline ? notice : nil
        }
        if let notice { announced[number] = notice.deadline }
        if let alarm = snapshot.state.nextAlarmAt, alarm <= now {
            asked.insert(number)
        } else {
            // Without an alarm the request adds no entry, so no commit will reschedule the state.
            plan(snapshot)
        }
        return notice
    }

    /// Sets the next moment of a state: its next alarm, or the announcement of its deadline if that is earlier.
    fileprivate mutating func plan(_ snapshot: Snapshot<State>) {
        let number = snapshot.stream.number
        // Nothing is decided on a state with an entry of a newer version.
        guard snapshot.newerKind == nil else {
            announced[number] = nil
            return schedule.set(nil, for: number)
        }
        if !snapshot.state.isOpen { announced[number] = nil }
        let alarm = snapshot.state.nextAlarmAt
        guard let notice = snapshot.state.notice, announced[number] != notice.deadline else {
            return schedule.set(alarm, for: number)
        }
        schedule.set(alarm.map { min($0, notice.at) } ?? notice.at, for: number)
    }
}
