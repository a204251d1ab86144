import Incidents
import Model
import Time

/// An independent implementation of the cadence rules, from domain.md and the recorded changes, not from the beats that `decide`
/// computed.
///
/// The folded state must agree with it after every entry.
struct ReferenceModel {
    private let policy: Policy
    private(set) var status = Incident.Status.investigating
    private(set) var severity: Severity
    private(set) var episodeStartedAt: Timestamp
    /// The open deadline's interval, and the interval from the next update on.
    private(set) var interval: Duration
    private(set) var nextInterval: Duration
    private(set) var dueAt: Timestamp
    /// Times of the nags for the open deadline.
    private var moments: [Timestamp] = []
    /// Highest number for the open deadline that was sent or skipped.
    private var last = 0
    private var snoozes = 0
    private(set) var snoozedUntil: Timestamp?
    /// The schedule as it was before the snooze of its first nag not sent.
    private var unsnoozed: (number: Int, moment: Timestamp)?
    private(set) var decisionDueAt: Timestamp
    /// Numbers of decision nags used, and the scheduled time of the next.
    private var decisionCount = 0
    private var nextDecision: Timestamp?
    private var silentSince: Timestamp
    private var progressAt: Timestamp
    /// Deadlines of nags for progress so far.
    private var isInactivityNagged = false
    /// Whether a stale nag held the nag for progress back.
    private var isProgressHeldBack = false
    private var wasPublicTold = false
    /// The final public update, while it is due, and the number of nags sent for it.
    private var closing: (dueAt: Timestamp, interval: Duration, sent: Int)?
    /// Number of the last stale nag since someone wrote.
    private var staleNags = 0
    private(set) var lastUpdateAt: Timestamp?
    private(set) var hasOpenDeadline = true
    /// Numbers of the nags for the open deadline.
    private(set) var nags: [Int] = []
    private(set) var holders: [Role: String] = [:]
    private(set) var evidence: [Int] = []
    private(set) var draftBreakers: [Int] = []
    private var watch: (startedAt: Timestamp, middleAt: Timestamp, until: Timestamp)?
    private var watchSeq = 0
    /// The checks of the episode, without those withdrawn. `isLate` as of when it was recorded.
    private var checks: [(seq: Int, path: String, passed: Bool, at: Timestamp, isLate: Bool)] = []
    private var restoredWhen: String?
    private var monitoringAt: Timestamp?
    private var mitigatedAt: Timestamp?
    /// The freeze that was started last, until it is lifted or the incident ends.
    private var freeze: (service: String?, until: Timestamp)?
    private var service: String?
    /// The exceptions by their seqs, with their ends.
    private var exceptions: [Int: Timestamp] = [:]
    /// Seqs of what the incident lists; of histories that are too short for more than 50.
    private var suspects: [Int: String] = [:]
    private var todos: Set<Int> = []
    private var hasWorked = false
    /// The requests that wait: seq, deadline, and the last place that was nagged.
    private var requests: [(seq: Int, dueAt: Timestamp, nagged: Int)] = []
    private var openMitigations: [Int] = []
    /// When the last mitigation was abandoned.
    private var abandonedAt: Timestamp?
    private var rollbacks: Set<Int> = []
    private var isRollbackSpent = false
    /// The ends of the shifts, and the deadline and the number of the last nag about one.
    private var shiftEnds: [Role: Timestamp] = [:]
    private var handover: (dueAt: Timestamp, sent: Int)?
    private var restoredAt: Timestamp?
    /// The last nag number per deadline time.
    private var spent: [Timestamp: Int] = [:]
    private var checklist: ReferenceChecklist
    /// All nags so far, as `due/number`.
    private(set) var nagged: Set<String> = []

