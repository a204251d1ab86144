import Incidents
import Model
import Time

/// Postconditions of an accepted change.
struct Promise {
    let change: Request
    let decision: Decision<Incident>
    let before: Incident
    let after: Incident

    /// The violated postconditions. `now` must not be earlier than the last entry.
    func broken(at now: Timestamp) -> [String] {
        var found: [String] = []
        let own = decision.entries.count { $0.number == nil }
        if after.seq != before.seq + own {
            found.append("Entries without a place")
        }
        for proposal in decision.entries {
            if proposal.text.isEmpty { found.append("An entry without words") }
            if proposal.occurredAt > now { found.append("An entry from the future") }
            let isFromPeople =
                proposal.payload is any PostedPayload || proposal.kind == UpdatePublished.kind
            if !isFromPeople, proposal.occurredAt != now {
                found.append("A change of state at another time than now")
            }
        }
        if !keepsItsWord(at: now) { found.append("The change did not do what it promised") }
        return found
    }

    private func keepsItsWord(at now: Timestamp) -> Bool {
        let kinds = decision.entries.map(\.kind)
        switch change.action {
        case let edit as EditIncident:
            return kinds.count <= 1 && (kinds.isEmpty ? after == before : kinds == [Edited.kind])
                && keeps(edit.changes, at: now)
        case let raise as RaiseSeverity:
            return after.severity == raise.to && before.isOpen
                && kinds.isEmpty == (raise.to == before.severity)
        case is DisputeSeverity:
            return kinds == [SeverityDisputed.kind] && after.severity == before.severity
        case let change as ChangeStatus:
            // Only a cancellation as a duplicate writes to another incident, its original.
            let told = decision.entries.filter { $0.number != nil }
            let isTold = change.isDuplicate && !kinds.isEmpty
            return after.status == change.to && kinds.isEmpty == (change.to == before.status)
                && told.map { $0.number.map(StreamName.number) } == (isTold ? [change.otherName] : [])
                && told.allSatisfy { ($0.payload as? Linked) == Linked(before.number, .duplicate) }
        case let assign as AssignRole:
            let holder = after.roles[assign.role]
            let kept =
                before.roles[assign.role].flatMap { $0.person == assign.person ? $0 : nil }
                ?? Role.allCases.compactMap { before.roles[$0] }.first {
                    $0.person == assign.person && $0.contact != nil
                }
            return holder?.person.name == assign.person.name
                && holder?.contact == assign.contact.applied(to: kept?.contact)
        case let release as ReleaseRole: return after.roles[release.role] == nil
        case let post as PostEntry:
            return decision.entries.map(\.text) == [post.text]
                && decision.entries.map(\.occurredAt) == [min(post.occurredAt ?? now, now)]
        case let confirm as Confirm:
            // It adds one entry, or names the entry that already says so; only evidence changes.
            let isEvidence = after.evidence.contains { $0.seq == confirm.of }
            let isKept =
                confirm.verdict == .confirmed || confirm.verdict == .complete(true) ? isEvidence : true
            return kinds == (decision.saidBy == nil ? [Confirmation.kind] : [])
                && after.version == before.version
                && isKept && !(confirm.verdict == .complete(false) && isEvidence)
        case let correct as Correct:
            let words = after.evidence.first { $0.seq == correct.of }?.wordsOf
            return kinds == (decision.saidBy == nil ? [Correction.kind] : [])
                && after.version == before.version
                && (correct.withdraws
                    ? words == nil : words == nil || words == (decision.saidBy ?? after.seq))
        case let update as PublishUpdate: return keeps(update, at: now)
        case let snooze as SnoozeNags:
            let next = before.nextNagAt(about: .update)
            return kinds == [NagSnoozed.kind] && before.isOpen
                && next.map { $0 < now + .seconds(60 * snooze.minutes) } == true
                && before.cadence.beat.interval >= .seconds(60 * snooze.minutes)
                && after.cadence.snoozedUntil ?? now >= now + .seconds(60 * snooze.minutes)
                && after.cadence.beat == before.cadence.beat
        case is EndSnooze:
            let ran = before.cadence.snoozedUntil.map { $0 > now } ?? false
            return kinds == (ran ? [NagSnoozed.kind] : []) && after.cadence.beat == before.cadence.beat
                && (!ran || after.cadence.snoozedUntil == nil)
                && after.cadence.snoozes == before.cadence.snoozes
        case let change as ChangeInterval:
            return after.cadence.interval == change.to
                && kinds == (change.to == before.cadence.interval ? [] : [CadenceChanged.kind])
                && after.cadence.beat.dueAt <= before.cadence.beat.dueAt
        case is Escalate:
            return kinds == (decision.saidBy == nil ? [Escalated.kind] : []) && before.isOpen
                && after.decision.map { $0.dueAt > now } == true
        case is SendNags:
            // One check sends at most one nag per topic.
            let abouts = decision.nags.map(\.about)
            return kinds.allSatisfy { $0 == NagSent.kind } && Set(abouts).count == kinds.count
                && (kinds.isEmpty || before.isOpen != abouts.contains(.closing))
        default: return false
        }
    }

