import Time

extension Judge {
    /// How much later than the interval a promise may lie: people round.
    static var promiseSlack: Duration { .seconds(60) }

    func publish(_ update: Change.Update) throws(Violation) -> Decision {
        let forced = try checkDraft(update)
        guard let wish = update.status, wish.to != incident.status else { return try publish(update, forced) }
        // The status moves first, and the update is judged as if it had: both are stored together or not at
        // all.
        let moved = try changeStatus(wish)
        var after = incident
        for proposal in moved.entries {
            after.apply(proposal.entry(seq: after.seq + 1, by: author.person, at: now))
        }
        let published = try Judge(incident: after, author: author, policy: policy, now: now).publish(
            update, forced)
        return Decision(moved.entries + published.entries, warnings: moved.warnings + published.warnings)
    }

    private func publish(_ update: Change.Update, _ forced: Bool) throws(Violation) -> Decision {
        var warnings: [Warning] = []
        let moment = try settle(update.occurredAt, "#/occurred_at", at: now, &warnings) ?? now
        let cadence = incident.cadence
        let interval = cadence.interval
        try checkPromise(update.nextUpdateAt, after: moment, interval)

        // An update older than the last one, or from before the episode, moves no deadline (section 6).
        let counts = moment >= (cadence.lastUpdateAt ?? moment) && moment >= incident.episodeStartedAt
        if !counts { warnings.append(.movesNoDeadline) }
        let meets = counts && cadence.hasOpenDeadline
        let next = min(moment + interval, update.nextUpdateAt ?? moment + interval)
        let published = UpdatePublished(
            audience: update.audience, slot: incident.slot(at: moment), counts: counts,
            dueAt: meets ? cadence.beat.dueAt : nil,
            lateBySeconds: meets ? max(0, Int((moment - cadence.beat.dueAt).wholeSeconds)) : nil,
            beat: counts && incident.isOpen
                ? Beat(due: next, interval: interval, under: policy, setAt: now) : nil,
            promisedAt: update.nextUpdateAt, basisSeq: update.basisSeq, etaBasis: update.etaBasis,
            template: update.template, forced: forced,
            claimedAt: warnings.contains(.clockSkew) ? update.occurredAt : nil)
        let proposal = Proposal(
            event: .updatePublished(published), text: update.text, occurredAt: moment,
            visibility: update.audience == .public ? .public : .internal)
        return Decision([proposal], warnings: warnings)
    }

    /// Whether the author overrides a refusal of the draft: that it is stale, or that it is unfilled.
    private func checkDraft(_ update: Change.Update) throws(Violation) -> Bool {
        var newer: [Int] = []
        if let basis = update.basisSeq {
            guard basis >= 1, basis <= incident.seq else {
                throw .invalid(
                    pointer: "#/basis_seq",
                    detail: "The seq of a draft's basis lies between 1 and \(incident.seq).")
            }
            newer = incident.draftBreakers.filter { $0 > basis }
            guard update.force || newer.isEmpty else { throw .staleDraft(basis: basis, newer: newer) }
        }
        if let basis = update.etaBasis {
            guard basis >= 1, basis <= incident.seq else {
                throw .invalid(
                    pointer: "#/eta_basis",
                    detail: "The entry that a time rests on has a seq between 1 and \(incident.seq).")
            }
        }
        let isUnfilled = Draft.holdsPlaceholder(update.text)
        guard update.force || !isUnfilled else { throw .unfilledDraft }
        return isUnfilled || !newer.isEmpty
    }

    private func checkPromise(
        _ promise: Timestamp?, after moment: Timestamp, _ interval: Duration
    ) throws(Violation) {
        guard let promise else { return }
        guard promise > moment else {
            throw .invalid(pointer: "#/next_update_at", detail: "The next update lies after this one.")
        }
        let limit = moment + interval + Judge.promiseSlack
        guard promise <= limit else { throw .promiseExceedsCadence(limit: limit, interval: interval) }
    }
}

extension Proposal {
    /// The entry that this becomes at a place in an incident.
    public func entry(seq: Int, by author: Person, at recordedAt: Timestamp) -> Entry {
        Entry(
            seq: seq, author: author, occurredAt: occurredAt, recordedAt: recordedAt, visibility: visibility,
            event: event)
    }
}