    init(_ first: Entry, _ severity: Severity, _ policy: Policy) {
        self.policy = policy
        self.severity = severity
        episodeStartedAt = first.recordedAt
        checklist = ReferenceChecklist(severity, at: first.recordedAt)
        interval = policy.intervals(of: severity).interval
        nextInterval = interval
        dueAt = first.recordedAt + policy.intervals(of: severity).firstUpdate
        decisionDueAt = first.recordedAt + policy.decisionAfter
        nextDecision = decisionDueAt
        silentSince = first.recordedAt
        progressAt = first.recordedAt
        restoredWhen = (first.payload as? Declared)?.details.restoredWhen
        if severity != .minor { freeze = (nil, first.recordedAt + .seconds(28_800)) }
        open(dueAt)
    }

    /// Nag times for a deadline: first the configured steps, then the interval up to `nagMax`, then hours, then days. More than any
    /// history here comes to.
    private func schedule(_ dueAt: Timestamp, _ interval: Duration) -> [Timestamp] {
        var moments = policy.nagSteps.map { dueAt + $0 }
        while let last = moments.last, moments.count < 200 {
            moments.append(last + gap(moments.count + 1, after: last, dueAt, interval))
        }
        return moments
    }

    private func gap(_ number: Int, after last: Timestamp, _ dueAt: Timestamp, _ interval: Duration)
        -> Duration
    {
        if number <= max(policy.nagMax, policy.nagSteps.count) { return interval }
        return max(interval, .seconds(last < dueAt + .seconds(86_400) ? 3_600 : 86_400))
    }

    /// Moves nag `number` to a time, and the later ones by the same distance.
    private mutating func put(_ number: Int, at moment: Timestamp) {
        guard number <= moments.count else { return }
        let delay = moment - moments[number - 1]
        for index in (number - 1)..<moments.count { moments[index] = moments[index] + delay }
    }

    /// The next nag: the highest due one that was not sent, else the one after the last.
    private func next(at now: Timestamp) -> Int {
        let come = moments.lastIndex { $0 <= now }.map { $0 + 1 } ?? 0
        return come > last ? come : last + 1
    }

    private mutating func open(_ moment: Timestamp) {
        dueAt = moment
        last = spent[moment] ?? 0
        moments = schedule(moment, interval)
        unsnoozed = nil
    }

    /// A changed deadline or interval: sent nags stay, and the next is sent now at the earliest, but not before the end of a snooze.
    private mutating func move(to moment: Timestamp, at now: Timestamp) {
        let number = next(at: now)
        let sentAt = last > 0 && last <= moments.count ? moments[last - 1] : nil
        dueAt = moment
        moments = schedule(moment, interval)
        let hadSent = last
        last = max(number - 1, spent[moment] ?? 0)
        unsnoozed = nil
        guard last < moments.count else { return }
        var next = moments[last]
        if last == number - 1, last >= policy.nagSteps.count, hadSent > 0, let sentAt {
            next = sentAt + gap(number, after: sentAt, moment, interval)
        }
        let own = max(next, now)
        unsnoozed = (snoozedUntil ?? own) > own ? (last + 1, own) : nil
        put(last + 1, at: max(own, snoozedUntil ?? own))
    }

    /// A changed interval of the decision nags: one interval after the last scheduled time, or now.
    private mutating func decide(every before: Duration, at now: Timestamp) {
        guard before != interval, let own = nextDecision else { return }
        let moment = afterWatch(own)
        var number = decisionCount + 1
        if moment <= now {
            var come = moment
            while come + before <= now, number < policy.nagMax {
                (come, number) = (come + before, number + 1)
            }
            nextDecision = now
        } else if own != decisionDueAt {
            nextDecision = max(now, own - before + interval)
        }
        decisionCount = number - 1
    }

    /// A moment, put off to the end of the watch if it would come before.
    private func afterWatch(_ moment: Timestamp) -> Timestamp { max(moment, watch?.until ?? moment) }

    private mutating func beginWatch(_ entry: Entry, _ recorded: Watch?) -> String? {
        let length = severity == .minor ? policy.watch.minor ?? policy.watch.usual : policy.watch.usual
        let now = entry.recordedAt
        let new = (
            now, now + .milliseconds(length.components.seconds * 500), now + length
        )
        (watch, watchSeq) = (new, entry.seq)
        return recorded.map { ($0.startedAt, $0.middleAt, $0.until) == new } ?? false ? nil : "another watch"
    }