    private func keeps(_ edit: Edited, at now: Timestamp) -> Bool {
        var labels = before.labels
        for (key, value) in edit.labels { labels[key] = value }
        return after.title == edit.title.applied(to: before.title)
            && after.impact == edit.impact.applied(to: before.impact)
            && after.workaround == edit.workaround.applied(to: before.workaround)
            && after.restoredWhen == edit.restoredWhen.applied(to: before.restoredWhen)
            && after.nextAction == edit.nextAction.applied(to: before.nextAction)
            && after.publicTitle == edit.publicTitle.applied(to: before.publicTitle)
            && after.times.restoredAt
                == edit.restoredAt.applied(to: before.times.restoredAt).map { min($0, now) }
            && after.channel == edit.channel.applied(to: before.channel)
            && after.reviewedSeverity == edit.reviewedSeverity.applied(to: before.reviewedSeverity)
            && after.times.startedAt
                == edit.startedAt.applied(to: before.times.startedAt).map { min($0, now) }
            && after.times.detectedAt
                == edit.detectedAt.applied(to: before.times.detectedAt).map { min($0, now) }
            && after.links == edit.links.applied(to: before.links) ?? [] && after.labels == labels
    }

    private func keeps(_ update: PublishUpdate, at now: Timestamp) -> Bool {
        if let seq = decision.saidBy {
            return after == before && before.lastUpdate?.seq == seq
                && update.status?.to ?? before.status == before.status
        }
        guard let proposal = decision.entries.last, let published = proposal.payload as? UpdatePublished
        else { return false }
        let moment = min(update.occurredAt ?? now, now)
        let interval = after.cadence.interval
        return proposal.text == update.text && proposal.occurredAt == moment
            && proposal.visibility.rawValue == update.audience.rawValue
            && published.promisedAt == update.nextUpdateAt
            && after.status == (update.status?.to ?? before.status)
            && (!Draft.holdsPlaceholder(update.text) || published.forced)
            && (!published.lintForced || update.force && !published.lint.isEmpty)
            && published.lint.allSatisfy { $0.span.upperBound <= update.text.utf8.count }
            && (update.nextUpdateAt.map { $0 > moment && $0 <= moment + interval + .seconds(60) } ?? true)
            && (published.counts ? after.cadence.lastUpdateAt == moment : published.beat == nil)
            && (published.beat == nil) == !(published.counts && after.isOpen)
            && (published.dueAt.map { due in
                published.lateBySeconds == max(0, Int((moment - due).wholeSeconds))
            } ?? (published.lateBySeconds == nil))
    }

