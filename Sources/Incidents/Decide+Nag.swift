import Time

extension Judge {
    /// The nag that asks everybody; with it the incident is in breach.
    static var breachedFrom: Int { 3 }

    /// Looks again: an update that came first, or a nag that somebody else sent, leaves nothing to decide.
    ///
    /// At most one nag for each thing that can be missing.
    func nag() -> Decision {
        guard incident.isOpen else { return Decision() }
        return Decision([nagForUpdate(), nagForDecision(), nagForProgress()].compactMap(\.self))
    }

    private func nagForUpdate() -> Proposal? {
        guard let number = incident.cadence.nagDue(at: now) else { return nil }
        return nag(
            NagSent(
                about: .update, dueAt: incident.cadence.beat.dueAt, number: number,
                to: incident.recipients(ofNag: number), breached: number >= Judge.breachedFrom)
        ) { late in "Status update overdue by \(late) min" }
    }

    private func nagForDecision() -> Proposal? {
        let beat = incident.cadence.beat
        guard let decision = incident.decision,
            let number = decision.nagDue(every: beat.interval, atMost: beat.nagMax, at: now)
        else { return nil }
        return nag(
            NagSent(
                about: .decision, dueAt: decision.dueAt, number: number,
                to: incident.recipients(ofNag: number, about: .decision), breached: false)
        ) { late in "Decision overdue by \(late) min, resolve or escalate" }
    }

    private func nagForProgress() -> Proposal? {
        let inactivity = incident.inactivity
        guard !inactivity.isNagged, let dueAt = inactivity.endsAt, now >= dueAt else { return nil }
        let minutes = (now - inactivity.since).wholeSeconds / 60
        return nag(
            NagSent(
                about: .noProgress, dueAt: dueAt, number: 1,
                to: incident.recipients(ofNag: 1, about: .noProgress), breached: false)
        ) { _ in "Nobody has written anything for \(minutes) min" }
    }

    private func nag(_ nag: NagSent, _ complaint: (Int64) -> String) -> Proposal {
        let names = nag.to.map { "\($0.person.name) (\($0.role))" }.joined(separator: ", ")
        let late = Int64((now - nag.dueAt).wholeSeconds / 60)
        return Proposal(
            event: .nagSent(nag), text: "\(complaint(late)): nag \(nag.number) to \(names)", occurredAt: now,
            visibility: .internal, once: .nag(about: nag.about, due: nag.dueAt, number: nag.number))
    }
}

extension Incident {
    /// The next moment at which the service must nag about something, whatever it is; `nil` when nothing is to come.
    public var nextNagAt: Timestamp? {
        NagSent.About.allCases.compactMap(nextNagAt(about:)).min()
    }

    /// When the next nag about something goes out, unless somebody does what it would ask for.
    public func nextNagAt(about: NagSent.About) -> Timestamp? {
        guard isOpen else { return nil }
        let beat = cadence.beat
        switch about {
        case .update:
            guard cadence.lastNagNumber < beat.nagMax else { return nil }
            return cadence.moment(ofNag: cadence.lastNagNumber + 1)
        case .decision:
            guard let decision, decision.nextNumber <= beat.nagMax else { return nil }
            return decision.nextMoment
        case .noProgress:
            return inactivity.isNagged ? nil : inactivity.endsAt
        }
    }
}