    private mutating func endWatch(at now: Timestamp) {
        if let watch, let own = nextDecision, own < watch.until {
            nextDecision = max(own, min(now, watch.until))
        }
        watch = nil
    }

    /// Whether nothing speaks against the all-clear, at a moment while it is monitored.
    private func isRestored(at now: Timestamp) -> Bool {
        let said = restoredWhen.map { !$0.isEmpty } ?? false
        let lasts = Dictionary(grouping: checks, by: \.path).compactMapValues(\.last)
        let since = lasts.values.filter { $0.seq > watchSeq }
        return said && watch.map { now >= $0.until } ?? false && lasts.values.allSatisfy(\.passed)
            && since.contains(where: \.isLate)
    }

    /// Reads the next entry; returns a violation, if any.
    mutating func read(_ entry: Entry) -> String? {
        let before = interval
        defer { if status.isOpen { decide(every: before, at: entry.recordedAt) } }
        if entry.kind != NagSent.kind {
            silentSince = entry.recordedAt
            staleNags = 0
        }
        if isProgress(entry) {
            // Two at one time are one standstill.
            if progressAt != entry.recordedAt { isInactivityNagged = false }
            progressAt = entry.recordedAt
        }
        switch entry.payload {
        case let moved as StatusChanged:
            let (from, to) = (moved.from, moved.to)
            guard from == status, status.isOpen, to.isOpen, from != to else {
                return "moved from \(status) to \(to)"
            }
            status = to
            draftBreakers.append(entry.seq)
            if to != .monitoring { endWatch(at: entry.recordedAt) }
            if to == .monitoring {
                if let wrong = beginWatch(entry, moved.watch) { return wrong }
                monitoringAt = entry.recordedAt
                mitigatedAt = mitigatedAt ?? entry.recordedAt
            } else if from == .monitoring {
                (mitigatedAt, hasWorked) = (nil, false)
            }
        case let resolved as Resolved:
            let from = resolved.from
            guard from == status, status.isOpen,
                resolved.override == (from != .monitoring || !isRestored(at: entry.recordedAt))
                    // An open mitigation was lacking, and ended in the same transaction.
                    || resolved.override && abandonedAt == entry.recordedAt
            else {
                return "resolved from \(status)"
            }
            status = .resolved
            endWatch(at: entry.recordedAt)
            let failures = checks.filter { !$0.passed }.map(\.at)
            restoredAt =
                from == .monitoring ? ([monitoringAt].compactMap(\.self) + failures).max() : entry.recordedAt
            draftBreakers.append(entry.seq)
            end(entry)
            if resolved.closing?.dueAt != closing?.dueAt { return "another final update" }
        case let cancelled as Cancelled:
            guard cancelled.from == status, status.isOpen else { return "cancelled from \(status)" }
            status = .cancelled
            endWatch(at: entry.recordedAt)
            draftBreakers.append(entry.seq)
            end(entry)
            if cancelled.closing?.dueAt != closing?.dueAt { return "another final update" }
        case let reopened as Reopened:
            guard reopened.from == status, !status.isOpen else { return "reopened from \(status)" }
            reopen(entry)
            checklist = ReferenceChecklist(severity, at: entry.recordedAt)
        case let raised as SeverityRaised:
            let (from, to) = (raised.from, raised.to)
            guard from == severity, to > severity, status.isOpen else {
                return "raised from \(severity) to \(to)"
            }
            severity = to
            checklist.raise(to: to, at: entry.recordedAt)
            interval = policy.intervals(of: to).interval
            nextInterval = interval
            move(to: min(dueAt, entry.recordedAt + interval), at: entry.recordedAt)
            draftBreakers.append(entry.seq)
        case let assigned as RoleAssigned:
            let (role, person, previous) = (assigned.role, assigned.person, assigned.previous)
            guard previous?.name == holders[role] else {
                return "\(role.rawValue) was not \(previous?.name ?? "vacant")"
            }
            if policy.shift > .zero, previous != person, [.commander, .communicator].contains(role) {
                shiftEnds[role] = entry.recordedAt + policy.shift
            }
            holders[role] = person.name
        case let released as RoleReleased:
            let (role, previous) = (released.role, released.previous)
            guard previous.name == holders[role] else { return "\(role.rawValue) was not \(previous.name)" }
            (holders[role], shiftEnds[role]) = (nil, nil)
        case let update as UpdatePublished:
            guard update.counts == counts(entry) else { return "an update counts wrongly" }
            read(update, entry)
        case let nag as NagSent: return read(nag, entry)
        case let snoozed as NagSnoozed:
            let (until, minutes, number) = (snoozed.until, snoozed.minutes, snoozed.number)
            guard until == entry.recordedAt + .seconds(60 * minutes) else {
                return "snoozed not by its minutes"
            }
            if minutes == 0 { return readEndOfSnooze(at: until) }
            guard status.isOpen, snoozes < 2 else { return "snoozed a third time" }
            let next = next(at: entry.recordedAt)
            guard number == next, next <= moments.count, moments[next - 1] < until else {
                return "snoozed \(number ?? 0), not \(next), or held back nothing"
            }
            snoozes += 1
            snoozedUntil = max(snoozedUntil ?? until, until)
            if unsnoozed?.number != next { unsnoozed = (next, moments[next - 1]) }
            last = next - 1
            put(next, at: until)
        case let change as CadenceChanged:
            guard status.isOpen, change.from == nextInterval, change.to != nextInterval else {
                return "no other cadence"
            }
            guard (change.beat == nil) == (change.to >= interval) else { return "a beat at the wrong time" }
            if change.to < interval {
                interval = change.to
                move(to: min(dueAt, lastUpdateAt.map { $0 + change.to } ?? dueAt), at: entry.recordedAt)
            }
            nextInterval = change.to
        case is Escalated:
            guard status.isOpen else { return "escalated after the end" }
            decisionDueAt = entry.recordedAt + policy.decisionAfter
            decisionCount = 0
            nextDecision = decisionDueAt
        case let started as FreezeStarted:
            let runs = freeze.map { $0.until > entry.recordedAt } ?? false
            guard status.isOpen, severity != .minor, started.scope == service,
                started.until == (runs ? freeze?.until : entry.recordedAt + .seconds(28_800))
            else { return "a freeze of \(started.scope ?? "*") until \(started.until)" }
            freeze = (started.scope, started.until)
        case is FreezeLifted:
            guard freeze.map({ $0.until > entry.recordedAt }) ?? false else { return "no freeze to lift" }
            freeze = nil
        case let granted as ExceptionGranted:
            guard status.isOpen, granted.until > entry.recordedAt,
                exceptions.values.count(where: { $0 > entry.recordedAt }) < 20
            else { return "an exception too many" }
            exceptions[entry.seq] = granted.until
        case let revoked as ExceptionRevoked:
            guard let until = exceptions[revoked.of], until > entry.recordedAt else {
                return "no exception to revoke"
            }
            exceptions[revoked.of] = entry.recordedAt
        case is DeployAttempted: break
        case let hypothesis as Hypothesis where hypothesis.suspect != nil:
            suspects[entry.seq] = hypothesis.state.rawValue
        case let todo as Todo where todo.isListed: todos.insert(entry.seq)
        case is MitigationStarted, is MitigationEnded, is RollbackRequested, is RollbackAnswered:
            guard status.isOpen else { return "a mitigation after the end" }
            return readMitigation(entry)
        case let finding as Finding where finding.confirmed:
            evidence.append(entry.seq)
        case let change as ChangeMade where change.complete: evidence.append(entry.seq)
        case let confirmation as Confirmation:
            let isEvidence = confirmation.verdict == .confirmed || confirmation.verdict == .complete(true)
            if isEvidence, !evidence.contains(confirmation.of) { evidence.append(confirmation.of) }
            if confirmation.verdict == .complete(false) { evidence.removeAll { $0 == confirmation.of } }
            if case .state(let state) = confirmation.verdict {
                if suspects[confirmation.of] != nil { suspects[confirmation.of] = state.rawValue }
                todos.remove(confirmation.of)
            }
        case let correction as Correction:
            if correction.withdraws {
                evidence.removeAll { $0 == correction.of }
                checks.removeAll { $0.seq == correction.of }
                suspects[correction.of] = nil
                todos.remove(correction.of)
            }
        case let check as CheckRecorded:
            guard status.isOpen else { return "a check after the end" }
            let path = check.path.split(separator: " ").joined(separator: " ").lowercased()
            let first = checks.first { $0.path == path }?.seq
            if first == nil, check.pathSeq != nil { return "a path that nobody tried" }
            let isLate = watch.map { entry.recordedAt >= $0.middleAt } ?? true
            checks.append((entry.seq, path, check.passed, entry.recordedAt, isLate))
        case let reset as WatchReset:
            guard status == .monitoring else { return "no watch to start over" }
            return beginWatch(entry, reset.watch)
        case let edit as Edited:
            if edit.impact != .keep || edit.workaround != .keep { draftBreakers.append(entry.seq) }
            restoredAt = edit.restoredAt.applied(to: restoredAt)
            if let label = edit.labels["service"] { service = label }
            restoredWhen = edit.restoredWhen.applied(to: restoredWhen)
        case is any PostedPayload, is SeverityDisputed: break
        case let ticked as ChecklistTicked:
            return status.isOpen ? checklist.read(ticked, at: entry.recordedAt) : "ticked after the end"
        case is Declared: return "declared twice"
        default: return "an entry of a kind that the model does not know: \(entry.kind)"
        }
        return nil
    }

