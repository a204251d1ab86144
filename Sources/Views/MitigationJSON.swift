import Incidents
import Journal
import JSON
import Model
import Time

/// The words of a mitigation, and what was seen at its end.
public struct MitigationWords: Sendable {
    let plan: Mitigation.Plan?
    let knownGood: String?
    let result: String?

    /// Of an active one: the state has them.
    init(_ mitigation: Mitigation) {
        plan = mitigation.plan
        knownGood = mitigation.approval?.knownGood
        result = nil
    }

    /// From the entry that began it and the one that ended it, if it was started.
    public init(began: StoredEntry?, ended: StoredEntry?) throws(UnreadableEntry) {
        let payload = try began?.payload()
        let request = payload as? RollbackRequested
        plan = request?.plan ?? (payload as? MitigationStarted)?.plan
        knownGood = request?.knownGood
        result = (try ended?.payload() as? MitigationEnded)?.result
    }
}

extension JSONWriter {
    /// Writes the mitigation in progress; `null` for none.
    mutating func mitigation(of incident: Incident) {
        guard let mitigation = incident.mitigations.current else { return null() }
        beginObject()
        members(of: mitigation, MitigationWords(mitigation), on: incident)
        endObject()
    }

    /// Writes the members of a mitigation into the open object. `words` may be left out for an active one.
    public mutating func members(of mitigation: Mitigation, _ words: MitigationWords?, on incident: Incident)
    {
        let words = words ?? MitigationWords(mitigation)
        member("id", mitigation.id)
        member("seq", mitigation.seq)
        member("kind", mitigation.kind.rawValue)
        member("state", mitigation.state.word)
        member("action", words.plan?.action)
        member("expected", words.plan?.expected)
        member("metric", words.plan?.metric)
        member("risk", words.plan?.risk)
        member("owner", mitigation.owner?.name)
        member("known_good", words.knownGood)
        member("database", mitigation.approval?.database.rawValue)
        member("requested_at", mitigation.approval?.dueAt)
        name("approval")
        approval(of: mitigation, on: incident)
        member("answered_by", mitigation.approval?.answeredBy?.name)
        member("started_at", mitigation.startedAt)
        member("ended_at", mitigation.endedAt)
        member("result", words.result)
    }

    /// Writes who may answer a request and from when; `null` unless it waits for an answer.
    private mutating func approval(of mitigation: Mitigation, on incident: Incident) {
        guard mitigation.state == .requested, let approval = mitigation.approval else { return null() }
        beginArray()
        for (index, place) in (incident.approvalLine.map(Optional.some) + [nil]).enumerated() {
            beginObject()
            member("role", place?.role)
            member("person", place?.person.name)
            member("from", approval.moment(ofPlace: index + 1))
            endObject()
        }
        endArray()
    }
}
