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
    private(set) var interval: Duration
    private(set) var dueAt: Timestamp
    private(set) var lastUpdateAt: Timestamp?
    private(set) var hasOpenDeadline = true
    /// The numbers of the nags for the open deadline.
    private(set) var nags: [Int] = []
    private(set) var holders: [Role: String] = [:]
    private(set) var evidence: [Int] = []
    private(set) var draftBreakers: [Int] = []
    /// Every nag so far, as `due/number`.
    private(set) var nagged: Set<String> = []

    init(_ first: Entry, _ severity: Severity, _ policy: Policy) {
        self.policy = policy
        self.severity = severity
        episodeStartedAt = first.recordedAt
        interval = policy.beat(of: severity).interval
        dueAt = first.recordedAt + policy.beat(of: severity).firstUpdate
    }

    /// When nag n goes out: the steps after the deadline, then the moment of n−1 plus the interval.
    var moments: [Timestamp] {
        var moments = policy.nagSteps.prefix(policy.nagMax).map { dueAt + $0 }
        while let last = moments.last, moments.count < policy.nagMax { moments.append(last + interval) }
        return moments
    }

    /// Reads the next entry; answers what is wrong with it.
    mutating func read(_ entry: Entry) -> String? {
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
        case .reopened(let from, _, _, _):
            guard from == status, !status.isOpen else { return "reopened from \(status)" }
            reopen(entry)
        case .severityRaised(let from, let to, _, _):
            guard from == severity, to > severity, status.isOpen else {
                return "raised from \(severity) to \(to)"
            }
            severity = to
            interval = policy.beat(of: to).interval
            dueAt = min(dueAt, entry.recordedAt + interval)
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
        case .posted(let posted): read(posted, entry)
        case .declared: return "declared twice"
        case .edited, .severityDisputed: break
        }
        return nil
    }

    private func counts(_ entry: Entry) -> Bool {
        entry.occurredAt >= episodeStartedAt && entry.occurredAt >= (lastUpdateAt ?? entry.occurredAt)
    }

    private mutating func reopen(_ entry: Entry) {
        status = .investigating
        draftBreakers.append(entry.seq)
        episodeStartedAt = entry.recordedAt
        interval = policy.beat(of: severity).interval
        dueAt = entry.recordedAt + policy.beat(of: severity).firstUpdate
        lastUpdateAt = nil
        hasOpenDeadline = true
        nags = []
    }

    private mutating func read(_ update: UpdatePublished, _ entry: Entry) {
        guard counts(entry) else { return }
        lastUpdateAt = entry.occurredAt
        nags = []
        hasOpenDeadline = status.isOpen
        guard status.isOpen else { return }
        dueAt = min(entry.occurredAt + interval, update.promisedAt ?? entry.occurredAt + interval)
    }

    /// Invariant I7: once only, never after the end, never before its moment, and never a lower one than has
    /// come.
    private mutating func read(_ nag: NagSent, _ entry: Entry) -> String? {
        guard status.isOpen else { return "a nag after the end" }
        guard nag.dueAt == dueAt else { return "a nag for a deadline that does not stand" }
        guard nagged.insert("\(dueAt.milliseconds)/\(nag.number)").inserted else {
            return "the same nag twice"
        }
        guard nag.number == moments.lastIndex(where: { $0 <= entry.recordedAt }).map({ $0 + 1 }) else {
            return "nag \(nag.number) was not the highest that had come"
        }
        guard !nag.to.isEmpty, Set(nag.to.map(\.person)).count == nag.to.count else {
            return "nobody, or one twice"
        }
        guard nag.breached == (nag.number >= 3) else { return "nag \(nag.number) breached \(nag.breached)" }
        nags.append(nag.number)
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