    private func isProgress(_ entry: Entry) -> Bool {
        switch entry.kind.rawValue {
        case "finding", "hypothesis", "change", "decision", "todo", "confirmation", "status_changed",
            "severity_raised", "escalated", "check_recorded", "mitigation_started", "mitigation_ended",
            "rollback_requested", "rollback_answered":
            true
        case "note": holders.values.contains { Person($0) == entry.place.author }
        default: false
        }
    }

    /// The public that was told of an incident is told of its end.
    private mutating func end(_ entry: Entry) {
        freeze = nil
        guard wasPublicTold else { return }
        closing = (entry.recordedAt + policy.intervals(of: severity).firstUpdate, nextInterval, 0)
    }

    private func counts(_ entry: Entry) -> Bool {
        entry.occurredAt >= episodeStartedAt && entry.occurredAt >= (lastUpdateAt ?? entry.occurredAt)
    }

    private mutating func reopen(_ entry: Entry) {
        status = .investigating
        (mitigatedAt, restoredAt) = (nil, nil)
        checks = []
        (hasWorked, isRollbackSpent) = (false, false)
        for role in shiftEnds.keys { shiftEnds[role] = entry.recordedAt + policy.shift }
        draftBreakers.append(entry.seq)
        episodeStartedAt = entry.recordedAt
        interval = policy.intervals(of: severity).interval
        nextInterval = interval
        open(entry.recordedAt + policy.intervals(of: severity).firstUpdate)
        decisionDueAt = entry.recordedAt + policy.decisionAfter
        decisionCount = 0
        nextDecision = decisionDueAt
        (snoozes, snoozedUntil) = (0, nil)
        lastUpdateAt = nil
        hasOpenDeadline = true
        nags = []
        (wasPublicTold, closing) = (false, nil)
        (progressAt, isInactivityNagged, isProgressHeldBack) = (entry.recordedAt, false, false)
    }

