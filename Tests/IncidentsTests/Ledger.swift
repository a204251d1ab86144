import Incidents
import Time

/// The rules of the clock told a second time, from domain.md's sentences and what people did, not from the
/// beats that `decide` wrote.
///
/// What the fold holds must agree with it after every entry.
struct Ledger {
    private let policy: Policy
    private(set) var status = Incident.Status.investigating
    private(set) var severity: Severity
    private(set) var episodeStartedAt: Timestamp
    /// The open deadline's interval, and the one from the next update on.
    private(set) var interval: Duration
    private(set) var nextInterval: Duration
    private(set) var dueAt: Timestamp
    private var snoozes: [(until: Timestamp, number: Int?)] = []
    private(set) var decisionDueAt: Timestamp
    /// The nags for the decision that is due, each with the moment it was meant for.
    private var decisionNags: [(number: Int, moment: Timestamp)] = []
    private var silentSince: Timestamp
    private var isSilenceNagged = false
    private(set) var lastUpdateAt: Timestamp?
    private(set) var hasOpenDeadline = true
    /// The numbers of the nags for the open deadline.
    private(set) var nags: [Int] = []
    private(set) var holders: [Role: String] = [:]
    private(set) var evidence: [Int] = []
    private(set) var draftBreakers: [Int] = []
    /// The last nag for an update for each deadline's moment.
    private var spent: [Timestamp: Int] = [:]
    /// Every nag so far, as `due/number`.
    private(set) var nagged: Set<String> = []

    init(_ first: Entry, _ severity: Severity, _ policy: Policy) {
        self.policy = policy
        self.severity = severity
        episodeStartedAt = first.recordedAt
        interval = policy.beat(of: severity).interval
        nextInterval = interval
        dueAt = first.recordedAt + policy.beat(of: severity).firstUpdate
        decisionDueAt = first.recordedAt + policy.decisionAfter
        silentSince = first.recordedAt
    }

    /// When nag n goes out: the steps after the deadline, then the moment of n−1 plus the interval.
    var moments: [Timestamp] {
        var moments = policy.nagSteps.prefix(policy.nagMax).map { dueAt + $0 }
        while let last = moments.last, moments.count < policy.nagMax { moments.append(last + interval) }
        // A snooze moves the nag that is next to its end, and those behind it along.
        for case (let until, .some(let number)) in snoozes where moments[number - 1] < until {
            let delay = until - moments[number - 1]
            for index in (number - 1)..<moments.count { moments[index] = moments[index] + delay }
        }
        return moments
    }

    /// Until when nags are snoozed; `nil` when they are not.
    var snoozedUntil: Timestamp? { snoozes.map(\.until).max() }

    /// Reads the next entry; answers what is wrong with it.
    mutating func read(_ entry: Entry) -> String? {
        if entry.event.kind != .nagSent {
            silentSince = entry.recordedAt
            isSilenceNagged = false
        }
        switch entry.event {
        case .statusChanged(let from, let to, _):
            guard from == status, status.isOpen, to.isOpen, from != to else {
                return "moved from \(status) to \(to)"
            }
            status = to
            draftBreakers.append(entry.seq)
        case .resolved(let from, let override, _):
            guard from == status, status.isOpen, override == (from != .monitoring) else {
                return "resolved from \(status)"
            }
            status = .resolved
            draftBreakers.append(entry.seq)
        case .cancelled(let from, _):
            guard from == status, status.isOpen else { return "cancelled from \(status)" }
            status = .cancelled
            draftBreakers.append(entry.seq)
        case .reopened(let reopened):
            guard reopened.from == status, !status.isOpen else { return "reopened from \(status)" }
            reopen(entry)
        case .severityRaised(let from, let to, _, _):
            guard from == severity, to > severity, status.isOpen else {
                return "raised from \(severity) to \(to)"
            }
            severity = to
            interval = policy.beat(of: to).interval
            nextInterval = interval
            move(to: min(dueAt, entry.recordedAt + interval))
            draftBreakers.append(entry.seq)
        case .roleAssigned(let role, let person, let previous, _):
            guard previous?.name == holders[role] else {
                return "\(role.rawValue) was not \(previous?.name ?? "vacant")"
            }
            holders[role] = person.name
        case .roleReleased(let role, let previous):
            guard previous.name == holders[role] else { return "\(role.rawValue) was not \(previous.name)" }
            holders[role] = nil
        case .updatePublished(let update):
            guard update.counts == counts(entry) else { return "an update counts wrongly" }
            read(update, entry)
        case .nagSent(let nag): return read(nag, entry)
        case .nagSnoozed(let until, let minutes, let number, _):
            guard status.isOpen, snoozes.count < 2, until == entry.recordedAt + .seconds(60 * minutes) else {
                return "snoozed a third time, or not by its minutes"
            }
            // The next one: the highest that has come and was not sent, else the one behind the last.
            let come = moments.lastIndex { $0 <= entry.recordedAt }.map { $0 + 1 } ?? 0
            let next = max(come, last + (come > last ? 0 : 1))
            guard number == (next <= policy.nagMax ? next : nil) else {
                return "snoozed \(number ?? 0), not \(next)"
            }
            snoozes.append((until, number))
        case .cadenceChanged(let change):
            guard status.isOpen, change.from == nextInterval, change.to != nextInterval else {
                return "no other cadence"
            }
            if change.to < nextInterval {
                interval = change.to
                move(to: min(dueAt, lastUpdateAt.map { $0 + change.to } ?? dueAt))
            }
            nextInterval = change.to
        case .escalated:
            guard status.isOpen else { return "escalated after the end" }
            decisionDueAt = entry.recordedAt + policy.decisionAfter
            decisionNags = []
        case .posted(let posted): read(posted, entry)
        case .declared: return "declared twice"
        case .edited, .severityDisputed: break
        }
        return nil
    }

