import Incidents
import Journal
import Model
import Synchronization
import Time

/// What becomes of one order.
extension WriteLane {
    func perform(_ request: PendingRequest, in turn: inout Turn) throws(LaneFault) -> Outcome {
        if let key = request.key, let kept = try turn.kept(key, in: core) {
            guard kept.requestDigest == key.requestDigest else { throw .refusal(.keyReused) }
            return .replayed(kept)
        }
        let outcome = try carryOut(request.order, by: request.author, in: &turn)
        if let key = request.key { turn.keep(outcome, under: key) }
        return outcome
    }

    private func carryOut(_ order: Order, by author: Author, in turn: inout Turn) throws(LaneFault) -> Outcome
    {
        switch order {
        case .declare(let action):
            return try turn.declare(action, by: author)
        case .change(let name, let action, let shown, let versions):
            let snapshot = try find(name, matching: versions, in: &turn)
            return try change(snapshot, action, showing: shown, by: author, in: &turn)
        case .cancelAsDuplicate(let name, let other, let versions):
            let snapshot = try find(name, matching: versions, in: &turn)
            // No incident has the number 0: the rule says what to do about one that does not exist.
            let cancel = ChangeStatus(
                to: .cancelled, reason: Cancelled.Reason.duplicate.rawValue,
                duplicateOf: try turn.number(of: other) ?? 0)
            return try change(snapshot, cancel, showing: .incident, by: author, in: &turn)
        case .announce(let number, let dueAt):
            guard let snapshot = try turn.snapshot(.number(number)) else { return .done }
            try turn.announceDueSoon(snapshot.incident, dueAt: dueAt)
            return .done
        case .createToken(let token):
            turn.keep(token)
            return .token(token)
        case .revokeToken(let id):
            guard turn.isGood(token: id) else {
                throw .refusal(.notFound("There is no such token, or it was revoked before."))
            }
            turn.revoke(id)
            return .done
        case .createWebhook(let webhook):
            turn.write(webhook)
            return .webhook(webhook)
        case .editWebhook(let id, let edit, let matches):
            let webhook = try webhook(id, in: turn)
            guard matches?(webhook) ?? true else { throw .refusal(.webhookChanged(webhook)) }
            return turn.edit(webhook, edit, by: author)
        case .rotateSecret(let id, let secret, let overlap):
            return try turn.rotateSecret(of: try webhook(id, in: turn), to: secret, overlap: overlap)
        case .deleteWebhook(let id):
            turn.delete(try webhook(id, in: turn))
            return .done
        case .testWebhook(let id):
            return try turn.test(try webhook(id, in: turn))
        case .retryDelivery(let messageID):
            return try turn.retry(messageID)
        case .recordAttempt(let delivery, let end):
            try AttemptRecord(context: context).record(delivery, end, in: &turn)
            return .done
        case .recordBacklog(let id, let backlog):
            turn.record(backlog, of: id)
            return .done
        case .keep:
            if storeState != .ok { turn.probe() }
            let moment = turn.now - KeyIndex.lifetime
            if core.withLock({ $0.keys.forget(before: moment) }) { turn.forgetKeys(before: moment) }
            guard storeState == .ok else { return .done }
            turn.forgetSecrets()
            let place = try turn.forgetDeliveries(after: core.withLock { $0.forgottenThrough })
            core.withLock { $0.forgottenThrough = place }
            return place > 0 ? .unfinished : .done
        }
    }

    private func find(_ name: IncidentName, matching versions: [Int]?, in turn: inout Turn) throws(LaneFault)
        -> IncidentSnapshot
    {
        guard let snapshot = try turn.snapshot(name) else {
            throw .refusal(.notFound("There is no such incident. GET /v1/incidents?state=all lists them."))
        }
        if let versions, !versions.contains(snapshot.incident.version) {
            throw .refusal(.preconditionFailed(snapshot))
        }
        return snapshot
    }

    private func webhook(_ id: String, in turn: Turn) throws(LaneFault) -> Webhook {
        guard let webhook = turn.webhook(id) else {
            throw .refusal(.notFound("There is no such webhook. GET /v1/webhooks lists them."))
        }
        return webhook
    }

    private func change(
        _ snapshot: IncidentSnapshot, _ action: any Action<Incident>, showing shown: Order.Shown,
        by author: Author,
        in turn: inout Turn
    ) throws(LaneFault) -> Outcome {
        let number = snapshot.incident.number
        if let (source, text) = action.message, let existing = try turn.recorded(source, in: number) {
            let same = (try? existing.text()) == text
            return .existing(existing, warnings: same ? [] : [.textDiffers])
        }
        let (entries, warnings) = try turn.change(snapshot, action, by: author)
        switch shown {
        case .entry:
            // The answer shows the last entry of the incident that was asked about.
            guard let entry = entries.last(where: { $0.incident == number }) else {
                throw .refusal(.internalFault("no entry was added"))
            }
            return .entry(entry, warnings: warnings)
        case .incident:
            let now = try turn.snapshot(.number(number)) ?? snapshot
            return .incident(now, warnings: warnings)
        }
    }
}