    private mutating func read(_ update: UpdatePublished, _ entry: Entry) {
        if update.audience == .public { (wasPublicTold, closing) = (true, nil) }
        guard counts(entry) else { return }
        lastUpdateAt = entry.occurredAt
        nags = []
        (snoozes, snoozedUntil) = (0, nil)
        hasOpenDeadline = status.isOpen
        guard status.isOpen else { return }
        interval = nextInterval
        open(min(entry.occurredAt + interval, update.promisedAt ?? entry.occurredAt + interval))
    }

    /// Invariant I7: each nag once, never after the end, never before its time, and never with a lower number than the highest due.
    private mutating func read(_ nag: NagSent, _ entry: Entry) -> String? {
        guard status.isOpen != (nag.about == .closing) else { return "a nag after the end, or before it" }
        guard !nag.to.isEmpty, Set(nag.to.map(\.person)).count == nag.to.count else {
            return "no one, or one twice"
        }
        if nag.about == .closing { return readForClosing(nag, entry) }
        let isStale = entry.recordedAt >= silentSince + .seconds(86_400)
        guard isStale == (nag.about == .stale) else {
            return "stale: \(isStale), and asked about \(nag.about.rawValue)"
        }
        switch nag.about {
        case .stale: return readForStale(nag, entry)
        case .update: return readForUpdate(nag, entry)
        case .decision: return readForDecision(nag, entry)
        case .noProgress: return readForProgress(nag, entry)
        case .approval: return readForApproval(nag, entry)
        case .handover: return readForHandover(nag, entry)
        default: return "a nag about something that the model does not know: \(nag.about.rawValue)"
        }
    }

