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
            let edits = kinds.filter { $0 != FreezeStarted.kind }
            return edits.count <= 1 && (edits.isEmpty ? after == before : kinds.first == Edited.kind)
                && movesFreeze(at: now) && keeps(edit.changes, at: now)
        case let raise as RaiseSeverity:
            return after.severity == raise.to && before.isOpen
                && kinds.isEmpty == (raise.to == before.severity)
                && (kinds.isEmpty || raise.to == .minor || after.freeze?.runs(at: now) == true)
        case is DisputeSeverity:
            return kinds == [SeverityDisputed.kind] && after.severity == before.severity
        case let change as ChangeStatus:
            // Only a cancellation as a duplicate writes to another incident, its original.
            let told = decision.entries.filter { $0.number != nil }
            let isTold = change.isDuplicate && !kinds.isEmpty
            return after.status == change.to && kinds.isEmpty == (change.to == before.status)
                && endsFreezes(at: now)
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
                && isListed(post.payload)
        case let confirm as Confirm:
            // It adds one entry, or names the entry that already says so; only evidence changes.
            let isEvidence = after.evidence.contains { $0.seq == confirm.of }
            let isKept =
                confirm.verdict == .confirmed || confirm.verdict == .complete(true) ? isEvidence : true
            return kinds == (decision.saidBy == nil ? [Confirmation.kind] : [])
                && (after.version == before.version) == listsTheSame
                && !after.todos.contains { $0.seq == confirm.of && confirm.verdict == .state(.done) }
                && isKept && !(confirm.verdict == .complete(false) && isEvidence)
        case let correct as Correct:
            let words = after.evidence.first { $0.seq == correct.of }?.wordsOf
            return kinds == (decision.saidBy == nil ? [Correction.kind] : [])
                && (after.version == before.version) == listsTheSame
                && !(correct.withdraws && isOnList(correct.of))
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
        case let check as RecordCheck:
            let resets = !check.passed && before.status == .monitoring
            return kinds == (resets ? [WatchReset.kind, CheckRecorded.kind] : [CheckRecorded.kind])
                && before.isOpen && after.checks.paths.count <= Checks.pathsMax
                && after.checks.paths.last { $0.last?.seq == after.seq }?.last?.passed == check.passed
        case let tick as TickChecklist:
            let ticked = before.checklist.ticks[tick.item] != nil
            let due = after.checklist.window(of: tick.item)?.upperBound
            return kinds == (ticked ? [] : [ChecklistTicked.kind]) && (ticked || before.isOpen)
                && after.version == before.version
                && after.inactivity.progressAt == before.inactivity.progressAt
                && (ticked ? after == before : after.checklist.ticks[tick.item]?.at == now)
                && after.checklist.ticks[tick.item]?.lateBySeconds.map { $0 > 0 }
                    == (ticked
                        ? after.checklist.ticks[tick.item]?.lateBySeconds.map { $0 > 0 }
                        : due.map { now >= $0 + .seconds(1) })
        case is LiftFreeze:
            let ran = before.freeze?.runs(at: now) == true
            return kinds == (ran ? [FreezeLifted.kind] : []) && after.freeze?.runs(at: now) != true
        case let grant as GrantException:
            let running = after.exceptions.filter { $0.runs(at: now) }
            return kinds == [ExceptionGranted.kind] && before.isOpen && after.version == before.version
                && running.count <= 20 && running.last?.until == now + .seconds(60 * grant.minutes)
                && after.exceptions.count <= 20
        case let revoke as RevokeException:
            let ran = before.exceptions.contains { $0.id == revoke.id && $0.runs(at: now) }
            return kinds == (ran ? [ExceptionRevoked.kind] : [])
                && !after.exceptions.contains { $0.id == revoke.id && $0.runs(at: now) }
        case is AttemptDeploy:
            return kinds == [DeployAttempted.kind] && after.version == before.version
        case is StartMitigation, is EndMitigation, is AnswerRollback:
            return before.isOpen && keepsItsWordOnMitigations(kinds, at: now)
        case is SendNags:
            // One check sends at most one nag per topic.
            let abouts = decision.nags.map(\.about)
            return kinds.allSatisfy { $0 == NagSent.kind } && Set(abouts).count == kinds.count
                && (kinds.isEmpty || before.isOpen != abouts.contains(.closing))
        default: return false
        }
    }

    private var listsTheSame: Bool { after.suspects == before.suspects && after.todos == before.todos }

    private func isOnList(_ seq: Int) -> Bool {
        after.suspects.contains { $0.seq == seq } || after.todos.contains { $0.seq == seq }
    }

    private func isListed(_ payload: any PostedPayload) -> Bool {
        let isListed =
            switch payload {
            case let hypothesis as Hypothesis: hypothesis.suspect != nil
            case let todo as Todo: todo.isListed
            default: false
            }
        return isOnList(after.seq) == isListed && isListed == (after.version > before.version)
            && after.suspects.count <= 50 && after.todos.count <= 50
    }

    /// Only the scope of a freeze that runs follows the label.
    private func movesFreeze(at now: Timestamp) -> Bool {
        guard let freeze = before.freeze, freeze.runs(at: now) else { return after.freeze == before.freeze }
        guard after.labels["service"] != before.labels["service"] else { return after.freeze == freeze }
        return after.freeze?.until == freeze.until
            && after.freeze?.scope == DeployScope(after.labels["service"] ?? "*")
    }

    /// Nothing of an ended incident freezes, and nothing opens.
    private func endsFreezes(at now: Timestamp) -> Bool {
        after.isOpen || after.freeze == nil && !after.exceptions.contains { $0.runs(at: now) }
    }

    /// One change at a time, unless it says why; an end and an answer happen once.
    private func keepsItsWordOnMitigations(_ all: [EntryKind], at now: Timestamp) -> Bool {
        let started = [RollbackAnswered.kind, MitigationStarted.kind]
        // One that starts during a freeze is allowed its deploy.
        let isAllowed =
            all.contains(MitigationStarted.kind) && before.freeze?.runs(at: now) == true
            && before.exceptions.count { $0.runs(at: now) } < 20
        guard (all.last == ExceptionGranted.kind) == isAllowed else { return false }
        let kinds = all.filter { $0 != ExceptionGranted.kind }
        let added = after.openMitigations.count - before.openMitigations.count
        switch change.action {
        case let start as StartMitigation:
            let isParallel = start.parallelReason != nil || before.openMitigations.isEmpty
            let active = after.mitigations.active
            guard active.count == before.mitigations.active.count + 1, active.count <= 10,
                let new = active.last, new.plan?.action == "secret"
            else { return false }
            if start.rollback == nil { return kinds == [MitigationStarted.kind] && added == 1 && isParallel }
            return kinds == [RollbackRequested.kind] && added == 0 && new.state == .requested
                || kinds == [RollbackRequested.kind] + started && added == 1 && isParallel
        case let end as EndMitigation:
            let known = before.mitigations.all.first { $0.id == end.id }
            let ended = after.mitigations.all.first { $0.id == end.id }
            return ended?.state == .ended(end.state) && ended?.plan == nil
                && kinds == (known?.state == .open ? [MitigationEnded.kind] : [])
        case let answer as AnswerRollback:
            let known = before.mitigations.all.first { $0.id == answer.id }
            let answered = after.mitigations.all.first { $0.id == answer.id }
            guard known?.state == .requested else {
                return kinds.isEmpty && decision.saidBy == known?.approval?.answeredSeq && after == before
            }
            return answer.approved
                ? kinds == started && answered?.state == .open && answered?.startedAt == now
                : kinds == [RollbackAnswered.kind] && answered?.state == .declined
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
            && after.scope == edit.scope.applied(to: before.scope)
            && after.usersAffected == edit.usersAffected.applied(to: before.usersAffected)
            && after.isSecurity == edit.security ?? before.isSecurity
            && after.isConfidential == edit.confidential ?? before.isConfidential
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
                        || action is Escalate || action is RecordCheck || action is TickChecklist
                        || action is GrantException
                        || action is StartMitigation || action is EndMitigation || action is AnswerRollback)
            case .mitigationInProgress:
                !incident.openMitigations.isEmpty || incident.mitigations.active.count == 10
            case .rollbackSpent:
                action is AnswerRollback || (action as? StartMitigation)?.rollback?.override == false
            case .approvalNeeded:
                incident.mitigations.active.contains {
                    $0.state == .requested
                        && [(action as? EndMitigation)?.id, (action as? AnswerRollback)?.id].contains($0.id)
                }
                    || action is GrantException && incident.holder(of: .commander) != nil
                        && !refusal.allowed.isEmpty
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
            case .notRestored:
                incident.status == .monitoring && !refusal.flaws.isEmpty
                    && ((action as? ChangeStatus) ?? (action as? PublishUpdate)?.status).map {
                        $0.to == .resolved && !$0.override
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
                case let end as EndMitigation:
                    incident.mitigations.all.first { $0.id == end.id }.map {
                        !$0.isActive && refusal.current == .text($0.state.word)
                    } ?? false
                case let answer as AnswerRollback:
                    incident.mitigations.all.first { $0.id == answer.id }.map {
                        $0.state != .requested && refusal.current == .text($0.state.word)
                    } ?? false
                default: false
                }
            case .validation:
                // An amendment may not fit its entry, as a whole or by one member.
                !refusal.flaws.isEmpty
                    && refusal.flaws.allSatisfy {
                        $0.pointer.hasPrefix("#/")
                            || action.about != nil && $0.pointer == "#"
                            || action is GrantException && incident.exceptions.count == 20
                    }
            case .notFound where action is RevokeException: true
            case .notFound:
                action.about.map { $0 > incident.seq }
                    ?? (action is EndMitigation || action is AnswerRollback)
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