    /// Violations of a refusal: whether it was justified.
    static func brokenRefusal(
        _ change: Request, _ refusal: Refusal, on incident: Incident, at now: Timestamp
    ) -> [String] {
        let action = change.action
        let isRight =
            switch refusal.type {
            case .severityOnlyRises:
                incident.isOpen && refusal.current == .text(incident.severity.rawValue)
                    && (action as? RaiseSeverity).map { $0.to < incident.severity } ?? false
            case .incidentEnded:
                !incident.isOpen && refusal.current == .text(incident.status.rawValue)
                    && (action is RaiseSeverity || action is ChangeStatus || action is PublishUpdate
                        || action is SnoozeNags || action is EndSnooze || action is ChangeInterval
                        || action is Escalate)
            case .snoozeLimit:
                action is SnoozeNags && incident.cadence.snoozes == 2
                    && incident.cadence.snoozedUntil.map {
                        refusal.detail.contains(", until \($0.rfc3339)") == ($0 > now)
                    } ?? false
            case .nothingToSnooze:
                (action as? SnoozeNags).map { snooze in
                    let next = incident.nextNagAt(about: .update)
                    return refusal.current == .moment("next_nag_at", next)
                        && next.map { $0 >= now + .seconds(60 * snooze.minutes) } ?? true
                } ?? false
            case .commanderOnly:
                incident.holder(of: .commander).map { refusal.current == .text($0.name) } ?? false
                    && (action as? ChangeInterval).map { $0.to > incident.cadence.interval } ?? true
            case .unfilledDraft:
                (action as? PublishUpdate).map { !$0.force && Draft.holdsPlaceholder($0.text) } ?? false
            case .lintBlocked:
                (action as? PublishUpdate).map { !$0.force && !refusal.flaws.isEmpty } ?? false
                    && refusal.flaws.allSatisfy { $0.pointer == "#/text" }
            case .staleDraft:
                (action as? PublishUpdate).map { update in
                    !update.force && refusal.staleSeqs?.isEmpty == false
                        && refusal.staleSeqs?.allSatisfy { $0 > update.basisSeq ?? .max } ?? false
                } ?? false
            case .promiseExceedsCadence:
                (action as? PublishUpdate).map { update in
                    let limit = min(update.occurredAt ?? now, now) + incident.cadence.interval + .seconds(60)
                    guard let promised = update.nextUpdateAt, let flaw = refusal.flaws.first else {
                        return false
                    }
                    // A status in the update may set another interval first, as a reopening does.
                    if let status = update.status, status.to != incident.status {
                        return "at most \(promised.rfc3339)" > flaw.detail
                    }
                    return promised > limit && flaw.detail == "at most \(limit.rfc3339)"
                } ?? false
            case .clockSkew:
                refusal.current == .text(now.rfc3339)
                    && Promise.claims(of: action).contains { $0 > now + .seconds(600) }
            case .notAllowedFromStatus:
                switch action {
                case let edit as EditIncident:
                    incident.isOpen
                        && (edit.changes.reviewedSeverity != .keep || edit.changes.restoredAt != .keep)
                case let change as ChangeStatus:
                    change.isDuplicate && refusal.detail.contains("INC-8")
                        || change.to == .resolved && !change.override && incident.status != .monitoring
                            && refusal.current == .text(incident.status.rawValue)
                case is PublishUpdate: refusal.current == .text(incident.status.rawValue)
                default: false
                }
            case .validation:
                // An amendment may not fit its entry, as a whole or by one member.
                !refusal.flaws.isEmpty
                    && refusal.flaws.allSatisfy {
                        $0.pointer.hasPrefix("#/")
                            || action.about != nil && $0.pointer == "#"
                    }
            case .notFound: action.about.map { $0 > incident.seq } ?? false
            default: false
            }
        return isRight ? [] : ["Refused without reason: \(refusal)"]
    }

    /// The times that an action claims.
    private static func claims(of action: any Action<Incident>) -> [Timestamp] {
        switch action {
        case let post as PostEntry: [post.occurredAt].compactMap(\.self)
        case let update as PublishUpdate: [update.occurredAt].compactMap(\.self)
        case let edit as EditIncident:
            [edit.changes.startedAt, edit.changes.detectedAt, edit.changes.restoredAt].compactMap {
                $0.applied(to: nil)
            }
        default: []
        }
    }
}