    private mutating func readMitigation(_ entry: Entry) -> String? {
        switch entry.payload {
        case let started as MitigationStarted:
            guard openMitigations.isEmpty || started.parallelReason != nil || started.request != nil else {
                return "a second change at once"
            }
            requests.removeAll { $0.seq == started.request }
            openMitigations.append(started.request ?? entry.seq)
        case let ended as MitigationEnded:
            guard openMitigations.contains(ended.of) else { return "an end of what was not open" }
            if ended.state == .abandoned { abandonedAt = entry.recordedAt }
            openMitigations.removeAll { $0 == ended.of }
            if ended.state == .worked, !hasWorked { (mitigatedAt, hasWorked) = (entry.recordedAt, true) }
            if rollbacks.contains(ended.of), [.noEffect, .madeWorse].contains(ended.state) {
                isRollbackSpent = true
            }
        case let requested as RollbackRequested:
            guard requested.overrides == isRollbackSpent else { return "a second attempt without override" }
            guard requested.dueAt >= entry.recordedAt, requested.dueAt < entry.recordedAt + .milliseconds(50)
            else { return "a request with another deadline" }
            rollbacks.insert(entry.seq)
            requests.append((entry.seq, requested.dueAt, 0))
        case let answered as RollbackAnswered:
            guard requests.contains(where: { $0.seq == answered.of }) else {
                return "an answer to no request"
            }
            if !answered.approved { requests.removeAll { $0.seq == answered.of } }
        default: break
        }
        return nil
    }

    /// Who may answer: each once.
    private var line: [Person] {
        var line: [Person] = []
        for role in [Role.rollbackApprover, .rollbackBackup, .commander] {
            if let person = holders[role].map({ Person($0) }), !line.contains(person) { line.append(person) }
        }
        return line
    }

    private mutating func readForApproval(_ nag: NagSent, _ entry: Entry) -> String? {
        guard let index = requests.firstIndex(where: { $0.dueAt == nag.dueAt }) else {
            return "a nag about no request"
        }
        let places = line.count + 1
        let come = Int((entry.recordedAt - nag.dueAt).wholeSeconds / 300) + 1
        guard nag.number == min(come, places), nag.number > requests[index].nagged, !nag.breached else {
            return "nag \(nag.number) about a request, not \(min(come, places))"
        }
        requests[index].nagged = nag.number
        guard nagged.insert("approval/\(nag.dueAt.milliseconds)/\(nag.number)").inserted else {
            return "the same nag about a request twice"
        }
        let asked = nag.to.map(\.person)
        return nag.number < places
            ? (asked == Array(line.prefix(nag.number)) ? nil : "others were asked for a yes")
            : (Array(asked.prefix(line.count)) == line ? nil : "the line was not asked")
    }

