import Time

/// Judges a change: the entries it appends, or why it is refused.
///
/// Pure: time is an argument, and everything that follows from policy is written into the entries. `incident`
/// is `nil` only for `.declare`. Source: domain.md, sections 2 to 6.
public func decide(
    _ change: Change, on incident: Incident?, by author: Author, under policy: Policy, at now: Timestamp
) throws(Violation) -> Decision {
    if case .declare(let id, let number, let severity, let details) = change {
        return try declare(id, number, severity, details, by: author, under: policy, at: now)
    }
    guard let incident else {
        throw .invalid(pointer: "#", detail: "There is no incident to change.")
    }
    // Nothing is recorded before the last entry, so a clock that was set back stands still (section 5).
    let judge = Judge(incident: incident, author: author, policy: policy, now: max(now, incident.recordedAt))
    switch change {
    case .declare: return Decision()
    case .edit(let edit): return try judge.edit(edit)
    case .raiseSeverity(let severity, let reason): return try judge.raise(to: severity, reason)
    case .dispute(let claims, let reason): return judge.dispute(claims, reason)
    case .changeStatus(let wish): return try judge.changeStatus(wish)
    case .assignRole(let role, let person, let contact): return judge.assign(role, to: person, contact)
    case .releaseRole(let role): return judge.release(role)
    case .post(let note): return try judge.post(note)
    case .publish(let update): return try judge.publish(update)
    case .snooze(let minutes, let reason): return try judge.snooze(minutes: minutes, reason)
    case .changeInterval(let interval, let reason): return try judge.changeInterval(to: interval, reason)
    case .escalate(let person, let reason): return try judge.escalate(to: person, reason)
    case .nag: return judge.nag()
    }
}

/// One change's circumstances; the judgements are in extensions, a file a topic.
struct Judge {
    let incident: Incident
    let author: Author
    let policy: Policy
    let now: Timestamp

    /// An entry that changes state: it happened when it was recorded.
    func entry(_ event: Event, _ text: String) -> Proposal {
        Proposal(event: event, text: text, occurredAt: now, visibility: .internal)
    }

    func requireOpen(_ wish: String) throws(Violation) {
        guard incident.isOpen else { throw .incidentEnded(incident.status, wish: wish) }
    }

    /// "By the commander": the holder, or anybody with the scope while the role is vacant (domain.md, section 4).
    func requireCommander(_ wish: String) throws(Violation) {
        guard let commander = incident.holder(of: .commander), commander != author.person else { return }
        throw .commanderOnly(wish: wish, commander: commander)
    }
}

private func declare(
    _ id: Incident.ID, _ number: Int, _ severity: Severity, _ details: Declared.Details, by author: Author,
    under policy: Policy, at now: Timestamp
) throws(Violation) -> Decision {
    var details = details
    var warnings: [Warning] = []
    details.startedAt = try settle(details.startedAt, "#/started_at", at: now, &warnings)
    details.detectedAt = try settle(details.detectedAt, "#/detected_at", at: now, &warnings)
    if saysNothing(details.impact) { warnings.append(.impactMissing) }
    if namesOneForBoth(details.roles.mapValues(\.person)) { warnings.append(.commanderIsCommunicator) }

    let intervals = policy.intervals(of: severity)
    let beat = Beat(due: now + intervals.firstUpdate, interval: intervals.interval, under: policy, setAt: now)
    let declared = Declared(
        id: id, number: number, severity: severity, details: details, beat: beat,
        episode: EpisodeClock(startingAt: now, under: policy))
    let text = "Declared by \(author.person.name) as \(severity.rawValue): \(details.title)"
    let entry = Proposal(event: .declared(declared), text: text, occurredAt: now, visibility: .internal)
    return Decision([entry], warnings: warnings)
}

/// A warning, not an error, when the commander is also the communicator while at least two people hold roles.
func namesOneForBoth(_ holders: [Role: Person]) -> Bool {
    guard let commander = holders[.commander], commander == holders[.communicator] else { return false }
    return Set(holders.values).count >= 2
}

/// How far ahead of the service's clock a sender's clock may be before its time is refused.
let clockSkewMax: Duration = .seconds(600)

/// A claimed time, or now when it lies a little ahead; refused when it lies further ahead (domain.md, section 5).
func settle(
    _ claimed: Timestamp?, _ pointer: String, at now: Timestamp, _ warnings: inout [Warning]
) throws(Violation) -> Timestamp? {
    guard let claimed, claimed > now else { return claimed }
    guard claimed <= now + clockSkewMax else {
        throw .clockSkew(pointer: pointer, claimed: claimed, now: now)
    }
    if !warnings.contains(.clockSkew) { warnings.append(.clockSkew) }
    return now
}
