import Incidents
import Journal
import Platform
import Time

/// Deciding and sealing entries.
extension Turn {
    /// Begins an incident under the next number.
    mutating func declare(
        _ severity: Severity, _ details: Declared.Details, by author: Author
    ) throws(LaneFault) -> Outcome {
        let number = head.incident + 1
        let id = Incident.ID(ULID.make(at: now, context.random))
        let change = Change.declare(id: id, number: number, severity: severity, details)
        let decision = try judge(change, on: nil, by: author)
        head.incident = number
        changed[number] = Fold(id)
        _ = try append(decision.entries, to: number, by: author)
        guard let snapshot = changed[number]?.snapshot else {
            throw .store(.broken("a new incident does not fold"))
        }
        return .declared(snapshot, warnings: decision.warnings)
    }

    /// Changes one incident; what is refused costs no SQL.
    mutating func change(
        _ snapshot: IncidentSnapshot, _ change: Change, by author: Author
    ) throws(LaneFault) -> (entries: [StoredEntry], warnings: [Warning]) {
        let decision = try judge(change, on: snapshot, by: author)
        guard !decision.entries.isEmpty else { return ([], decision.warnings) }
        let number = snapshot.incident.number
        if changed[number] == nil { changed[number] = Fold(snapshot) }
        let entries = try append(decision.entries, to: number, by: author)
        return (entries, decision.warnings)
    }

    private func judge(_ change: Change, on snapshot: IncidentSnapshot?, by author: Author) throws(LaneFault)
        -> Decision
    {
        // recorded_at never decreases within an incident (domain.md, section 5), so neither does its clock.
        let moment = max(now, snapshot?.incident.recordedAt ?? now)
        do throws(Violation) {
            return try decide(change, on: snapshot?.incident, by: author, under: context.policy, at: moment)
        } catch {
            throw .refusal(.violation(error, snapshot))
        }
    }

    /// The entry that stands for the same source message, in this batch or before it.
    func recorded(_ source: Source, in incident: Int) throws(LaneFault) -> StoredEntry? {
        let key = DedupKey.text(.source(system: source.system, ref: source.ref))
        if let entry = onces[OnceName(incident: incident, key: Array(key.utf8))] { return entry }
        do throws(StoreFault) {
            guard let seq = try lookup.seq(ofOnce: key, incident: incident) else { return nil }
            return try lookup.entries(of: incident, after: seq - 1, limit: 1).first
        } catch {
            throw .store(error)
        }
    }

    private mutating func append(
        _ proposals: [Proposal], to number: Int, by author: Author
    ) throws(LaneFault) -> [StoredEntry] {
        guard var fold = changed.removeValue(forKey: number) else { return [] }
        var entries: [StoredEntry] = []
        for proposal in proposals {
            let before = fold.incident
            let entry = seal(proposal, after: fold, number: number, by: author)
            do throws(UnreadableEntry) {
                try fold.add(entry)
            } catch {
                throw .store(.broken("an entry of our own does not fold: \(error.detail)"))
            }
            batch.entries.append(entry)
            bytes += entry.facts.count + (entry.words?.count ?? 0) + 256
            entries.append(entry)
            if let key = entry.onceKey { onces[OnceName(incident: number, key: Array(key.utf8))] = entry }
            tally.take(proposal.event, before: before)
            if let incident = fold.incident {
                announce(proposal.event, entry.seq, before: before, after: incident)
            }
        }
        changed[number] = fold
        return entries
    }

    private mutating func seal(
        _ proposal: Proposal, after fold: Fold, number: Int, by author: Author
    ) -> StoredEntry {
        head.position += 1
        let halves = Halves(proposal)
        let salt = context.random.bytes(Chain.saltBytes)
        let moment = max(now, fold.incident?.recordedAt ?? now)
        var entry = StoredEntry(
            position: head.position, incident: number, seq: (fold.incident?.seq ?? 0) + 1,
            id: ULID.make(at: moment, context.random), kind: proposal.event.kind, author: author.person.name,
            postedBy: author.postedBy, occurredAt: min(proposal.occurredAt, moment), recordedAt: moment,
            visibility: proposal.visibility, facts: halves.facts, words: halves.words, salt: salt,
            wordsDigest: Chain.wordsDigest(salt: salt, words: halves.words), hash: [],
            onceKey: proposal.once.map(DedupKey.text))
        entry.hash = Chain.hash(of: entry, in: fold.id, after: fold.hash)
        return entry
    }
}