    private mutating func readForHandover(_ nag: NagSent, _ entry: Entry) -> String? {
        guard let dueAt = shiftEnds.values.min(), nag.dueAt == dueAt, entry.recordedAt >= dueAt else {
            return "a nag about no shift"
        }
        let number = Int((entry.recordedAt - dueAt).wholeSeconds / policy.shift.wholeSeconds) + 1
        let sent = handover?.dueAt == dueAt ? handover?.sent ?? 0 : 0
        guard nag.number == number, number > sent else {
            return "nag \(nag.number) about a shift, not \(number)"
        }
        handover = (dueAt, number)
        let tired = shiftEnds.filter { $0.value <= entry.recordedAt }.keys.compactMap { holders[$0] }
        let wanted = Set((tired + [holders[.commander]].compactMap(\.self)).map { Person($0) })
        let asked = Set(nag.to.filter { $0.role != "declarer" }.map(\.person))
        return asked.isSubset(of: wanted) && wanted.isSubset(of: Set(nag.to.map(\.person)))
            ? nil : "others were asked to hand over"
    }

    private mutating func readForDecision(_ nag: NagSent, _ entry: Entry) -> String? {
        guard nag.dueAt == decisionDueAt, !nag.breached else { return "a nag for another decision" }
        // At once, then every interval; after a downtime the last one due.
        guard var moment = nextDecision.map(afterWatch), moment <= entry.recordedAt else {
            return "a nag for the decision before its moment"
        }
        var number = decisionCount + 1
        while moment + interval <= entry.recordedAt, number < policy.nagMax {
            (moment, number) = (moment + interval, number + 1)
        }
        guard nag.number == number, number <= policy.nagMax else {
            return "nag \(nag.number) for the decision, not \(number)"
        }
        decisionCount = number
        nextDecision = moment + interval
        let expected = holders[.commander] ?? nag.to[0].person.name
        return nag.to.map(\.person.name) == [expected] ? nil : "someone who does not decide was asked"
    }

    private mutating func readForClosing(_ nag: NagSent, _ entry: Entry) -> String? {
        guard let (dueAt, interval, sent) = closing, nag.dueAt == dueAt, !nag.breached else {
            return "a nag for no final update"
        }
        let number = (1...3).last { dueAt + interval * ($0 - 1) <= entry.recordedAt }
        guard nag.number == number, nag.number > sent else {
            return "final nag \(nag.number), not \(number ?? 0)"
        }
        closing?.sent = nag.number
        let communicator = holders[.communicator].map { [$0] } ?? []
        let commander = holders[.commander].map { [$0] } ?? [nag.to.last?.person.name ?? ""]
        let line = (communicator + commander).map { Person($0) }
        let wanted = nag.number == 1 ? Set(line.prefix(1)) : Set(line)
        return Set(nag.to.map(\.person)) == wanted ? nil : "others were asked for the final update"
    }

    private mutating func readForStale(_ nag: NagSent, _ entry: Entry) -> String? {
        let days = min(14, Int((entry.recordedAt - silentSince).wholeSeconds / 86_400))
        guard nag.dueAt == silentSince + .seconds(86_400), !nag.breached, nag.number == days, days > staleNags
        else {
            return "stale for \(days) days, and asked as for \(nag.number)"
        }
        staleNags = nag.number
        isProgressHeldBack = true
        return nag.to.last?.role == "declarer" || nag.to.map(\.role) == ["commander"]
            ? nil : "the declarer was not asked"
    }

    private mutating func readForProgress(_ nag: NagSent, _ entry: Entry) -> String? {
        guard nag.dueAt == progressAt + policy.noProgress, entry.recordedAt >= afterWatch(nag.dueAt),
            !nags.contains(where: { $0 >= 3 })
        else { return "a standstill that was none, or during a breach" }
        isProgressHeldBack = false
        guard !isInactivityNagged, nag.number == 1, !nag.breached else {
            return "asked twice about a silence"
        }
        isInactivityNagged = true
        return nil
    }

    private mutating func readForUpdate(_ nag: NagSent, _ entry: Entry) -> String? {
        guard nag.dueAt == dueAt else { return "a nag for a deadline that does not stand" }
        guard nagged.insert("\(dueAt.milliseconds)/\(nag.number)").inserted else {
            return "the same nag twice"
        }
        guard nag.number == moments.lastIndex(where: { $0 <= entry.recordedAt }).map({ $0 + 1 }) else {
            return "nag \(nag.number) was not the highest that had come"
        }
        guard nag.breached == (nag.number >= 3) else { return "nag \(nag.number) breached \(nag.breached)" }
        nags.append(nag.number)
        spent[dueAt] = nag.number
        last = nag.number
        return nil
    }

