import Incidents
import Time

/// What a rule promises of a change that was accepted.
struct Promise {
    let change: Change
    let decision: Decision
    let before: Incident
    let after: Incident

    /// What it did not keep; `now` is not earlier than the last entry.
    func broken(at now: Timestamp) -> [String] {
        var found: [String] = []
        if after.seq != before.seq + decision.entries.count { found.append("Entries without a place") }
        for proposal in decision.entries {
            if proposal.text.isEmpty { found.append("An entry without words") }
            if proposal.occurredAt > now { found.append("An entry from the future") }
            let isFromPeople =
                EntryKind.fromPeople.contains(proposal.event.kind) || proposal.event.kind == .updatePublished
            if !isFromPeople, proposal.occurredAt != now {
                found.append("A change of state at another time than now")
            }
        }
        if !keepsItsWord(at: now) { found.append("The change did not do what it promised") }
        return found
    }

    private func keepsItsWord(at now: Timestamp) -> Bool {
        let kinds = decision.entries.map(\.event.kind)
        switch change {
        case .declare: return false
        case .edit(let edit):
            return kinds.count <= 1 && (kinds.isEmpty ? after == before : kinds == [.edited])
                && keeps(edit, at: now)
        case .raiseSeverity(let severity, _):
            return after.severity == severity && before.isOpen
                && kinds.isEmpty == (severity == before.severity)
        case .dispute: return kinds == [.severityDisputed] && after.severity == before.severity
        case .changeStatus(let wish):
            return after.status == wish.to && kinds.isEmpty == (wish.to == before.status)
        case .assignRole(let role, let person, let contact):
            return after.roles[role]?.person.name == person.name && after.roles[role]?.contact == contact
        case .releaseRole(let role): return after.roles[role] == nil
        case .post(let note):
            return decision.entries.map(\.text) == [note.text]
                && decision.entries.map(\.occurredAt) == [min(note.occurredAt ?? now, now)]
        case .publish(let update): return keeps(update, at: now)
        case .snooze(let minutes, _):
            return kinds == [.nagSnoozed] && before.isOpen
                && before.cadence.beat.interval >= .seconds(60 * minutes)
                && after.cadence.snoozedUntil ?? now >= now + .seconds(60 * minutes)
                && after.cadence.beat == before.cadence.beat
        case .changeInterval(let interval, _):
            return after.cadence.interval == interval
                && kinds == (interval == before.cadence.interval ? [] : [.cadenceChanged])
                && after.cadence.beat.dueAt <= before.cadence.beat.dueAt
        case .escalate:
            return kinds == [.escalated] && before.isOpen && after.decision.map { $0.dueAt > now } == true
        case .nag:
            // One look asks for each thing once.
            let abouts = decision.entries.compactMap(\.event.nagAbout)
            return kinds.allSatisfy { $0 == .nagSent } && Set(abouts).count == kinds.count
                && (kinds.isEmpty || before.isOpen)
        }
    }

    private func keeps(_ edit: Edit, at now: Timestamp) -> Bool {
        var labels = before.labels
        for (key, value) in edit.labels { labels[key] = value }
        return after.title == edit.title.applied(to: before.title)
            && after.impact == edit.impact.applied(to: before.impact)
            && after.workaround == edit.workaround.applied(to: before.workaround)
            && after.restoredWhen == edit.restoredWhen.applied(to: before.restoredWhen)
            && after.nextAction == edit.nextAction.applied(to: before.nextAction)
            && after.channel == edit.channel.applied(to: before.channel)
            && after.reviewedSeverity == edit.reviewedSeverity.applied(to: before.reviewedSeverity)
            && after.times.startedAt
                == edit.startedAt.applied(to: before.times.startedAt).map { min($0, now) }
            && after.times.detectedAt
                == edit.detectedAt.applied(to: before.times.detectedAt).map { min($0, now) }
            && after.links == edit.links.applied(to: before.links) ?? [] && after.labels == labels
    }

    private func keeps(_ update: Change.Update, at now: Timestamp) -> Bool {
        guard let proposal = decision.entries.last, case .updatePublished(let published) = proposal.event
        else {
            return false
        }
        let moment = min(update.occurredAt ?? now, now)
        let interval = after.cadence.interval
        return proposal.text == update.text && proposal.occurredAt == moment
            && proposal.visibility.rawValue == update.audience.rawValue
            && published.promisedAt == update.nextUpdateAt
            && after.status == (update.status?.to ?? before.status)
            && (!Draft.holdsPlaceholder(update.text) || published.forced)
            && (update.nextUpdateAt.map { $0 > moment && $0 <= moment + interval + .seconds(60) } ?? true)
            && (published.counts ? after.cadence.lastUpdateAt == moment : published.beat == nil)
            && (published.beat == nil) == !(published.counts && after.isOpen)
            && (published.dueAt.map { due in
                published.lateBySeconds == max(0, Int((moment - due).wholeSeconds))
            } ?? (published.lateBySeconds == nil))
    }

    /// Whether a refusal had its reason.
    static func brokenRefusal(
        _ change: Change, _ violation: Violation, on incident: Incident, at now: Timestamp
    ) -> [String] {
        let isRight =
            switch (change, violation) {
            case (.raiseSeverity(let wish, _), .severityOnlyRises(let current, let requested)):
                incident.isOpen && current == incident.severity && requested == wish && wish < current
            case (_, .severityOnlyRises): false
            case (.raiseSeverity, .incidentEnded(let status, _)),
                (.changeStatus, .incidentEnded(let status, _)),
                (.publish, .incidentEnded(let status, _)), (.snooze, .incidentEnded(let status, _)),
                (.changeInterval, .incidentEnded(let status, _)), (.escalate, .incidentEnded(let status, _)):
                !incident.isOpen && status == incident.status
            case (_, .incidentEnded): false
            case (.snooze, .snoozeLimit(let until)):
                incident.cadence.snoozes.count == 2
                    && until == incident.cadence.snoozedUntil.flatMap { $0 > now ? $0 : nil }
            case (_, .snoozeLimit): false
            case (.changeInterval(let interval, _), .commanderOnly(_, let commander)):
                interval > incident.cadence.interval && incident.holder(of: .commander) == commander
            case (.publish(let update), .unfilledDraft): !update.force && Draft.holdsPlaceholder(update.text)
            case (.publish(let update), .staleDraft(let basis, let newer)):
                !update.force && update.basisSeq == basis && !newer.isEmpty && newer.allSatisfy { $0 > basis }
            case (.publish(let update), .promiseExceedsCadence(let limit, _)):
                update.nextUpdateAt.map { $0 > limit } ?? false
            case (_, .clockSkew(_, let claimed, let judged)): judged == now && claimed > now + .seconds(600)
            case (_, .commanderOnly(_, let commander)): incident.holder(of: .commander) == commander
            case (.edit(let edit), .notAllowedFromStatus): incident.isOpen && edit.reviewedSeverity != .keep
            case (.changeStatus(let wish), .notAllowedFromStatus(let current, _, _, _)):
                wish.to == .resolved && !wish.override && current == incident.status && current != .monitoring
            case (.publish, .notAllowedFromStatus(let current, _, _, _)): current == incident.status
            case (_, .invalid(let pointer, _)): pointer.hasPrefix("#/")
            default: false
            }
        return isRight ? [] : ["Refused without reason: \(violation)"]
    }
}

extension Event {
    /// What a nag asks for; `nil` for what is none.
    var nagAbout: NagSent.About? {
        guard case .nagSent(let nag) = self else { return nil }
        return nag.about
    }
}
