import Incidents
import Journal
import Model
import Platform
import Time

/// Deciding and sealing entries.
extension Turn {
    /// Begins an incident under the next number.
    mutating func declare(_ action: Declare, by author: Author) throws(LaneFault) -> Outcome {
        let number = head.incident + 1
        let id = Incident.ID(ULID.make(at: now, context.random))
        let given = Circumstances<Incident>(author: author, now: now, policy: context.policy)
        let decision: Decision<Incident>
        do throws(Refusal) {
            decision = try action.decide(opening: number, given)
        } catch {
            throw .refusal(.rule(error, nil))
        }
        head.incident = number
        changed[number] = Fold(id)
        for entry in decision.entries { _ = try append(entry, to: entry.number ?? number, by: author) }
        guard let snapshot = changed[number]?.snapshot else {
            throw .store(.broken("a new incident does not fold"))
        }
        return .declared(snapshot, warnings: decision.warnings)
    }

    /// Performs an action on one incident; what is refused costs no SQL but for other incidents that it reads.
    mutating func change(
        _ snapshot: IncidentSnapshot, _ action: any Action<Incident>, by author: Author
    ) throws(LaneFault) -> (entries: [StoredEntry], warnings: [Warning]) {
        let number = snapshot.incident.number
        try requireKnownKinds(snapshot)
        // recorded_at never decreases within an incident (domain.md, section 5), so neither does its clock.
        var given = Circumstances<Incident>(
            author: author, now: max(now, snapshot.incident.recordedAt), policy: context.policy)
        given.others = try others(of: action, on: snapshot.incident)
        let decision: Decision<Incident>
        do throws(Refusal) {
            decision = try action.decide(on: snapshot.incident, given)
        } catch {
            throw .refusal(.rule(error, snapshot))
        }
        var entries: [StoredEntry] = []
        for entry in decision.entries {
            entries.append(try append(entry, to: entry.number ?? number, by: author))
        }
        return (entries, decision.warnings)
    }

    /// Nothing is decided on a state that lacks an entry: a newer version wrote one whose kind this one does not know.
    private func requireKnownKinds(_ snapshot: IncidentSnapshot) throws(LaneFault) {
        guard let kind = snapshot.newerKind else { return }
        throw .refusal(.newerKind(snapshot.incident.ref, kind))
    }

    /// The other incidents that an action reads, by number.
    private mutating func others(of action: any Action<Incident>, on incident: Incident) throws(LaneFault)
        -> [Int:
        Incident]
    {
        var known: [Int: Incident] = [:]
        var asked: Set<Int> = []
        while true {
            let wanted = action.alsoReads(on: incident, given: known).filter { asked.insert($0).inserted }
            guard !wanted.isEmpty else { return known }
            for number in wanted {
                guard let snapshot = try snapshot(.number(number)) else { continue }
                try requireKnownKinds(snapshot)
                known[number] = snapshot.incident
            }
        }
    }

    /// The entry that stands for the same source message, in this batch or before it.
    func recorded(_ source: Source, in incident: Int) throws(LaneFault) -> StoredEntry? {
        let key = DedupKey.source(system: source.system, ref: source.ref).stored
        if let entry = onces[OnceName(incident: incident, key: Array(key.utf8))] { return entry }
        do throws(StoreFault) {
            guard let seq = try lookup.seq(ofOnce: key, incident: incident) else { return nil }
            return try lookup.entries(of: incident, after: seq - 1, limit: 1).first
        } catch {
            throw .store(error)
        }
    }

    private mutating func append(
        _ new: NewEntry<Incident>, to number: Int, by author: Author
    ) throws(LaneFault) -> StoredEntry {
        var fold = try fold(of: number)
        let before = fold.incident
        let entry = seal(new, after: fold, number: number, by: author)
        do throws(UnreadableEntry) {
            try fold.add(entry)
        } catch {
            throw .store(.broken("an entry of our own does not fold: \(error.detail)"))
        }
        batch.entries.append(entry)
        bytes += entry.facts.count + (entry.words?.count ?? 0) + 256
        if let key = entry.onceKey { onces[OnceName(incident: number, key: Array(key.utf8))] = entry }
        tally.take(new.payload, before: before)
        if let incident = fold.incident { announce(new.payload, entry.seq, before: before, after: incident) }
        changed[number] = fold
        return entry
    }

    /// Takes an incident's fold out of what this batch has changed, or begins one.
    private mutating func fold(of number: Int) throws(LaneFault) -> Fold {
        if let fold = changed.removeValue(forKey: number) { return fold }
        if let snapshot = try snapshot(.number(number)) { return Fold(snapshot) }
        throw .store(.broken("an entry for \(Incident.ref(number)), which does not exist"))
    }

    private mutating func seal(
        _ new: NewEntry<Incident>, after fold: Fold, number: Int, by author: Author
    ) -> StoredEntry {
        head.position += 1
        let stored = EntryBytes(new)
        let salt = context.random.bytes(Chain.saltBytes)
        let moment = max(now, fold.incident?.recordedAt ?? now)
        // What was asked of another stream changes this one when it is recorded.
        let occurredAt = new.number == nil ? min(new.occurredAt, moment) : moment
        var entry = StoredEntry(
            position: head.position, incident: number, seq: (fold.incident?.seq ?? 0) + 1,
            id: ULID.make(at: moment, context.random), kind: type(of: new.payload).kind,
            author: author.person.name,
            postedBy: author.postedBy, occurredAt: occurredAt, recordedAt: moment,
            visibility: new.visibility, facts: stored.facts, words: stored.words, salt: salt,
            wordsDigest: Chain.wordsDigest(salt: salt, words: stored.words), hash: [],
            onceKey: new.dedupKey?.stored)
        entry.hash = Chain.hash(of: entry, in: fold.id, after: fold.hash)
        return entry
    }
}