    private mutating func readEndOfSnooze(at now: Timestamp) -> String? {
        guard let until = snoozedUntil, until > now else { return "no snooze to end" }
        if let (number, moment) = unsnoozed, number == last + 1 { put(number, at: max(moment, now)) }
        (snoozedUntil, unsnoozed) = (nil, nil)
        return nil
    }

    private var nextProgressNag: Timestamp? {
        if isInactivityNagged || nags.contains(where: { $0 >= 3 }) { return nil }
        let dueAt = afterWatch(progressAt + policy.noProgress)
        return isProgressHeldBack ? max(dueAt, silentSince) : dueAt
    }

    private var freezeName: String { freeze.map { $0.service ?? "*" } ?? "" }

    /// Differences between a state and this model.
    func disagreements(with incident: Incident) -> [String] {
        var found: [String] = []
        if incident.status != status { found.append("status \(incident.status), not \(status)") }
        if incident.severity != severity { found.append("severity \(incident.severity), not \(severity)") }
        if incident.episodeStartedAt != episodeStartedAt { found.append("another start of the episode") }
        if incident.cadence.beat.interval != interval { found.append("another interval") }
        if incident.cadence.interval != nextInterval { found.append("another interval to come") }
        if incident.cadence.snoozedUntil != snoozedUntil { found.append("another snooze") }
        if incident.decision?.dueAt != decisionDueAt { found.append("another decision") }
        if status.isOpen, staleNags == 0,
            incident.nextNagAt(about: .noProgress) != nextProgressNag
        {
            found.append("another silence")
        }
        if status.isOpen,
            incident.nextNagAt(about: .stale)
                != (staleNags < 14 ? silentSince + .seconds(86_400) * (staleNags + 1) : nil)
        {
            found.append("another stale nag to come")
        }
        if incident.cadence.beat.dueAt != dueAt {
            found.append("due \(incident.cadence.beat.dueAt), not \(dueAt)")
        }
        if incident.cadence.lastUpdateAt != lastUpdateAt { found.append("another last update") }
        if incident.cadence.hasOpenDeadline != hasOpenDeadline { found.append("another open deadline") }
        if incident.cadence.nagsSent != nags.count {
            found.append("\(incident.cadence.nagsSent) nags, not \(nags.count)")
        }
        if incident.cadence.breached != nags.contains(where: { $0 >= 3 }) { found.append("another breach") }
        if incident.roles.mapValues(\.person.name) != holders { found.append("other roles") }
        if incident.evidence.map(\.seq) != evidence { found.append("other evidence") }
        if incident.draftBreakers != draftBreakers { found.append("other draft breakers") }
        if incident.freeze?.until != freeze?.until || (incident.freeze?.scope.name ?? "") != freezeName {
            found.append("another freeze")
        }
        let (now, others) = (incident.recordedAt, incident.exceptions)
        if others.filter({ $0.runs(at: now) }).map(\.seq)
            != exceptions.filter({ $0.value > now }).keys.sorted()
            || !status.isOpen && others.contains(where: { $0.runs(at: now) })
        {
            found.append("other exceptions")
        }
        if Dictionary(uniqueKeysWithValues: incident.suspects.map { ($0.seq, $0.state.rawValue) }) != suspects
        {
            found.append("other suspects")
        }
        if Set(incident.todos.map(\.seq)) != todos { found.append("other todos") }
        if incident.openMitigations.map(\.seq).sorted() != openMitigations.sorted() {
            found.append("other mitigations are open")
        }
        if incident.times.mitigatedAt != mitigatedAt { found.append("another mitigation") }
        if incident.times.restoredAt != restoredAt { found.append("another end of the impact") }
        if incident.watch?.until != watch?.until { found.append("another watch") }
        return found
    }
}
