import Model

// Evidence for drafts, as changed by entries and their amendments.

extension Incident {
    /// Upper bound of remembered evidence, and of its changes: the latest. A draft quotes ten, and each entry copies the state.
    static let evidenceMax = 1_000

    /// Adds evidence.
    mutating func collect(_ kind: EntryKind, at place: Place) {
        keep(Evidence(seq: place.seq, kind: kind, visibility: place.visibility, wordsOf: place.seq))
    }

    private mutating func keep(_ new: Evidence) {
        if evidence.count == Incident.evidenceMax { evidence.removeFirst() }
        evidence.append(new)
    }

    /// Records an entry that makes drafts for that visibility stale.
    mutating func noteEvidenceChange(_ seq: Int, _ visibility: Visibility) {
        if evidenceChanges.count == Incident.evidenceMax { evidenceChanges.removeFirst() }
        evidenceChanges.append(EvidenceChange(seq: seq, visibility: visibility))
    }

    /// Records an entry that makes drafts for every audience stale.
    mutating func breakDrafts(at place: Place) {
        if draftBreakers.count == Incident.evidenceMax { draftBreakers.removeFirst() }
        draftBreakers.append(place.seq)
    }

    /// Adds evidence confirmed by a later entry.
    mutating func admit(_ new: Evidence, at place: Place) {
        guard !evidence.contains(where: { $0.seq == new.seq }) else { return }
        keep(new)
        noteEvidenceChange(place.seq, new.visibility)
    }

    /// Removes evidence that drafts may no longer quote.
    mutating func dismiss(_ seq: Int, at place: Place) {
        guard let index = evidence.firstIndex(where: { $0.seq == seq }) else { return }
        let gone = evidence.remove(at: index)
        noteEvidenceChange(place.seq, gone.visibility)
    }

    mutating func publishEvidence(_ seq: Int, at place: Place) {
        guard let index = evidence.firstIndex(where: { $0.seq == seq }), evidence[index].visibility != .public
        else { return }
        evidence[index].visibility = .public
        noteEvidenceChange(place.seq, .public)
    }

    mutating func rewordEvidence(_ seq: Int, at place: Place) {
        guard let index = evidence.firstIndex(where: { $0.seq == seq }) else { return }
        evidence[index].wordsOf = place.seq
        noteEvidenceChange(place.seq, evidence[index].visibility)
    }
}