    /// Numbers that were sent for a deadline stay spent when it moves.
    private mutating func move(to moment: Timestamp) {
        spent[moment] = max(spent[moment] ?? 0, spent[dueAt] ?? 0)
        dueAt = moment
    }

    private func counts(_ entry: Entry) -> Bool {
        entry.occurredAt >= episodeStartedAt && entry.occurredAt >= (lastUpdateAt ?? entry.occurredAt)
    }

    private mutating func reopen(_ entry: Entry) {
        status = .investigating
        draftBreakers.append(entry.seq)
        episodeStartedAt = entry.recordedAt
        interval = policy.beat(of: severity).interval
        nextInterval = interval
        dueAt = entry.recordedAt + policy.beat(of: severity).firstUpdate
        decisionDueAt = entry.recordedAt + policy.decisionAfter
        decisionNags = []
        snoozes = []
        lastUpdateAt = nil
        hasOpenDeadline = true
        nags = []
    }

    private mutating func read(_ update: UpdatePublished, _ entry: Entry) {
        guard counts(entry) else { return }
        lastUpdateAt = entry.occurredAt
        nags = []
        snoozes = []
        hasOpenDeadline = status.isOpen
        guard status.isOpen else { return }
        interval = nextInterval
        dueAt = min(entry.occurredAt + interval, update.promisedAt ?? entry.occurredAt + interval)
    }

    /// Invariant I7: once only, never after the end, never before its moment, and never a lower one than has
    /// come.
    private mutating func read(_ nag: NagSent, _ entry: Entry) -> String? {
        guard status.isOpen else { return "a nag after the end" }
        guard !nag.to.isEmpty, Set(nag.to.map(\.person)).count == nag.to.count else {
            return "nobody, or one twice"
        }
        switch nag.about {
        case .update: return readForUpdate(nag, entry)
        case .decision: return readForDecision(nag, entry)
        case .noProgress: return readForProgress(nag, entry)
        }
    }

    private mutating func readForDecision(_ nag: NagSent, _ entry: Entry) -> String? {
        guard nag.dueAt == decisionDueAt, !nag.breached else { return "a nag for another decision" }
        // At once, and then every interval; after a downtime the last one that has come.
        var next = decisionNags.last.map { ($0.number + 1, $0.moment + interval) } ?? (1, decisionDueAt)
        guard next.1 <= entry.recordedAt else { return "a nag for the decision before its moment" }
        while next.1 + interval <= entry.recordedAt, next.0 < policy.nagMax {
            next = (next.0 + 1, next.1 + interval)
        }
        guard nag.number == next.0, next.0 <= policy.nagMax else {
            return "nag \(nag.number) for the decision, not \(next.0)"
        }
        decisionNags.append(next)
        let expected = holders[.commander] ?? nag.to[0].person.name
        return nag.to.map(\.person.name) == [expected] ? nil : "somebody who does not decide was asked"
    }

    private mutating func readForProgress(_ nag: NagSent, _ entry: Entry) -> String? {
        guard nag.dueAt == silentSince + policy.noProgress, entry.recordedAt >= nag.dueAt else {
            return "a silence that was none"
        }
        guard !isSilenceNagged, nag.number == 1, !nag.breached else { return "asked twice about a silence" }
        isSilenceNagged = true
        return nil
    }

    /// The highest number for the open deadline's moment so far, passed over or sent.
    private var last: Int {
        let passed = snoozes.compactMap { $0.number.map { $0 - 1 } }.max() ?? 0
        return max(passed, spent[dueAt] ?? 0)
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
        return nil
    }

    private mutating func read(_ posted: Posted, _ entry: Entry) {
        switch posted.kind {
        case .finding(confirmed: true):
            evidence.append(entry.seq)
            draftBreakers.append(entry.seq)
        case .change(complete: true):
            evidence.append(entry.seq)
        default: break
        }
    }

    /// Where a state disagrees with it.
    func disagreements(with incident: Incident) -> [String] {
        var found: [String] = []
        if incident.status != status { found.append("status \(incident.status), not \(status)") }
        if incident.severity != severity { found.append("severity \(incident.severity), not \(severity)") }
        if incident.episodeStartedAt != episodeStartedAt { found.append("another start of the episode") }
        if incident.cadence.beat.interval != interval { found.append("another interval") }
        if incident.cadence.interval != nextInterval { found.append("another interval to come") }
        if incident.cadence.snoozedUntil != snoozedUntil { found.append("another snooze") }
        if incident.decision?.dueAt != decisionDueAt { found.append("another decision") }
        if status.isOpen,
            incident.nextNagAt(about: .noProgress)
                != (isSilenceNagged ? nil : silentSince + policy.noProgress)
        {
            found.append("another silence")
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
        return found
    }
}
