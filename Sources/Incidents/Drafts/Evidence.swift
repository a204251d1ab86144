import Model

// What a draft may quote, as entries and what amends them change it.

extension Incident {
    /// Takes in what a draft may quote, or what of it is quoted by now.
    mutating func admit(_ new: Evidence, at place: Place) {
        guard !evidence.contains(where: { $0.seq == new.seq }) else { return }
        evidence.append(new)
        evidenceChanges.append(EvidenceChange(seq: place.seq, visibility: new.visibility))
    }

    /// Lets go of what no draft may quote any more.
    mutating func dismiss(_ seq: Int, at place: Place) {
        guard let index = evidence.firstIndex(where: { $0.seq == seq }) else { return }
        let gone = evidence.remove(at: index)
        evidenceChanges.append(EvidenceChange(seq: place.seq, visibility: gone.visibility))
    }

    mutating func publishEvidence(_ seq: Int, at place: Place) {
        guard let index = evidence.firstIndex(where: { $0.seq == seq }), evidence[index].visibility != .public
        else { return }
        evidence[index].visibility = .public
        evidenceChanges.append(EvidenceChange(seq: place.seq, visibility: .public))
    }

    mutating func rewordEvidence(_ seq: Int, at place: Place) {
        guard let index = evidence.firstIndex(where: { $0.seq == seq }) else { return }
        evidence[index].wordsOf = place.seq
        evidenceChanges.append(EvidenceChange(seq: place.seq, visibility: evidence[index].visibility))
    }
}
