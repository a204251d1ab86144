import Time

extension Incident {
    /// The incident that its first entry declares; `nil` for any other entry.
    public init?(declaredBy entry: Entry) {
        guard case .declared(let declared) = entry.event else { return nil }
        let details = declared.details
        self.init(
            id: declared.id, number: declared.number, seq: entry.seq, version: entry.seq,
            recordedAt: entry.recordedAt,
            changedAt: entry.recordedAt, title: details.title, status: .investigating,
            severity: declared.severity,
            declaredSeverity: declared.severity, reviewedSeverity: nil, impact: details.impact,
            workaround: details.workaround, restoredWhen: details.restoredWhen,
            nextAction: details.nextAction,
            declaredBy: entry.author, episode: 1, episodeStartedAt: entry.recordedAt,
            roles: details.roles.mapValues {
                Assignment(person: $0.person, contact: $0.contact, since: entry.recordedAt)
            },
            cadence: Cadence(startingWith: declared.beat),
            decision: declared.episode.map { DecisionDeadline(dueAt: $0.decisionDueAt) },
            slowsFrom: Incident.slowsFrom(declared.episode, startedAt: entry.recordedAt),
            inactivity: Inactivity(since: entry.recordedAt, limit: declared.episode?.noProgressAfter),
            duplicateOf: nil,
            times: Times(
                startedAt: details.startedAt, detectedAt: details.detectedAt, declaredAt: entry.recordedAt),
            labels: details.labels, links: details.links, channel: details.channel, evidence: [],
            draftBreakers: [])
    }

    /// Adds the next entry. Takes no configuration and no clock, so the same entries always add up to the same state.
    public mutating func apply(_ entry: Entry) {
        seq = entry.seq
        recordedAt = entry.recordedAt
        if entry.event.kind != .nagSent {
            inactivity = Inactivity(since: entry.recordedAt, limit: inactivity.limit)
        }
        let interval = cadence.beat.interval
        let isVisible = change(with: entry)
        decision?.change(
            from: interval, to: cadence.beat.interval, atMost: cadence.beat.nagMax, at: entry.recordedAt)
        if isVisible {
            version = entry.seq
            changedAt = entry.recordedAt
        }
    }

    /// Whether the entry changed what a reader of the incident sees.
    private mutating func change(with entry: Entry) -> Bool {
        switch entry.event {
        case .declared, .severityDisputed:
            return false
        case .posted(let posted):
            collect(posted, entry)
            return false
        case .edited(let edit):
            apply(edit)
        case .statusChanged(_, let to, _):
            enter(to, entry)
        case .severityRaised(_, let to, let beat, _):
            severity = to
            cadence.shift(to: beat, at: entry.recordedAt)
            draftBreakers.append(entry.seq)
        case .roleAssigned(let role, let person, _, let contact):
            // Who only changes the contact holds the role since they took it.
            let since = roles[role].flatMap { $0.person == person ? $0.since : nil } ?? entry.recordedAt
            roles[role] = Assignment(person: person, contact: contact, since: since)
        case .roleReleased(let role, _):
            roles[role] = nil
        case .updatePublished(let update):
            return apply(update, entry)
        case .nagSent(let nag):
            return count(nag)
        case .nagSnoozed(let until, _, let number, _):
            return cadence.snooze(number, until: until)
        case .cadenceChanged(let change):
            if let beat = change.beat { cadence.shift(to: beat, at: entry.recordedAt) }
            cadence.interval = change.to
        case .escalated(_, let decisionDueAt, _):
            defer { decision = DecisionDeadline(dueAt: decisionDueAt) }
            return decision?.dueAt != decisionDueAt
        case .resolved:
            enter(.resolved, entry)
            times.resolvedAt = entry.recordedAt
        case .cancelled(_, let cancellation):
            enter(.cancelled, entry)
            times.cancelledAt = entry.recordedAt
            if case .duplicate(let other) = cancellation { duplicateOf = other }
        case .reopened(let reopened):
            reopen(reopened, entry)
        }
        return true
    }

    /// A reader of the incident sees the nags for an update alone.
    private mutating func count(_ nag: NagSent) -> Bool {
        switch nag.about {
        case .update: cadence.count(nag)
        case .decision: decision?.count(nag.number, every: cadence.beat.interval)
        case .noProgress: inactivity.isNagged = true
        }
        return nag.about == .update
    }

    /// An entry of Drumbeat 0.1.0 does not say; an hour is what its rules said.
    private static func slowsFrom(_ clock: EpisodeClock?, startedAt: Timestamp) -> Timestamp {
        clock?.decisionDueAt ?? startedAt + .seconds(3_600)
    }

    private mutating func enter(_ to: Status, _ entry: Entry) {
        status = to
        draftBreakers.append(entry.seq)
        if to == .monitoring {
            times.monitoringAt = entry.recordedAt
            times.mitigatedAt = times.mitigatedAt ?? entry.recordedAt
        }
    }

    private mutating func reopen(_ reopened: Reopened, _ entry: Entry) {
        enter(.investigating, entry)
        episode = reopened.episode
        episodeStartedAt = entry.recordedAt
        cadence = Cadence(startingWith: reopened.beat, after: cadence)
        decision = reopened.clock.map { DecisionDeadline(dueAt: $0.decisionDueAt) }
        slowsFrom = Incident.slowsFrom(reopened.clock, startedAt: entry.recordedAt)
        inactivity = Inactivity(since: entry.recordedAt, limit: reopened.clock?.noProgressAfter)
        times.resolvedAt = nil
        times.cancelledAt = nil
        duplicateOf = nil
    }

    private mutating func apply(_ update: UpdatePublished, _ entry: Entry) -> Bool {
        if entry.occurredAt >= episodeStartedAt { cadence.updatesInEpisode += 1 }
        guard update.counts else { return false }
        // After the final update another one of the same moment is on the timeline alone.
        let isVisible = cadence.hasOpenDeadline || cadence.lastUpdateAt != entry.occurredAt
        cadence.lastUpdateSeq = entry.seq
        cadence.meet(at: entry.occurredAt, lateBySeconds: update.lateBySeconds, next: update.beat)
        return isVisible
    }

    private mutating func collect(_ posted: Posted, _ entry: Entry) {
        switch posted.kind {
        case .finding(confirmed: true):
            evidence.append(Evidence(seq: entry.seq, kind: .finding, visibility: entry.visibility))
            draftBreakers.append(entry.seq)
        case .change(complete: true):
            evidence.append(Evidence(seq: entry.seq, kind: .change, visibility: entry.visibility))
        case .note, .finding, .hypothesis, .change, .decision, .todo:
            break
        }
    }

    private mutating func apply(_ edit: Edit) {
        title = edit.title.applied(to: title) ?? title
        impact = edit.impact.applied(to: impact)
        workaround = edit.workaround.applied(to: workaround)
        restoredWhen = edit.restoredWhen.applied(to: restoredWhen)
        nextAction = edit.nextAction.applied(to: nextAction)
        times.startedAt = edit.startedAt.applied(to: times.startedAt)
        times.detectedAt = edit.detectedAt.applied(to: times.detectedAt)
        channel = edit.channel.applied(to: channel)
        reviewedSeverity = edit.reviewedSeverity.applied(to: reviewedSeverity)
        for (key, value) in edit.labels { labels[key] = value }
        links = edit.links.applied(to: links) ?? []
    }
}
